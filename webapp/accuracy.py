"""How it is done, and how well: the measured figures of each criterion, and what the system cannot see."""

import json
import logging
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template

from webapp.caching import cached
from webapp.site import get_site

LOG = logging.getLogger(__name__)
accuracy = Blueprint("accuracy", __name__)
FIGURES = ("data/accuracy.json", "docs/accuracy.json")  # what `vetting evaluate` keeps, looked for beside the checklist


def figures(folder: Path) -> dict[str, Any]:
    """The last evaluation: {"measured_on", "corpus", "criteria": {id: {"precision", "recall", "f1", "kappa", "n"}}}; empty if none."""
    for name in FIGURES:
        try:
            found = json.loads((folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            LOG.error("%s cannot be read: %s", name, error)
            continue
        if isinstance(found, dict) and isinstance(found.get("criteria"), dict):
            return found
    return {}


@accuracy.get("/methodology")
@cached
def methodology() -> str:
    """The way of a page from a clinic's site to a finding, the figures, and the limits."""
    site = get_site()
    return render_template("pages/methodology.html", figures=figures(site.settings.checklist.parent))
