"""What a text message may say (domain E.3): minimum necessary, two parts at most, links of our own only.

Pure: `apply` lints templates with sample values, notifications lints every finished text again, because a name that
somebody typed into a public form is part of it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_PARTS = 2
OF_OFFERS = ("was", "until")
PLACEHOLDERS = ("given_name", "sender", "day", "time", "place", "phone", "link", *OF_OFFERS)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")

# Words are matched after case, accents, width and invisible characters are gone, in English and Spanish (E.5).
_FORBIDDEN = {
    "DRUG": r"(es)?k(etamin[ae]|etalar)\w*|spravato|midazolam|ondansetron|lorazepam|clonidin[ae]",
    "TREATMENT": r"infus(ion|e|ed|ing|iones)|infund\w*|iv drip|nasal spray|psych(iatr|olog|o ?therap|osis|otic)\w*"
    r"|(p)?sicolog\w*|psiquiatr\w*|psicoterap\w*|tms|dose|dosis|dosage",
    "DIAGNOSIS": r"diagnos\w*|depress\w*|depresi\w*|anxiety|ansiedad|ptsd|tept|bipolar\w*|ocd|suds?|trd|mdd"
    r"|fibromyalgia|fibromialgia|neuropath\w*|neuropat\w*|crps|chronic pain|dolor cronico|addict\w*|adict\w*"
    r"|mental health|salud mental",
    "SCORE": r"scores?|puntaje\w*|puntuaci\w*|phq\W*\d*|gad\W*\d+|pcl\W*\d*|c\W?ssrs|cadss|questionnaire result\w*",
    "DOSE": r"\d[\d.,]*\s*(mg|mcg|ml|milligram\w*|miligramo\w*)(/kg)?|mg|mg/kg",
    "MONEY": r"insur\w*|aseguranza|asegurador\w*|seguro (medico|de salud)|prices?|precios?|costs?|costos?|balances?"
    r"|saldos?|payments?|pagos?|pay|pagar|copay\w*|copago\w*|deductible|deducible|invoices?|facturas?|bill(s|ing)?|fees?"
    r"|dollars?|dolares|refund\w*|reembols\w*|discount\w*|descuento\w*",
    "LAB": r"labs?|laborator\w*|(test|blood|urine) results?|resultados?|urine|orina|pregnan\w*|embaraz\w*",
    "CRISIS_WORD": r"suicid\w*|kill (your|my)self|end (your|my) life|self\W?harm\w*|hurt (your|my)self|overdos\w*"
    r"|sobredosis|want to die|matar(me|te|se)|quitarse la vida",
}  # fmt: skip
_WORDS = {code: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)") for code, pattern in _FORBIDDEN.items()}
_CURRENCY = re.compile(r"[$€£¥]\s*\d|\d\s*[€£¥]|(?<!\w)(?:usd|eur)(?!\w)")
_LINK = re.compile(
    r"(?i)(?<![\w@])(?:[a-z][a-z0-9+.-]*://\S+|www\.\S+"
    r"|(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|io|co|us|me|ly|gl|app|link|xyz|site|online|shop|health|clinic|example)"
    r"(?![\w.-]*@)(?:[:/?#]\S*)?(?!\w))"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a text may not be sent: a code, and the part of the text that it is about."""

    code: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Length:
    """How a text travels: `GSM7` (160 septets, 153 per part) or `UCS2` (70 units, 67 per part); UCS-2 only flags."""

    encoding: str
    units: int
    parts: int


def lint(text: str, portal_url: str) -> list[Finding]:
    """What domain E.3 forbids in a finished text, in the order of the rules; empty when it may be sent.

    `portal_url` is the one place that links may lead to.
    """
    plain = folded(text)
    found = [Finding(code, hit.group()) for code, words in _WORDS.items() if (hit := words.search(plain))]
    if hit := _CURRENCY.search(plain):
        found.append(Finding("MONEY", hit.group()))
    found += [Finding(code, link) for link in _links(text) if (code := _link_trouble(link, portal_url))]
    if (length := measure(text)).parts > MAX_PARTS:
        found.append(Finding("TOO_LONG", f"{length.parts} parts"))
    return found


def lint_template(template: str, samples: Mapping[str, str], portal_url: str) -> list[Finding]:
    """Lint a template filled with `samples`; an unknown placeholder or a stray brace is a finding too."""
    wrong = [name for name in _PLACEHOLDER.findall(template) if name not in PLACEHOLDERS]
    if wrong:
        return [Finding("UNKNOWN_PLACEHOLDER", name) for name in wrong]
    if set("{}") & set(_PLACEHOLDER.sub("", template)):
        return [Finding("STRAY_BRACE", template)]
    return lint(fill(template, samples), portal_url)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its `{name}` placeholders replaced, once: a value with braces in it is not filled again.

    Raises KeyError for a placeholder without a value.
    """
    return _PLACEHOLDER.sub(lambda hit: values[hit.group(1)], template)


def measure(text: str) -> Length:
    """Encoding, units and parts of a text (E.3). An escape or surrogate pair is never split between parts (E.5)."""
    if all(c in _BASIC or c in _EXTENDED for c in text):
        widths, whole, part, encoding = [2 if c in _EXTENDED else 1 for c in text], 160, 153, "GSM7"
    else:
        widths, whole, part, encoding = [2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67, "UCS2"
    units = sum(widths)
    return Length(encoding, units, 1 if units <= whole else _parts(widths, part))


def folded(text: str) -> str:
    """Text without case, accents, width and invisible characters, with single spaces: what words are looked for in."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return " ".join(kept.casefold().split())


def _parts(widths: list[int], part: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts


def _links(text: str) -> list[str]:
    kept = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return [hit.group().rstrip(".,;:!?)") for hit in _LINK.finditer(kept)]


def _link_trouble(link: str, portal_url: str) -> str | None:
    """https, the own host, no query and no fragment. A portal on this very machine may speak http."""
    own, there = urlsplit(portal_url), urlsplit(link if "://" in link else f"//{link}")
    if there.netloc.casefold() != own.netloc.casefold():
        return "LINK_FOREIGN"
    local = own.hostname in ("localhost", "127.0.0.1")
    if there.scheme.casefold() not in ("https", own.scheme if local else "https"):
        return "LINK_NOT_HTTPS"
    return "LINK_QUERY" if "?" in link or "#" in link else None
