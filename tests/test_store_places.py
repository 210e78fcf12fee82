"""Places are found offline: postcodes, towns with and without their region, regions, countries, and near misses."""

from pathlib import Path

import pytest

from store.gazetteer import NORTHERN_IRISH_DISTRICTS
from store.places import Places
from webapp.box import read_box


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return Places(tmp_path_factory.mktemp("gazetteer"))


@pytest.mark.parametrize(
    ("text", "country", "region", "latitude"),
    [
        ("97202", "US", "OR", 45.48),
        ("97202-1234", "US", "OR", 45.48),
        ("M1", "GB", "", 53.48),
        ("sw1a 1aa", "GB", "", 51.50),
        ("BT7 1NN", "GB", "", 54.60),
        ("BT48 6DQ", "GB", "", 55.00),
        ("bt92", "GB", "", 54.35),
        ("M5V 3L9", "CA", "ON", 43.65),
        ("h2y", "CA", "QC", 45.51),
        ("V6B-1A1", "CA", "BC", 49.28),
        ("N1C 4AB", "GB", "", 51.54),
        ("2000", "AU", "NSW", -33.86),
        ("0800", "AU", "NT", -12.46),
        ("Perth WA 6000", "AU", "WA", -31.95),
        ("Wellington 6011", "NZ", "", -41.29),
        ("8011 New Zealand", "NZ", "", -43.54),
        ("3010, NZ", "NZ", "", -38.14),
        ("E1W, NB CA", "CA", "NB", 47.76),
        ("Portland", "US", "OR", 45.52),
        ("Portland, ME", "US", "ME", 43.66),
        ("portland maine", "US", "ME", 43.66),
        ("London", "GB", "ENG", 51.51),
        ("london, ontario", "CA", "ON", 42.98),
        ("New York", "US", "NY", 40.71),
        ("São Paulo", "BR", "", -23.55),
        ("St. Louis", "US", "MO", 38.63),
        ("Melbourne, Australia", "AU", "VIC", -37.81),
    ],
)
def test_a_place_is_found_by_what_people_call_it(
    places: Places, text: str, country: str, region: str, latitude: float
) -> None:
    place = places.find(text)
    assert place is not None
    assert place.latitude is not None
    assert (place.country, place.region) == (country, region)
    assert place.latitude == pytest.approx(latitude, abs=0.06)


def test_every_northern_irish_district_lies_in_northern_ireland(places: Places) -> None:
    districts = [number for numbers in NORTHERN_IRISH_DISTRICTS.values() for number in numbers]
    assert len(districts) == len(set(districts))
    for number in districts:
        (place,) = places.postcodes(f"BT{number}")
        assert place.latitude is not None and 54.0 < place.latitude < 55.3
        assert place.longitude is not None and -8.2 < place.longitude < -5.4


def test_a_postcode_of_two_countries_names_the_other_one(places: Places) -> None:
    box = read_box("E1W", places)
    assert box.place is not None
    assert (box.place.country, [other.country for other in box.others]) == ("GB", ["CA"])


def test_a_row_of_the_list_is_found_by_the_postcode_of_its_own_country(places: Places) -> None:
    found = places.locate("", "", "3010", "NZ")
    assert found is not None
    assert found.country == "NZ"


def test_four_digits_in_a_name_are_no_postcode(places: Places) -> None:
    assert read_box("Wellness Centre 2000", places).place is None


@pytest.mark.parametrize(
    ("text", "region", "country"), [("Oregon", "OR", "US"), ("Scotland", "SCT", "GB"), ("uk", "", "GB")]
)
def test_a_region_or_country_is_an_area_without_a_point(places: Places, text: str, region: str, country: str) -> None:
    area = places.find(text)
    assert area is not None
    assert area.latitude is None
    assert (area.region, area.country) == (region, country)


def test_a_near_miss_finds_the_city_and_a_short_word_nothing(places: Places) -> None:
    assert getattr(places.like("Manchestr"), "name", None) == "Manchester"
    assert places.like("zzz") is None


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("psychiatrist near Leeds", "psychiatrist", "Leeds"),
        ("ketamine clinic portland or", "ketamine clinic", "Portland"),
        ("infusion 97202", "infusion", "97202"),
        ("infusion M5V 3L9", "infusion", "M5V"),
        ("infusion N1C 1A1", "infusion", "N1C"),
        ("infusion sydney 2000", "infusion", "2000"),
        ("clinics in San Diego", "clinics", "San Diego"),
        ("cerca de Miami", "", "Miami"),
    ],
)
def test_the_box_tells_words_from_places(places: Places, text: str, words: str, place: str) -> None:
    box = read_box(text, places)
    assert box.words == words
    assert box.place is not None
    assert box.place.name == place


def test_a_clinics_name_is_not_taken_for_a_place(places: Places) -> None:
    assert read_box("Alder Street Psychiatry", places).place is None
    assert read_box("Portland", places, only_words=True).place is None


def test_a_gazetteer_is_made_once_and_kept(tmp_path: Path) -> None:
    Places(tmp_path).find("Leeds")
    made = [(file.name, file.stat().st_mtime_ns) for file in tmp_path.iterdir()]
    Places(tmp_path).find("Leeds")
    assert [(file.name, file.stat().st_mtime_ns) for file in tmp_path.iterdir()] == made
    assert len(made) == 1


@pytest.mark.parametrize("text", ["Denver CO 80204", "80204 Denver", "Denver, CO 80204"])
def test_words_that_only_tell_where_a_postcode_lies_narrow_nothing(places: Places, text: str) -> None:
    assert read_box(text, places).words == ""


@pytest.mark.parametrize("text", ["ketamine at home", "ketamine in person"])
def test_home_and_person_are_no_towns(places: Places, text: str) -> None:
    assert read_box(text, places).place is None


def test_a_town_of_that_very_name_goes_before_a_city_that_is_also_called_so(places: Places) -> None:
    assert places.named("Milford")[0].name == "Milford"


def test_a_place_after_near_is_asked_for(places: Places) -> None:
    assert (read_box("near Portland", places).asked, read_box("Calm in Portland", places).asked) == (True, False)
