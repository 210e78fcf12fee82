"""People's input, which no rebuild touches: accounts, reviews, replies, cases, audit, labels."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Field, SQLModel

from store.engine import session
from store.models import Moment


class Case(SQLModel, table=True):
    """A report that something is wrong, from anybody. `contact` is how to answer, empty where the reporter gave none."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int | None = Field(default=None, foreign_key="clinic.id", index=True)
    text: str
    contact: str = ""
    created_at: datetime = Moment(index=True)
    state: str = Field(default="open", index=True, description="open, answered, closed")


def report_error(engine: Engine, clinic_id: int | None, text: str, contact: str = "") -> int:
    """Keep a report and return its case number."""
    with session(engine) as opened:
        case = Case(clinic_id=clinic_id, text=text.replace("\x00", ""), contact=contact.replace("\x00", ""))
        opened.add(case)
        opened.flush()
        assert case.id is not None
        return case.id
