"""A preview as text for a terminal (`vetting checklist diff`), in the order in which the desk's page tells it."""

from collections.abc import Sequence

from jobs.effect import Preview, Said


def as_text(found: Preview) -> str:
    """The whole preview, a part a paragraph."""
    lines = [f"from version {found.old_version} to {found.new_version}", "", "the edit"]
    lines += [f"  {line}" for line in found.words] or ["  nothing that a verdict depends on"]
    lines += [
        "",
        f"{found.pages} pages looked through, {found.judged} judged; {found.clinics} clinics have other findings",
    ]
    if found.behind:
        lines.append(f"{found.behind} pages wait for scoring and are not in it: run `vetting score` first")
    lines += ["", f"verdicts that flip: {sum(found.flip_counts.values())}"]
    for flip in found.flips:
        lines.append(
            f"  {flip.clinic}: {flip.criterion}: {flip.before or 'not asked'} -> {flip.after or 'not asked any more'}"
        )
        lines += [*_quotes("before", flip.old_quotes), *_quotes("after", flip.new_quotes)]
    for title, moved, counts in (
        ("new findings", found.new, found.new_counts),
        ("lost findings", found.lost, found.lost_counts),
    ):
        lines += ["", f"{title}: {sum(counts.values())}"]
        lines += [
            f"  {one.clinic}: {one.criterion}: {one.said.verdict}: “{one.said.quote}” {one.said.url}" for one in moved
        ]
    lines += ["", f"examples read otherwise than they say: {len(found.failing)}"]
    lines += [
        f"  line {one.line}: {one.criterion}: “{one.text}” is {one.found}, not {one.wanted}" for one in found.failing
    ]
    if found.gold:
        lines += ["", "on the settled gold pages (F1 before -> after, precision before -> after)"]
        lines += [
            f"  {g.criterion}: {_share(g.f1_before)} -> {_share(g.f1_after)}, {_share(g.precision_before)} -> {_share(g.precision_after)}"
            for g in found.gold
        ]
    return "\n".join(lines)


def _quotes(when: str, quotes: Sequence[Said]) -> list[str]:
    return [f"      {when}: “{one.quote}” {one.url}" for one in quotes] or [f"      {when}: no sentence"]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
