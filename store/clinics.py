"""The list: rows of data/clinics.csv become clinics and their locations, all or none; the list as others ask for it."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import fuzz
from sqlmodel import Session, col, select

from store.listing import expire
from store.models import Clinic, ClinicStatus, Location, Outcome, Visit, now
from store.website import AddressError, website_of

COLUMNS = ("name", "url", "street", "city", "region", "postcode", "country", "phone", "hosts")
LIKELY_DOUBLE = (
    88  # of 100 in rapidfuzz's token_sort_ratio: "Desert Ketamine Clinic" and "Desert Ketamine Clinics" pass
)


class ListError(ValueError):
    """A list that cannot be read at all; the message names the file, the line and the mend."""


@dataclass
class ImportReport:
    """What an import did, in clinics: new ones, rows that joined a clinic as a location, rows that changed nothing.

    `problems` are (line, message); where there is one, nothing was imported. `likely_doubles` are sentences for a person.
    `slugs` are the clinics that the file names, in its order.
    """

    added: int = 0
    merged: int = 0
    unchanged: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    likely_doubles: list[str] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ListRow:
    """One row of the file, cleaned, with its line; `hosts` are further websites of the clinic, None where the file has no such column."""

    line: int
    website: str
    values: dict[str, str]
    hosts: tuple[str, ...] | None = None


def import_csv(session: Session, path: Path, source: str) -> ImportReport:
    """Bring the rows of a CSV file in: rows of one website are locations of one clinic; a known row changes nothing.

    Nothing is imported while a row has a problem: mend the file and run it again. `source` is kept as provenance.
    Raises ListError for a file that cannot be read or has a wrong header.
    """
    report = ImportReport()
    rows = _read(path, report)
    if report.problems:
        return report
    clinics = {clinic.website: clinic for clinic in session.exec(select(Clinic))}
    slugs = {clinic.slug for clinic in clinics.values()}
    known = {_place_key(location): location for location in session.exec(select(Location))}
    for row in rows:
        clinic = clinics.get(row.website)
        provenance = {"source": source, "line": row.line, "imported_at": now().isoformat()}
        if clinic is None:
            report.added += 1
            clinic = Clinic(
                slug=_slug(row, slugs),
                name=row.values["name"],
                url=row.values["url"],
                website=row.website,
                country=row.values["country"],
                provenance=[provenance],
            )
            session.add(clinic)
            session.flush()
            clinics[row.website] = clinic
            _add_location(session, clinic, row, known)
        elif _add_location(session, clinic, row, known):
            report.merged += 1
            clinic.provenance = [*clinic.provenance, provenance]
        else:
            report.unchanged += 1
        if clinic.slug not in report.slugs:
            report.slugs.append(clinic.slug)
    _set_hosts(clinics, rows)
    session.flush()
    if report.merged:
        expire(session, [clinic.id for row in rows if (clinic := clinics[row.website]).id is not None])
    report.likely_doubles = likely_doubles(session)
    return report


def list_clinics(session: Session, *, status: str | None = None) -> Sequence[Clinic]:
    """All clinics by name; only those of one status where that is given."""
    query = select(Clinic).order_by(col(Clinic.name), col(Clinic.slug))
    return session.exec(query if status is None else query.where(Clinic.status == status)).all()


def opt_out(session: Session, slug: str, reason: str) -> Clinic:
    """Honour a clinic's wish for ever: it is never requested again and shown as such. Raises ListError for an unknown slug."""
    clinic = session.exec(select(Clinic).where(Clinic.slug == slug)).one_or_none()
    if clinic is None:
        raise ListError(f"no clinic is called {slug!r}; see `vetting clinics list`")
    clinic.status, clinic.status_reason = ClinicStatus.OPTED_OUT, reason
    # A visit under way loses its lease, and with it the right to go on.
    clinic.lease_owner, clinic.lease_until, clinic.fence = "", None, clinic.fence + 1
    for visit in session.exec(select(Visit).where(Visit.clinic_id == clinic.id, Visit.outcome == "")):
        visit.outcome, visit.detail, visit.finished_at = Outcome.ERROR, "opted out during the visit", now()
    return clinic


def accept_proposed_url(session: Session, slug: str) -> Clinic:
    """Take over the new address that a redirect proposed, and make the clinic due. Raises ListError where there is none."""
    clinic = session.exec(select(Clinic).where(Clinic.slug == slug)).one_or_none()
    if clinic is None or not clinic.proposed_url:
        raise ListError(f"{slug!r}: no new address was proposed for it")
    website = website_of(clinic.proposed_url)
    other = session.exec(select(Clinic).where(Clinic.website == website, Clinic.id != clinic.id)).first()
    if other is not None:
        raise ListError(f"{slug!r}: {website} is already the website of {other.slug!r}")
    clinic.url, clinic.website, clinic.proposed_url, clinic.due_at = clinic.proposed_url, website, "", now()
    return clinic


