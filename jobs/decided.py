"""What people put in, as lines of JSON: the log, the gold pages, and reviewers' decisions as gold records."""

import json
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from store.models import Clinic, Page, Snapshot
from store.people import Review, ReviewState
from store.people_audit import exported
from store.people_gold import exported_gold


def desk_lines(engine: Engine, kind: str) -> Iterator[str]:
    """The "audit" log, the settled "gold" pages or the "decisions", one JSON object a line."""
    if kind == "audit":
        yield from exported(engine)
    elif kind == "decisions":
        yield from decisions_as_gold(engine)
    else:
        with Session(engine) as opened:
            yield from exported_gold(opened)


def decisions_as_gold(engine: Engine) -> Iterator[str]:
    """One JSON object a line in the gold format, a page with standing decisions each; silent where all of a criterion's were rejected.

    `decided` names the criteria that a person looked at: what is absent from it was not labelled, and is no silence.
    """
    with Session(engine) as opened:
        by_page: dict[tuple[int, str], list[Review]] = defaultdict(list)
        for review in opened.exec(select(Review).where(Review.state == ReviewState.STANDING).order_by(col(Review.id))):
            by_page[review.clinic_id, review.url].append(review)
        for (clinic_id, url), reviews in sorted(by_page.items()):
            page = opened.exec(
                select(Page)
                .join(Snapshot, col(Snapshot.page_id) == col(Page.id))
                .where(Snapshot.clinic_id == clinic_id, Snapshot.url == url, col(Snapshot.current))
            ).first()
            if page is None:
                continue
            labels: dict[str, dict[str, object]] = {}
            for review in reviews:
                if review.verdict and review.quote in page.text:
                    label = labels.setdefault(review.criterion, {"verdict": review.verdict, "quotes": []})
                    if label["verdict"] == review.verdict:
                        label["quotes"] = [*label["quotes"], review.quote]  # type: ignore[misc]
            record = {
                "id": f"review-{page.text_digest[:12]}",
                "clinic": opened.get_one(Clinic, clinic_id).name,
                "kind": "clinic",
                "title": page.title,
                "path": urlsplit(url).path or "/",
                "text": page.text,
                "labels": labels,
                "decided": sorted({review.criterion for review in reviews}),
            }
            yield json.dumps(record, ensure_ascii=False) + "\n"
