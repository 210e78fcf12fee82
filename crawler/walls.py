"""Bot walls by their marks: a page or an answer made to stop programs, which is no page of the clinic."""

import re

from crawler.heavy import words_and_links

_HEADERS = {
    "cf-mitigated": "Cloudflare",
    "x-datadome": "DataDome",
    "x-sucuri-block": "Sucuri",
    "x-px-block": "PerimeterX",
}
_TEXT = re.compile(
    r"just a moment\.\.\.|attention required! \| cloudflare|checking your browser|verify(ing)? (that )?you are (a )?human"
    r"|are you a (human|robot)|incapsula incident|sucuri website firewall|access denied.{0,200}reference #|ddos protection by"
    r"|bot detection|unusual traffic|automated (access|requests|queries)|robot check",
    re.IGNORECASE | re.DOTALL,
)
_REFUSAL_TEXT = re.compile(
    r"cf-browser-verification|cf_chl_|challenge-platform|_incapsula_resource|px-captcha|datadome"
    r"|g-recaptcha|h-captcha|hcaptcha|captcha|request blocked|web application firewall|mod_security|wordfence",
    re.IGNORECASE,
)
SHORT = 150  # words: a real page that merely carries a captcha in a form has more


def wall(status: int, headers: dict[str, str], body: bytes, words: int | None) -> str:
    """The mark of a bot wall, or an empty string. `words` is the number of visible ones, None where it was not counted.

    A guard leaves its script and its header in the pages that it lets through, too: of those only the words that are seen count.
    """
    for name, owner in _HEADERS.items():
        if name in headers and (status >= 400 or (name == "cf-mitigated" and (words or 0) < SHORT)):
            return owner
    if status not in (200, 202, 401, 403, 405, 406, 429, 503):
        return ""
    if status < 400 and (words is None or words >= SHORT):
        return ""
    text = body[:60_000].decode("utf-8", "replace")
    if status < 400:
        text = " ".join(words_and_links(text, 1)[0])
    match = _TEXT.search(text) or (_REFUSAL_TEXT.search(text) if status >= 400 else None)
    return " ".join(match[0].split())[:60] if match else ""
