"""How well the scorer reads: its findings against labelled pages, criterion by criterion."""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

SILENT = "silent"
# Kinds of publishers that have no practice of their own.
OTHERS = frozenset({"article", "directory", "other"})


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one criterion: positives in the labels and in the findings, exact and found-or-not F1, Cohen's kappa.

    `interval` is the 95 % bootstrap interval of the exact F1 over pages. Ratios of nothing are NaN.
    """

    criterion: str
    labelled: int
    found: int
    precision: float
    recall: float
    f1: float
    found_f1: float
    kappa: float
    interval: tuple[float, float]
    confusion: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Share:
    """The findings of one band of confidence, or the pages of one kind: how many there are, exact precision, recall and F1.

    Recall and F1 of a band are NaN: labels have no band.
    """

    name: str
    pages: int
    found: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over a set of pages. `harm_precision` is the precision of all `raised` and `contradicted` together.

    `false_on_others` counts, for each page that is no clinic's own (OTHERS), the practices found that the label does not give.
    """

    pages: int
    rows: tuple[Row, ...]
    macro_f1: float
    macro_found_f1: float
    macro_interval: tuple[float, float]
    pooled_kappa: float
    harm_precision: float
    quotes_exact: float
    quotes_overlap: float
    bands: tuple[Share, ...]
    kinds: tuple[Share, ...]
    false_on_others: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """One page: its text, the labels ({criterion: (verdict, quotes)}), and what was found in the same form.

    `bands` gives the confidence of what was found, by criterion; `kind` is the page's kind.
    """

    id: str
    text: str
    labels: Mapping[str, tuple[str, Sequence[str]]]
    found: Mapping[str, tuple[str, Sequence[str]]]
    bands: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    clinic: str = ""


def evaluate(
    pages: Sequence[Labelled],
    criteria: Sequence[str],
    *,
    practice: Collection[str] = (),
    resamples: int = 200,
    seed: int = 7,
) -> Evaluation:
    """The figures of `pages` over `criteria`, of which `practice` are those that only a practice of one's own can meet.

    The same seed gives the same intervals.
    """
    table = {c: [(_verdict(p.labels, c), _verdict(p.found, c)) for p in pages] for c in criteria}
    draws = _draws(len(pages), resamples, seed)
    spread = {c: [_f1([pairs[n] for n in draw]) for draw in draws] for c, pairs in table.items()}
    rows = tuple(_row(c, table[c], _interval(spread[c])) for c in criteria)
    every = [pair for pairs in table.values() for pair in pairs]
    macro = [_mean([spread[c][k] for c in criteria]) for k in range(len(draws))]
    harmful = [(want, got) for want, got in every if got in ("raised", "contradicted")]
    quotes = [(p, q) for p in pages for _, said in p.found.values() for q in said]
    right = [(p, c) for p in pages for c in criteria if _verdict(p.found, c) == _verdict(p.labels, c) != SILENT]
    return Evaluation(
        pages=len(pages),
        rows=rows,
        macro_f1=_mean([row.f1 for row in rows]),
        macro_found_f1=_mean([row.found_f1 for row in rows]),
        macro_interval=_interval(macro),
        pooled_kappa=kappa(every),
        harm_precision=_ratio(sum(want == got for want, got in harmful), len(harmful)),
        quotes_exact=_ratio(sum(q in p.text for p, q in quotes), len(quotes)),
        quotes_overlap=_ratio(sum(_overlaps(p.text, p.found[c][1], p.labels[c][1]) for p, c in right), len(right)),
        bands=_bands(pages),
        kinds=_kinds(pages, criteria),
        false_on_others=_mean([sum(_false(p, c) for c in practice) for p in pages if p.kind in OTHERS]),
    )


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa (1960) of two readers' verdicts; 1.0 where both are constant and equal, NaN of nothing."""
    n = len(pairs)
    if not n:
        return float("nan")
    one, other = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(one[v] * other[v] for v in one) / n**2
    agree = sum(a == b for a, b in pairs) / n
    return 1.0 if chance == 1 else (agree - chance) / (1 - chance)


def _bands(pages: Sequence[Labelled]) -> tuple[Share, ...]:
    """How often what was found with each confidence is right."""
    found: dict[str, list[bool]] = defaultdict(list)
    for page in pages:
        for criterion, band in page.bands.items():
            found[band].append(page.found[criterion][0] == _verdict(page.labels, criterion))
    unknown = float("nan")
    return tuple(
        Share(band, len(pages), len(right), _ratio(sum(right), len(right)), unknown, unknown)
        for band, right in sorted(found.items())
    )


def _kinds(pages: Sequence[Labelled], criteria: Sequence[str]) -> tuple[Share, ...]:
    """The figures of each kind of page, all criteria together."""
    shares = []
    for kind in sorted({page.kind for page in pages}):
        of_kind = [page for page in pages if page.kind == kind]
        pairs = [(_verdict(p.labels, c), _verdict(p.found, c)) for p in of_kind for c in criteria]
        right = sum(want == got != SILENT for want, got in pairs)
        found, labelled = (sum(pair[side] != SILENT for pair in pairs) for side in (1, 0))
        shares.append(Share(kind, len(of_kind), found, _ratio(right, found), _ratio(right, labelled), _f1(pairs)))
    return tuple(shares)


def _row(criterion: str, pairs: Sequence[tuple[str, str]], interval: tuple[float, float]) -> Row:
    right = sum(want == got != SILENT for want, got in pairs)
    labelled = sum(want != SILENT for want, _ in pairs)
    found = sum(got != SILENT for _, got in pairs)
    both = sum(want != SILENT and got != SILENT for want, got in pairs)
    return Row(
        criterion, labelled, found, _ratio(right, found), _ratio(right, labelled), _f1(pairs),
        _ratio(2 * both, labelled + found), kappa(pairs), interval, Counter(pairs),
    )  # fmt: skip


def _f1(pairs: Sequence[tuple[str, str]]) -> float:
    right = sum(want == got != SILENT for want, got in pairs)
    return _ratio(2 * right, sum((want != SILENT) + (got != SILENT) for want, got in pairs))


def _false(page: Labelled, criterion: str) -> bool:
    return _verdict(page.labels, criterion) == SILENT != _verdict(page.found, criterion)


def _verdict(labels: Mapping[str, tuple[str, Sequence[str]]], criterion: str) -> str:
    return labels[criterion][0] if criterion in labels else SILENT


def _overlaps(text: str, quotes: Sequence[str], others: Sequence[str]) -> bool:
    spans = [(at, at + len(q)) for q in quotes if (at := text.find(q)) >= 0]
    wanted = [(at, at + len(q)) for q in others if (at := text.find(q)) >= 0]
    return any(a < d and c < b for a, b in spans for c, d in wanted)


def _draws(size: int, resamples: int, seed: int) -> list[list[int]]:
    chance = random.Random(seed)  # noqa: S311  resampling, no secret
    return [[chance.randrange(size) for _ in range(size)] for _ in range(resamples)] if size else []


def _interval(values: Sequence[float]) -> tuple[float, float]:
    known = sorted(v for v in values if v == v)
    if not known:
        return float("nan"), float("nan")
    return known[int(0.025 * (len(known) - 1))], known[int(0.975 * (len(known) - 1))]


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if v == v]
    return sum(known) / len(known) if known else float("nan")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
