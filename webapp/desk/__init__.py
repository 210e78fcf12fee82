"""The maintainers' desk under /desk, and the public page where a clinic answers. Registered by `init_app`; see docs/maintaining.md."""

from flask import Blueprint, Flask
from sqlalchemy import Engine

from store.settings import Settings


def init_app(app: Flask, settings: Settings, _engine: Engine) -> None:
    """Put the desk into the site. Every address below /desk passes the door (door.guard); a test goes through all of them."""
    from webapp.desk import bench, door  # noqa: F401  the bench adds its views to the workshop
    from webapp.desk.accounts import accounts
    from webapp.desk.answers import answers, replies_beside
    from webapp.desk.audit import audit
    from webapp.desk.cases import cases
    from webapp.desk.gold import gold
    from webapp.desk.letters import letters
    from webapp.desk.notices import notices
    from webapp.desk.review import review
    from webapp.desk.workshop import workshop

    desk = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")
    desk.before_request(door.guard)
    desk.after_request(door.private)
    for part in (door.door, workshop, review, letters, cases, gold, notices, audit, accounts):
        desk.register_blueprint(part)
    door.init_app(app, settings)
    app.register_blueprint(desk)
    app.register_blueprint(answers)
    app.jinja_env.globals["replies_beside"] = replies_beside
