"""`stillwater rescreening show`: how far new rules have come."""

import pytest

from cli.rescreening import table

ANSWER = {
    "clinic_id": "c", "hash": "a" * 64, "total": 412, "looked": 400, "changed": 7, "failed": 1,
    "began_at": "2026-11-20T17:00:00Z", "finished_at": None,
}  # fmt: skip


@pytest.mark.parametrize(("finished", "shown"), [(None, "goes on"), ("2026-11-20T17:04:00Z", "2026-11-20T17:04:00Z")])
def test_progress_is_a_line_of_counts_of_patients(finished, shown):
    heads, line = table("wellmeadow/larkspur", ANSWER | {"finished_at": finished}).splitlines()
    cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
    assert [head.strip() for head in heads.split("  ") if head.strip()][2:6] == [
        "patients", "looked at", "came to something else", "failed",
    ]  # fmt: skip
    assert cells == [
        "wellmeadow/larkspur", "aaaaaaaaaaaa", "412", "400", "7", "1", "2026-11-20T17:00:00Z", shown,
    ]  # fmt: skip
