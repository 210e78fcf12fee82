"""What share of clinics state each criterion. Counts of statements only: never a sum, never countries against each other on silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from flask import Blueprint, render_template

from scorer.checklist import Checklist, Criterion
from scorer.verdicts import Verdict
from store.search import Catalogue, Query, Result
from webapp.caching import cached
from webapp.filters import LEADS, ROUTES
from webapp.overtime import over_time
from webapp.published import PUBLISHED, Published
from webapp.search import everything
from webapp.site import get_site

statistics = Blueprint("statistics", __name__)
FEWEST = 5  # clinics of a country below which no share is shown
Z95 = 1.959964  # normal quantile for 95 %


@dataclass(frozen=True)
class Counted:
    """One criterion over the clinics that could be read."""

    criterion: Criterion
    read: int
    verdicts: dict[str, int]

    @property
    def found(self) -> int:
        """Clinics that state it (for a flag: whose pages say so)."""
        return self.verdicts.get(Verdict.RAISED if self.criterion.is_flag else Verdict.STATED, 0)

    @property
    def share(self) -> float:
        """`found` of `read`, 0 to 1."""
        return self.found / self.read if self.read else 0.0


@dataclass(frozen=True)
class Beside:
    """A figure of ours beside a published one."""

    published: Published
    ours: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of our share, 0 to 1."""
        return wilson(self.ours, self.of)


@statistics.get("/statistics")
@cached
def index() -> str:
    """The counts, as pictures with a table beside each."""
    site = get_site()
    catalogue = site.catalogue
    everyone = everything(catalogue)
    countries = [
        (code, counts(catalogue, site.checklist, code), read_in(catalogue, code))
        for code in catalogue.values("country")
        if read_in(catalogue, code) >= FEWEST
    ]
    return render_template(
        "statistics/index.html",
        counted=counts(catalogue, site.checklist),
        countries=countries,
        listed=catalogue.count,
        read=read_in(catalogue),
        beside=_beside(catalogue, everyone),
        fewest=FEWEST,
        course=over_time(site.engine, site.checklist),
    )


def counts(catalogue: Catalogue, checklist: Checklist, country: str = "") -> list[Counted]:
    """Every criterion with how many clinics have each verdict, among those that could be read."""
    result = _those_read(catalogue, country)
    read = len(result.rows)
    rows = []
    for criterion in checklist.criteria:
        kinds = (*criterion.verdicts, Verdict.CONFLICTING, Verdict.SILENT, "checked", Verdict.UNREAD)
        counted = {str(kind): catalogue.count_of(result, {f"{kind}:{criterion.id}"}) for kind in kinds}
        rows.append(Counted(criterion, read, {kind: count for kind, count in counted.items() if count}))
    return rows


def read_in(catalogue: Catalogue, country: str = "") -> int:
    """How many clinics could be read."""
    return len(_those_read(catalogue, country).rows)


def wilson(found: int, of: int) -> tuple[float, float]:
    """Wilson's score interval at 95 % for a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, z2 = found / of, Z95 * Z95
    middle, spread = share + z2 / (2 * of), Z95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return (middle - spread) / (1 + z2 / of), (middle + spread) / (1 + z2 / of)


def _those_read(catalogue: Catalogue, country: str) -> Result:
    clauses = {"read": frozenset({"read:yes"})}
    if country:
        clauses["country"] = frozenset({f"country:{country}"})
    return catalogue.search(Query(clauses=clauses))


def _beside(catalogue: Catalogue, everyone: Result) -> Sequence[Beside]:
    facets = {"lead": LEADS, "route": ROUTES}
    rows = []
    for published in PUBLISHED:
        kind, _, value = published.ours.partition(":")
        wanted = facets[kind][value] if kind in facets else (published.ours,)
        result = _those_read(catalogue, published.country)
        rows.append(Beside(published, catalogue.count_of(result, wanted), len(result.rows)))
    return rows
