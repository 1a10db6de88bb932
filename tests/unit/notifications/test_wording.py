"""The words of messages (domain E.3)."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.notifications.domain.keywords import Ask
from services.notifications.domain.wording import (
    CRISIS_REPLY,
    PLAN_OF_REPLY,
    Occasion,
    Offered,
    Outgoing,
    offer_link,
    offer_values,
    place_of,
    reply_text,
    values_of,
)
from shared.clinicfile.lint import fill, lint, measure
from shared.clinicfile.model import ClinicFile
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


OFFER_ID = UUID("019ac3f0-1b2c-7d3e-8f40-516273849506")


def about_an_offer(file: ClinicFile, template: str) -> str:
    """The first December at nine instead of the eighth at noon, until ten the evening before, in the clinic's zone."""
    slot = Occasion(file.locations[0].id, datetime(2026, 12, 1, 16, tzinfo=UTC), file.zone)
    offered = Offered(
        OFFER_ID, slot, was=datetime(2026, 12, 8, 19, tzinfo=UTC), until=datetime(2026, 12, 1, 5, tzinfo=UTC)
    )
    return fill(file.messages.templates[template], offer_values(file, offered, "Maximiliana", PORTAL))


@pytest.mark.parametrize("template", ["N18.sms", "N18H.sms", "N18H.email"])
def test_an_offer_says_what_instead_of_what_until_when_and_where_to_answer(template: str) -> None:
    file = larkspur()
    text = about_an_offer(file, template)
    for part in (
        "Maximiliana", file.messages.sender_name, "Tue Dec 1 at 9:00 AM", "Tue Dec 8, 12:00 PM",
        "until Mon Nov 30, 10:00 PM", offer_link(file, OFFER_ID, PORTAL), file.locations[0].phone,
    ):  # fmt: skip
        assert part in text
    assert [finding for finding in lint(text, PORTAL) if finding.code != "TOO_LONG"] == []
    assert template.endswith(".email") or measure(text).parts <= 2


def test_whoever_lost_an_offer_reads_that_the_visit_stays_and_gets_no_link() -> None:
    text = about_an_offer(larkspur(), "N18L.sms")
    assert "Tue Dec 1 at 9:00 AM" in text
    assert "Your visit stays as it is: Tue Dec 8, 12:00 PM" in text
    assert PORTAL not in text
    assert lint(text, PORTAL) == []


def test_the_link_to_an_offer_is_short_and_ends_in_the_id_that_scheduling_takes() -> None:
    link = offer_link(larkspur(), OFFER_ID, PORTAL)
    assert UUID(link.rsplit("/", 1)[1]) == OFFER_ID
    assert link.startswith(f"{PORTAL}/{larkspur().organisation}/")
    assert len(link) < 80
    assert lint(link, PORTAL) == []


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
