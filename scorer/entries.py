"""The form of checklist.yaml: which keys an entry has and what they hold. Editors' completion is made from it too."""

import json
import sys
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strict=True, min_length=1)]
Kebab = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceEntry(_Entry):
    """A document that a criterion rests on; criteria name it by its id."""

    id: Kebab
    publisher: Text = Field(description="Who published it")
    title: Text = Field(description="Its title, or what it is where the title is not known")
    address: Text | None = Field(None, description="Its address on the web, if known")
    date: Text = Field(description="When it was published, in quotes")
    standing: Literal["verified", "secondary", "seed article"] = Field(
        description="verified: read at its publisher's; secondary: known from another's account; seed article: one of the "
        "five articles that the project started from, used for the question and never as proof"
    )


class GroupEntry(_Entry):
    """A part of the checklist."""

    id: Kebab
    title: Text


class PhrasesEntry(_Entry):
    """The phrases of one verdict."""

    any: list[Text] = Field(min_length=1, description="Any of these phrases gives the verdict")
    unless: list[Text] = Field(default=[], description="Not if one of these stands in the same sentence")
    negation: Literal["part-of-it"] | None = Field(
        None,
        description='part-of-it: a "no" or "never" before these phrases belongs to them and does not turn them round',
    )


class ExampleEntry(_Entry):
    """A sentence or short passage with the heading or the sentence before that it needs."""

    text: Text
    heading: Text | None = Field(None, description="The heading under which it stands")
    before: Text | None = Field(None, description="What stands just before it, such as the question it answers")


class ExamplesEntry(_Entry):
    """Sentences as clinics write them, under the verdict that each of them makes by itself."""

    stated: list[Text | ExampleEntry] = []
    partial: list[Text | ExampleEntry] = []
    contradicted: list[Text | ExampleEntry] = []
    raised: list[Text | ExampleEntry] = []
    denied: list[Text | ExampleEntry] = []
    silent: list[Text | ExampleEntry] = []


class CriterionEntry(_Entry):
    """One criterion of the checklist."""

    id: Kebab = Field(description="Never changed once published: addresses and data refer to it")
    title: Text = Field(description="In a family's words")
    group: Kebab
    kind: Literal["practice", "flag"] = Field(
        description="practice: something to look for; flag: something to ask about"
    )
    core: Annotated[bool, Field(strict=True)] = Field(False, description="One of the four that the articles insist on")
    question: Text = Field(description="What to ask a clinic")
    why: Text = Field(description="Why it matters, in a sentence or two")
    states: Text = Field(description='Completes "States that ..."')
    rule: Text = Field(description="Whose rule it is, in one sentence")
    sources: list[Kebab] = Field(min_length=1, description="Ids of the sources at the head of the file")
    general: Literal["counts"] | None = Field(
        None, description="counts: general prose counts too, since what matters is that the reader is told"
    )
    stated: PhrasesEntry | None = None
    partial: PhrasesEntry | None = None
    contradicted: PhrasesEntry | None = None
    raised: PhrasesEntry | None = None
    denied: PhrasesEntry | None = None
    examples: ExamplesEntry


class ContextEntry(_Entry):
    """Phrases that tell whose practice a sentence is about, or which way it goes; written once for all criteria."""

    id: Kebab
    about: Text = Field(description="What such a sentence is, and what becomes of a phrase in it")
    any: list[Text] = Field(min_length=1)
    examples: list[Text] = Field(min_length=1, description="Sentences with such words; each phrase needs one")


class CrisisLineEntry(_Entry):
    """Whom to call, by country."""

    country: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")] = Field(
        description="Two letters: US"
    )
    name: Text
    call: Text = Field(description="The number, in quotes, and whether one may text")
    emergency: Text = Field(description="The emergency number, in quotes")
    verified: Annotated[bool, Field(strict=True)] = Field(description="Whether somebody opened the line's own page")


class BannerEntry(_Entry):
    """A sentence shown with every clinic of a country."""

    country: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]
    text: Text
    sources: list[Kebab] = Field(min_length=1)


class ChecklistEntry(_Entry):
    """The whole rulebook."""

    title: Text
    groups: list[GroupEntry] = Field(min_length=1)
    sources: list[SourceEntry] = Field(min_length=1)
    crisis_lines: list[CrisisLineEntry] = Field(min_length=1)
    banners: list[BannerEntry] = []
    context: list[ContextEntry] = []
    criteria: list[CriterionEntry] = Field(min_length=1)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of checklist.yaml, for completion and checks in editors."""
    schema = ChecklistEntry.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "checklist.yaml"} | schema


def main() -> None:
    """Prints the schema: `python -m scorer.entries > data/checklist.schema.json`."""
    sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
