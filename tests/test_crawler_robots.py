"""robots.txt by the letter of RFC 9309."""

import pytest

from crawler.robotrules import MAX_BYTES, RobotRules


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /\n\nUser-agent: vetting\nAllow: /", "/x", True),
        ("User-agent: vetting\nDisallow: /a\n\nUser-agent: vetting\nDisallow: /b", "/a", False),
        ("User-agent: vetting\nDisallow: /a\n\nUser-agent: vetting\nDisallow: /b", "/b", False),
        ("User-agent: vet\nDisallow: /", "/x", True),
        ("User-agent: vettingbot\nDisallow: /", "/x", True),
        ("User-agent: VETTING/1.0 beta\nDisallow: /", "/x", False),
        ("User-agent: other\nUser-agent: vetting\nDisallow: /x", "/x", False),
        ("User-agent: other\nCrawl-delay: 3\nUser-agent: vetting\nDisallow: /x", "/x", False),
        ("User-agent: vetting\nCrawl-delay: 3\n\nUser-agent: other\nDisallow: /x", "/x", False),
        ("User-agent: *\nCrawl-delay: 3\nUser-agent: other\nDisallow: /x\nDisallow: /y", "/y", False),
        ("User-agent: vetting\nNoindex: /z\nUser-agent: other\nDissallow: /x", "/x", False),
        ("User-agent: vetting\nCrawl-delay: 3\nDisallow:\nUser-agent: other\nDisallow: /x", "/x", True),
        ("User-agent: vetting\nAllow: /y\nCrawl-delay: 3\nUser-agent: other\nDisallow: /x", "/x", True),
        ("User-agent: *\nAllow: /p\nDisallow: /", "/page", True),
        ("User-agent: *\nDisallow: /page\nAllow: /page", "/page", True),
        ("User-agent: *\nDisallow: /*.php$", "/x.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/x.php?a", True),
        ("User-agent: *\nDisallow: /a%3cd.html", "/a%3Cd.html", False),
        ("User-agent: *\nDisallow: /%7Ejoe", "/~joe/index", False),
        ("User-agent: *\nDisallow: /caf\u00e9", "/caf%C3%A9", False),
        ("\ufeffUser-agent: *\r\nDisallow: /x # why\r\n", "/x", False),
        ("User-agent: *\rDisallow: /x\r", "/x", False),
        ("User-agent: *\nDisallow:", "/x", True),
        ("Disallow: /", "/x", True),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("<html><body>Not found</body></html>", "/x", True),
        ("", "/x", True),
    ],
)
def test_a_rule_is_read_by_the_letter(text: str, path: str, allowed: bool) -> None:
    assert RobotRules(text.encode()).allows(f"http://clinic.example{path}") is allowed


def test_half_a_megabyte_is_read_and_a_rule_cut_in_two_is_dropped() -> None:
    filler = "Disallow: /nothing\n" * 30_000
    assert not RobotRules(b"User-agent: *\n" + filler[:500_000].encode() + b"\nDisallow: /x\n").allows(
        "http://a.example/x"
    )
    cut = b"User-agent: *\n" + b"#" * (MAX_BYTES - 14 - 11) + b"\nDisallow: /xyz"
    assert RobotRules(cut).allows("http://a.example/xa")


def test_crawl_delay_and_sitemaps_are_read() -> None:
    rules = RobotRules(b"User-agent: *\nCrawl-delay: 7\nSitemap: http://a.example/s.xml\n")
    assert rules.crawl_delay == 7.0 and rules.sitemaps == ["http://a.example/s.xml"]


def test_a_crawl_delay_is_for_those_named_right_above_it() -> None:
    rules = RobotRules(b"User-agent: *\nCrawl-delay: 2\nUser-agent: other\nCrawl-delay: 90\nDisallow: /x")
    assert rules.crawl_delay == 2.0


def test_a_pattern_of_stars_takes_no_time() -> None:
    assert RobotRules(b"User-agent: *\nDisallow: /" + b"*a" * 300 + b"$").allows("http://a.example/" + "a" * 400 + "b")
