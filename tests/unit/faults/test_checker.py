"""The checker sees each kind of violation on histories made by hand, and nothing where all is well."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.faults.checker import judge
from tests.faults.history import Attempt, Effect, History, Rules, Said, Sent, State, Stored, Taken

PATIENT, OTHER = uuid4(), uuid4()
SIGNED, REVOKED, BOOKED, ESTIMATED = "ConsentSigned", "ConsentRevoked", "AppointmentBooked", "EstimateIssued"
CONSUMER = "scheduling.commands"
RULES = Rules(
    hears={CONSUMER: frozenset({"intake"})},
    effects=frozenset({(CONSUMER, SIGNED), (CONSUMER, REVOKED)}),
    stateful=frozenset({SIGNED, REVOKED}), leads_to={BOOKED: ESTIMATED}, overtaking=frozenset({REVOKED}),
    several=frozenset({REVOKED}),
)  # fmt: skip


def said(seq: int, *, key: UUID = PATIENT, kind: str = SIGNED, cause: UUID | None = None) -> Said:
    return Said("intake", uuid4(), kind, key, seq, f"consent-{seq}-{key}", 1, uuid4(), cause)


def healthy(*events: Said) -> History:
    """Each event acknowledged, stored, sent and applied in the order given."""
    return History(
        RULES,
        attempts=tuple(Attempt(one.act, "acknowledged") for one in events),
        states=tuple(one.state for one in events if one.type in RULES.stateful),
        said=events,
        sent=tuple(Sent(one.producer, one.event_id, one.key, one.seq) for one in events),
        effects=tuple(Effect(CONSUMER, one.event_id, place) for place, one in enumerate(events)),
        taken=tuple(
            Taken(CONSUMER, "intake", key, max(one.seq for one in events if one.key == key))
            for key in dict.fromkeys(one.key for one in events)
        ),
    )


FIRST, SECOND, THIRD = said(1), said(2), said(3)
WELL = healthy(FIRST, SECOND, THIRD, said(1, key=OTHER))


def stored(event: Said, why: str = "parked") -> Stored:
    return Stored(CONSUMER, "intake", event.key, event.seq, event.event_id, why, "Refused")  # type: ignore[arg-type]


def without_effects_of(history: History, *events: Said) -> History:
    gone = {one.event_id for one in events}
    return replace(history, effects=tuple(one for one in history.effects if one.event_id not in gone))


def found(history: History) -> set[str]:
    return {name for name, count in judge(history).counts().items() if count}


def test_a_history_in_which_everything_happened_once_is_clean() -> None:
    verdict = judge(WELL)
    assert verdict.clean
    assert str(verdict).startswith("nothing lost")


@pytest.mark.parametrize(
    ("broken", "properties"),
    [
        pytest.param(
            replace(WELL, attempts=(*WELL.attempts, Attempt(uuid4(), "acknowledged"))),
            {"lost"}, id="unsaid"
        ),
        pytest.param(replace(WELL, sent=WELL.sent[1:]), {"lost"}, id="said, never sent"),
        pytest.param(
            replace(WELL, taken=(replace(WELL.taken[0], upto=2), WELL.taken[1])),
            {"lost"}, id="sent, not taken",
        ),
        pytest.param(replace(WELL, taken=()), {"lost"}, id="a consumer that never heard of it"),
        pytest.param(without_effects_of(WELL, SECOND), {"lost"}, id="taken, without effect"),
        pytest.param(healthy(said(1, kind=BOOKED)), {"lost"}, id="a handler that said nothing"),
        pytest.param(
            replace(WELL, effects=(*WELL.effects, Effect(CONSUMER, THIRD.event_id, 9.0))),
            {"doubled"}, id="effect twice"
        ),
        pytest.param(
            replace(healthy(FIRST, SECOND), said=(FIRST, replace(SECOND, act=FIRST.act)),
                    attempts=(Attempt(FIRST.act, "acknowledged"),)),
            {"doubled"}, id="an act said twice",
        ),
        pytest.param(
            replace(WELL, sent=(*WELL.sent, replace(WELL.sent[0], event_id=uuid4()))), {"doubled", "ghosts"},
            id="a sequence of two events",
        ),
        pytest.param(healthy(SECOND, FIRST), {"reordered"}, id="two events swapped"),
        pytest.param(replace(WELL, states=WELL.states[1:]), {"ghosts"}, id="an event without its state"),
        pytest.param(
            replace(WELL, effects=(*WELL.effects, Effect(CONSUMER, uuid4(), 9.0))), {"ghosts"}, id="effect of nothing"
        ),
        pytest.param(
            replace(WELL, attempts=(Attempt(FIRST.act, "refused"), *WELL.attempts[1:])), {"ghosts"}, id="refused"
        ),
        pytest.param(
            replace(WELL, states=(*WELL.states, State("intake", "consent-9", 1))), {"zombies"}, id="unsaid state"
        ),
        pytest.param(
            replace(without_effects_of(WELL, THIRD), stored=(stored(THIRD),)),
            {"lost", "parked"}, id="parked"
        ),
        pytest.param(
            replace(without_effects_of(WELL, THIRD), stored=(stored(THIRD, "gap"),)),
            {"lost", "parked"}, id="a gap"
        ),
    ],
)  # fmt: skip
def test_each_violation_is_seen(broken: History, properties: set[str]) -> None:
    assert found(broken) == properties


def test_a_consequence_said_twice_is_doubled() -> None:
    cause = said(1, kind=BOOKED)
    once = replace(said(2, kind=ESTIMATED, cause=cause.event_id), act=cause.act)
    assert judge(healthy(cause, once)).clean
    again = replace(once, event_id=uuid4(), seq=3)
    assert found(healthy(cause, once, again)) == {"doubled"}


def test_one_act_revokes_several_consents_once_each_and_signs_one() -> None:
    first = said(1, kind=REVOKED)
    second = replace(said(2, kind=REVOKED), act=first.act)
    assert judge(healthy(first, second)).clean
    assert found(healthy(first, replace(second, aggregate=first.aggregate))) == {"doubled"}
    assert found(healthy(FIRST, replace(SECOND, act=FIRST.act))) == {"doubled"}


def test_what_was_repeated_on_the_topic_or_never_answered_is_no_violation() -> None:
    repeated = replace(WELL, sent=WELL.sent * 5)
    unknown = replace(repeated, attempts=(Attempt(uuid4(), "unknown"), Attempt(FIRST.act, "unknown")))
    assert judge(unknown).clean


def test_a_stop_fact_may_overtake_and_nothing_else() -> None:
    stop = said(3, kind=REVOKED)
    assert judge(healthy(stop, FIRST, SECOND)).clean
    assert found(healthy(stop, SECOND, FIRST)) == {"reordered"}


def test_a_stop_fact_is_late_only_where_it_is_looked_at() -> None:
    stop = said(1, kind=REVOKED)
    slow = replace(healthy(stop), effects=(Effect(CONSUMER, stop.event_id, 3.5),))
    assert judge(slow).clean
    assert found(replace(slow, stops_within=3.0)) == {"late"}
    assert judge(replace(slow, stops_within=3.0, sent=(replace(slow.sent[0], at=1.0),))).clean


def test_what_was_given_up_takes_no_effect_but_a_stop_fact_had_its_before() -> None:
    stop = said(2, kind=REVOKED)
    given_up = frozenset({(CONSUMER, FIRST.event_id), (CONSUMER, stop.event_id)})
    assert found(replace(healthy(FIRST, stop), given_up=given_up)) == {"ghosts"}
    assert judge(replace(without_effects_of(healthy(FIRST, stop), FIRST), given_up=given_up)).clean


def test_poison_and_what_queues_behind_it_wait_rightly_and_what_was_discarded_is_not_missed() -> None:
    kept = replace(
        without_effects_of(WELL, SECOND, THIRD), stored=(stored(SECOND), stored(THIRD, "queued")),
        poison=frozenset({SECOND.event_id}),
    )  # fmt: skip
    assert judge(kept).clean
    discarded = replace(without_effects_of(WELL, SECOND), given_up=frozenset({(CONSUMER, SECOND.event_id)}))
    assert judge(discarded).clean


def test_two_patients_have_no_order_between_them() -> None:
    assert judge(healthy(said(1), said(1, key=OTHER), said(2), said(2, key=OTHER))).clean
