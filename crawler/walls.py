"""Bot walls by their marks: a page or an answer made to stop programs, which is no page of the clinic."""

import re

_HEADERS = {
    "cf-mitigated": "Cloudflare",
    "x-datadome": "DataDome",
    "x-sucuri-block": "Sucuri",
    "x-px-block": "PerimeterX",
}
_TEXT = re.compile(
    r"just a moment\.\.\.|attention required! \| cloudflare|cf-browser-verification|cf_chl_|challenge-platform|checking your browser"
    r"|verify(ing)? (that )?you are (a )?human|are you a (human|robot)|_incapsula_resource|incapsula incident|px-captcha|datadome"
    r"|sucuri website firewall|access denied.{0,200}reference #|ddos protection by|bot detection|unusual traffic"
    r"|automated (access|requests|queries)|robot check",
    re.IGNORECASE | re.DOTALL,
)
_REFUSAL_TEXT = re.compile(
    r"g-recaptcha|h-captcha|hcaptcha|captcha|request blocked|web application firewall|mod_security|wordfence",
    re.IGNORECASE,
)
SHORT = 150  # words: a real page that merely carries a captcha in a form has more


def wall(status: int, headers: dict[str, str], body: bytes, words: int | None) -> str:
    """The mark of a bot wall, or an empty string. `words` is the number of visible ones, None where it was not counted."""
    for name, owner in _HEADERS.items():
        if name in headers and (status >= 400 or (words or 0) < SHORT):
            return owner
    if status not in (200, 202, 401, 403, 405, 406, 429, 503):
        return ""
    if status < 400 and (words is None or words >= SHORT):
        return ""
    text = body[:60_000].decode("utf-8", "replace")
    match = _TEXT.search(text) or (_REFUSAL_TEXT.search(text) if status >= 400 else None)
    return " ".join(match[0].split())[:60] if match else ""
