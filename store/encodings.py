"""Where the taught reader's scores of passages are kept, so that each distinct passage is read once over all pages and years."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from store.models import Encoding

_AT_ONCE = 500


class Encodings:
    """The kept scores of one database. Fits scorer.reader.Keep."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        """The scores that are kept for these digests."""
        kept: dict[str, bytes] = {}
        with Session(self._engine) as opened:
            for at in range(0, len(digests), _AT_ONCE):
                wanted = select(Encoding.digest, Encoding.scores).where(
                    col(Encoding.digest).in_(digests[at : at + _AT_ONCE])
                )
                kept.update(dict(opened.exec(wanted).all()))
        return kept

    def put(self, scores: Mapping[str, bytes]) -> None:
        """Keep these scores; what another process kept meanwhile stays."""
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        rows = [{"digest": digest, "scores": value} for digest, value in scores.items()]
        with self._engine.begin() as connection:
            connection.execute(insert(Encoding).on_conflict_do_nothing(), rows)

    def all_of(self, version: str) -> Iterator[tuple[str, bytes]]:
        """Everything that this version of the reader left, with its digest, a few at a time."""
        last = version
        while True:
            wanted = (
                select(Encoding.digest, Encoding.scores)
                .where(col(Encoding.digest) > last, col(Encoding.digest).startswith(version))
                .order_by(col(Encoding.digest))
                .limit(_AT_ONCE)
            )
            with Session(self._engine) as opened:
                rows = opened.exec(wanted).all()
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1][0]

    def forget_others(self, version: str) -> None:
        """Drop what other versions of the reader left: digests begin with the version."""
        with Session(self._engine) as opened, opened.begin():
            opened.exec(delete(Encoding).where(~col(Encoding.digest).startswith(version)))
