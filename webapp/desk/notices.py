"""What is new, as the daily digest tells it, and its Atom feed."""

from flask import Blueprint, Response, render_template

from jobs.notices import atom, digest
from store.people import Role
from webapp.desk.door import needs
from webapp.site import get_site

notices = Blueprint("notices", __name__, url_prefix="/notices")


@notices.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """The digest of this moment."""
    return render_template("desk/notices/index.html", digest=digest(get_site().engine))


@notices.get("/notices.atom")
@needs(Role.EDITOR)
def feed() -> Response:
    """The digests that were written, as a feed. The same file lies in the data folder, for readers that cannot sign in."""
    site = get_site()
    return Response(
        atom(site.settings.data_dir / "notices", site.address), content_type="application/atom+xml; charset=utf-8"
    )
