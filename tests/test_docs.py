"""The documents say what the code does: settings, commands, files, make targets, and the README's walk through a changed phrase."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

import vetting
from jobs.check import as_json, inputs
from jobs.score import make_judge
from scorer.lint import lint
from store.settings import Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = {document: document.read_text(encoding="utf-8") for document in DOCUMENTS}
THE_READERS_OWN = {"demonstration/web/41-clear-creek/index.html", "data/clinics.csv"}
ROW = re.compile(r"^\| `(VETTING_[A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


def setting_rows() -> dict[str, str]:
    return dict(ROW.findall(TEXT[ROOT / "docs" / "operating.md"]))


def commands(group: click.Group, name: str = "vetting") -> Iterator[str]:
    for inner, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {inner}")
        else:
            yield f"{name} {inner}"


def test_the_table_of_settings_has_every_setting_and_no_other() -> None:
    assert set(setting_rows()) == {f"VETTING_{field.name.upper()}" for field in fields(Settings)}


def test_the_tables_defaults_are_the_codes_defaults() -> None:
    assert Settings.from_environment(setting_rows()) == Settings.from_environment({})


@pytest.mark.parametrize("command", list(commands(vetting.main)))
def test_every_command_is_told(command: str) -> None:
    assert any(re.search(rf"\b{command}\b", text) for text in TEXT.values())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_no_document_names_a_command_that_is_not_there(document: Path) -> None:
    known = set(commands(vetting.main)) | {f"vetting {name}" for name in vetting.main.commands}
    code = re.findall(r"`([^`\n]+)`|^ {4,}(.+)$", TEXT[document], re.MULTILINE)
    named = re.findall(
        r"(?:^|bin/|&& |\d )(vetting(?: [a-z-]+)+)", "\n".join("".join(part) for part in code), re.MULTILINE
    )
    assert [name for name in named if not any(f"{name} ".startswith(f"{one} ") for one in known)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|md|html|csv|toml|json))`", TEXT[document])
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", TEXT[document])
    lost = [name for name in named if not (ROOT / name).exists() and name not in THE_READERS_OWN]
    assert lost + [link for link in linked if not (document.parent / link).exists()] == []


def test_every_file_of_the_rooms_on_the_pages_way_is_in_architecture() -> None:
    text = TEXT[ROOT / "docs" / "architecture.md"]
    assert [
        room
        for room in ("crawler", "scorer", "store", "jobs", "webapp", "teaching", "demonstration")
        if f"`{room}/`" not in text
    ] == []


def test_every_make_target_that_is_named_is_there_and_has_a_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    helped = set(re.findall(r"^([a-z]+):.*## .+$", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == helped
    named = {name for text in TEXT.values() for name in re.findall(r"(?:`|^ {4})make ([a-z]+)", text, re.MULTILINE)}
    assert named <= helped


def verdict_of(settings: Settings, page: Path, criterion: str) -> str:
    judge = make_judge(settings)
    (given,) = inputs([str(page)], settings)
    found = {finding["criterion"]: finding["verdict"] for finding in as_json(judge, given)["findings"]}
    return str(found.get(criterion, "silent"))


def test_what_readme_says_about_changing_a_phrase_works(tmp_path: Path) -> None:
    """The two lines that README gives, put where it says: no fault, and the effect that it promises."""
    readme = TEXT[ROOT / "README.md"]
    phrase, example = re.findall(r'^ {7}(- "[^"]+")$', readme, re.MULTILINE)
    page = re.search(r"vetting check --explain (\S+\.html)", readme)
    assert page
    lines = (ROOT / "checklist.yaml").read_text(encoding="utf-8").splitlines()
    at = lines.index("  - id: substance-use-history")
    stated = lines.index("      any:", lines.index("    stated:", at))
    lines.insert(stated + 1, f"        {phrase}")
    lines.insert(lines.index("      stated:", lines.index("    examples:", at)) + 1, f"        {example}")
    edited = tmp_path / "checklist.yaml"
    edited.write_text("\n".join(lines) + "\n", encoding="utf-8")
    before, after = (
        Settings.from_environment({"VETTING_CHECKLIST": str(file), "VETTING_TAUGHT_READER": "no"})
        for file in (ROOT / "checklist.yaml", edited)
    )
    assert lint(edited) == []
    assert verdict_of(before, ROOT / page[1], "substance-use-history") == "silent"
    assert verdict_of(after, ROOT / page[1], "substance-use-history") == "stated"
