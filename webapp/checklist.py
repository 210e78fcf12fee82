"""The checklist as the public reads it, made from checklist.yaml: what is asked, why, whose rule it is, how it is read."""

from flask import Blueprint, abort, render_template

from scorer.verdicts import Verdict
from webapp.caching import cached
from webapp.search import everything
from webapp.site import get_site

checklist = Blueprint("checklist", __name__)


@checklist.get("/checklist")
@cached
def index() -> str:
    """All criteria by group, the core ones first."""
    return render_template("checklist/index.html")


@checklist.get("/checklist/<criterion_id>")
@cached
def criterion(criterion_id: str) -> str:
    """One criterion with its sources, phrases and examples, and how many clinics have each verdict."""
    site = get_site()
    found = site.checklist.by_id.get(criterion_id)
    if found is None:
        abort(404)
    everyone = everything(site.catalogue)
    counts = {
        verdict: site.catalogue.count_of(everyone, {f"{verdict}:{criterion_id}"})
        for verdict in (*found.verdicts, "conflicting", "silent", "unread", "checked")
    }
    examples = [
        (verdict, [one for one in found.examples if one.verdict == verdict])
        for verdict in (*found.verdicts, Verdict.SILENT)
    ]
    return render_template(
        "checklist/criterion.html", criterion=found, counts=counts, examples=[pair for pair in examples if pair[1]]
    )
