"""The words of the listing, in the database's own text index: FTS5 on SQLite, a tsvector on PostgreSQL."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract
from sqlalchemy import Engine, text

from store.engine import session


class Words:
    """Which clinics have a word, and which word of the list somebody meant."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._on_sqlite = engine.dialect.name == "sqlite"

    def clinics_with(self, word: str) -> NDArray[np.int64]:
        """The ids of the clinics that have a word which begins so."""
        if self._on_sqlite:
            statement = "SELECT group_concat(rowid, ' ') FROM listing_text WHERE listing_text MATCH :word"
            value = f'"{word}" *'
        else:
            matching = "document @@ to_tsquery('simple', :word)"
            statement = f"SELECT string_agg(clinic_id::text, ' ') FROM listing_text WHERE {matching}"  # noqa: S608  a text of ours
            value = f"'{word}':*"
        with session(self._engine) as opened:  # as one text: ten thousand rows take several times as long
            joined = opened.execute(text(statement), {"word": value}).scalar() or ""
        return np.fromstring(joined, dtype=np.int64, sep=" ")

    def of_many(self, least: int) -> list[str]:
        """The words that more than `least` clinics have."""
        return self._terms(f"doc > {int(least)}")

    def nearest(self, word: str) -> str:
        """The word of the list that differs least, by one letter or, from seven on, two; empty for numbers and where none is near."""
        if len(word) < 4 or not word.isalpha():
            return ""
        allowed = 1 if len(word) < 7 else 2
        alike = [
            match
            for length in range(len(word) - allowed, len(word) + allowed + 1)
            for match in self._by_length.get(length, ())
        ]
        near = extract(word, alike, scorer=OSA.distance, score_cutoff=allowed, limit=20)
        if not near:
            return ""
        closest = min(distance for _, distance, _ in near)
        return max(
            (match for match, distance, _ in near if distance == closest),
            key=lambda match: (match[0] == word[0], match),
        )

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        """Every word that letters alone make, by its length: a number that is not there was not mistyped."""
        words: dict[int, list[str]] = {}
        for word in self._terms("length(term) > 2"):
            if word.isalpha():
                words.setdefault(len(word), []).append(word)
        return words

    def _terms(self, which: str) -> list[str]:
        """The distinct words for which a condition on `term`, or on `doc`, the number of clinics, holds."""
        with session(self._engine) as opened:
            if self._on_sqlite:
                index = "temp.listing_words"
                made = f"CREATE VIRTUAL TABLE IF NOT EXISTS {index} USING fts5vocab('main', 'listing_text', 'row')"
                opened.execute(text(made))
            else:
                index = "ts_stat('SELECT document FROM listing_text') AS stat(term, doc, entries)"
            return list(opened.execute(text(f"SELECT term FROM {index} WHERE {which}")).scalars())  # noqa: S608  texts of ours
