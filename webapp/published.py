"""Figures that others published, to stand beside ours. They are theirs: other clinics, other years, other units."""

from dataclasses import dataclass

CRANE = "Crane, DiStefano and Moore, JAMA Network Open 2023"
PACILIO = "Pacilio, Parikh and Geller, Journal of Clinical Psychiatry 2025"


@dataclass(frozen=True)
class Published:
    """One published figure: what was counted, by whom, and the facet of ours that comes nearest."""

    item: str
    study: str
    figure: str
    ours: str
    country: str = "US"
    standing: str = "as reported by others"


# Crane's counts are known from press accounts (17 advertisers in Maryland, March 2023); percentages are left to the reader.
PUBLISHED = (
    Published("offers infusion into a vein", CRANE, "13 of 17 advertisers", "route:infusion"),
    Published("offers it by mouth", CRANE, "2 of 17 advertisers", "route:oral"),
    Published("no mention of risks was found", CRANE, "7 of 17 advertisers", "silent:risks-disclosed"),
    Published(
        "states that it is not addictive, or free of risk", CRANE, "3 of 17 advertisers", "raised:minimises-risk"
    ),
    Published(
        "states that ketamine is approved for depression",
        CRANE,
        "1 of 17 advertisers",
        "contradicted:regulatory-status",
    ),
    Published(
        "run by psychiatric physicians", PACILIO, "under 30 % of 473 sites", "lead:psychiatrist", standing="abstract"
    ),
    Published("run by non-physicians", PACILIO, "over 25 % of 473 sites", "lead:nurse", standing="abstract"),
)
