"""The API keeps its own description, pages without gaps, and answers every odd request with a problem, never with a crash."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from invented_clinics import fill
from schemathesis.specs.openapi.checks import positive_data_acceptance

from store.engine import open_engine
from store.settings import Settings
from webapp import create_app
from webapp.api import description

ROOT = Path(__file__).parent.parent
QUERIES = ("/api/v1/clinics", "/api/v1/changes")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("site")
    site = Settings.from_environment(
        {
            "VETTING_DATA_DIR": str(folder),
            "VETTING_CHECKLIST": str(ROOT / "checklist.yaml"),
            "VETTING_RATE_LIMIT": "off",
        }
    )
    engine = open_engine(site.database_url)
    fill(engine)
    yield create_app(site, engine)
    engine.dispose()


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", ["/clinics", "/clinics/{slug}", "/checklist", "/changes", "/statistics"])
def test_every_answer_is_as_described(app: Flask, path: str) -> None:
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)[path]["GET"]

    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=described.as_strategy())
    def check(case: schemathesis.Case) -> None:
        # The test client unpacks nothing; and a cursor of the right form may still be none that we gave.
        case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=[positive_data_acceptance])

    check()


def test_the_description_names_every_address_of_the_api(client: FlaskClient, app: Flask) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    routes = {
        str(rule).replace("<slug>", "{slug}") for rule in app.url_map.iter_rules() if str(rule).startswith("/api/v1/")
    }
    assert {"/api/v1" + path for path in document["paths"]} == routes - {"/api/v1/openapi.json"}
    assert document["openapi"].startswith("3.1")
    assert len(description.operations) == 5


@pytest.mark.parametrize("address", QUERIES)
def test_cursors_lead_through_everything_once(client: FlaskClient, address: str) -> None:
    whole = client.get(f"{address}?limit=100").get_json()
    key = "clinics" if "clinics" in whole else "changes"
    seen, cursor = [], ""
    while cursor is not None:
        piece = client.get(f"{address}?limit=4" + (f"&cursor={cursor}" if cursor else "")).get_json()
        seen += piece[key]
        cursor = piece["next_cursor"]
    assert seen == whole[key]
    assert len(seen) > 8


def test_filters_are_those_of_the_site(client: FlaskClient) -> None:
    found = client.get("/api/v1/clinics?q=portland+or&within=20&states=vital-signs&states=screening").get_json()
    assert [clinic["slug"] for clinic in found["clinics"]] == ["alder-street-psychiatry"]
    assert found["understood"].startswith("Portland")
    assert found["clinics"][0]["kilometres"] < 1


@pytest.mark.parametrize("written", ["+400", "4_00", "400.0"])
def test_a_radius_counts_however_the_number_is_written(client: FlaskClient, written: str) -> None:
    query = {"q": "portland or", "within": written}
    found = client.get("/api/v1/clinics", query_string=query).get_json()
    assert found["total"] == client.get("/api/v1/clinics?q=portland+or&within=400").get_json()["total"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=1&limit=x",
        "within=-1",
        "sort=rank",
        "cursor=%00",
        "cursor=AAAA",
        "lead=me",
        "q=" + "x" * 300,
    ],
)
def test_a_query_that_cannot_be_read_is_a_problem_that_names_the_fault(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/clinics?{query}")
    if query == "limit=1&limit=x":
        assert answer.status_code == 200  # the first one counts
        return
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["detail"]


def test_an_unknown_clinic_is_a_problem_with_404(client: FlaskClient) -> None:
    answer = client.get("/api/v1/clinics/nobody")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_what_has_not_changed_is_answered_with_304(client: FlaskClient) -> None:
    first = client.get("/api/v1/checklist")
    again = client.get("/api/v1/checklist", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.get_data() == b""


def test_other_sites_pages_may_read_the_api(client: FlaskClient) -> None:
    assert client.get("/api/v1/clinics").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/").headers


def test_a_verdict_that_waits_for_a_person_has_the_same_name_in_all_data(client: FlaskClient) -> None:
    counted = client.get("/api/v1/statistics").get_json()["criteria"]
    points = client.get("/data/clinics.geojson").get_json()["features"]
    named = {verdict for one in counted for verdict in one["verdicts"]}
    named |= {verdict for point in points for verdict in point["properties"]["verdicts"].values()}
    assert "being checked" in named
    assert "checked" not in named


def test_a_verdict_that_waits_for_a_person_is_not_told(client: FlaskClient) -> None:
    text = client.get("/api/v1/clinics/quick-calm-ketamine-spa").get_data(as_text=True)
    found = {finding["criterion"]: finding for finding in json.loads(text)["findings"]}
    assert found["screening"] == {"criterion": "screening", "verdict": "being checked", "evidence": []}
    changed = client.get("/api/v1/changes?limit=100").get_json()["changes"]
    assert ("quick-calm-ketamine-spa", "screening") not in {
        (change["clinic"], change["criterion"]) for change in changed
    }