def likely_doubles(session: Session) -> list[str]:
    """Pairs of clinics that may be one: the same phone, or nearly the same name in the same town, on two websites."""
    clinics = {clinic.id: clinic for clinic in session.exec(select(Clinic))}
    groups: dict[tuple[str, ...], list[Location]] = {}
    for location in session.exec(select(Location).order_by(col(Location.id))):
        phone = re.sub(r"\D", "", location.phone)[-10:]
        if len(phone) >= 7:
            groups.setdefault(("phone", phone), []).append(location)
        if location.city:
            groups.setdefault(("town", location.city.casefold(), location.region, location.country), []).append(
                location
            )
    found = {}
    for key, locations in groups.items():
        for index, first in enumerate(locations):
            for second in locations[index + 1 :]:
                pair = tuple(sorted((first.clinic_id, second.clinic_id)))
                if pair[0] == pair[1] or pair in found:
                    continue
                if key[0] == "phone":
                    why = f"the same phone {first.phone}"
                elif fuzz.token_sort_ratio(first.name.casefold(), second.name.casefold()) >= LIKELY_DOUBLE:
                    why = f"nearly the same name in {first.city}"
                else:
                    continue
                left, right = clinics[pair[0]], clinics[pair[1]]
                found[pair] = f"{left.name} ({left.website}) and {right.name} ({right.website}): {why}"
    return list(found.values())


def _read(path: Path, report: ImportReport) -> list[ListRow]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListError(f"{path}: is not UTF-8 (byte {error.start}); save it as CSV UTF-8") from error
    except OSError as error:
        raise ListError(f"{path}: cannot be read ({error.strerror})") from error
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    rows: list[ListRow] = []
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if missing := [name for name in ("name", "url") if name not in header]:
            raise ListError(f"{path}:1: the header lacks {', '.join(missing)}; it should be {','.join(COLUMNS)}")
        if unknown := [name for name in header if name not in COLUMNS]:
            raise ListError(f"{path}:1: unknown column {unknown[0]!r}; the columns are {','.join(COLUMNS)}")
        start = reader.line_num + 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if any(cell.strip() for cell in cells):
                _clean(line, header, cells, rows, report)
    except csv.Error as error:
        raise ListError(f"{path}:{reader.line_num}: no CSV ({error}); check the quotation marks") from error
    if not rows and not report.problems:
        raise ListError(f"{path}: has no rows; one clinic a line under {','.join(COLUMNS)}")
    return rows


def _clean(line: int, header: list[str], cells: list[str], rows: list[ListRow], report: ImportReport) -> None:
    if len(cells) != len(header):
        report.problems.append((line, f"has {len(cells)} cells where the header has {len(header)}"))
        return
    values = dict.fromkeys(COLUMNS, "") | {
        name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=True)
    }
    values["country"] = values["country"].upper()
    problems = []
    if not values["name"]:
        problems.append("has no name")
    if values["country"] and not re.fullmatch("[A-Z]{2}", values["country"]):
        problems.append(f"country {values['country']!r} is no two-letter code (ISO 3166)")
    try:
        website = website_of(values["url"])
    except AddressError as error:
        website = ""
        problems.append(f"url {error}" if values["url"] else "has no url")
    hosts = []
    for host in values.pop("hosts").split():
        try:
            hosts.append(website_of(host if "://" in host else f"https://{host}"))
        except AddressError as error:
            problems.append(f"hosts: {error}; write further websites parted by spaces")
    if problems:
        report.problems.extend((line, problem) for problem in problems)
    else:
        rows.append(ListRow(line, website, values, tuple(hosts) if "hosts" in header else None))


def _set_hosts(clinics: dict[str, Clinic], rows: Sequence[ListRow]) -> None:
    """A clinic's further websites are those that its rows name together; a list without that column leaves them as they are."""
    named: dict[str, set[str]] = {}
    for row in rows:
        if row.hosts is not None:
            named.setdefault(row.website, set()).update(row.hosts)
    for website, hosts in named.items():
        clinics[website].hosts = sorted(hosts - {website})


def _add_location(session: Session, clinic: Clinic, row: ListRow, known: dict[tuple[str, ...], Location]) -> bool:
    assert clinic.id is not None
    location = Location.model_validate({"clinic_id": clinic.id, **row.values})
    key = _place_key(location)
    if key in known:
        return False
    session.add(location)
    known[key] = location
    return True


def _place_key(location: Location) -> tuple[str, ...]:
    """What makes two rows of one website one place. A second name or page for the same street and town is still that place."""
    place = (location.street, location.city, location.region, location.postcode, location.country, location.phone)
    return (str(location.clinic_id), *(part.casefold() for part in place))


def _slug(row: ListRow, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", row.values["name"]).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or re.sub(r"[^a-z0-9]+", "-", row.website)
    town = re.sub(r"[^a-z0-9]+", "-", row.values["city"].lower()).strip("-")
    for candidate in (base, f"{base}-{town}".strip("-"), *(f"{base}-{number}" for number in range(2, 10_000))):
        if candidate not in taken:
            taken.add(candidate)
            return candidate
    raise ListError(f"line {row.line}: no free slug for {base!r}")
