"""Lists in pages: complete, in order, and a cursor good for its own list only."""

import pytest

from shared.ids import new_id
from tests.integration.http.conftest import CLINIC, Notes
from tests.integration.http.test_refusals import problem


async def test_pages_show_everything_once_and_in_order(notes: Notes) -> None:
    patient = new_id()
    made = [(await notes.add(patient)).json()["id"] for _ in range(5)]
    shown, cursor = [], ""
    for _ in range(3):
        page = (await notes.call("GET", f"/v1/patients/{patient}/notes?limit=2{cursor}")).json()
        shown += [note["id"] for note in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert shown == made
    assert page["next_cursor"] is None


async def test_a_list_that_just_fits_has_no_next_page(notes: Notes) -> None:
    patient = new_id()
    for _ in range(2):
        await notes.add(patient)
    page = (await notes.call("GET", f"/v1/patients/{patient}/notes?limit=2")).json()
    assert (len(page["items"]), page["next_cursor"]) == (2, None)


async def _cursor(notes: Notes, patient: object) -> str:
    for _ in range(2):
        await notes.add(patient)  # type: ignore[arg-type]  # an id
    text: str = (await notes.call("GET", f"/v1/patients/{patient}/notes?limit=1")).json()["next_cursor"]
    return text


async def test_a_cursor_of_another_list_or_organisation_is_refused(notes: Notes) -> None:
    patient = new_id()
    cursor = await _cursor(notes, patient)
    stranger = notes.tokens.staff("nurse", CLINIC, new_id())
    for path, token in ((f"/v1/patients/{new_id()}/notes", None), (f"/v1/patients/{patient}/notes", stranger)):
        answer = await notes.call("GET", path, token=token, params={"cursor": cursor})
        assert "items" not in problem(answer, 400, "CURSOR_INVALID")


@pytest.mark.parametrize("spoil", [lambda c: c[:-6] + "AAAAA=", lambda c: c[:-30], lambda c: "v1.identity" + c[7:],
                                   lambda c: "", lambda c: "ü.ü.ü.ü", lambda c: "v1.rest.k1."])  # fmt: skip
async def test_a_cursor_that_was_changed_is_refused(notes: Notes, spoil) -> None:  # type: ignore[no-untyped-def]  # a lambda
    patient = new_id()
    cursor = spoil(await _cursor(notes, patient))
    answer = await notes.call("GET", f"/v1/patients/{patient}/notes", params={"cursor": cursor})
    assert "items" not in problem(answer, 400, "CURSOR_INVALID")
