"""What people put in, as lines of JSON: the log, the gold pages, and reviewers' decisions as gold records."""

import json
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from store.models import Clinic, Finding, Page, Snapshot
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

    `decided` names the criteria of which a person looked at every sentence that was found on the page: what is absent from it was
    not labelled, and is no silence.
    """
    with Session(engine) as opened:
        by_clinic: dict[int, dict[tuple[str, str], Review]] = defaultdict(dict)
        for review in opened.exec(select(Review).where(Review.state == ReviewState.STANDING).order_by(col(Review.id))):
            by_clinic[review.clinic_id][review.criterion, review.sentence_digest] = review
        places = {(clinic_id, one.url) for clinic_id, reviews in by_clinic.items() for one in reviews.values()}
        for clinic_id, url in sorted(places):
            page = opened.exec(
                select(Page)
                .join(Snapshot, col(Snapshot.page_id) == col(Page.id))
                .where(Snapshot.clinic_id == clinic_id, Snapshot.url == url, col(Snapshot.current))
            ).first()
            if page is None:
                continue
            of_page = select(Finding.criterion, Finding.sentence_digest, Finding.quote).where(
                Finding.page_id == page.id
            )
            found = {(criterion, digest): quote for criterion, digest, quote in opened.exec(of_page)}
            reviews = by_clinic[clinic_id]
            quotes = {
                key: found.get(key, review.quote)
                for key, review in reviews.items()
                if key in found or (review.url == url and review.quote in page.text)
            }
            undecided = {criterion for criterion, digest in found if (criterion, digest) not in reviews}
            decided = {criterion for criterion, _ in quotes} - undecided
            if not decided:
                continue
            labels: dict[str, dict[str, object]] = {}
            for (criterion, digest), quote in quotes.items():
                verdict = reviews[criterion, digest].verdict
                if verdict and criterion in decided:
                    label = labels.setdefault(criterion, {"verdict": verdict, "quotes": []})
                    if label["verdict"] == verdict:
                        label["quotes"] = [*label["quotes"], quote]  # type: ignore[misc]
            record = {
                "id": f"review-{page.text_digest[:12]}",
                "clinic": opened.get_one(Clinic, clinic_id).name,
                "kind": "clinic",
                "title": page.title,
                "path": urlsplit(url).path or "/",
                "text": page.text,
                "labels": labels,
                "decided": sorted(decided),
            }
            yield json.dumps(record, ensure_ascii=False) + "\n"
