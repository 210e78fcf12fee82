"""What pages are for, by many addresses and titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.page import PageKind
from scorer.pagekind import page_kind

ADDRESSES = {
    PageKind.HOME: ("/ /index.html https://c.example https://c.example/ /home /en/"),
    PageKind.OTHER: (
        "/us /learn-more /gallery /careers /xyz123 /practice-information /patients /patient-forms"
        "/review-board /ratess /painting /trails /pressure /sitemap"
    ),
    PageKind.FAQ: ("/faq /frequently-asked-questions /ketamine-faqs/ /common-questions /q-and-a"),
    PageKind.BLOG: (
        "/blog/faq-about-ketamine /2023/05/ketamine-depression /news/opening /resources/what-is-ketamine"
        "/learn/ketamine /press-release-2024 /articles /blog /ketamine-blog/x"
    ),
    PageKind.LEGAL: (
        "/privacy-policy /terms-of-service /hipaa-notice /cancellation-policy /disclaimer /complaints/accessibility"
    ),
    PageKind.TESTIMONIALS: ("/testimonials /patient-stories /reviews"),
    PageKind.PRICING: (
        "/pricing /cost-and-insurance /fees /ketamine-cost /iv-drip-menu /index.php?page=fees /insurance"
        "/financing /ketamine-treatment-cost /paying-for-treatment"
    ),
    PageKind.TEAM: (
        "/team /our-team/dr-moore /about /about-us /meet-dr-lee /dr-jane-moore /staff /providers"
        "/meet-the-team.html /Meet%20The%20Team /leadership /our-doctors /therapists"
    ),
    PageKind.SERVICE: (
        "/about-ketamine /about/ketamine-therapy /how-ketamine-works /who-we-treat /services"
        "/services/ketamine /ketamine-for-depression /spravato /conditions/ptsd /at-home-ketamine"
        "/what-we-treat /tms /tms-therapy"
    ),
    PageKind.CONTACT: (
        "/for-providers /contact /contact-us/ /locations/austin /book-online /schedule-appointment"
        "/refer-a-patient /referrals /appointments /find-us /directions"
    ),
    PageKind.PROCESS: (
        "/what-to-expect /how-it-works /the-process /your-first-visit /preparing-for-your-infusion"
        "/ketamine-infusion-process /our-approach /treatment-process /new-patients /after-care /aftercare"
        "/before-your-infusion /post-infusion-instructions"
    ),
    PageKind.SAFETY: (
        "/safety /side-effects /is-ketamine-safe /am-i-a-candidate /consent /eligibility"
        "/ketamine-safety-and-side-effects /safety-monitoring"
    ),
}


@pytest.mark.parametrize(("kind", "addresses"), ADDRESSES.items())
def test_the_address_tells_the_kind(kind: PageKind, addresses: str) -> None:
    for address in addresses.split():
        assert page_kind(address, "") is kind, address


@pytest.mark.parametrize(
    ("address", "title", "kind"),
    [
        ("/p/123", "Fees", PageKind.PRICING),
        ("/p/124", "Calm Clinic - Frequently Asked Questions", PageKind.FAQ),
        ("/p/125", "About Us | Calm Ketamine Clinic", PageKind.TEAM),
        ("/p/126", "Calm Ketamine", PageKind.SERVICE),
        ("?page_id=7", "Our Team", PageKind.TEAM),
        ("https://c.example/?p=12", "Pricing - Calm", PageKind.PRICING),
    ],
)
def test_the_title_tells_where_the_address_does_not(address: str, title: str, kind: PageKind) -> None:
    assert page_kind(address, title) is kind


def test_the_first_heading_tells_where_neither_does() -> None:
    assert page_kind("/p1", "Calm", ["Fees", "Our team"]) is PageKind.PRICING
    assert page_kind("/p1", "Calm", ["Calm", "Our team"]) is PageKind.OTHER


def test_a_page_without_address_is_judged_by_its_title() -> None:
    assert page_kind("", "Our fees") is PageKind.PRICING
    assert page_kind("", "") is PageKind.OTHER


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_have_a_kind(address: str, title: str) -> None:
    assert page_kind(address, title) in PageKind
    assert page_kind("https://" + address, title) in PageKind
