"""Every setting of the system, read from the environment in this one place.

The table in docs/operating.md lists the same names; a test compares the two.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

Network = IPv4Network | IPv6Network


class SettingError(ValueError):
    """A setting that cannot be used; the message names the variable and the mend."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Paths are as given (relative to the working folder); networks are parsed.

    For the site: `public_url` is its address as the world sees it (feeds, sitemap, canonical links; the request's own host
    where empty); `trusted_proxies` is how many proxies in front may set X-Forwarded-*; `rate_limit` is what one address may
    ask ("300 per minute", or "off"); `demonstration` puts a line on every page that its clinics are invented; `taught_reader` off
    reads with the checklist's phrases and context alone.

    For the desk: `two_person_rule` asks that a corrected or rejected finding and an edit of the checklist be confirmed by
    somebody else; `reply_days` is how many working days a clinic has to answer before it is named, by country ("" for all
    others; 0: no letter is needed); `smtp_url` (smtp://user:password@host:port, smtps:// for TLS from the start) and `notices_to`
    (addresses) say where the daily digest is sent, nowhere where empty.

    For crawls: `crawl_delay` is the least gap between requests to one address and `crawl_delay_ceiling` the longest Crawl-delay
    honoured in full (seconds); `crawl_sites` clinics are visited at the same time; `crawl_timeout` bounds one answer,
    `crawl_site_seconds` and `crawl_site_bytes` one visit, `crawl_body_bytes` one body; a site that asks for a longer pause than
    `crawl_retry_after_ceiling` seconds is left for a later run; `revisit_min_days` and `revisit_max_days` bound the time between
    visits; a worker that stopped answering keeps a clinic for `lease_seconds`; a WARC file is finished at
    `archive_rotate_bytes`, and `archive gc` may delete one older than `archive_keep_days` (0: never) that nothing needs; `render` runs
    pages that are empty without JavaScript in Chromium.
    """

    data_dir: Path
    database_url: str
    checklist: Path
    contact: str
    crawl_allow_networks: tuple[Network, ...]
    secret_key: str
    publish_without_review: bool
    public_url: str = ""
    trusted_proxies: int = 0
    rate_limit: str = "300 per minute"
    demonstration: bool = False
    taught_reader: bool = True
    two_person_rule: bool = False
    reply_days: tuple[tuple[str, int], ...] = (("", 10),)
    smtp_url: str = ""
    notices_to: tuple[str, ...] = ()
    crawl_delay: float = 1.0
    crawl_delay_ceiling: float = 30.0
    crawl_sites: int = 100
    crawl_timeout: float = 30.0
    crawl_site_seconds: float = 1800.0
    crawl_site_bytes: int = 100_000_000
    crawl_body_bytes: int = 8_000_000
    crawl_retry_after_ceiling: float = 120.0
    revisit_min_days: float = 3.0
    revisit_max_days: float = 30.0
    lease_seconds: int = 300
    archive_rotate_bytes: int = 1_000_000_000
    archive_keep_days: int = 0
    render: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """The settings that the environment names, defaults for the rest.

        Raises SettingError for a value that cannot be read.
        """
        data_dir = Path(environ.get("VETTING_DATA_DIR") or "data")
        return cls(
            data_dir=data_dir,
            database_url=environ.get("VETTING_DATABASE_URL") or f"sqlite:///{data_dir / 'vetting.sqlite'}",
            checklist=Path(environ.get("VETTING_CHECKLIST") or "checklist.yaml"),
            contact=(environ.get("VETTING_CONTACT") or "").strip(),
            crawl_allow_networks=_networks(environ.get("VETTING_CRAWL_ALLOW_NETWORKS") or ""),
            secret_key=environ.get("VETTING_SECRET_KEY") or "",
            publish_without_review=_truth(environ, "VETTING_PUBLISH_WITHOUT_REVIEW"),
            crawl_delay=_number(environ, "VETTING_CRAWL_DELAY", 1.0),
            crawl_delay_ceiling=_number(environ, "VETTING_CRAWL_DELAY_CEILING", 30.0),
            crawl_sites=int(_number(environ, "VETTING_CRAWL_SITES", 100, least=1)),
            crawl_timeout=_number(environ, "VETTING_CRAWL_TIMEOUT", 30.0, least=0.1),
            crawl_site_seconds=_number(environ, "VETTING_CRAWL_SITE_SECONDS", 1800.0, least=1),
            crawl_site_bytes=int(_number(environ, "VETTING_CRAWL_SITE_BYTES", 100_000_000, least=1000)),
            crawl_body_bytes=int(_number(environ, "VETTING_CRAWL_BODY_BYTES", 8_000_000, least=1000)),
            crawl_retry_after_ceiling=_number(environ, "VETTING_CRAWL_RETRY_AFTER_CEILING", 120.0),
            revisit_min_days=_number(environ, "VETTING_REVISIT_MIN_DAYS", 3.0),
            revisit_max_days=_number(environ, "VETTING_REVISIT_MAX_DAYS", 30.0),
            lease_seconds=int(_number(environ, "VETTING_LEASE_SECONDS", 300, least=5)),
            archive_rotate_bytes=int(_number(environ, "VETTING_ARCHIVE_ROTATE_BYTES", 1_000_000_000, least=1000)),
            archive_keep_days=int(_number(environ, "VETTING_ARCHIVE_KEEP_DAYS", 0)),
            render=_truth(environ, "VETTING_RENDER"),
            public_url=_public_url(environ.get("VETTING_PUBLIC_URL") or ""),
            trusted_proxies=_count(environ, "VETTING_TRUSTED_PROXIES"),
            rate_limit=(environ.get("VETTING_RATE_LIMIT") or "300 per minute").strip(),
            demonstration=_truth(environ, "VETTING_DEMONSTRATION"),
            taught_reader=_truth({"VETTING_TAUGHT_READER": "yes", **environ}, "VETTING_TAUGHT_READER"),
            two_person_rule=_truth(environ, "VETTING_TWO_PERSON_RULE"),
            reply_days=_reply_days(environ.get("VETTING_REPLY_DAYS") or "10"),
            smtp_url=(environ.get("VETTING_SMTP_URL") or "").strip(),
            notices_to=tuple((environ.get("VETTING_NOTICES_TO") or "").replace(",", " ").split()),
        )

    def reply_days_in(self, country: str) -> int:
        """How many working days a clinic of that country has to answer."""
        days = dict(self.reply_days)
        return days.get(country, days[""])

    @property
    def archive_dir(self) -> Path:
        """Where WARC files lie."""
        return self.data_dir / "archive"


def _networks(text: str) -> tuple[Network, ...]:
    networks = []
    for part in text.replace(",", " ").split():
        try:
            networks.append(ip_network(part, strict=False))
        except ValueError as error:
            raise SettingError(
                f"VETTING_CRAWL_ALLOW_NETWORKS: {part!r} is no network ({error}); write it like 127.0.0.0/8"
            ) from error
    return tuple(networks)


def _public_url(text: str) -> str:
    address = text.strip().rstrip("/")
    if address and not re.fullmatch(r"https?://[^/\s?#]+", address):
        raise SettingError(f"VETTING_PUBLIC_URL: {text!r} is no site's address; write it like https://vetting.example")
    return address


def _reply_days(text: str) -> tuple[tuple[str, int], ...]:
    days = {"": 10}
    for part in text.split(","):
        match = re.fullmatch(r"(?:([A-Z]{2})\s*[: ]\s*)?(\d{1,3})", part.strip())
        if match is None:
            raise SettingError(
                f"VETTING_REPLY_DAYS: {part.strip()!r} is no number of days; write it like 10 or 10, AU 15, GB 10"
            )
        days[match[1] or ""] = int(match[2])
    return tuple(sorted(days.items()))


def _count(environ: Mapping[str, str], name: str) -> int:
    value = (environ.get(name) or "0").strip()
    if not value.isdecimal():
        raise SettingError(f"{name}: {value!r} is no number; write 0, 1, 2 ...")
    return int(value)


def _number(environ: Mapping[str, str], name: str, default: float, *, least: float = 0.0) -> float:
    text = (environ.get(name) or "").strip()
    try:
        value = float(text) if text else default
    except ValueError as error:
        raise SettingError(f"{name}: {text!r} is no number; write it like {default:g}") from error
    if not least <= value < float("inf"):
        raise SettingError(f"{name}: {text} is too small or too large; it must be at least {least:g}")
    return value


def _truth(environ: Mapping[str, str], name: str) -> bool:
    value = (environ.get(name) or "no").strip().lower()
    if value in {"yes", "true", "1", "on"}:
        return True
    if value in {"no", "false", "0", "off"}:
        return False
    raise SettingError(f"{name}: {value!r} is neither yes nor no; write yes or no")
