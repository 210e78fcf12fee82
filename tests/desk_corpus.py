"""A small corpus of invented clinics with pages as the reader leaves them, scored for real; and people at the desk."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from jobs.read import as_rows, text_digest
from jobs.score import score
from scorer.markdown import read_markdown
from scorer.text import READ_VERSION
from store import people_accounts
from store.engine import open_engine, session
from store.models import Clinic, CrawlRun, Page, Snapshot, Visit, now
from store.people_accounts import add_user
from store.search import Search
from store.settings import Settings
from webapp import create_app

people_accounts._HASHER = PasswordHasher(
    time_cost=1, memory_cost=64, parallelism=1
)  # the same hash, made quicker for tests
ROOT = Path(__file__).parent.parent
PASSWORD = "three green apples"
SECRET = "a secret for tests that is long enough"
HOME_USE = "We mail lozenges to your door and you take them at home."
NO_HOME_USE = "We never prescribe ketamine for use at home."
CURE = "Ketamine cures depression for good."
VITALS = "We check your blood pressure every ten minutes during the infusion."


def settings_for(folder: Path, **given: str) -> Settings:
    """Settings over a folder of its own, with a copy of the checklist that may be edited."""
    checklist = folder / "checklist.yaml"
    if not checklist.exists():
        shutil.copy(ROOT / "checklist.yaml", checklist)
    return Settings.from_environment({
        "VETTING_DATA_DIR": str(folder), "VETTING_CHECKLIST": str(checklist), "VETTING_SECRET_KEY": SECRET,
        "VETTING_RATE_LIMIT": "off", "VETTING_TAUGHT_READER": "no", **given,
    })  # fmt: skip


def put_clinic(engine: Engine, name: str, pages: dict[str, str], country: str = "US") -> int:
    """A clinic with these pages ({path: text}), crawled and read; pages of an earlier call are gone."""
    slug = name.lower().replace(" ", "-")
    with session(engine) as opened:
        clinic = opened.exec(select(Clinic).where(Clinic.slug == slug)).first()
        if clinic is None:
            clinic = Clinic(
                slug=slug, name=name, url=f"https://{slug}.example/", website=f"{slug}.example", country=country
            )
        opened.add(clinic)
        opened.flush()
        assert clinic.id is not None
        for old in opened.exec(select(Snapshot).where(Snapshot.clinic_id == clinic.id, Snapshot.current)):
            old.current, old.gone_at = False, now()
            opened.add(old)
        run = CrawlRun(state="finished", finished_at=now())
        opened.add(run)
        opened.flush()
        assert run.id is not None
        visit = Visit(run_id=run.id, clinic_id=clinic.id, finished_at=now(), outcome="complete")
        opened.add(visit)
        opened.flush()
        assert visit.id is not None
        for path, text in pages.items():
            page = read_markdown(text, title=path.strip("/") or name, address=path, clinic=name)
            row = opened.exec(
                select(Page).where(Page.clinic_id == clinic.id, Page.text_digest == text_digest(page))
            ).first()
            if row is None:
                row = Page(
                    clinic_id=clinic.id, text_digest=text_digest(page), title=page.title, kind=page.kind.value, text=text,
                    blocks=as_rows(page), read_version=READ_VERSION,
                )  # fmt: skip
            opened.add(row)
            opened.flush()
            opened.add(Snapshot(
                clinic_id=clinic.id, visit_id=visit.id, url=f"https://{slug}.example{path}", status=200, digest=f"sha1:{row.id}", page_id=row.id,
            ))  # fmt: skip
        return clinic.id


@cache
def _scored() -> Path:
    """The corpus, scored once; each desk works on a copy of its own."""
    folder = Path(tempfile.mkdtemp(prefix="vetting-desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = settings_for(folder)
    engine = open_engine(settings.database_url)
    put_clinic(
        engine,
        "Lozenge Post",
        {"/": f"# Welcome\n\n{VITALS}\n\n{HOME_USE}", "/about": "# About\n\nWe are a small team."},
    )
    put_clinic(engine, "Calm Room", {"/": f"# Calm Room\n\n{VITALS}\n\n{NO_HOME_USE}"})
    put_clinic(engine, "Cure House", {"/": f"# Cure House\n\n{CURE}"})
    score(engine, settings)
    for name, role in (("ed", "editor"), ("rita", "reviewer"), ("rob", "reviewer"), ("ada", "administrator")):
        add_user(engine, name, role, PASSWORD)
    engine.dispose()
    return folder


class Desk:
    """A scored corpus, the site over it, and browsers that are signed in."""

    def __init__(self, folder: Path, **given: str) -> None:
        self._app: Flask | None = None
        self.settings = settings_for(folder, **given)
        for file in _scored().iterdir():
            if file.is_file():
                shutil.copy(file, folder)
        self.engine = open_engine(self.settings.database_url)
        with session(self.engine) as opened:
            self.mailer, self.calm, self.curer = opened.exec(select(Clinic.id).order_by(Clinic.id)).all()

    def app(self) -> Flask:
        """The site; made once."""
        if self._app is None:
            self._app = create_app(self.settings, self.engine)
            # A site looks for new readings every few seconds; here it looks at every request.
            self._app.extensions["vetting"].search = Search(self.engine, None, every=0.0)
            self._app.testing = True
        return self._app

    def client(self, name: str = "", app: Flask | None = None) -> FlaskClient:
        """A browser; signed in where a name is given."""
        client = (app or self.app()).test_client()
        if name:
            answer = post(client, "/desk/sign-in", name=name, password=PASSWORD)
            assert answer.status_code == 303, answer.text
        return client


def token(client: FlaskClient, address: str = "/desk/sign-in") -> str:
    """A token as our own page carries it."""
    page = client.get(address, follow_redirects=True).text
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def post(client: FlaskClient, address: str, **form: object):
    """Send a form with its token, as our own page does."""
    return client.post(address, data={"csrf_token": token(client, "/desk/sign-in"), **form})
