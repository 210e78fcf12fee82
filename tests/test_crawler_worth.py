"""Which addresses of a site are asked for and which first: links that act, old spellings, walls, pages of little worth in numbers."""

from collections.abc import Iterator
from itertools import product

import pytest
from awkward_web import NOTHING, Answer, Ask, Web, page, site
from crawl_fixtures import Crawled

from crawler.address import is_acting
from crawler.sitemap import MAX_ENTRIES, read_sitemap
from crawler.templates import Templates
from crawler.walls import wall
from crawler.worth import worth

HOST = "http://clinic.example"


@pytest.mark.parametrize(
    "path",
    [
        "/wp-content/uploads/2024/05/Fee-Schedule.pdf", "/wp-content/uploads/2023/02/patient-handbook.pdf", "/fee-schedule-2025",
        "/files/appointment-guide-2.pdf", "/uploads/7/booking-rules", "/guidebook-2025", "/handbook/chapter-2", "/2024/05/book-a-visit",
        "/book-a-visit", "/ketamine-booklet-2", "/7-tips-for-your-appointment", "/schedule-of-fees-2025", "/appointments",
        "/infusion-schedule/6-weeks", "/cancellation-policy", "/removal-of-doubt", "/catalogue/outlook", "/blog/outlook-on-life",
        "/sunday-hours", "/index.php?page=book", "/buy-or-rent", "/faq?topic=rates",
    ],
)  # fmt: skip
def test_a_page_that_informs_is_no_act(path: str) -> None:
    assert not is_acting(HOST + path)


@pytest.mark.parametrize(
    "path",
    [
        "/users/sign_out", "/log_out", "/signoff", "/account?logout", "/logout.action", "/?q=user/logout", "/?q=user%2Flogout",
        "/index.php?option=com_users&task=user.logout", "/index.php?route=account/logout", "/a?next=1&sign-out", "/login.xhtml",
    ],
)  # fmt: skip
def test_a_link_that_logs_out_is_an_act_in_every_spelling(path: str) -> None:
    assert is_acting(HOST + path)


@pytest.mark.parametrize(
    "path",
    [
        "/add_to_cart/5", "/add-to-bag/x", "/?wc-ajax=add_to_cart", "/?remove_item=abc", "/?empty-cart", "/buy/5", "/shop?add=5",
        "/api/delete_account", "/remove_item/abc", "/?add-to-cart=5",
    ],
)  # fmt: skip
def test_a_link_that_fills_or_empties_is_an_act(path: str) -> None:
    assert is_acting(HOST + path)


@pytest.mark.parametrize(
    "path",
    [
        "/calendar?book=2031-01-05", "/visit?reserve=tue", "/reserve/monday-am", "/schedule/tuesday-morning/hold", "/?hold=9",
        "/appointments/tuesday/book", "/schedule/early/hold", "/book/slot/2031-01-05", "/appointments?day=1", "/booking-17",
        "/online-booking/late-friday", "/schedule-appointment/3", "/booknow/12", "/availability/9", "/BookOnline/4",
    ],
)  # fmt: skip
def test_a_link_that_holds_a_slot_is_an_act(path: str) -> None:
    assert is_acting(HOST + path)


JSD = b'<title>Clinic</title><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script><p>We are here to help.</p>'


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, JSD),
        ({"x-datadome": "protected"}, b"<p>We are here to help.</p>"),
        ({}, b"<script src='https://js.datadome.co/tags.js'></script><p>We are here to help.</p>"),
        ({}, b"<script src=/_Incapsula_Resource?x=1></script><p>We are here to help.</p>"),
        ({}, b"<script>say('Checking your browser')</script><p>We are here to help.</p>"),
    ],
)
def test_a_short_page_behind_a_guard_that_let_us_in_is_no_wall(headers: dict[str, str], body: bytes) -> None:
    assert wall(200, headers, body, 5) == ""


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"cf-mitigated": "challenge"}, b"<p>Wait.</p>"),
        (200, {}, b"<title>Just a moment...</title>"),
        (200, {}, b"<p>Please verify <b>you are</b> a human.</p>"),
        (200, {}, b"<iframe>Request unsuccessful. Incapsula incident ID: 1</iframe>"),
        (403, {}, JSD),
        (403, {"x-datadome": "protected"}, b"no"),
        (503, {}, b"<div class=cf-browser-verification></div>"),
    ],
)
def test_a_wall_is_known_by_its_words_or_by_its_refusal(status: int, headers: dict[str, str], body: bytes) -> None:
    assert wall(status, headers, body, 5 if status == 200 else None)


