"""The desk's door: nothing without login, by the list of routes; CSRF; roles; lock-out; sessions that end."""

from datetime import timedelta

import pytest
from desk_corpus import PASSWORD, Desk, post, settings_for, token
from sqlmodel import select

from store.engine import open_engine, session
from store.models import now
from store.people import Role, SignIn, User
from store.people_accounts import (
    IDLE_FOR,
    WRONG_BEFORE_LOCK,
    AccountError,
    add_user,
    change_account,
    sign_in,
    signed_in,
)
from webapp import create_app


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("desk"))


def desk_routes(app):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/desk"):
            values = {
                name: (1 if "int" in type(converter).__name__.lower() else "x")
                for name, converter in rule._converters.items()
            }
            with app.test_request_context():
                address = app.url_map.bind("localhost").build(rule.endpoint, values)
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield rule.endpoint, method, address


def test_no_route_of_the_desk_answers_without_login(desk):
    app = desk.app()
    routes = list(desk_routes(app))
    assert len(routes) > 40
    for endpoint, method, address in routes:
        answer = app.test_client().open(address, method=method)
        if endpoint == "desk.door.sign_in":
            assert answer.status_code in (200, 400)
        elif method == "GET":
            assert answer.status_code == 302 and "/desk/sign-in" in answer.headers["Location"], (
                endpoint,
                answer.status_code,
            )
        else:
            assert answer.status_code == 401, (endpoint, answer.status_code)


def test_every_view_says_which_role_it_needs(desk):
    app = desk.app()
    endpoints = {endpoint for endpoint, _, _ in desk_routes(app)} - {"desk.door.sign_in"}
    assert all(isinstance(getattr(app.view_functions[e], "role", None), Role) for e in endpoints)


def test_no_form_of_the_desk_is_taken_without_its_token(desk):
    app = desk.app()
    client = desk.client("ada", app)
    for endpoint, method, address in desk_routes(app):
        if method == "POST" and endpoint != "desk.door.sign_in":
            assert client.post(address, data={}).status_code == 400, endpoint


def test_an_editor_reaches_no_reviewers_or_administrators_view(desk):
    app = desk.app()
    client = desk.client("ed", app)
    for endpoint, method, address in desk_routes(app):
        needed = getattr(app.view_functions[endpoint], "role", Role.ADMINISTRATOR)
        if endpoint != "desk.door.sign_in" and needed != Role.EDITOR:
            assert client.open(address, method=method).status_code == 403, endpoint


def test_five_wrong_passwords_lock_an_account_for_a_while(desk):
    add_user(desk.engine, "lost", "editor", PASSWORD)
    assert not any(sign_in(desk.engine, "lost", "wrong password") for _ in range(WRONG_BEFORE_LOCK))
    assert sign_in(desk.engine, "lost", PASSWORD) is None
    assert sign_in(desk.engine, "lost", PASSWORD, at=now() + timedelta(minutes=16))


def test_a_session_ends_when_idle_when_old_and_when_left(desk):
    key = sign_in(desk.engine, "ed", PASSWORD)
    assert signed_in(desk.engine, key).name == "ed"
    assert signed_in(desk.engine, key, at=now() + IDLE_FOR + timedelta(minutes=1)) is None
    client = desk.client("rob")
    cookie = client.get_cookie("vetting_desk", path="/desk").value
    post(client, "/desk/sign-out")
    client.set_cookie("vetting_desk", cookie, path="/desk")
    assert client.get("/desk/").status_code == 302


def test_the_database_holds_neither_passwords_nor_session_keys(desk):
    key = sign_in(desk.engine, "ed", PASSWORD)
    with session(desk.engine) as opened:
        assert all(user.password_hash.startswith("$argon2id$") for user in opened.exec(select(User)))
        assert key not in {row.key_hash for row in opened.exec(select(SignIn))}


def test_the_desk_is_closed_without_a_secret_key_and_the_site_is_not(tmp_path):
    settings = settings_for(tmp_path, VETTING_SECRET_KEY="")
    client = create_app(settings, open_engine(settings.database_url)).test_client()
    assert client.get("/desk/").status_code == 503 and client.get("/desk/sign-in").status_code == 503
    assert client.get("/checklist").status_code == 200


def test_a_forged_cookie_opens_nothing(desk):
    client = desk.client()
    client.set_cookie("vetting_desk", "eyJrZXkiOiJ4In0.aaaa.bbbb", path="/desk")
    assert client.get("/desk/").status_code == 302


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/desk/\\evil.example", "/clinics"])
def test_signing_in_leads_nowhere_else(desk, onward):
    client = desk.client()
    answer = client.post(
        "/desk/sign-in", data={"csrf_token": token(client), "name": "ed", "password": PASSWORD, "next": onward}
    )
    assert answer.headers["Location"] in ("/desk/", "http://localhost/desk/")


def test_the_cookie_is_kept_from_scripts_and_other_sites(desk):
    client = desk.client()
    answer = post(client, "/desk/sign-in", name="ed", password=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/desk" in cookie


def test_the_last_administrator_stays_one(desk):
    with pytest.raises(AccountError, match="last administrator"):
        change_account(desk.engine, "ada", role="editor", active=True, by="ada")


def test_nobody_can_register(desk):
    client = desk.client("rita")
    assert post(client, "/desk/accounts/", name="new", role="administrator", password=PASSWORD).status_code == 403
    with pytest.raises(AccountError, match="12 to 200"):
        add_user(desk.engine, "new", "editor", "short")


def idle(desk):
    """Everybody's session has been without use for two hours."""
    with session(desk.engine) as opened:
        for row in opened.exec(select(SignIn)):
            row.seen_at = now() - timedelta(hours=2)
            opened.add(row)


def test_a_form_that_was_open_when_the_session_ended_can_be_sent_after_signing_in_again(desk):
    client = desk.client("ed")
    form = {"csrf_token": token(client, "/desk/checklist/try"), "text": "What was written."}
    idle(desk)
    answer = client.post("/desk/checklist/try", data=form)
    assert answer.status_code == 401 and "is still in the form when you go back" in answer.text
    post(client, "/desk/sign-in", name="ed", password=PASSWORD)
    assert client.post("/desk/checklist/try", data=form).status_code == 200


def test_a_form_of_one_person_is_not_taken_from_another_in_the_same_browser(desk):
    client = desk.client("ed")
    form = {"csrf_token": token(client, "/desk/checklist/try"), "text": "What was written."}
    idle(desk)
    post(client, "/desk/sign-in", name="rita", password=PASSWORD)
    answer = client.post("/desk/checklist/try", data=form)
    assert answer.status_code == 400 and "Copy what you wrote" in answer.text


def test_a_form_is_worth_nothing_after_signing_out(desk):
    client = desk.client("ed")
    form = {"csrf_token": token(client, "/desk/checklist/try"), "text": "What was written."}
    post(client, "/desk/sign-out")
    post(client, "/desk/sign-in", name="ed", password=PASSWORD)
    assert client.post("/desk/checklist/try", data=form).status_code == 400


def test_a_form_from_before_anybody_signed_in_is_worth_nothing_afterwards(desk):
    client = desk.client()
    before = token(client)
    post(client, "/desk/sign-in", name="ed", password=PASSWORD)
    assert client.post("/desk/checklist/try", data={"csrf_token": before, "text": "x"}).status_code == 400
