"""A day pack as one page of HTML that prints well: the day list first, then a sheet of its own for each session.

It is built as a tree of elements, never out of pieces of text, so that no name can become markup.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from xml.etree.ElementTree import Element, tostring
from zoneinfo import ZoneInfo

from services.scheduling.domain.daypack import Booked, DayPack
from services.scheduling.handouts.sheet import UNKNOWN, allergies, sheet_of, span, taken_home_by, who
from services.scheduling.handouts.tags import listed, table, tag
from shared.calendar import DAY, local_date

_STYLE = """
body { font: 11pt/1.35 sans-serif; margin: 1.2cm; color: #000 }
h1 { font-size: 16pt; margin: 0 } h2 { font-size: 13pt; margin: .8em 0 .2em }
h3 { font-size: 11pt; margin: .6em 0 .1em }
table { border-collapse: collapse; width: 100% } thead { display: table-header-group } tr { break-inside: avoid }
th, td { border: 1px solid #555; padding: 2px 5px; text-align: left; vertical-align: top }
th { background: #eee } p, ul { margin: .2em 0 } .stop { border: 2px solid #000; padding: 4px; font-weight: bold }
section { break-before: page } .flow td { height: 1.5em }
@page { size: letter; margin: 1cm }
"""
_HEADS = ("Time", "Chair", "Patient", "What", "State", "Allergies", "Phone of the patient", "Goes home with")
_LIMITS = (
    "This is what scheduling knew when it was made; what was booked, ordered, revoked or answered since is not here.",
    "Scheduling knows no patient's phone, no medications and no reason of a safety concern: ask, and write it in.",
    "Enter what you write here into the system afterwards, with source paper and the times at which it happened.",
)


def page_of(pack: DayPack) -> bytes:
    """The page, UTF-8."""
    head = tag("head", tag("meta", charset="utf-8"), tag("title", _title(pack)), tag("style", _STYLE))
    body = tag("body", *_front(pack), *(sheet_of(sheet, pack.zone) for sheet in pack.sheets))
    whole = tag("html", head, body, lang="en")
    return b"<!doctype html>\n" + tostring(whole, encoding="unicode", method="html").encode()


def _title(pack: DayPack) -> str:
    return f"Day pack: {pack.location.name}, {pack.first_day:%a %Y-%m-%d}"


def _front(pack: DayPack) -> Iterator[Element]:
    made = pack.made_at.astimezone(ZoneInfo(pack.zone))
    yield tag("h1", _title(pack))
    yield tag("p", f"{pack.clinic}, {pack.location.address}. Phone of this location: {pack.location.phone}")
    yield tag("p", f"Made {made:%a %Y-%m-%d %H:%M} ({pack.zone}). Confidential: names patients. Shred it after use.")
    yield listed(_LIMITS)
    yield tag("p", f"On call, first to last: {'; '.join(pack.on_call) or 'nobody is named in the clinic file'}")
    for n in range(pack.days):
        day = pack.first_day + n * DAY
        yield tag("h2", f"{day:%A, %Y-%m-%d}")
        yield _list(_of_day(pack, day), pack.zone)


def _of_day(pack: DayPack, day: date) -> Sequence[Booked]:
    """Whoever comes on that day; on the first one also whoever has been here since before."""
    first = day == pack.first_day
    return [
        one for one in pack.booked
        if local_date(one.starts_at, pack.zone) == day or (first and local_date(one.starts_at, pack.zone) < day)
    ]  # fmt: skip


def _list(booked: Sequence[Booked], zone: str) -> Element:
    return table(_HEADS, [_row(one, zone) for one in booked]) if booked else tag("p", "Nobody is booked.")


def _row(one: Booked, zone: str) -> Sequence[str]:
    return (
        span(one.starts_at, one.ends_at, zone), one.chair or "", who(one), one.what, one.state, allergies(one),
        UNKNOWN, taken_home_by(one),
    )  # fmt: skip
