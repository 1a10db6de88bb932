"""Stage everywhere, approve, activate everywhere: repeatable, and nothing changes when anything is wrong."""

import pytest

from cli.apply import NotApplied, carry_out, plan
from cli.services import Refused
from shared.clinicfile.hash import content_hash
from shared.clinicfile.load import validate
from shared.events import SERVICES
from shared.problems import Problem
from tests.unit.clinicfile.larkspur import FILE, changed, data

HASH = content_hash(FILE)
DIRECTOR = ("admin", "director")


def with_change(path, value):
    file, issues = validate(changed(path, value))
    assert issues == []
    return file


DEARER = with_change(("prices", "session_cents", "IV_MOOD_6"), 46000)
STRONGER = with_change(("protocols", 0, "dose", "first_dose_cap_mg"), 70)


async def applied(clinic, file, *roles):
    steps = []
    await carry_out(clinic.acting_as(*roles), file, steps.append)
    return steps


async def test_a_first_file_is_staged_approved_and_active_in_all_services(whole_clinic):
    steps = await applied(whole_clinic, FILE, *DIRECTOR)
    assert steps[0] == f"staged {HASH[:12]} in intake, scheduling, notifications, billing"
    for name in SERVICES:
        active = await whole_clinic.active(name)
        assert (active.hash, active.file) == (HASH, FILE)


async def test_applying_the_same_file_again_changes_nothing(clinic):
    await applied(clinic, FILE, *DIRECTOR)
    before = await clinic.rows("billing", "SELECT * FROM clinic_file")
    await applied(clinic, FILE, *DIRECTOR)
    assert await clinic.rows("billing", "SELECT * FROM clinic_file") == before
    assert (await plan(clinic.acting_as(*DIRECTOR), FILE)).done


async def test_clinical_sections_take_effect_only_after_a_director_approved(clinic):
    with pytest.raises(NotApplied, match="a director has to run this command"):
        await applied(clinic, FILE, "admin")
    with pytest.raises(Problem, match="NO_CLINIC_FILE"):
        await clinic.active("intake")
    with pytest.raises(Refused) as refused:
        await clinic.acting_as("admin").post("intake", f"/v1/clinic-files/{HASH}/activate")
    assert refused.value.code == "CLINICAL_APPROVAL_REQUIRED"
    await applied(clinic, FILE, "director")
    assert (await clinic.active("intake")).hash == HASH


async def test_prices_and_messages_need_no_director(clinic):
    await applied(clinic, FILE, *DIRECTOR)
    await applied(clinic, DEARER, "admin")
    assert (await clinic.active("billing")).file.prices.session_cents["IV_MOOD_6"] == 46000


async def test_an_approval_is_for_one_hash_only(clinic):
    await applied(clinic, FILE, *DIRECTOR)
    with pytest.raises(NotApplied):
        await applied(clinic, STRONGER, "admin")
    assert (await clinic.active("billing")).hash == HASH


async def test_a_half_failure_is_finished_by_the_same_command(clinic):
    await applied(clinic, FILE, *DIRECTOR)
    services = clinic.acting_as(*DIRECTOR)
    for name in clinic.services:
        await services.post(name, "/v1/clinic-files/stage", {"file": DEARER.model_dump(mode="json")})
    await services.post("intake", f"/v1/clinic-files/{content_hash(DEARER)}/activate")
    skewed = await plan(services, DEARER)
    assert (skewed.skewed, skewed.done) == (True, False)
    assert [str(change) for change in skewed.changes] == ["~ prices.session_cents.IV_MOOD_6: 45000 -> 46000"]
    await carry_out(services, DEARER, lambda _: None)
    assert {(await clinic.active(name)).hash for name in clinic.services} == {content_hash(DEARER)}


async def test_an_older_file_can_be_put_back_into_force(clinic):
    for file in (FILE, STRONGER, FILE):
        await applied(clinic, file, *DIRECTOR)
    assert (await clinic.active("intake")).hash == HASH
    assert not (await plan(clinic.acting_as(*DIRECTOR), STRONGER)).done


