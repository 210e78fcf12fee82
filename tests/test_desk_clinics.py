"""The right of reply, cases, gold, notices, the log; and hostile input to all of them."""

import email
import json
import socketserver
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from desk_corpus import HOME_USE, VITALS, Desk, post
from sqlalchemy import text as sql
from sqlalchemy.exc import DatabaseError
from sqlmodel import select
from test_desk_review import current, decide

from jobs.notices import digest, write_notices
from jobs.reassess import publish_due
from jobs.score import score
from scorer.findings import Judge
from store.engine import session
from store.leases import take_due
from store.models import Clinic, now
from store.people import Case, Letter, Reply, Review
from store.people_audit import exported, note
from store.people_cases import read_again
from store.people_letters import working_days_after
from webapp.desk.letters import draft_findings

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def letter_link(desk, slug="lozenge-post"):
    page = post(desk.client("ed"), f"/desk/letters/clinics/{slug}/letter").text
    return "/replies/" + page.split("/replies/")[1].split('"')[0].split("<")[0].split()[0]


def test_a_confirmed_finding_waits_for_the_clinics_working_days(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    assert not current(desk, desk.mailer, "home-use").published
    letter_link(desk)
    with session(desk.engine) as opened:
        letter = opened.exec(select(Letter)).one()
        assert letter.due_on == working_days_after(now().date(), 10, "US")
        letter.due_on = now().date() - timedelta(days=1)
        opened.add(letter)
    judge = Judge(desk.app().extensions["vetting"].checklist)
    assert publish_due(desk.engine, judge, desk.settings) == [desk.mailer]
    assert current(desk, desk.mailer, "home-use").published


def test_working_days_leave_out_weekends_and_the_countrys_holidays():
    assert working_days_after(date(2026, 12, 23), 3, "GB") == date(2026, 12, 30)  # 25, 26 (28 instead) and the weekend
    assert working_days_after(date(2026, 12, 23), 3, "") == date(2026, 12, 28)


def test_the_private_link_opens_without_an_account_and_nothing_else_does(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    link = letter_link(desk)
    client = desk.client()
    answer = client.get(link)
    assert answer.status_code == 200 and HOME_USE in answer.text and "Set-Cookie" not in answer.headers
    assert "noindex" in answer.headers["X-Robots-Tag"] and answer.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    assert client.get("/replies/").status_code == 404 and "/replies" not in client.get("/sitemaps/0.xml").text


def test_the_key_has_256_bits_and_is_kept_nowhere(desk):
    key = letter_link(desk).removeprefix("/replies/")
    assert len(key) == 43
    dump = "\n".join(
        (desk.settings.data_dir / name).read_bytes().decode("latin-1")
        for name in ("vetting.sqlite", "vetting.sqlite-wal")
    )
    assert key not in dump


def test_a_withdrawn_link_opens_nothing(desk):
    link = letter_link(desk)
    post(desk.client("ed"), "/desk/letters/1/withdraw")
    assert desk.client().get(link).status_code == 404


def test_an_answer_stands_beside_the_finding_once_read_and_changes_no_verdict(desk):
    link, public = letter_link(desk), desk.client()
    form = {"criterion": "vital-signs", "reason": "changed-since", "text": "We measure every five minutes now."}
    assert "has been kept" in public.post(link, data=form).text
    assert form["text"] not in public.get("/clinics/lozenge-post").text
    post(desk.client("ed"), "/desk/letters/replies/1", show="yes")
    page = public.get("/clinics/lozenge-post").text
    assert form["text"] in page and VITALS in page
    assert current(desk, desk.mailer, "vital-signs").verdict == "stated"


@pytest.mark.parametrize(
    "form",
    [
        {"criterion": "home-use", "reason": "misread"},
        {"criterion": "vital-signs", "reason": "because"},
        {"criterion": "vital-signs", "reason": "stated-elsewhere"},
        {"criterion": "vital-signs", "reason": "stated-elsewhere", "address": "javascript:alert(1)"},
        {"criterion": "vital-signs", "reason": "misread", "text": "word " * 501},
    ],
)
def test_an_answer_outside_the_rules_is_refused_with_the_reason(desk, form):
    answer = desk.client().post(letter_link(desk), data=form)
    assert answer.status_code == 400 and "Nothing was kept" in answer.text
    with session(desk.engine) as opened:
        assert not opened.exec(select(Reply)).all()


def test_an_unread_answer_holds_publication(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    desk.client().post(letter_link(desk), data={"criterion": "home-use", "reason": "misread", "text": "A joke."})
    with session(desk.engine) as opened:
        letter = opened.exec(select(Letter)).one()
        letter.due_on = now().date() - timedelta(days=1)
        opened.add(letter)
    judge = Judge(desk.app().extensions["vetting"].checklist)
    publish_due(desk.engine, judge, desk.settings)
    assert not current(desk, desk.mailer, "home-use").published
    post(desk.client("ed"), "/desk/letters/replies/1", show="yes")
    assert current(desk, desk.mailer, "home-use").published


def test_an_answer_after_publication_takes_nothing_down(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    link = letter_link(desk)
    with session(desk.engine) as opened:
        letter = opened.exec(select(Letter)).one()
        letter.due_on = now().date() - timedelta(days=1)
        opened.add(letter)
    publish_due(desk.engine, Judge(desk.app().extensions["vetting"].checklist), desk.settings)
    desk.client().post(link, data={"criterion": "home-use", "reason": "misread", "text": "A joke."})
    score(desk.engine, desk.settings)
    assert current(desk, desk.mailer, "home-use").published


def test_a_letter_does_not_tell_a_rejected_sentence(desk):
    row = current(desk, desk.mailer, "home-use")
    with session(
        desk.engine
    ) as opened:  # decided while a scoring was under way: the verdict still rests on the sentence
        opened.add(Review(
            clinic_id=desk.mailer, criterion="home-use", sentence_digest=row.evidence[0]["sentence_digest"], quote=HOME_USE,
            machine_verdict="raised", decision="reject", author="rita",
        ))  # fmt: skip
    with session(desk.engine) as opened:
        items, left_out = draft_findings(opened, desk.mailer)
    assert (HOME_USE not in {item["quote"] for item in items}, left_out) == (True, 1)


def test_a_report_from_the_public_form_becomes_a_case_with_a_log(desk):
    desk.client().post("/corrections", data={"clinic": "calm-room", "text": "It has closed."})
    client = desk.client("ed")
    assert "It has closed." in client.get("/desk/cases/").text
    post(client, "/desk/cases/1", text="Looked at it.", state="closed")
    assert "Looked at it." in client.get("/desk/cases/1").text
    with session(desk.engine) as opened:
        assert opened.get_one(Case, 1).state == "closed"


def test_one_clinic_is_read_again_at_most_once_a_day(desk):
    link, public = letter_link(desk), desk.client()
    assert "will be read again" in public.post(link, data={"act": "read-again"}).text
    with session(desk.engine) as opened:
        assert opened.get_one(Clinic, desk.mailer).due_at <= now()
    assert "at most once a day" in public.post(link, data={"act": "read-again"}).text


def test_a_clinic_that_is_to_be_read_again_comes_before_those_that_are_overdue(desk):
    with session(desk.engine) as opened:
        for days, number in enumerate((desk.mailer, desk.calm, desk.curer), start=1):
            opened.get_one(Clinic, number).due_at = now() - timedelta(days=days)
    with session(desk.engine) as opened:
        read_again(opened, desk.mailer, "ed")
    with session(desk.engine) as opened:
        assert [lease.clinic_id for lease in take_due(opened, "a crawl", 60, 1)] == [desk.mailer]


def test_hostile_words_are_shown_as_words_everywhere(desk):
    link, public, ada = letter_link(desk), desk.client(), desk.client("ada")
    public.post(link, data={"criterion": "vital-signs", "reason": "misread", "text": HOSTILE})
    post(ada, "/desk/letters/replies/1", show="yes")
    public.post("/corrections", data={"clinic": "calm-room", "text": HOSTILE, "contact": HOSTILE})
    post(ada, "/desk/checklist/", title=HOSTILE)
    post(ada, "/desk/gold/", clinic=HOSTILE, title=HOSTILE, path=HOSTILE, text=HOSTILE)
    post(ada, "/desk/checklist/drafts/1/text", text=f"title: {HOSTILE}", revision="1")
    addresses = [
        link, "/clinics/lozenge-post", "/desk/cases/", "/desk/cases/1", "/desk/letters/", "/desk/letters/clinics/lozenge-post", "/desk/gold/",
        "/desk/gold/1", "/desk/checklist/", "/desk/checklist/drafts/1", "/desk/checklist/drafts/1/text", "/desk/log/", f"/desk/log/?who={HOSTILE}",
        f"/desk/letters/?q={HOSTILE}", "/desk/notices/",
    ]  # fmt: skip
    for address in addresses:
        page = ada.get(address).text
        assert "<script>alert" not in page and "<img src=x" not in page and "49" not in page.split("{{7*7}}")[0][-3:], (
            address
        )
    assert "<script>alert" not in post(ada, "/desk/checklist/try", text=HOSTILE).text


def test_what_is_too_large_is_refused(desk):
    link = letter_link(desk)
    assert desk.client().post(link, data={"text": "x" * 100_000}).status_code == 413
    assert post(desk.client("ed"), "/desk/checklist/", title="x" * 2_100_000).status_code == 413


def test_two_readers_label_blind_and_differences_are_settled(desk):
    ed, rita, rob = desk.client("ed"), desk.client("rita"), desk.client("rob")
    post(
        ed,
        "/desk/gold/",
        clinic="Calm Room",
        title="Safety",
        path="/safety",
        text=f"# Safety\n\n{VITALS}\n\n{HOME_USE}",
    )
    post(ed, "/desk/gold/1", quote=VITALS, label="vital-signs:stated")
    assert VITALS not in rita.get("/desk/gold/1").text.split('id="mine"')[1].split("</section>")[0]
    post(rita, "/desk/gold/1", quote=VITALS, label="vital-signs:partial")
    post(rita, "/desk/gold/1", quote="We mail  lozenges\nto your door", label="home-use:raised")
    assert "two readers have this page already" in rob.get("/desk/gold/1", follow_redirects=True).text
    post(ed, "/desk/gold/1", act="finish")
    assert "both readers must have finished" in rob.get("/desk/gold/1/settle", follow_redirects=True).text
    post(rita, "/desk/gold/1", act="finish")
    post(rob, "/desk/gold/1/settle", **{"right-vital-signs": "0", "right-home-use": "1"})
    record = json.loads(rob.get("/desk/gold/gold.jsonl").text)
    assert record["labels"]["vital-signs"]["verdict"] == "stated" and record["readers"]["vital-signs"] == [
        "stated",
        "partial",
    ]
    assert record["labels"]["home-use"]["quotes"] == ["We mail lozenges to your door"]
    assert "0.00" in rob.get("/desk/gold/").text  # kappa of one page on which they differ


def test_gold_goes_out_and_in_again_unchanged(desk, tmp_path):
    client = desk.client("ed")
    record = {
        "id": "a1",
        "clinic": "Calm Room",
        "kind": "clinic",
        "title": "T",
        "path": "/",
        "text": VITALS,
        "labels": {"vital-signs": {"verdict": "stated", "quotes": [VITALS]}},
    }
    upload(client, json.dumps(record))
    assert json.loads(client.get("/desk/gold/gold.jsonl").text) == record
    upload(
        client, json.dumps({**record, "id": "a2", "labels": {"vital-signs": {"verdict": "raised", "quotes": [VITALS]}}})
    )
    assert "line 1: vital-signs" in client.get("/desk/gold/").text


def upload(client, words):
    import io

    return post(client, "/desk/gold/", act="import", file=(io.BytesIO(words.encode()), "gold.jsonl"))


def test_the_log_only_grows(engine):
    with session(engine) as opened:
        note(opened, "ed", "did it", "this")
    one_put_over = "INTO auditentry (id, at, who, act, subject, detail) SELECT id, at, 'nobody', act, subject, detail FROM auditentry"
    replaced = (
        f"REPLACE {one_put_over}"
        if engine.dialect.name == "sqlite"
        else f"INSERT {one_put_over} ON CONFLICT (id) DO UPDATE SET who = 'nobody'"
    )
    for statement in ("UPDATE auditentry SET who = 'nobody'", "DELETE FROM auditentry", replaced):
        with pytest.raises(DatabaseError, match="only grows"), engine.begin() as connection:
            connection.execute(sql(statement))
    assert json.loads("".join(exported(engine)))["who"] == "ed"


def test_every_act_is_in_the_log(desk):
    decide(desk, desk.mailer, "home-use", HOME_USE, decision="confirm")
    letter_link(desk)
    lines = [json.loads(line) for line in desk.client("ada").get("/desk/log/log.jsonl").text.splitlines()]
    assert {"account opened", "signed in", "review: confirm", "letter made"} <= {line["act"] for line in lines}


def test_the_digest_tells_what_waits_as_file_and_feed(desk):
    desk.client().post("/corrections", data={"clinic": "calm-room", "text": "x"})
    text = write_notices(desk.engine, desk.settings).read_text()
    assert "Lozenge Post: home-use: raised" in text and "Open cases (1)" in text
    feed = (desk.settings.data_dir / "notices" / "notices.atom").read_text()
    assert "Lozenge Post: home-use: raised" in feed


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a digest needs."""

    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mail.append(body)
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")


def test_the_digest_is_sent_where_a_mail_server_is_set(tmp_path):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.mail = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        desk = Desk(
            tmp_path,
            VETTING_SMTP_URL=f"smtp://127.0.0.1:{server.server_address[1]}",
            VETTING_NOTICES_TO="desk@vetting.example",
        )
        write_notices(desk.engine, desk.settings)
        server.shutdown()
    message = email.message_from_bytes(server.mail[0])
    assert message["To"] == "desk@vetting.example" and "Lozenge Post" in message.get_payload(decode=True).decode()


def test_the_digest_of_an_empty_database_says_that_nothing_waits(engine):
    assert digest(engine, datetime(2026, 11, 22, tzinfo=UTC)).subject == "Vetting, 2026-11-22: nothing waits"
