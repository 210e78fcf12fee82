"""The taught reader: a small encoder that gives, for each sentence in its context, how likely each verdict of each criterion is.

Its weights are ours, taught by `python -m teaching.train` on data/teaching from a published base (model/README.md names it).
They run offline on a CPU with ONNX Runtime. Files are checked against the digests in model/manifest.json before use.
The product works without them: phrases and context then decide alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scorer.page import Page, Sentence
from scorer.passages import Passage, passages
from scorer.sentences import sentences
from scorer.weighing import WEIGHER, Weigher

MODEL = Path(__file__).parent / "model"
# Columns of the scores, for practices and for flags.
PRACTICE_VERDICTS = ("silent", "partial", "stated", "contradicted")
FLAG_VERDICTS = ("silent", "partial", "raised", "denied")
_BATCH = 8

Array = npt.NDArray[np.float32]


class ModelError(RuntimeError):
    """The model's files are not what the manifest says; the message names the file and the mend."""


class Keep(Protocol):
    """Where scores of passages are kept, so that each distinct passage is read once."""

    def get(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        """What is kept for these digests."""
        ...

    def put(self, scores: Mapping[str, bytes]) -> None:
        """Keep these."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """`scores[i, c, v]`: the probability of verdict v on criterion c for sentence i; `vectors[i]`: its place among examples.

    `of_others[i]`: the log odds, judged by sentence i in its place, that the page tells of others' practice only. `passages` are the
    digests under which what was read is kept.
    """

    sentences: tuple[Sentence, ...]
    scores: Array
    of_others: Array
    vectors: Array
    passages: tuple[str, ...] = ()


class Reader:
    """The taught reader with its weights loaded. Raises ModelError where they are missing or altered."""

    def __init__(self, folder: Path = MODEL, keep: Keep | None = None) -> None:
        manifest = _manifest(folder)
        self.version: str = manifest["version"]
        self.criteria: tuple[str, ...] = tuple(manifest["criteria"])
        self.taught: frozenset[str] = frozenset(manifest.get("taught", ()))
        # What a phrase of the checklist adds to the reader's word, in log odds, by the criterion's kind; chosen on held-out lessons.
        self.phrase_weight: dict[str, float] = manifest["phrase_weight"]
        # How sentences are weighed into a page's verdict; fitted by teaching.weigh.
        weighing: str = manifest["files"].get(WEIGHER, "")
        self.weigher = Weigher(folder / WEIGHER) if weighing else None
        self.revision = f"{self.version}-{weighing[:6]}" if weighing else self.version
        self._frame: Mapping[str, int] = manifest["frame"]
        self._folder = folder
        self._keep = keep
        self._model = folder / manifest["model"]
        self._row = 0  # numbers a sentence; known once a page was read

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])

    @cached_property
    def tokenizer(self) -> "Vocabulary":
        """The tokenizer that the model was taught with."""
        return Vocabulary(self._folder / "tokenizer.json")

    def read(self, page: Page, before: Sequence[str] = (), split: tuple[Sentence, ...] | None = None) -> Reading:
        """The scores of every sentence of a page; passages that were read before are taken from the keep.

        `before` are the passages of an earlier reading of this page by this program: where all are kept still, the text need not be
        taken apart again to find them. `split` are its sentences, where they are known.
        """
        if before and (again := self._as_before(page, before, split)):
            return again
        found, parts = passages(page, self.tokenizer)
        digests = [self.version + part.digest()[:40] for part in parts]
        known = dict(self._keep.get(digests)) if self._keep is not None and parts else {}
        new = [n for n, digest in enumerate(digests) if digest not in known]
        fresh: dict[str, bytes] = {}
        # Passages of like length together: padding is work for nothing.
        new.sort(key=lambda n: len(parts[n].tokens))
        for at in range(0, len(new), _BATCH):
            chunk = new[at : at + _BATCH]
            for n, rows in zip(chunk, self._run([parts[n] for n in chunk]), strict=True):
                fresh[digests[n]] = rows.astype(np.float16).tobytes()
        if self._keep is not None and fresh:
            self._keep.put(fresh)
        if not parts:
            return self._reading((), np.zeros((0, 4 * len(self.criteria) + 1), np.float32), ())
        # Passages hold the sentences in the page's order, each once.
        halves = [np.frombuffer(known.get(digest) or fresh[digest], np.float16) for digest in digests]
        table = np.concatenate(halves).astype(np.float32).reshape(len(found), -1)
        self._row = table.shape[1]
        return self._reading(tuple(found), table, tuple(digests))

    def _as_before(self, page: Page, before: Sequence[str], split: tuple[Sentence, ...] | None) -> Reading | None:
        """What is kept under these digests, a row a sentence in the order of the page; None where it is not all there."""
        kept = self._keep.get(before) if self._keep is not None and self._row else {}
        if not all(digest in kept for digest in before):
            return None
        found = tuple(sentences(page)) if split is None else split
        rows = np.concatenate([np.frombuffer(kept[digest], np.float16) for digest in before])
        if len(rows) != len(found) * self._row:
            return None
        return self._reading(found, rows.astype(np.float32).reshape(len(found), self._row), tuple(before))

    def _reading(self, found: tuple[Sentence, ...], table: Array, digests: tuple[str, ...]) -> Reading:
        """Rows as `_run` gives them, taken apart."""
        width = 4 * len(self.criteria)
        scores = table[:, :width].reshape(-1, len(self.criteria), 4)
        return Reading(found, scores, table[:, width], table[:, width + 1 :], digests)

    def vectors_of(self, kept: bytes, length: int) -> Array:
        """The vectors of one kept passage, a row a sentence; `length` is that of a vector."""
        rows = np.frombuffer(kept, np.float16).reshape(-1, 4 * len(self.criteria) + 1 + length)
        return rows[:, -length:].astype(np.float32)

    def _run(self, parts: Sequence[Passage]) -> list[Array]:
        """For each passage a row a sentence: the scores, the log odds that the page is of others, the vector (unit length)."""
        length = max(len(part.tokens) for part in parts) + 2
        most = max(len(part.spans) for part in parts)
        ids = np.full((len(parts), length), self._frame["pad"], np.int64)
        mask = np.zeros((len(parts), length), np.int64)
        pools = np.zeros((len(parts), most, length), np.float32)
        for row, part in enumerate(parts):
            ids[row, : len(part.tokens) + 2] = [self._frame["start"], *part.tokens, self._frame["end"]]
            mask[row, : len(part.tokens) + 2] = 1
            for place, (start, end) in enumerate(part.spans):
                pools[row, place, start + 1 : end + 1] = 1 / max(1, end - start)
        given = self._session.run(None, {"ids": ids, "mask": mask, "pools": pools})
        rows = np.concatenate([one.reshape(len(parts), most, -1) for one in given], axis=-1)
        return [rows[row, : len(part.spans)] for row, part in enumerate(parts)]


class Vocabulary:
    """A WordPiece tokenizer from its file, without special tokens."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def ids(self, text: str) -> list[int]:
        """The numbers of the text's tokens."""
        numbers: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return numbers


def has_model(folder: Path = MODEL) -> bool:
    """Whether weights lie there at all."""
    return (folder / "manifest.json").exists()


def _manifest(folder: Path) -> Any:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder}: no manifest.json; teach the reader with `make teach`, or read with phrases alone"
        ) from error
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.exists() or sha256(path.read_bytes()).hexdigest() != digest:
            raise ModelError(f"{path}: missing or altered (its digest is not the manifest's); restore it from git")
    return manifest