WRONG = [
    (changed(("zone",), "Mars/Olympus"), "/file/zone"),
    (changed(("rules", 0, "when"), "age < 18"), "/file/rules/0/when"),
    (changed(("messages", "templates", "N05.sms"), "Your ketamine visit"), "/file/messages/templates/N05.sms"),
    (changed(("prices", "session_cents", "IV_OCD_6"), ...), "/file/prices/session_cents"),
    ({**data(), "extra": 1}, "/file/extra"),
]


async def test_a_service_refuses_a_wrong_file_itself_and_keeps_nothing(clinic):
    services = clinic.acting_as(*DIRECTOR)
    for wrong, pointer in WRONG:
        with pytest.raises(Refused, match=f"{pointer} ") as refused:
            await services.post("billing", "/v1/clinic-files/stage", {"file": wrong})
        assert refused.value.code == "CLINIC_FILE_INVALID"
    assert await clinic.rows("billing", "SELECT 1 FROM clinic_file") == []


async def test_nothing_is_active_anywhere_when_one_service_refuses_to_stage(clinic):
    pool = await clinic.services["billing"].database.pool()
    await pool.execute("ALTER TABLE clinic_file ADD CONSTRAINT refuses CHECK (false)")
    with pytest.raises(Refused, match="billing"):
        await applied(clinic, FILE, *DIRECTOR)
    for name in clinic.services:
        assert await clinic.rows(name, "SELECT 1 FROM clinic_active") == []


async def test_other_roles_may_read_but_not_stage(clinic):
    await applied(clinic, FILE, *DIRECTOR)
    for role in ("frontdesk", "nurse", "clinician", "biller"):
        services = clinic.acting_as(role)
        with pytest.raises(Refused) as refused:
            await services.post("intake", "/v1/clinic-files/stage", {"file": DEARER.model_dump(mode="json")})
        assert refused.value.code == "FORBIDDEN"
        assert (await services.get("intake", f"/v1/clinic-files/{HASH}"))["file"]["clinic"] == "larkspur"


async def test_another_clinic_s_file_can_be_neither_applied_nor_seen(clinic):
    await applied(clinic, FILE, *DIRECTOR)
    for other in (with_change(("clinic",), "cedar"), with_change(("organisation",), "elsewhere")):
        services = clinic.acting_as(*DIRECTOR, file=other)
        with pytest.raises(Refused) as refused:
            await services.post("intake", "/v1/clinic-files/stage", {"file": FILE.model_dump(mode="json")})
        assert refused.value.code == "FORBIDDEN"
        with pytest.raises(Refused) as hidden:
            await services.get("intake", f"/v1/clinic-files/{HASH}")
        assert hidden.value.code == "NOT_FOUND"
        assert [item async for item in services.items("intake", "/v1/clinic-files")] == []


async def test_a_hash_that_nobody_staged_cannot_be_activated(clinic):
    with pytest.raises(Refused) as refused:
        await clinic.acting_as(*DIRECTOR).post("intake", f"/v1/clinic-files/{'0' * 64}/activate")
    assert refused.value.code == "NOT_FOUND"


async def test_each_step_leaves_an_audit_row_with_the_person(clinic):
    await applied(clinic, FILE, *DIRECTOR)
    rows = await clinic.rows("intake", "SELECT actor, reason FROM audit WHERE resource = 'clinic_file' ORDER BY at")
    assert [tuple(row) for row in rows] == [("staff-1", "stage"), ("staff-1", "approve"), ("staff-1", "activate")]


async def test_files_are_listed_latest_first_page_by_page(clinic):
    for file in (FILE, DEARER, STRONGER):
        await applied(clinic, file, *DIRECTOR)
    services = clinic.acting_as("nurse")
    first = await services.get("intake", "/v1/clinic-files", limit="2")
    second = await services.get("intake", "/v1/clinic-files", limit="2", cursor=first["next_cursor"])
    shown = [(item["hash"], item["active"]) for item in first["items"] + second["items"]]
    assert shown == [(content_hash(STRONGER), True), (content_hash(DEARER), False), (HASH, False)]