def test_a_page_by_name_is_worth_more_than_the_next_page_of_a_list() -> None:
    assert worth(f"{HOST}/index.php?page=team") > 0 > worth(f"{HOST}/index.php?page=2")


def test_a_long_slug_is_worth_less_than_a_short_one_and_more_than_nothing() -> None:
    long = worth(f"{HOST}/ketamine-treatment-side-effects-and-safety-for-a-weary-mind")
    assert 0 < long < worth(f"{HOST}/contact") < worth(f"{HOST}/what-to-expect-at-your-visit")


def sitemap(kind: str, names: list[str]) -> bytes:
    """A sitemap of this kind with these names."""
    return f"<{kind}>{''.join(f'<loc>{HOST}/{name}</loc>' for name in names)}</{kind}>".encode()


def test_lists_of_pages_are_asked_for_before_lists_of_posts() -> None:
    names = [
        "post-sitemap.xml",
        "wp-sitemap-taxonomies-category-1.xml",
        "team-sitemap.xml",
        "wp-sitemap-posts-page-1.xml",
    ]
    listed = [url.rpartition("/")[2] for url in read_sitemap(sitemap("sitemapindex", names))[0]]
    assert listed == [names[3], names[2], names[0], names[1]]


@pytest.mark.parametrize("folder", ["blog/", ""])
def test_of_a_long_sitemap_the_entries_of_most_worth_are_kept(folder: str) -> None:
    entries = read_sitemap(sitemap("urlset", [f"{folder}a{n}" for n in range(MAX_ENTRIES + 10)] + ["safety", "[bad"]))[
        1
    ]
    assert len(entries) == MAX_ENTRIES and f"{HOST}/safety" in entries


def test_of_a_long_sitemap_in_plain_text_the_entries_of_most_worth_are_kept() -> None:
    lines = [f"{HOST}/a{n}" for n in range(MAX_ENTRIES + 10)] + [f"{HOST}/safety"]
    entries = read_sitemap("\n".join(lines).encode())[1]
    assert len(entries) == MAX_ENTRIES and lines[-1] in entries


def taken(paths: list[str], points: int = 10) -> list[str]:
    """Those of the paths that a visit of forty pages has room for."""
    templates = Templates(40)
    return [path for path in paths if templates.has_room(HOST + path, points)]


@pytest.mark.parametrize("form", ["/calendar/{}-{}", "/calendar/{1}/{0}", "/events/{0}/{1}", "/diary/5-{0}-{1}"])
def test_a_month_in_words_is_a_number_too(form: str) -> None:
    months = [form.format(month, year) for year in (2031, 2032) for month in ("january", "feb", "march", "may", "sept")]
    assert len(taken(months, -40)) == 3


def test_a_word_that_is_a_month_elsewhere_is_a_word() -> None:
    assert (
        len(taken(["/what-you-may-feel", "/what-you-march-for", "/what-you-august-for", "/decor-2", "/marble-2"], -40))
        == 5
    )


def test_a_filter_written_as_folders_is_not_gone_through() -> None:
    colours = ["red", "blue", "green", "small", "large"]
    paths = [
        "/shop",
        *(f"/shop/{one}" for one in colours),
        *(f"/shop/{a}/{b}" for a, b in product(colours, colours) if a != b),
    ]
    assert len(taken(paths)) < 15


def test_folders_of_different_names_are_all_taken() -> None:
    paths = [
        f"/services/{a}/{b}" for a in ("ketamine", "spravato", "tms") for b in ("fees", "safety", "your-visit", "team")
    ]
    assert taken(paths) == paths and taken(["/austin/tms", "/tms/austin", "/tms/austin/fees"])[-1] == "/tms/austin/fees"


