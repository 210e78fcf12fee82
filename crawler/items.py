"""What the spider hands to the pipelines: an exchange to keep, an address that is gone, a visit that ended."""

from dataclasses import dataclass, field

from crawler.visit import Known, SiteVisit
from store.models import Outcome
from store.warc_writer import Exchange, Place


@dataclass
class Fetched:
    """One exchange. `is_page` says that it is a reading of the clinic's (gets a snapshot); all exchanges are archived.

    `repeats` is the earlier reading whose text or bytes it repeats. The archive pipeline fills `place` and `digest`.
    """

    visit: SiteVisit
    exchange: Exchange
    is_page: bool = False
    content_type: str = ""
    text_digest: str = ""
    repeats: Known | None = None
    replaces: Known | None = None
    marks: list[str] = field(default_factory=list)
    place: Place | None = None
    digest: str = ""


@dataclass
class Vanished:
    """An address that was read before and now answers that there is nothing."""

    visit: SiteVisit
    known: Known


@dataclass
class Ended:
    """The end of a visit. `transient` tells a failure that may pass from one that a person should look at."""

    visit: SiteVisit
    outcome: Outcome
    detail: str = ""
    transient: bool = False
