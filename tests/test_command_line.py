"""The command line: what it prints, and how it ends."""

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vetting import main

PAGE = "# What to expect\n\nWe check your blood pressure every ten minutes."


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "VETTING_DATA_DIR": str(tmp_path / "data"),
        "VETTING_TAUGHT_READER": "no",
        "VETTING_CONTACT": "mailto:crawl@vetting.example",
        "VETTING_CRAWL_ALLOW_NETWORKS": "127.0.0.0/8",
    }.items():
        monkeypatch.setenv(name, value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_check_prints_an_object_a_line_for_json_lines(tmp_path: Path) -> None:
    record = {"id": "a1", "clinic": "Ash", "title": "What to expect", "path": "/what-to-expect", "text": PAGE}
    (tmp_path / "pages.jsonl").write_text(json.dumps(record) + "\n")
    found = json.loads(run("check", "--jsonl", str(tmp_path / "pages.jsonl")).stdout)
    vital = next(f for f in found["findings"] if f["criterion"] == "vital-signs")
    assert (found["id"], vital["verdict"], vital["quotes"]) == (
        "a1", "stated", ["We check your blood pressure every ten minutes."],
    )  # fmt: skip


def test_check_json_is_one_array_with_sources(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    found = json.loads(run("check", "--json", str(tmp_path / "page.md")).stdout)
    assert [page["source"] for page in found] == [str(tmp_path / "page.md")]


def test_check_says_what_was_not_found_as_a_question(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    told = run("check", str(tmp_path / "page.md")).stdout
    assert "not found on this page; ask:" in told


def test_explain_names_the_phrase_and_whose_practice_it_is(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    told = run("check", "--explain", str(tmp_path / "page.md")).stdout
    assert "speaks for stated" in told
    assert "own (We)" in told


@pytest.mark.parametrize(
    ("sentence", "phrase", "exception"),
    [
        ("We do not mail lozenges.", "[ship|ships|", "[don't|do not|"),
        ("Your blood pressure is checked before you leave.", "[is|are|will be|", "before you leave|"),
    ],
    ids=["a longer phrase", "an exception"],
)
def test_explain_names_what_a_phrase_gave_way_to(tmp_path: Path, sentence: str, phrase: str, exception: str) -> None:
    (tmp_path / "page.md").write_text(sentence)
    told = run("check", "--explain", str(tmp_path / "page.md")).stdout
    lines = [line.split(" set aside (gives way to ") for line in told.splitlines() if "gives way to" in line]
    assert any(phrase in given and exception in to for given, to in lines)


@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_explain_is_refused_where_it_could_not_be_printed(tmp_path: Path, form: str) -> None:
    (tmp_path / "pages.jsonl").write_text(json.dumps({"text": PAGE}) + "\n")
    result = run("check", "--explain", form, str(tmp_path / "pages.jsonl"))
    assert (result.exit_code, "--explain" in result.output) == (2, True)


@pytest.mark.parametrize("form", ["", "--json", "--jsonl"])
def test_half_a_letter_on_a_page_stops_no_check(tmp_path: Path, form: str) -> None:
    record = {"id": "a\ud83d", "clinic": "Ash \ud83d", "text": f"{PAGE} \ud83d"}
    (tmp_path / "pages.jsonl").write_text(json.dumps(record) + "\n")
    result = run("check", *filter(None, [form, str(tmp_path / "pages.jsonl")]))
    assert (result.exit_code, "We check your blood pressure every ten minutes." in result.stdout) == (0, True)


def test_a_file_whose_name_is_no_text_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.html"
    path.write_text("<p>We check your blood pressure every ten minutes.</p>")
    assert run("check", str(path)).exit_code == 0


def test_help_gives_the_crisis_lines() -> None:
    assert "988" in run("--help").stdout


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing.md", None, "there is no such file"),
        ("page.xyz", "text", "is not read here"),
        ("plain.html", "no markup at all", "holds no HTML"),
        ("pages.jsonl", '{"id": 1}\n', 'pages.jsonl:1: needs a "text" or an "html"'),
        ("broken.jsonl", "{\n", "broken.jsonl:1: not JSON"),
        ("book.pdf", "%PDF-1.4 nothing", "not a readable PDF"),
    ],
)
def test_bad_input_is_told_and_ends_with_status_two(tmp_path: Path, name: str, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    result = run("check", str(tmp_path / name))
    assert result.exit_code == 2
    assert told in result.output


def test_an_address_that_does_not_answer_is_told() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    result = run("check", f"http://127.0.0.1:{port}/")
    assert (result.exit_code, "does not answer" in result.output) == (2, True)


def test_a_private_address_is_refused_unless_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETTING_CRAWL_ALLOW_NETWORKS", "")
    result = run("check", "http://127.0.0.1:9/")
    assert (result.exit_code, "VETTING_CRAWL_ALLOW_NETWORKS" in result.output) == (2, True)


def test_a_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETTING_CRAWL_ALLOW_NETWORKS", "all")
    result = run("status")
    assert (result.exit_code, "VETTING_CRAWL_ALLOW_NETWORKS: 'all' is no network" in result.output) == (2, True)


def test_a_broken_checklist_is_told_with_line_and_field(tmp_path: Path) -> None:
    broken = tmp_path / "checklist.yaml"
    text = Path("checklist.yaml").read_text(encoding="utf-8")
    broken.write_text(text.replace("    kind: practice", "    kimd: practice", 1), encoding="utf-8")
    result = run("checklist", "lint", str(broken))
    line = text[: text.index("    kind: practice")].count("\n") + 1
    assert result.exit_code == 1
    assert f"{broken}:{line}" in result.output


def test_a_list_with_a_wrong_header_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("title,address\nA,https://a.example\n")
    result = run("clinics", "import", str(tmp_path / "list.csv"))
    assert result.exit_code != 0
    assert run("clinics", "list").stdout == ""


def test_a_bad_row_is_told_with_its_line_and_nothing_is_imported(tmp_path: Path) -> None:
    header = "name,url,street,city,region,postcode,country,phone\n"
    (tmp_path / "list.csv").write_text(header + "A,https://a.example,,Bend,OR,,US,\nB,not an address,,Bend,OR,,US,\n")
    result = run("clinics", "import", str(tmp_path / "list.csv"))
    assert result.exit_code != 0
    assert "line 3" in result.output
    assert run("clinics", "list").stdout == ""


def test_rows_of_one_website_become_one_clinic(tmp_path: Path) -> None:
    header = "name,url,street,city,region,postcode,country,phone\n"
    rows = "A,https://a.example,,Bend,OR,,US,\nA — Salem,https://www.a.example/salem,,Salem,OR,,US,\n"
    (tmp_path / "list.csv").write_text(header + rows)
    run("clinics", "import", str(tmp_path / "list.csv"))
    assert len(run("clinics", "list").stdout.splitlines()) == 1


def test_a_port_in_use_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 2
    assert "in use" in result.output


def test_a_data_folder_that_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VETTING_DATA_DIR", str(tmp_path / "file" / "data"))
    result = run("status")
    assert (result.exit_code, "set VETTING_DATA_DIR" in result.output) == (2, True)
