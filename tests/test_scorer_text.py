"""HTML of many site builders to blocks: what is kept, what it is marked as, and which heading or question rules it."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.page import Block, BlockKind, Page, PageKind, Role
from scorer.text import read_html


def block(page: Page, words: str) -> Block:
    return next(found for found in page.blocks if words in page.block_text(found))


def path(page: Page, words: str) -> tuple[str, ...]:
    return block(page, words).heading_path


def role(page: Page, words: str) -> Role:
    return block(page, words).role


def texts(page: Page) -> list[str]:
    return [page.block_text(found) for found in page.blocks]


def test_inline_markup_is_joined_without_cutting_words_or_sentences() -> None:
    page = read_html("<p>We mon<b>itor</b> your <a href=x>blood <em>pressure</em></a>, <span>always</span>.</p>")
    assert texts(page) == ["We monitor your blood pressure, always."]


def test_letters_set_one_by_one_make_a_word() -> None:
    assert texts(read_html("<h1><span>S</span><span>a</span><span>f</span><span>e</span></h1>")) == ["Safe"]


def test_boxes_that_stand_side_by_side_do_not_run_together() -> None:
    page = read_html('<div><span class="n">IV infusion</span><span class="p">$450</span></div><p>Fee<b>$90</b></p>')
    assert texts(page) == ["IV infusion $450", "Fee $90"]


def test_white_space_and_invisible_letters_are_tidied() -> None:
    page = read_html("<p>\n Moni&shy;tor&nbsp;&nbsp;\u200byou&#8203; \t daily </p><p>\u200b</p>")
    assert page.text == "Monitor you daily"


def test_offsets_count_in_the_text_of_the_page() -> None:
    page = read_html("<h1>A</h1><p>Bé</p><ul><li>C</ul>")
    assert page.text == "A\nBé\nC"
    assert [(found.start, found.end) for found in page.blocks] == [(0, 1), (2, 4), (5, 6)]


def test_headings_rule_until_the_next_of_their_level() -> None:
    page = read_html(
        "<h1>Care</h1><h2>Before</h2><p>We screen.</p><h3>Tests</h3><p>EKG.</p><h2>After</h2><p>You rest.</p>"
    )
    assert path(page, "EKG") == ("Care", "Before", "Tests")
    assert path(page, "You rest") == ("Care", "After")


def test_prose_in_a_headings_clothes_is_prose() -> None:
    words = "We check your blood pressure before the infusion starts. A nurse stays with you in the room until it has ended."
    page = read_html(f"<h2>Safety</h2><h5>{words}</h5><p>Next.</p>")
    assert block(page, words).kind is BlockKind.PARAGRAPH
    assert path(page, "Next") == ("Safety",)


def test_an_element_that_says_it_is_a_heading_is_one() -> None:
    page = read_html('<div role=heading aria-level=3>Fees</div><p>$400</p><div role=heading aria-level="²">Odd</div>')
    assert (block(page, "Fees").level, path(page, "$400")) == (3, ("Fees",))


def test_a_bold_line_is_the_heading_of_what_follows_in_its_box() -> None:
    page = read_html("<div><p><strong>Fees</strong></p><p>$400 each.</p></div><p>Call us.</p>")
    assert path(page, "$400") == ("Fees",)
    assert path(page, "Call us") == ()


def test_a_bold_sentence_or_price_is_no_heading() -> None:
    page = read_html("<p><b>We never send it home.</b></p><p><b>$450 a session</b></p><p>Next</p>")
    assert path(page, "Next") == ()


def test_a_styled_box_is_a_heading() -> None:
    page = read_html('<div class="section__title">Safety first</div><div>Oxygen is there.</div>')
    assert path(page, "Oxygen") == ("Safety first",)
    page = read_html('<p style="font-size: 28px">Safety first</p><p>Oxygen is there.</p>')
    assert path(page, "Oxygen") == ("Safety first",)


QUESTION = "Will I be monitored?"
ANSWER = "Yes. A nurse stays with you."
ACCORDIONS = {
    "details": f"<details><summary>{QUESTION}</summary><p>{ANSWER}</p></details>",
    "bootstrap": f'<div class=accordion-item><h2 class=accordion-header><button data-bs-toggle=collapse data-bs-target="#c1">{QUESTION}'
    f'</button></h2><div id=c1 class="accordion-collapse collapse"><div class=accordion-body>{ANSWER}</div></div></div>',
    "old bootstrap": f'<div class=panel><h4 class=panel-title><a data-toggle=collapse href="#c">{QUESTION}</a></h4><div id=c>{ANSWER}</div></div>',
    "button": f"<div><button aria-expanded=false aria-controls=p><span>{QUESTION}</span></button><div id=p hidden>{ANSWER}</div></div>",
    "elementor": f'<div class=elementor-accordion-item><div class="elementor-tab-title" role=button aria-controls=t1><a class='
    f'elementor-accordion-title>{QUESTION}</a></div><div id=t1 class="elementor-tab-content">{ANSWER}</div></div>',
    "divi": f'<div class="et_pb_toggle et_pb_toggle_close"><h5 class="et_pb_toggle_title">{QUESTION}</h5><div>{ANSWER}</div></div>',
    "webflow": f'<div class="faq-item"><div class="faq-question w-dropdown-toggle"><div>{QUESTION}</div><div>+</div></div><nav>{ANSWER}</nav></div>',
    "squarespace": f'<li class="accordion-item"><h4><button class="accordion-item__click-target" aria-expanded=false><span>{QUESTION}'
    f'</span></button></h4><div class="accordion-item__dropdown" style="display:none"><p>{ANSWER}</p></div></li>',
    "terms": f"<dl><dt>{QUESTION}</dt><dd>{ANSWER}</dd></dl>",
    "heading": f"<div><h3>{QUESTION}</h3><p>{ANSWER}</p></div>",
    "bold": f"<p><strong>{QUESTION}</strong></p><p>{ANSWER}</p>",
    "bold line": f"<p><b>{QUESTION}</b><br>{ANSWER}</p>",
    "link": f'<div><a href="#" aria-expanded="false">{QUESTION}</a><div>{ANSWER}</div></div>',
    "named box": f'<div class="faqItem"><div class="faqItem__question">{QUESTION}</div><div class="faqItem__answer">{ANSWER}</div></div>',
    "uikit": f'<ul uk-accordion><li><a class="uk-accordion-title" href="#">{QUESTION}</a><div class="uk-accordion-content"><p>{ANSWER}'
    f"</p></div></li></ul>",
    "webflow dropdown": f'<div class="w-dropdown"><div class="w-dropdown-toggle" role=button aria-haspopup=menu aria-controls=w1 '
    f'aria-expanded=false><div>{QUESTION}</div></div><nav class="w-dropdown-list" id=w1><p>{ANSWER}</p></nav></div>',
    "checkbox": f'<div><input type=checkbox id=q><label class="accordion-label" for=q>{QUESTION}</label><div>{ANSWER}</div></div>',
}


def test_every_builders_accordion_binds_the_question_to_its_answer() -> None:
    for name, html in ACCORDIONS.items():
        page = read_html(f"<h1>FAQ</h1><section>{html}</section><p>Call us.</p>")
        assert path(page, ANSWER)[-1] == QUESTION, name
        assert role(page, ANSWER) in (Role.MAIN, Role.HIDDEN), name
        assert block(page, QUESTION).level, name


def test_an_answer_ends_where_its_box_ends() -> None:
    for name, html in ACCORDIONS.items():
        if name not in ("heading", "divi"):  # real headings rule until the next of their level
            page = read_html(f"<h1>FAQ</h1><section>{html}</section><section><p>Call us.</p></section>")
            assert path(page, "Call us") == ("FAQ",), name


def test_flat_questions_end_with_the_next() -> None:
    page = read_html(
        "<div><button aria-expanded=0>One?</button><div>A</div><button aria-expanded=0>Two?</button><div>B</div></div>"
    )
    assert (path(page, "A"), path(page, "B")) == (("One?",), ("Two?",))


def test_a_tab_rules_the_panel_that_it_opens() -> None:
    page = read_html(
        "<div role=tablist><button role=tab aria-controls=p1>Before</button><button role=tab aria-controls=p2>After</button></div>"
        "<div id=p1 role=tabpanel>No food.</div><div id=p2 role=tabpanel hidden>You rest.</div><p>Call us.</p>"
    )
    assert (path(page, "No food"), path(page, "You rest")) == (("Before",), ("After",))
    assert role(page, "You rest") is Role.HIDDEN


def test_a_tab_that_is_a_link_to_its_panel_rules_it() -> None:
    page = read_html(
        '<div id=tabs><ul><li><a href="#t1">Ketamine</a></li><li><a href="#t2">TMS</a></li></ul>'
        "<div id=t1><p>We sit with you.</p></div><div id=t2><p>Six weeks, every day.</p></div></div><p>Call us.</p>"
    )
    assert (path(page, "We sit"), path(page, "Six weeks"), path(page, "Call us")) == (("Ketamine",), ("TMS",), ())


def test_a_part_that_many_links_lead_to_is_no_tabs_panel() -> None:
    page = read_html(
        '<ul><li><a href="#book">TMS</a></li><li><a href="#book">Ketamine</a></li></ul><div id=book>Call us.</div>'
    )
    assert path(page, "Call us") == ()


def test_divis_tabs_rule_their_panels() -> None:
    page = read_html(
        '<div class="et_pb_tabs"><ul class="et_pb_tabs_controls"><li class="et_pb_tab_0 et_pb_tab_active"><a href="#">Ketamine</a></li>'
        '<li class="et_pb_tab_1"><a href="#">TMS</a></li></ul><div class="et_pb_all_tabs"><div class="et_pb_tab et_pb_tab_0">'
        '<p>We sit with you.</p></div><div class="et_pb_tab et_pb_tab_1"><p>Six weeks, every day.</p></div></div></div><p>Call us.</p>'
    )
    assert (path(page, "We sit"), path(page, "Six weeks"), path(page, "Call us")) == (("Ketamine",), ("TMS",), ())


def test_a_dropdown_of_links_is_no_question() -> None:
    page = read_html(
        "<div><div role=button aria-haspopup=menu aria-controls=w1>Services</div><nav id=w1><a href=a>Ketamine</a><a href=b>TMS</a></nav>"
        "<p>We sit with you.</p></div>"
    )
    assert path(page, "We sit") == ()


def test_a_short_answer_in_a_webflow_dropdown_is_no_menu() -> None:
    page = read_html(ACCORDIONS["webflow dropdown"].replace(ANSWER, "No, never."))
    assert role(page, "No, never") is Role.MAIN


def test_a_button_that_opens_nothing_is_no_heading() -> None:
    page = read_html(
        "<button>Book now</button><p>We screen.</p><button aria-expanded=false>Read more</button><p>We rest.</p>"
    )
    assert path(page, "We screen") == path(page, "We rest") == ()
    assert "Book now" in texts(page)


def test_hidden_text_is_kept_and_marked() -> None:
    for attribute in (
        "hidden",
        "aria-hidden=true",
        'style="display: none"',
        'style="visibility:hidden"',
        'class="sr-only"',
    ):
        assert role(read_html(f"<div {attribute}><p>We screen you.</p></div>"), "We screen") is Role.HIDDEN


def test_what_shows_on_wide_screens_is_not_hidden() -> None:
    assert role(read_html('<div class="hidden md:block"><p>We screen you.</p></div>'), "We screen") is Role.MAIN


def test_menus_and_footers_are_known_by_tag_landmark_and_name() -> None:
    links = "<a href=a>Ketamine therapy</a> <a href=b>Fees and insurance</a> <a href=c>What to expect from us</a>"
    for opening in ("<nav>", "<div role=navigation>", '<ul class="site-menu">', '<div id="mainNav">'):
        assert role(read_html(f"{opening}{links}"), "Fees") is Role.MENU
    for opening in ("<footer>", "<div role=contentinfo>", '<div class="site-footer">', '<div id="Footer2">'):
        assert (
            role(read_html(f"<p>x</p>{opening}<p>All services overseen by Dr. Moore.</p>"), "overseen") is Role.FOOTER
        )


def test_a_price_menu_is_no_menu() -> None:
    page = read_html(
        '<div class="drip-menu"><h2>Menu</h2><p>Ketamine infusion, with a nurse at the chair for two hours, $450</p></div>'
    )
    assert role(page, "Ketamine infusion") is Role.MAIN


def test_a_list_of_short_prices_named_a_menu_is_no_menu() -> None:
    for names in ("service-menu", "sqs-block menu-block"):
        page = read_html(
            f'<div class="{names}"><div class="menu-item-title">Ketamine infusion</div><div>$450 per session</div></div>'
        )
        assert role(page, "Ketamine infusion") is role(page, "$450") is Role.MAIN, names


def test_a_price_among_the_links_of_a_menu_by_name_leaves_the_links_a_menu() -> None:
    page = read_html(
        '<div class="main-menu"><a href=a>Ketamine</a><p>Book today, $450 each</p><p><a href=b>Our fees</a></p></div>'
    )
    assert (role(page, "Our fees"), role(page, "$450")) == (Role.MENU, Role.MAIN)


def test_a_menu_by_tag_stays_one_whatever_its_name() -> None:
    assert role(read_html("<nav class=menu><div>Care</div><div>Fees</div></nav><p>x</p>"), "Care") is Role.MENU


def test_a_popup_that_tells_of_a_person_is_no_banner() -> None:
    for names in ("bio-popup", "pum pum-content", "team-modal"):
        page = read_html(
            f'<div class="{names}"><h3 class="modal-title">Dr Jane Moss</h3><p>Dr Moss is a board-certified psychiatrist who '
            "oversees every infusion.</p></div>"
        )
        assert role(page, "oversees") is role(page, "Dr Jane") is Role.MAIN, names


def test_a_popup_that_asks_for_something_is_a_banner() -> None:
    words = "Hear from us every month about what is new, and get our guide to the first visit before anybody else."
    for names in ("newsletter-popup", "popup js-subscribe", "modal consent"):
        assert role(read_html(f'<p>x</p><div class="{names}"><p>{words}</p></div>'), "Hear") is Role.BANNER, names
    assert role(read_html('<p>x</p><div class="popup">Get our guide</div>'), "guide") is Role.BANNER


def test_a_theme_that_names_the_whole_page_says_nothing() -> None:
    prose = (
        "<p>We check your blood pressure every five minutes, and a nurse stays with you until you are well again.</p>"
        * 6
    )
    for name in ("has-menu sticky-nav", "footer-dark", "popup-enabled", "reviews-on"):
        page = read_html(f'<body><div class="{name}"><h1>Safety</h1>{prose}</div></body>')
        assert role(page, "We check") is Role.MAIN


def test_headings_of_menus_and_footers_rule_nothing_else() -> None:
    page = read_html(
        "<nav><h2>Menu</h2></nav><p>We screen.</p><h2>Care</h2><footer><h3>Hours</h3><p>9 to 5</p></footer>"
    )
    assert path(page, "We screen") == ()
    assert path(page, "9 to 5") == ("Hours",)


def test_cookie_banners_are_known_by_name_and_by_what_they_say() -> None:
    named = '<div id="onetrust-banner-sdk"><p>Your privacy choices</p></div>'
    said = "<div class=x1><p>We use cookies to improve your experience.</p><button>Accept all</button></div><p>We screen you.</p>"
    page = read_html(named + said)
    assert [found.role for found in page.blocks] == [Role.BANNER, Role.BANNER, Role.BANNER, Role.MAIN]


TALE = "They took my blood pressure every five minutes and cured me."
TESTIMONIALS = (
    f'<div class="testimonialCard"><p>{TALE}</p></div>',
    f'<div itemscope itemtype="https://schema.org/Review"><span itemprop=reviewBody>{TALE}</span></div>',
    f'<div class="patient-reviews"><p>{TALE}</p></div>',
    f'<div class="x"><div>★★★★★</div><p>{TALE}</p><p>Jo</p></div>',
    f'<div class="x"><span class="star-rating"></span><p>{TALE}</p><p>Jo</p></div>',
    f'<div class="x"><div>5 out of 5 stars</div><p>{TALE}</p></div>',
)


def test_testimonials_are_known_by_name_by_schema_and_by_stars() -> None:
    for html in TESTIMONIALS:
        page = read_html(f"<h1>Care</h1><p>We screen you first.</p><div>{html}</div><p>We treat you then.</p>")
        assert role(page, "blood pressure") is Role.TESTIMONIAL, html
        assert role(page, "We screen") is role(page, "We treat") is Role.MAIN, html


def test_one_star_is_the_bullet_of_a_list() -> None:
    item = '<li><i class="fas fa-star"></i> We monitor your heart from the first minute to the last.</li>'
    page = read_html(f"<h1>Care</h1><ul>{item * 4}</ul>")
    assert {found.role for found in page.blocks} == {Role.MAIN}


def test_three_stars_in_a_row_are_a_rating() -> None:
    page = read_html(f"<h1>Care</h1><div><p>{'<i class=fa-star></i> ' * 3}</p><p>{TALE}</p></div>")
    assert role(page, TALE) is Role.TESTIMONIAL


def test_stars_beside_a_page_heading_make_no_testimonial_of_the_page() -> None:
    page = read_html(
        "<div><h1>Ketamine</h1><p>★★★★★ 4.9</p><p>We check your blood pressure every five minutes.</p></div>"
    )
    assert role(page, "We check") is Role.MAIN


def test_an_owners_reply_among_reviews_speaks_for_the_clinic() -> None:
    page = read_html(
        f'<div class="reviews"><div class="review"><p>{TALE}</p><div class="owner-response">We always monitor.</div></div>'
        "<p>Response from the owner</p><p>A nurse stays with everybody.</p></div><p>x</p>"
    )
    assert role(page, TALE) is Role.TESTIMONIAL
    assert role(page, "We always") is role(page, "A nurse stays") is Role.MAIN


def test_quotations_are_quotes_unless_staff_speak() -> None:
    page = read_html(
        f"<blockquote>{TALE}</blockquote><p>“{TALE}”</p><p>— Sarah M.</p><p>“{TALE}” – Jo, patient</p><p><q>{TALE}</q></p>"
        "<p>“We check your blood pressure every five minutes.”</p><p>— Dr. Moore, owner</p><p>The <q>gold standard</q> of care.</p>"
    )
    assert [found.kind is BlockKind.QUOTE for found in page.blocks] == [
        True,
        True,
        False,
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_table_row_keeps_its_column_headers_and_its_section() -> None:
    page = read_html(
        "<h2>Fees</h2><table><thead><tr><th>Service<th>Price</thead><tr><th colspan=2>Ketamine</th></tr>"
        "<tr><td><p>Infusion</p><p>40 min</p><td><b>$450</b><br>each</table><p>After.</p>"
    )
    row = block(page, "$450")
    assert page.block_text(row) == "Infusion 40 min | $450 each"
    assert (row.kind, row.heading_path) == (BlockKind.TABLE_ROW, ("Fees", "Service | Price", "Ketamine"))
    assert path(page, "After") == ("Fees",)


def test_a_table_that_only_lays_out_a_page_is_no_table() -> None:
    page = read_html(
        "<table><tr><td><h2>Safety</h2><p>We screen. We monitor.</p></td><td><p>Call us.</p></td></tr></table>"
    )
    assert [found.kind for found in page.blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]


def test_price_lines_stand_under_their_heading() -> None:
    page = read_html(
        "<h1>Fees</h1><h2>Spravato</h2><ul><li>$300</ul><h2>Ketamine</h2><ul><li>Infusion <span>$450</span></ul>"
    )
    assert path(page, "$450") == ("Fees", "Ketamine")


def test_nested_lists_are_items_in_order() -> None:
    page = read_html("<ul><li>Monitors:<ul><li>EKG<li>SpO2</ul><li>Oxygen</ul>")
    assert texts(page) == ["Monitors:", "EKG", "SpO2", "Oxygen"]
    assert {found.kind for found in page.blocks} == {BlockKind.LIST_ITEM}


def test_a_line_break_ends_a_line_but_not_a_sentence() -> None:
    page = read_html(
        "<p>We screen.<br>We monitor<br>and we follow up.<br/><br/>12 Main St,<br>Portland</p><h1>Keta<br>Care</h1>"
    )
    assert texts(page) == ["We screen.", "We monitor and we follow up.", "12 Main St, Portland", "Keta Care"]


def test_scripts_styles_and_templates_are_not_text() -> None:
    page = read_html(
        "<p>a<script>b</script><style>c</style></p><template>e</template><svg><text>f</text></svg><!-- g -->"
    )
    assert page.text == "a"


def test_what_a_page_says_without_javascript_is_text_marked_as_hidden() -> None:
    page = read_html("<div id=app></div><noscript><p>We screen everybody.</p></noscript><p>Call us.</p>")
    assert [(page.block_text(block), block.role) for block in page.blocks] == [
        ("We screen everybody.", Role.HIDDEN),
        ("Call us.", Role.MAIN),
    ]


def test_a_request_to_switch_javascript_on_is_no_text() -> None:
    assert (
        read_html("<div id=root></div><noscript>You need to enable JavaScript to run this app.</noscript>").text == ""
    )


def test_labels_for_machines_are_not_text() -> None:
    assert read_html('<p aria-label="no" title="no"><img alt="no">yes</p>').text == "yes"


def test_linked_questions_are_added_only_where_the_page_does_not_show_them() -> None:
    data = (
        '<script type="application/ld+json">{"@type":"FAQPage","mainEntity":[{"@type":"Question","name":"Is it safe?",'
        '"acceptedAnswer":{"@type":"Answer","text":"<p>With care, &amp; monitored.</p>"}}]}</script>'
    )
    page = read_html(f"<p>Hello.</p>{data}")
    answer = block(page, "With care, & monitored.")
    assert (answer.role, answer.heading_path) == (Role.HIDDEN, ("Is it safe?",))
    assert len(read_html(f"<h3>Is it safe?</h3><div>With <b>care</b>, &amp; monitored.</div>{data}").blocks) == 2


def questions(answers: list[str]) -> str:
    asked = [
        {"@type": "Question", "name": f"Case {n}?", "acceptedAnswer": {"@type": "Answer", "text": answer}}
        for n, answer in enumerate(answers)
    ]
    return f'<script type="application/ld+json">{json.dumps({"@type": "FAQPage", "mainEntity": asked})}</script>'


def test_a_linked_answer_that_was_added_is_not_added_again() -> None:
    twice = questions(["With care.", "You rest here."]) * 2
    assert texts(read_html(f"<p>Hello.</p>{twice}")) == ["Hello.", "Case 0?", "With care.", "Case 1?", "You rest here."]


def test_of_questions_without_number_a_few_hundred_are_read() -> None:
    html = f"<p>Hello.</p>{questions([f'{n} is the answer to it. ' * 5 for n in range(2000)])}"
    assert 200 < len(read_html(html).blocks) / 2 < 600


def test_title_language_and_kind_are_read() -> None:
    page = read_html("<html lang=en-GB><title> Fees &amp; costs </title><p>x", address="https://calm.example/p")
    assert (page.title, page.language, page.kind) == ("Fees & costs", "en-GB", PageKind.PRICING)


def test_empty_and_broken_pages_are_read_as_far_as_they_go() -> None:
    for html in (
        "",
        " ",
        "<html",
        "</p>",
        "<!DOCTYPE html>",
        "<!--",
        "<script>",
        "<body></body>",
        "\x00",
        "<frameset>",
    ):
        assert read_html(html).blocks == ()
    assert texts(read_html("<p>We <b>screen<p>you</b></table></div>\x00 fi\x00rst")) == ["We screen", "you first"]


def test_an_xml_page_with_a_title_closed_at_once_keeps_its_text() -> None:
    page = read_html(
        '<?xml version="1.0" encoding="utf-8"?><html><head><title/><script src="a"/></head><body><p>Text</p></body></html>'
    )
    assert texts(page) == ["Text"]


def test_a_hundred_thousand_levels_are_read() -> None:
    for tag in ("div", "b", "span", "ul><li", "blockquote", "table><tr><td"):
        page = read_html("".join(f"<{tag}>" for _ in range(100_000)) + "deep")
        assert page.text.replace("|", "").strip() == "deep"


def test_a_huge_page_is_read_whole() -> None:
    page = read_html(
        "<div><p>We screen you first. <b>Always.</b></p><button aria-expanded=0>Is it safe?</button></div>" * 30_000
    )
    assert len(page.blocks) == 60_000


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "<p> </p> <div> </div> <b> </b> <table> <tr> <td> <th> </table> <li> <ul> </ul> <h2> </h2> <br> <dt> <details> <summary> "
            "</details> <nav> </nav> <blockquote> <q> </q> <span> </span> <a> </a> <button> </button> We screen? Yes. “no” ★★★ $450 & &amp; "
            "<div/class=faq-question> <p/hidden> <div/role=heading> <div/class=testimonials> <s> </s> <span/hidden> <sup> </sup> 00 <i/class=material-icons> <i/class=star> <del> <li/class=et_pb_tab_0> <a/href=#t> <div/id=t> <div/class=popup> <div/class=menu> | <!-- --> \u200b".split(
                " "
            )
        ),
        max_size=60,
    )
)
def test_any_soup_gives_blocks_in_order_that_cover_the_text(parts: list[str]) -> None:
    page = read_html(" ".join(parts))
    assert "\n".join(texts(page)) == page.text
    assert all(page.block_text(found).strip() for found in page.blocks)
