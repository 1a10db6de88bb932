"""How a batch is worked off: whatever the plan, each stream advances as if taken one by one (design: streams)."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import Envelope
from shared.messaging.runs import Run, plan

P, Q = UUID(int=1), UUID(int=2)


def event(key: UUID, seq: int, kind: str = "pass") -> Envelope:
    return Envelope(
        id=UUID(int=seq), type=kind, service="intake", subject="", time=datetime(2026, 1, 1, tzinfo=UTC), key=key,
        sequence=seq, epoch=1, organisation_id=UUID(int=0), clinic_id=None, correlation_id=UUID(int=0),
        causation_id=None, traceparent=None, body=b"",
    )  # fmt: skip


def handles(found: Envelope) -> bool:
    return found.type == "handle"


def run(**upto: int) -> Run:
    return Run({("intake", {"p": P, "q": Q}[name]): seq for name, seq in upto.items()})


@pytest.mark.parametrize(
    ("case", "events", "taken", "expected"),
    [
        ("nothing", [], {}, []),
        ("one run over two streams", [event(P, 1), event(Q, 1), event(P, 2)], {}, [(run(p=2, q=1), 3)]),
        ("all seen", [event(P, 1), event(P, 2)], {"p": 2}, []),
        ("seen ones are left out", [event(P, 2), event(P, 3)], {"p": 2}, [(run(p=3), 2)]),
        ("a handled one goes alone", [event(P, 1, "handle")], {}, [(event(P, 1, "handle"), 1)]),
        (
            "a run ends before a handled one",
            [event(P, 1), event(Q, 1, "handle"), event(P, 2)], {},
            [(run(p=1), 1), (event(Q, 1, "handle"), 2), (run(p=2), 3)],
        ),
        ("a gap goes alone", [event(P, 1), event(P, 3)], {}, [(run(p=1), 1), (event(P, 3), 2)]),
        ("a repeat inside the batch", [event(P, 1), event(P, 1)], {}, [(run(p=1), 2)]),
        (
            "what follows a closed gap is taken one by one",
            [event(P, 2), event(P, 1), event(P, 3)], {},
            [(event(P, 2), 1), (run(p=1), 2), (event(P, 3), 3)],
        ),
    ],
)  # fmt: skip
def test_a_batch_is_planned(
    case: str, events: list[Envelope], taken: dict[str, int], expected: list[tuple[Envelope | Run, int]]
) -> None:
    before = {("intake", P): taken.get("p", 0), ("intake", Q): taken.get("q", 0)}
    assert [(planned.what, planned.covered) for planned in plan(events, before, handles)] == expected, case


@given(
    st.lists(st.tuples(st.sampled_from([P, Q]), st.integers(1, 8), st.sampled_from(["pass", "handle"])), max_size=30),
    st.integers(0, 3),
)
def test_no_plan_jumps_over_a_hole_or_goes_back(found: list[tuple[UUID, int, str]], start: int) -> None:
    """Played against streams that take one event at a time, each step is allowed and nothing new is left out."""
    events = [event(key, seq, kind) for key, seq, kind in found]
    taken = {("intake", P): start, ("intake", Q): 0}
    offered = {key: set(range(1, seq + 1)) for key, seq in taken.items()}
    real, covered = dict(taken), 0
    for planned in plan(events, taken, handles):
        assert planned.covered > covered or isinstance(planned.what, Run)
        for skipped in events[covered : planned.covered]:
            offered[("intake", skipped.key)].add(skipped.sequence)
        if isinstance(planned.what, Run):
            assert all(set(range(real[key] + 1, seq + 1)) <= offered[key] for key, seq in planned.what.upto.items())
            real |= {key: max(real[key], seq) for key, seq in planned.what.upto.items()}
        elif planned.what.sequence == real[("intake", planned.what.key)] + 1:
            real[("intake", planned.what.key)] += 1
        covered = planned.covered
    assert all(seq >= taken[key] for key, seq in real.items())
