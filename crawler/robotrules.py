"""One robots.txt read by the letter of RFC 9309. Protego matches; this file does what comes before matching."""

import re

from protego import Protego

TOKEN = "vetting"  # noqa: S105  our product token (RFC 9309 section 2.2.1)
MAX_BYTES = 512 * 1024  # the RFC asks for at least 500 KiB; a rule cut in two at the end is dropped
_AGENT_LINE = re.compile(r"^\s*user-?\s?agent\s*:\s*(.*)$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_-]+")
_RULE_LINE = re.compile(r"^\s*(allow|dis+al+ow|diasllow|disallaw)\b", re.IGNORECASE)  # the spellings that Protego takes


class RobotRules:
    """What one robots.txt allows this crawler; `crawl_delay` in seconds or None; `sitemaps` as written."""

    def __init__(self, body: bytes) -> None:
        self._rules = Protego.parse(_normal(body))
        delay = self._rules.crawl_delay(TOKEN)
        self.crawl_delay = float(delay) if delay is not None and 0 < float(delay) < 1e6 else None
        self.sitemaps = list(self._rules.sitemaps)

    def allows(self, url: str) -> bool:
        """Whether this crawler may ask for `url` (longest match; allow wins a tie)."""
        return bool(self._rules.can_fetch(url, TOKEN))


def _normal(body: bytes) -> str:
    """Text without byte order mark and NUL, cut at the limit, with user-agent lines reduced to ours, everybody's, others'.

    Protego takes "vet" for us and does not take "Vetting/1.0"; the RFC compares whole product tokens, without version.
    """
    cut = len(body) > MAX_BYTES
    body = body[:MAX_BYTES].removeprefix(b"\xef\xbb\xbf")
    text = body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    lines = re.split(r"\r\n|\r|\n", text.replace("\x00", "").lstrip("\ufeff"))
    if cut:
        lines.pop()
    return "\n".join(_whole_groups(lines))


def _whole_groups(lines: list[str]) -> list[str]:
    """The lines with all agents of a group named again before its first rule.

    Protego lets a Crawl-delay, or any record that it does not know, end a group; by RFC 9309 section 2.2.4 only rules do.
    """
    written: list[str] = []
    agents: dict[str, None] = {}
    ruled = False
    for line in lines:
        agent = _agent(line)
        if agent:
            if ruled:
                agents, ruled = {}, False
            agents[agent] = None
        elif not ruled and _RULE_LINE.match(line):
            written += agents
            ruled = True
        written.append(agent or line)
    return written


def _agent(line: str) -> str:
    """A user-agent line, reduced; empty for any other line."""
    match = _AGENT_LINE.match(line)
    if match is None:
        return ""
    value = match[1].strip()
    if value.startswith("*"):
        return "User-agent: *"
    name = _NAME.match(value)
    return f"User-agent: {TOKEN if name and name[0].lower() == TOKEN else 'somebody-else'}"
