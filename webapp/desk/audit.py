"""The audit log as a page and as a file. Both only read: there is no view that changes a line."""

from flask import Blueprint, Response, render_template, request
from sqlmodel import Session

from store.people import Role
from store.people_audit import exported, newest
from webapp.desk.door import needs
from webapp.site import get_site

audit = Blueprint("audit", __name__, url_prefix="/log")
ON_A_PAGE = 200


@audit.get("/")
@needs(Role.ADMINISTRATOR)
def index() -> str:
    """The newest lines, chosen by who and by act."""
    before = request.args.get("before", "")
    who, act = request.args.get("who", "")[:100], request.args.get("act", "")[:100]
    with Session(get_site().engine) as opened:
        rows = newest(
            opened,
            ON_A_PAGE,
            int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None,
            who,
            act,
        )
    return render_template(
        "desk/audit/index.html", rows=rows, who=who, act=act, more=rows[-1].id if len(rows) == ON_A_PAGE else None
    )


@audit.get("/log.jsonl")
@needs(Role.ADMINISTRATOR)
def as_file() -> Response:
    """The whole log, a line an act."""
    headers = {"Content-Disposition": "attachment; filename=log.jsonl"}
    return Response(exported(get_site().engine), content_type="application/x-ndjson", headers=headers)
