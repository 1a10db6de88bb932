"""The on-call ladder of a clinic file: who is paged, at which address, with which words."""

from typing import Any

import pytest

from shared.clinicfile.load import validate
from shared.clinicfile.model import ClinicFile
from tests.unit.clinicfile.every import FILES
from tests.unit.clinicfile.larkspur import data, issues

RUNG = {"name": "Ash Rowe", "role": "Clinician"}


def ladder(**rung: Any) -> dict[str, Any]:
    return {"ladder": [RUNG | rung]}


@pytest.mark.parametrize(
    ("on_call", "field", "says"),
    [
        ({"ladder": []}, "on_call.ladder", "names nobody"),
        (ladder(), "on_call.ladder[0]", "needs either email or webhook"),
        (ladder(email="a@b.example", webhook="https://b.example/x"), "ladder[0]", "needs either email or webhook"),
        (ladder(email="a b@c.example"), "on_call.ladder[0].email", "pattern"),
        (ladder(email="nobody"), "on_call.ladder[0].email", "pattern"),
        (ladder(webhook="http://pager.example/x"), "ladder[0].webhook", "is not an https address"),
        (ladder(webhook="pager.example/x"), "ladder[0].webhook", "is not an https address"),
        (ladder(webhook="https:///x"), "ladder[0].webhook", "is not an https address"),
        (ladder(webhook="https://me:secret@pager.example/x"), "ladder[0].webhook", "has a user or a fragment"),
        (ladder(email="a@b.example", minutes=0), "ladder[0].minutes", "greater than or equal to 1"),
        (ladder(email="a@b.example", phone="1"), "ladder[0].phone", "is not a field"),
        (ladder(email="a@b.example", name=""), "ladder[0].name", "at least 1 character"),
        (ladder(email="a@b.example") | {"repeat_minutes": 0}, "on_call.repeat_minutes", "greater than"),
        (ladder(email="a@b.example") | {"page_at_once_from": "NONE"}, "on_call.page_at_once_from", "'HIGH'"),
        (ladder(email="a@b.example") | {"text": "A depressed patient waits."}, "on_call.text", "DIAGNOSIS"),
        (ladder(email="a@b.example") | {"text": "Call about ketamine."}, "on_call.text", "DRUG"),
        (ladder(email="a@b.example") | {"alerts": {"text": "Call about ketamine."}}, "on_call.alerts.text", "DRUG"),
        (ladder(email="a@b.example") | {"alerts": {"urgent_seconds": 0}}, "on_call.alerts.urgent_seconds", "greater"),
        (ladder(email="a@b.example") | {"text": "Log in: https://evil.example.com"}, "on_call.text", "LINK_FOREIGN"),
    ],
)
def test_a_ladder_that_would_wake_nobody_or_say_too_much_is_refused(
    on_call: dict[str, Any], field: str, says: str
) -> None:
    found = issues(("on_call",), on_call)
    assert any(field in line and says in line for line in found), found


def test_a_file_without_a_ladder_is_refused_and_one_in_force_from_before_can_still_be_read() -> None:
    whole = data()
    del whole["on_call"]
    _, found = validate(whole)
    assert [issue.pointer for issue in found] == ["/on_call/ladder"]
    assert ClinicFile.model_validate(whole).on_call.ladder == ()


@pytest.mark.parametrize("url", ["https://pager.example/x?key=1", "http://127.0.0.1:8099/page", "http://localhost/p"])
def test_a_webhook_is_https_or_on_this_machine(url: str) -> None:
    assert issues(("on_call",), ladder(webhook=url)) == []


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_every_sample_clinic_has_somebody_to_wake(file: ClinicFile) -> None:
    assert [rung for rung in file.on_call.ladder if rung.email or rung.webhook]
