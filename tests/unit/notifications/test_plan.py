"""What happens to a message that is due (domain E.1, E.2)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.domain.caps import share_of
from services.notifications.domain.consent import Ruling
from services.notifications.domain.plan import (
    Channel,
    Clinic,
    Next,
    Recipient,
    Situation,
    State,
    Why,
    decide,
    decide_reply,
)
from services.notifications.domain.quiet_hours import QuietHours
from services.notifications.domain.rows import is_first_visit

NOON = datetime(2026, 12, 1, 19, tzinfo=UTC)  # 12:00 in Boise
NIGHT = datetime(2026, 12, 1, 12, tzinfo=UTC)  # 05:00 in Boise
VISIT = NOON + timedelta(days=3)
HALF_DAY = timedelta(hours=12)
IN_MAIL_TOO = Recipient(None, Ruling.ALLOWED, elsewhere=True)
CLEAR = Situation(
    now=NOON, stale_at=VISIT, cancelled=False, superseded=False, concern_open=False, events_waiting=False,
    recipient=Recipient(None, Ruling.ALLOWED), clinic=Clinic("America/Boise", QuietHours()),
)  # fmt: skip


@pytest.mark.parametrize(
    ("differs", "next_"),
    [
        ({}, Next(State.SENDING)),
        ({"cancelled": True}, Next(State.DROPPED, Why.CANCELLED)),
        ({"superseded": True}, Next(State.DROPPED, Why.SUPERSEDED)),
        ({"now": VISIT}, Next(State.DROPPED, Why.TOO_LATE)),
        ({"now": VISIT, "cancelled": True}, Next(State.DROPPED, Why.CANCELLED)),
        ({"concern_open": True}, Next(State.HELD, Why.SAFETY_CONCERN, VISIT)),
        ({"events_waiting": True}, Next(State.PLANNED, Why.EVENTS_WAITING, NOON + timedelta(minutes=15))),
        ({"recipient": None}, Next(State.HELD, Why.CONTACT_UNKNOWN, VISIT)),
        ({"recipient": Recipient(None, None)}, Next(State.FAILED, Why.NO_NUMBER)),
        ({"recipient": Recipient(None, Ruling.NO_CONSENT)}, Next(State.FAILED, Why.NO_CONSENT)),
        ({"recipient": Recipient(None, Ruling.OPTED_OUT)}, Next(State.HELD, Why.OPTED_OUT, VISIT)),
        ({"clinic": None}, Next(State.PLANNED, Why.NO_CLINIC_FILE, NOON + timedelta(minutes=15))),
        ({"recipient": Recipient(None, None, True)}, Next(State.DROPPED, Why.NO_NUMBER)),
        ({"recipient": Recipient(None, Ruling.NO_CONSENT, True)}, Next(State.DROPPED, Why.NO_CONSENT)),
        ({"now": NIGHT, "skip_when_quiet": True}, Next(State.DROPPED, Why.QUIET_HOURS)),
        ({"skip_when_quiet": True}, Next(State.SENDING)),
        ({"texts": (NOON,) * 2}, Next(State.SENDING)),
        ({"texts": (NOON,) * 3}, Next(State.PLANNED, Why.CAPPED, NOON + timedelta(hours=20))),
        (
            {"texts": (NOON,) * 3, "stale_at": NOON + timedelta(hours=44, minutes=1)},
            Next(State.PLANNED, Why.CAPPED, NOON + timedelta(hours=20)),
        ),
        # news would come less than a day before the visit: a person says it today, or an e-mail has
        ({"texts": (NOON,) * 3, "stale_at": NOON + timedelta(hours=44)}, Next(State.FAILED, Why.CAPPED)),
        (
            {"texts": (NOON,) * 3, "stale_at": NOON + timedelta(hours=44), "recipient": IN_MAIL_TOO},
            Next(State.DROPPED, Why.CAPPED),
        ),
        ({"texts": (NOON,) * 2, "share": share_of("N13")}, Next(State.PLANNED, Why.CAPPED, NOON + timedelta(hours=20))),
        (
            {"texts": (NOON,) * 3, "share": share_of("N08"), "stale_at": NOON + timedelta(hours=20)},
            Next(State.FAILED, Why.CAPPED),
        ),
        (
            {"texts": (NOON,) * 2, "share": share_of("N09"), "stale_at": NOON + timedelta(hours=1)},
            Next(State.DROPPED, Why.CAPPED),
        ),
        ({"now": NIGHT}, Next(State.PLANNED, Why.QUIET_HOURS, NIGHT + timedelta(hours=3))),
        ({"now": NIGHT, "recipient": Recipient("Europe/Paris", Ruling.ALLOWED)}, Next(State.SENDING)),
        (
            {"recipient": Recipient("Asia/Tokyo", Ruling.ALLOWED)},
            Next(State.PLANNED, Why.QUIET_HOURS, NOON + timedelta(hours=4)),
        ),
        (
            {"now": NIGHT, "stale_at": NIGHT + timedelta(hours=1)},
            Next(State.PLANNED, Why.QUIET_HOURS, NIGHT + timedelta(hours=1)),
        ),
    ],
)
def test_a_due_text(differs: dict[str, object], next_: Next) -> None:
    assert decide(replace(CLEAR, **differs)) == next_


@pytest.mark.parametrize(
    ("differs", "next_"),
    [
        ({}, Next(State.SENDING)),
        ({"now": NIGHT, "texts": (NIGHT,) * 9}, Next(State.SENDING)),  # quiet hours and caps bind texts (E.5)
        ({"recipient": Recipient(None, None)}, Next(State.FAILED, Why.NO_ADDRESS)),
        ({"recipient": Recipient(None, None, True)}, Next(State.DROPPED, Why.NO_ADDRESS)),
        ({"recipient": Recipient(None, Ruling.OPTED_OUT)}, Next(State.FAILED, Why.OPTED_OUT)),
        ({"recipient": Recipient(None, Ruling.NO_CONSENT)}, Next(State.FAILED, Why.NO_CONSENT)),
        ({"concern_open": True}, Next(State.HELD, Why.SAFETY_CONCERN, VISIT)),
        ({"superseded": True}, Next(State.DROPPED, Why.SUPERSEDED)),
        (
            {"waits_for_course": NOON + timedelta(minutes=1)},
            Next(State.HELD, Why.COURSE_INCOMPLETE, NOON + timedelta(minutes=1)),
        ),
        ({"waits_for_course": NOON}, Next(State.SENDING)),
    ],
)
def test_a_due_mail(differs: dict[str, object], next_: Next) -> None:
    assert decide(replace(CLEAR, channel=Channel.EMAIL, **differs)) == next_


@pytest.mark.parametrize(
    ("differs", "next_"),
    [
        # offered at 05:00 until 17:00: told at 08:00; until 08:00: not at all, by nobody's mistake
        (
            {"now": NIGHT, "stale_at": NIGHT + HALF_DAY},
            Next(State.PLANNED, Why.QUIET_HOURS, NIGHT + timedelta(hours=3)),
        ),
        (
            {"now": NIGHT, "stale_at": NIGHT + timedelta(hours=3)},
            Next(State.PLANNED, Why.QUIET_HOURS, NIGHT + timedelta(hours=3)),
        ),
        (
            {"now": NIGHT + timedelta(hours=3), "stale_at": NIGHT + timedelta(hours=3)},
            Next(State.DROPPED, Why.TOO_LATE),
        ),
        ({"superseded": True}, Next(State.DROPPED, Why.SUPERSEDED)),
        ({"concern_open": True}, Next(State.HELD, Why.SAFETY_CONCERN, NOON + HALF_DAY)),
        ({"recipient": Recipient(None, Ruling.NO_CONSENT)}, Next(State.FAILED, Why.NO_CONSENT)),
        ({"recipient": Recipient(None, Ruling.OPTED_OUT)}, Next(State.HELD, Why.OPTED_OUT, NOON + HALF_DAY)),
        ({"texts": (NOON,) * 2}, Next(State.SENDING)),
        ({"texts": (NOON,) * 3}, Next(State.FAILED, Why.CAPPED)),  # tomorrow is too late: a person calls
        (
            {"texts": (NOON,) * 3, "stale_at": NOON + timedelta(hours=21)},
            Next(State.PLANNED, Why.CAPPED, NOON + timedelta(hours=20)),
        ),
        ({"texts": (NOON,) * 3, "share": share_of("N18L")}, Next(State.DROPPED, Why.CAPPED)),
    ],
)
def test_a_due_text_about_an_offer(differs: dict[str, object], next_: Next) -> None:
    offer = replace(CLEAR, stale_at=NOON + HALF_DAY, share=share_of("N18"))
    assert decide(replace(offer, **differs)) == next_


@pytest.mark.parametrize("worse", [{"concern_open": True}, {"events_waiting": True}, {"recipient": None}])
def test_nothing_goes_out_while_something_is_in_doubt(worse: dict[str, object]) -> None:
    for now in (NIGHT, NOON, VISIT):
        assert decide(replace(CLEAR, now=now, **worse)).state is not State.SENDING


def test_replies_go_at_any_hour_until_they_are_stale() -> None:
    assert decide_reply(NIGHT, NIGHT + timedelta(minutes=5)) == Next(State.SENDING)
    assert decide_reply(NIGHT, NIGHT) == Next(State.DROPPED, Why.TOO_LATE)


@pytest.mark.parametrize(("number", "first"), [(None, True), (1, True), (2, False), (6, False)])
def test_a_course_is_confirmed_by_its_first_visit(number: int | None, first: bool) -> None:
    assert is_first_visit(number) is first
