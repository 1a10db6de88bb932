"""The audit chain: whatever is done to its rows afterwards shows, and where (domain H.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.chain import BEFORE_ALL, COLUMNS, Break, Head, breaks, chained, digest_of

KEY = b"k" * 32
BEGAN = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def row(number: int) -> dict[str, Any]:
    base: dict[str, Any] = dict.fromkeys(COLUMNS)
    return base | {
        "id": UUID(int=number), "at": BEGAN + timedelta(seconds=number), "organisation_id": UUID(int=7),
        "actor_kind": "staff", "actor": "staff:t-oakes", "roles": "[]", "action": "read", "resource": "patient",
        "patient_id": UUID(int=9), "correlation_id": UUID(int=11), "outcome": "ok",
    }  # fmt: skip


def chain_of(count: int) -> list[dict[str, Any]]:
    rows = [row(number) for number in range(1, count + 1)]
    places = chained(KEY, BEFORE_ALL, rows)
    return [one | {"number": at.number, "digest": at.digest} for one, at in zip(rows, places, strict=True)]


def end_of(rows: list[dict[str, Any]]) -> Head:
    return Head(rows[-1]["number"], rows[-1]["digest"]) if rows else BEFORE_ALL


@given(st.integers(0, 12))
def test_a_chain_that_nobody_touched_holds(count: int) -> None:
    rows = chain_of(count)
    assert breaks(KEY, BEFORE_ALL, 0, rows, end_of(rows)) == []


@given(st.integers(1, 12), st.data())
def test_an_edited_field_shows_at_its_row(count: int, data: st.DataObject) -> None:
    rows, at = chain_of(count), data.draw(st.integers(0, count - 1))
    end, column = end_of(rows), data.draw(st.sampled_from(COLUMNS))
    rows[at][column] = "changed"
    assert breaks(KEY, BEFORE_ALL, 0, rows, end) == [Break(at + 1, at + 1, "EDITED")]


@given(st.integers(1, 12), st.data())
def test_removed_rows_show_wherever_they_stood_the_last_ones_too(count: int, data: st.DataObject) -> None:
    rows, first = chain_of(count), data.draw(st.integers(1, count))
    last = data.draw(st.integers(first, count))
    kept = [one for one in rows if not first <= one["number"] <= last]
    assert breaks(KEY, BEFORE_ALL, 0, kept, end_of(rows)) == [Break(first, last, "MISSING")]


def test_two_rows_that_change_places_show() -> None:
    rows = chain_of(3)
    end = end_of(rows)
    rows[0]["id"], rows[1]["id"] = rows[1]["id"], rows[0]["id"]
    assert [one.first for one in breaks(KEY, BEFORE_ALL, 0, rows, end)] == [1, 2]


def test_a_row_that_was_put_in_without_the_key_shows() -> None:
    rows = chain_of(2)
    forged = row(3) | {"number": 3, "digest": digest_of(b"x" * 32, rows[-1]["digest"], 3, row(3))}
    assert breaks(KEY, BEFORE_ALL, 0, [*rows, forged], end_of(rows)) == [
        Break(3, 3, "EDITED"), Break(3, 3, "EDITED")
    ]  # fmt: skip


@pytest.mark.parametrize("portion", [1, 2, 3, 5, 7])
def test_portions_find_what_the_whole_finds(portion: int) -> None:
    rows = chain_of(7)
    end = end_of(rows)
    rows[1]["reason"] = "changed"
    del rows[3:5]
    found, after = list[Break](), 0
    while True:
        part = [one for one in rows if one["number"] > after][:portion]
        before = (
            BEFORE_ALL if after == 0 else next(Head(r["number"], r["digest"]) for r in rows if r["number"] == after)
        )
        full = len(part) == portion
        found += breaks(KEY, before, after, part, None if full else end)
        if not full:
            break
        after = part[-1]["number"]
    assert found == [Break(2, 2, "EDITED"), Break(4, 5, "MISSING")]


def test_an_instant_counts_and_not_the_zone_it_is_shown_in() -> None:
    there = row(1) | {"at": row(1)["at"].astimezone()}
    assert digest_of(KEY, BEFORE_ALL.digest, 1, there) == digest_of(KEY, BEFORE_ALL.digest, 1, row(1))
