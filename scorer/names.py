"""A clinic's own names in its prose: the full name, and the short form that people use."""

import re
from functools import lru_cache

# Words that many providers share: alone they name nobody.
_GENERIC = frozenset(
    "the a an of and at for in on by ketamine esketamine spravato infusion infusions clinic clinics center centre centers "
    "centres wellness health healthcare mental behavioral behavioural psychiatry psychiatric psychiatrists psychotherapy "
    "therapy therapies therapeutics treatment treatments medicine medical pain management care institute group practice "
    "associates partners services service hospital university integrative interventional neuroscience mind brain mood "
    "recovery solutions program programme unit research nhs trust foundation telehealth online doctors physicians "
    "anesthesia anaesthesia iv iv's spa lounge bar studio counseling counselling pllc llc inc ltd pc".split()
)


@lru_cache(maxsize=4096)
def own_name(clinic: str) -> re.Pattern[str] | None:
    """A pattern that finds the clinic's name or its short form; None for a name that says nothing ("Ketamine Clinic")."""
    words = re.findall(r"[\w&'’.-]+", clinic.split("—")[0].split(" - ")[0])
    telling = any(word.lower().strip(".,") not in _GENERIC and len(word) >= 3 for word in words)
    # "Ketamine Clinic" is what any clinic calls itself; three such words, in capitals, are a name.
    names = {" ".join(words).rstrip(".,")} if len(words) > (1 if telling else 2) else set()
    while words and words[-1].lower().strip(".,") in _GENERIC:
        words = words[:-1]
    while words and words[0].lower() in {"the", "a"}:
        words = words[1:]
    if any(word.lower() not in _GENERIC and len(word) >= 3 for word in words):
        names.add(" ".join(words))
    if not names:
        return None
    longest_first = sorted(names, key=len, reverse=True)
    joined = "|".join(r"\s+".join(re.escape(word) for word in name.split()) for name in longest_first)
    return re.compile(
        rf"(?<!\w)(?:the\s+)?(?:{joined})(?!\w)", re.IGNORECASE if telling and len(longest_first[-1]) > 8 else 0
    )