def linked(name: str, links: list[str], head: str = "", missing: tuple[str, ...] = ()) -> str:
    """A site whose home page links to these pages; all but the missing ones are there."""

    def function(ask: Ask) -> Answer:
        if ask.path == "/":
            return page("Home", *links, head=head)
        return page(f"Page {ask.path}") if ask.path in links and ask.path not in missing else NOTHING

    function.__name__ = name
    site(function)
    return name


OWN = ["/about", "/pricing", "/faq", "/our-team", "/contact"]
OLD = [
    f"/index.php?{{}}={name}"
    for name in "team safety faq pricing about contact consent services process insurance".split()
]
TOPICS = [
    f"{a}{b}"
    for a in "anx dep mood pain sleep grief burn mem".split()
    for b in "ia or ul en is ak ot ir el um ou".split()
]
SPELLED = ["/Faq", "/faq", "/team/index.html", "/team", "/Gone", "/gone", "/GONE"]
NAMES = [
    linked("php_page", [link.format("page") for link in OLD]),
    linked("php_menu", [link.format("menu") for link in OLD]),
    linked("root_posts", [f"/ketamine-treatment-side-effects-and-safety-for-{topic}" for topic in TOPICS] + OWN),
    linked("towns", [f"/ketamine-therapy-{topic}/" for topic in TOPICS] + OWN),
    linked("two_spellings", SPELLED, missing=("/Faq", "/team/index.html", "/Gone", "/gone", "/GONE")),
    linked("short_and_guarded", ["/contact"], head=JSD.decode().removeprefix("<title>Clinic</title>")),
    "late_spelling", "pages_last",
]  # fmt: skip


@site
def late_spelling(ask: Ask) -> Answer:
    return {"/": page("Home", "/Faq", "/zoo"), "/zoo": page("Zoo", "/faq"), "/faq": page("Questions")}.get(
        ask.path, NOTHING
    )


@site
def pages_last(ask: Ask) -> Answer:
    if ask.path == "/sitemap.xml":
        names = [*(f"post-sitemap{number}.xml" for number in range(14)), "page-sitemap.xml"]
        return Answer(sitemap("sitemapindex", names).replace(HOST.encode(), ask.origin.encode()), kind="text/xml")
    if ask.path == "/page-sitemap.xml":
        return Answer(sitemap("urlset", ["safety"]).replace(HOST.encode(), ask.origin.encode()), kind="text/xml")
    return page(f"Page {ask.path}") if ask.path in ("/", "/safety") else NOTHING


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    web = Web(NAMES, third_octet=88)
    yield Crawled.of(web, tmp_path_factory.mktemp("worth"), crawl_timeout=8.0)
    web.close()


@pytest.mark.parametrize(("name", "parameter"), [("php_page", "page"), ("php_menu", "menu")])
def test_an_old_site_that_names_its_pages_in_the_query_is_read_whole(
    crawled: Crawled, name: str, parameter: str
) -> None:
    assert set(crawled.pages(name)) == {"/", *(link.format(parameter) for link in OLD)}


@pytest.mark.parametrize("name", ["root_posts", "towns"])
def test_a_site_s_own_pages_come_before_dozens_of_one_kind(crawled: Crawled, name: str) -> None:
    assert set(OWN) <= set(crawled.pages(name))


def test_after_a_broken_link_another_spelling_is_asked_for_once(crawled: Crawled) -> None:
    assert crawled.pages("two_spellings") == ["/", "/faq", "/team"]
    assert sum(path.lower() == "/gone" for path in crawled.web.asked("two_spellings")) == 2


def test_a_spelling_that_is_seen_after_the_broken_one_is_asked_for(crawled: Crawled) -> None:
    assert "/faq" in crawled.pages("late_spelling")


def test_short_pages_behind_a_guard_are_read(crawled: Crawled) -> None:
    assert crawled.pages("short_and_guarded") == ["/", "/contact"]


def test_the_list_of_pages_is_read_after_fourteen_lists_of_posts(crawled: Crawled) -> None:
    assert "/safety" in crawled.pages("pages_last")
