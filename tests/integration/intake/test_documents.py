"""Documents over HTTP: sent in parts, kept sealed, read by whom they are for, superseded, removed, cleared."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.intake.domain.documents import PART
from services.intake.papers.clearing import clear_turn
from services.intake.papers.store import Papers
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, codes

pytestmark = pytest.mark.asyncio(loop_scope="session")
SMALL = b"%PDF-1.7 Zqscan"
LARGE = b"%PDF-1.7 " + bytes(range(256)) * 2100  # two parts


def announced(content: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "ECG", "content_type": "application/pdf", "size": len(content), "sha256": sha256(content).hexdigest(),
    } | changes  # fmt: skip


async def begun(
    intake: Intake, patient: UUID, content: bytes, by: str | UUID = "nurse", **changes: Any
) -> dict[str, Any]:
    answer = await intake.post(f"/v1/patients/{patient}/documents", announced(content, **changes), by=by)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def put(
    intake: Intake, document: dict[str, Any], number: int, content: bytes, by: str | UUID = "nurse"
) -> httpx.Response:
    client = intake.house.client("intake", intake.token(by))
    headers = {"Idempotency-Key": str(new_id()), "Content-Type": "application/octet-stream"}
    return await client.put(f"/v1/documents/{document['id']}/parts/{number}", content=content, headers=headers)


async def complete(intake: Intake, document: dict[str, Any], by: str | UUID = "nurse") -> httpx.Response:
    return await intake.post(f"/v1/documents/{document['id']}/complete", by=by)


async def stored(
    intake: Intake, patient: UUID, content: bytes = SMALL, by: str | UUID = "nurse", **changes: Any
) -> dict[str, Any]:
    document = await begun(intake, patient, content, by, **changes)
    assert (await put(intake, document, 1, content, by)).status_code == 200
    answer = await complete(intake, document, by)
    assert (answer.status_code, answer.json()["state"]) == (200, "STORED"), answer.text
    return dict(answer.json())


async def content_of(intake: Intake, document: dict[str, Any], by: str | UUID) -> httpx.Response:
    return await intake.get(f"/v1/documents/{document['id']}/content", by=by)


async def test_parts_come_in_any_order_and_again_and_are_read_back_as_one(intake: Intake) -> None:
    patient = await intake.registered()
    document = await begun(intake, patient, LARGE)
    assert (document["parts"], document["part_bytes"], document["received"]) == (2, PART, [])
    assert (await put(intake, document, 2, LARGE[PART:])).json()["received"] == [2]
    missing = await complete(intake, document)
    assert (missing.status_code, missing.json()["errors"][0]["params"]) == (422, {"numbers": [1]})
    assert (await put(intake, document, 1, bytes(PART))).status_code == 200
    wrong = await complete(intake, document)
    assert (wrong.status_code, codes(wrong)) == (422, {"DIGEST_DIFFERS", "CONTENT_DIFFERS"})
    assert (await put(intake, document, 1, LARGE[:PART])).json()["received"] == [1, 2]
    whole = await complete(intake, document)
    assert (whole.status_code, whole.json()["state"]) == (200, "STORED")
    read = await content_of(intake, document, "clinician")
    assert (read.content == LARGE, read.headers["content-type"], read.headers["cache-control"]) == (
        True, "application/pdf", "no-store",
    )  # fmt: skip
    assert (await put(intake, document, 1, LARGE[:PART])).status_code == 409
    assert (await complete(intake, document)).status_code == 409


async def test_a_part_that_is_none_of_the_documents_changes_nothing(intake: Intake) -> None:
    document = await begun(intake, await intake.registered(), SMALL)
    refused = [await put(intake, document, number, content) for number, content in ((2, SMALL), (1, SMALL + b"!"))]
    assert [(r.status_code, codes(r)) for r in refused] == [(422, {"NO_SUCH_PART"}), (422, {"WRONG_LENGTH"})]
    assert (await intake.get(f"/v1/documents/{document['id']}", by="nurse")).json()["received"] == []
    too_large = announced(b"", size=20 * 1024 * 1024 + 1)
    patient = document["patient_id"]
    assert (await intake.post(f"/v1/patients/{patient}/documents", too_large, by="nurse")).status_code == 422


async def test_who_a_kind_is_not_for_neither_lists_nor_reads_it_and_every_reading_is_audited(intake: Intake) -> None:
    patient, other = await intake.registered(), await intake.registered()
    ecg = await stored(intake, patient)
    card = await stored(intake, patient, by=patient, kind="INSURANCE_CARD")
    path = f"/v1/patients/{patient}/documents"
    listed = {by: [d["id"] for d in (await intake.get(path, by=by)).json()["items"]] for by in ("frontdesk", patient)}
    assert listed == {"frontdesk": [card["id"]], patient: [card["id"], ecg["id"]]}
    statuses = [(await content_of(intake, ecg, by)).status_code for by in ("frontdesk", "biller", other, patient)]
    assert statuses == [403, 403, 404, 200]
    paper = await intake.post(path, announced(SMALL, kind="PAPER_CONSENT"), by=patient)
    assert (paper.status_code, codes(paper)) == (422, {"TAKEN_BY_STAFF"})
    readings = "SELECT actor, patient_id FROM audit WHERE action = 'read' AND reason = 'CONTENT' AND resource_id = $1"
    read = await intake.house.rows("intake", readings, ecg["id"])
    assert [(row["actor"], row["patient_id"]) for row in read] == [(str(patient), patient)]


async def test_what_lies_in_the_store_is_sealed_and_damage_is_told(intake: Intake) -> None:
    document = await stored(intake, await intake.registered())
    (file,) = (intake.house.files / document["id"]).iterdir()
    assert b"Zqscan" not in file.read_bytes()
    assert file.read_bytes().startswith(b"v1.rest.")
    file.write_bytes(file.read_bytes()[:-8] + b"AAAAAAAA")
    damaged = await content_of(intake, document, "nurse")
    assert (damaged.status_code, damaged.json()["code"]) == (410, "DOCUMENT_LOST")


async def test_a_newer_document_takes_the_place_of_one_and_one_is_removed_for_a_reason(intake: Intake) -> None:
    patient = await intake.registered()
    first = await stored(intake, patient)
    second = await stored(intake, patient, supersedes=first["id"])
    before = (await intake.get(f"/v1/documents/{first['id']}", by="nurse")).json()
    assert (before["state"], before["superseded_by"]) == ("SUPERSEDED", second["id"])
    assert (await content_of(intake, first, "nurse")).content == SMALL
    other_kind = announced(SMALL, kind="INSURANCE_CARD", supersedes=second["id"])
    refused = await intake.post(f"/v1/patients/{patient}/documents", other_kind, by="nurse")
    assert (refused.status_code, codes(refused)) == (422, {"UNKNOWN_DOCUMENT"})
    path, body = f"/v1/documents/{second['id']}/remove", {"reason_code": "WRONG_PATIENT", "note": "Zqnote"}
    assert (await intake.post(path, body, by="nurse", If_Match='"1"')).status_code == 412
    removed = (await intake.post(path, body, by="nurse", If_Match=f'"{second["version"]}"')).json()
    assert (removed["state"], removed["reason_code"], removed["note"]) == ("REMOVED", "WRONG_PATIENT", "Zqnote")
    assert (await content_of(intake, second, "nurse")).status_code == 409


async def test_a_paper_consent_names_its_scan(intake: Intake) -> None:
    patient, other = await intake.registered(), await intake.registered()
    scan, foreign = [await stored(intake, p, kind="PAPER_CONSENT") for p in (patient, other)]
    signed = {"document": "IV_TREATMENT", "document_version": "2026-10", "medium": "PAPER"}
    path = f"/v1/patients/{patient}/consents"
    refused = await intake.post(path, signed | {"scan_id": foreign["id"]}, by="frontdesk")
    assert (refused.status_code, codes(refused)) == (422, {"UNKNOWN_DOCUMENT"})
    taken = await intake.post(path, signed | {"scan_id": scan["id"]}, by="frontdesk")
    assert (taken.status_code, taken.json()["scan_id"]) == (201, scan["id"])


async def test_a_review_names_the_ecg_that_was_looked_at(intake: Intake) -> None:
    patient, screening = await intake.screened()
    ecg, foreign = await stored(intake, patient), await stored(intake, await intake.registered())
    path, body = f"/v1/screenings/{screening['id']}/review", {"cleared": ["IV_MOOD"]}
    refused = await intake.post(path, body | {"documents": [ecg["id"], foreign["id"]]}, by="clinician")
    assert (refused.status_code, [error["pointer"] for error in refused.json()["errors"]]) == (422, ["/documents/1"])
    taken = await intake.post(path, body | {"documents": [ecg["id"]]}, by="clinician")
    assert (taken.status_code, taken.json()["documents"]) == (201, [ecg["id"]])


async def test_uploads_that_never_became_whole_end_after_a_day_and_leave_the_store(intake: Intake) -> None:
    patient, house = await intake.registered(), intake.house
    lost, kept = await begun(intake, patient, LARGE), await stored(intake, patient)
    assert (await put(intake, lost, 1, LARGE[:PART])).status_code == 200
    (house.files / kept["id"] / str(new_id())).write_bytes(b"a part whose request ended before it was counted")

    async def turn(age: timedelta) -> tuple[str, int, int]:
        await house.rows("intake", "UPDATE document SET begun_at = now() - $2::interval WHERE patient_id = $1",
                         patient, age)  # fmt: skip
        await clear_turn(house.services["intake"], Papers(house.services["intake"]))
        state = (await intake.get(f"/v1/documents/{lost['id']}", by="nurse")).json()["state"]
        return state, *(len([*(house.files / d["id"]).iterdir()]) for d in (lost, kept))

    assert await turn(timedelta(hours=23)) == ("UPLOADING", 1, 2)
    assert await turn(timedelta(hours=24, minutes=1)) == ("EXPIRED", 1, 2)
    assert (await put(intake, lost, 2, LARGE[PART:])).status_code == 409
    assert await turn(timedelta(hours=25, minutes=1)) == ("EXPIRED", 0, 1)
    assert (await content_of(intake, kept, "nurse")).content == SMALL
