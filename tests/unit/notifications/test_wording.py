"""The words of messages (domain E.3)."""

from datetime import UTC, datetime

import pytest

from services.notifications.domain.keywords import Ask
from services.notifications.domain.wording import (
    CRISIS_REPLY,
    PLAN_OF_REPLY,
    Occasion,
    Outgoing,
    place_of,
    reply_text,
    values_of,
)
from shared.clinicfile.lint import fill, lint, measure
from tests.support.house import larkspur

PORTAL = "https://portal.example.org"


@pytest.mark.parametrize(
    ("starts_at", "day", "time"),
    [
        (datetime(2026, 12, 1, 16, 0, tzinfo=UTC), "Tue Dec 1", "9:00 AM"),
        (datetime(2026, 12, 1, 19, 5, tzinfo=UTC), "Tue Dec 1", "12:05 PM"),
        (datetime(2026, 12, 2, 0, 30, tzinfo=UTC), "Tue Dec 1", "5:30 PM"),
        (datetime(2026, 7, 1, 6, 0, tzinfo=UTC), "Wed Jul 1", "12:00 AM"),
    ],
)
def test_day_and_time_are_the_clinics(starts_at: datetime, day: str, time: str) -> None:
    file = larkspur()
    values = values_of(file, Occasion(file.locations[0].id, starts_at, file.zone), "Ana", PORTAL)
    assert (values["day"], values["time"]) == (day, time)


def test_the_confirmation_of_the_sample_clinic_says_who_when_and_where_and_passes_the_lint() -> None:
    file = larkspur()
    visit = Occasion(file.locations[0].id, datetime(2026, 12, 1, 16, tzinfo=UTC), file.zone)
    text = fill(file.messages.templates["N05.sms"], values_of(file, visit, "Maximiliana", PORTAL))
    for part in ("Maximiliana", file.messages.sender_name, "Tue Dec 1", "9:00 AM", file.locations[0].address):
        assert part in text
    assert lint(text, PORTAL) == []


def test_a_place_is_known_by_slug_or_id_and_else_is_the_first() -> None:
    file = larkspur()
    known = file.locations[0]
    assert (
        place_of(file, known.id) == place_of(file, str(file.location_id(known.id))) == place_of(file, "gone") == known
    )


@pytest.mark.parametrize("ask", [Ask.HELP, Ask.STOP])
@pytest.mark.parametrize("known", [True, False])
def test_automatic_replies_are_neutral_and_one_part_long(ask: Ask, known: bool) -> None:
    text = reply_text(PLAN_OF_REPLY[ask], larkspur() if known else None)
    assert "{" not in text
    assert lint(text, PORTAL) == []
    assert measure(text).parts == 1


def test_the_crisis_reply_names_988_and_911_and_no_clinic_file_can_change_it() -> None:
    file = larkspur()
    templates = file.messages.model_copy(update={"templates": {"N25.sms": "{sender}: call us"}})
    text = reply_text("N25", file.model_copy(update={"messages": templates}))
    assert text == CRISIS_REPLY
    assert "988" in text
    assert "911" in text
    assert measure(text).parts == 1 or measure(text).encoding == "GSM7"


def test_a_clinic_file_may_word_the_other_replies() -> None:
    file = larkspur()
    templates = file.messages.model_copy(update={"templates": {"N23.sms": "{sender}, {phone}. STOP ends."}})
    assert reply_text("N23", file.model_copy(update={"messages": templates})).startswith("Larkspur Clinic, +")


def test_texts_and_numbers_do_not_show_in_representations() -> None:
    assert "208" not in repr(Outgoing(to="+12085550142", text="Hi Ana"))
