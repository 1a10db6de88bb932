"""What an operator reads of lag and parked events: whole ids, ages, and who relays."""

from datetime import UTC, datetime, timedelta

import pytest

from cli.columns import columns
from cli.house import CannotDo
from cli.lag import ago, holder, known, per_consumer, per_service
from cli.parked import Queue, full, line, short
from shared.runtime.lag import Heard, Lag, Lease

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENT = "018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11"
SIGNED = "stillwater.intake.OrderSigned.v1"


def lag(service="intake", **given):
    plain = {
        "said": 0, "unsent": 0, "unsent_since": None, "lease": Lease(held=False), "heard": [], "timers_overdue": 0,
        "timers_overdue_since": None, "timers_failing": 0, "quarantined": 0,
    }  # fmt: skip
    return Lag(service=service, **plain | given)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (59, "59 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_799, "47 h"),
        (172_800, "2 d"), (-5, "0 s"),
    ],
)  # fmt: skip
def test_an_age_is_told_in_a_unit_that_is_easy_to_read(seconds, text):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_nothing_has_no_age():
    assert ago(None, NOW) == "-"


def test_columns_are_as_wide_as_what_stands_in_them():
    assert columns(("a", "number"), [("long one", 1), ("b", 22)]) == "a         number\nlong one  1\nb         22"


def test_whoever_relays_is_named_and_nobody_stands_out():
    assert holder(Lease(held=True, worker="vm/7", since=NOW)) == "vm/7"
    assert holder(Lease(held=False, worker="vm/7", since=NOW)) == "NOBODY"


def test_a_service_is_a_line():
    waiting = lag(unsent=3, unsent_since=NOW - timedelta(seconds=9), lease=Lease(held=True, worker="vm/7", since=NOW))
    cells = per_service([waiting], NOW).splitlines()[1].split()
    assert cells[:4] == ["intake", "3", "9", "s"]
    assert "vm/7" in cells


def test_a_consumer_is_behind_by_what_was_said_less_what_it_took():
    producer = lag("intake", said=9)
    consumer = lag("billing", heard=[Heard(consumer="billing.commands", producer="intake", taken=4)])
    assert per_consumer([producer, consumer], NOW).splitlines()[1].split()[:3] == ["billing.commands", "intake", "5"]


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ({}, "nothing yet"), ({"known_until": NOW - timedelta(seconds=4)}, "4 s ago"),
        ({"known_until": NOW - timedelta(minutes=9), "short": 2}, "9 min ago, LOSS"),
    ],
)  # fmt: skip
def test_how_fresh_a_consumer_knows_a_producer(heard, text):
    assert known(Heard(consumer="billing.commands", producer="intake", **heard), NOW) == text


def test_a_queue_is_a_line_with_the_whole_id():
    view = {
        "consumer": "billing.commands", "producer": "intake", "key": PATIENT, "type": SIGNED, "reason": "ValueError",
        "parked_since": (NOW - timedelta(hours=3)).isoformat(), "behind": 2,
    }  # fmt: skip
    assert Queue("billing", view).row(NOW) == (
        PATIENT, "billing.commands/intake", "OrderSigned", "ValueError", "3 h", "2",
    )  # fmt: skip


def test_a_stop_fact_that_took_effect_is_not_shown_as_waiting():
    event = {
        "sequence": 4, "type": SIGNED, "why": "gap", "reason": None, "overtook": True, "event_id": PATIENT,
        "since": NOW.isoformat(),
    }  # fmt: skip
    assert line(event, NOW)[2:4] == ("applied already", "-")


def test_an_event_goes_by_its_short_name():
    assert (short(SIGNED), short(SIGNED.replace("v1", "v2"))) == ("OrderSigned", "OrderSigned.v2")
    assert full("OrderSigned") == full(SIGNED) == SIGNED
    with pytest.raises(CannotDo):
        full("Order")
