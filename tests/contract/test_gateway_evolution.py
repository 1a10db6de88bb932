"""Mutations of the gateway's real API: the check that guards the build refuses what breaks a client, nothing else."""

from typing import Any

import pytest

from cli import openapi_golden
from cli.openapi_changes import Form, breakages
from tests.support.edits import Edit, drop, free, less, more, mutated, need, put, rename

OPTIONAL = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
SIGN_ORDER = "operations/signOrder"
ORDER_REQUEST = "schemas/OrderRequest/properties"
PATIENT_VIEW = "schemas/PatientView/properties"
GATEWAY_BROKEN = {
    "an operation removed": ((drop("operations/checkIn"),), "checkIn: went"),
    "an operation id renamed": ((rename("operations/checkIn", "checkInPatient"),), "checkIn: went"),
    "a path changed": (
        (put("operations/checkIn/at", "POST /scheduling/v1/appointments/{id}/arrival"),),
        "checkIn: was POST /scheduling/v1/appointments/{appointment_id}/check-in and is "
        "POST /scheduling/v1/appointments/{id}/arrival",
    ),
    "a method changed": (
        (put("operations/listSlots/at", "POST /scheduling/v1/slots"),),
        "listSlots: was GET /scheduling/v1/slots and is POST /scheduling/v1/slots",
    ),
    "a token asked for": ((put("operations/getForm/token", True),), "getForm: needs a token now"),
    "a parameter removed": (
        (drop("operations/listSlots/request/properties/query days"),), "listSlots: request.query days: went",
    ),
    "a parameter moved": (
        (rename("operations/listSlots/request/properties/query location", "header location"),),
        "listSlots: request.query location: went",
    ),
    "a needed parameter added": (
        (
            put("operations/listSlots/request/properties/query programme", {"type": "string"}),
            need("operations/listSlots/request/properties/query programme"),
        ),
        "listSlots: request.query programme: came and is needed",
    ),
    "a header made needed": (
        (need(f"{SIGN_ORDER}/request/properties/header If-Match"),),
        "signOrder: request.header If-Match: became needed",
    ),
    "a limit lowered": (
        (put("operations/listSlots/request/properties/query days/maximum", 14),),
        "listSlots: request.query days: maximum was 31 and is 14",
    ),
    "a default changed": (
        (put("operations/listSlots/request/properties/query days/default", 14),),
        "listSlots: request.query days: default was 7 and is 14",
    ),
    "another media type asked for": (
        (rename("operations/payInvoice/request/properties/body application~1json", "body application/xml"),),
        "payInvoice: request.body application/json: went",
    ),
    "a field of a request removed": (
        (drop(f"{ORDER_REQUEST}/override"),), "signOrder: request.body application/json.override: went",
    ),
    "a unit changed in the name of a field": (
        (rename(f"{ORDER_REQUEST}/dose_mg", "dose_ug"),), "signOrder: request.body application/json.dose_mg: went",
    ),
    "an optional field of a request made needed": (
        (need(f"{ORDER_REQUEST}/minutes"),), "signOrder: request.body application/json.minutes: became needed",
    ),
    "a needed field of a request added": (
        (
            put("schemas/PaymentRequest/properties/till", {"type": "string"}),
            need("schemas/PaymentRequest/properties/till"),
        ),
        "payInvoice: request.body application/json.till: came and is needed",
    ),
    "an enum value of a request removed": (
        (less("schemas/PaymentRequest/properties/method/enum", "CHECK"),),
        "payInvoice: request.body application/json.method: value 'CHECK' is not known to the reader",
    ),
    "free text of a request narrowed to an enumeration": (
        (put(f"{ORDER_REQUEST}/protocol/enum", ["MOOD_STANDARD"]),),
        "signOrder: request.body application/json.protocol: any value may stand where only MOOD_STANDARD did",
    ),
    "a pattern of a request tightened": (
        (put("schemas/DiscardRequest/properties/reason/pattern", "^[A-Z]{3}$"),),
        "intake_discardParked: request.body application/json.reason: "
        "pattern was '^[A-Z][A-Z0-9_]{2,39}$' and is '^[A-Z]{3}$'",
    ),
    "a longest text shortened": (
        (put("schemas/LeadRequest/properties/given_name/maxLength", 30),),
        "receiveLead: request.body application/json.given_name: maxLength was 100 and is 30",
    ),
    "a map's values narrowed": (
        (put("schemas/LeadRequest/properties/lines/additionalProperties", {"type": "boolean", "const": True}),),
        "receiveLead: request.body application/json.lines{}: any value may stand where only True did",
    ),
    "a list's members narrowed": (
        (less("schemas/Sign/enum", "NAUSEA"),),
        "recordObservation: request.body application/json.signs[]: value 'NAUSEA' is not known to the reader",
    ),
    "a whole number asked for where any would do": (
        (put("schemas/ObservationRequest/properties/temperature_c", {"type": "integer"}),),
        "recordObservation: request.body application/json.temperature_c: null is refused now",
    ),
    "a bound behind null tightened": (
        (put(f"{ORDER_REQUEST}/minutes/anyOf", [{"type": "integer", "minimum": 1, "maximum": 60}, {"type": "null"}]),),
        "signOrder: request.body application/json.minutes: maximum was 1440.0 and is 60",
    ),
    "unknown fields refused": (
        (put("operations/takeSmsStatus/request/properties/body application~1x-www-form-urlencoded",
             {"type": "object", "additionalProperties": False, "properties": {}}),),
        "takeSmsStatus: request.body application/x-www-form-urlencoded: unknown fields are refused now",
    ),
    "a way to succeed gone": (
        (rename("operations/payInvoice/answer/properties/201 application~1json", "200 application/json"),),
        "payInvoice: answer.201 application/json: went",
    ),
    "a field of an answer removed": (
        (drop(f"{PATIENT_VIEW}/preferred_name"),), "getPatient: answer.200 application/json.preferred_name: went",
    ),
    "a field of an answer renamed": (
        (rename(f"{PATIENT_VIEW}/birth_date", "born_on"),), "getPatient: answer.200 application/json.birth_date: went",
    ),
    "a field of an answer made optional": (
        (free(f"{PATIENT_VIEW}/record_number"),),
        "getPatient: answer.200 application/json.record_number: became optional",
    ),
    "null in an answer": (
        (put(f"{PATIENT_VIEW}/record_number", {"anyOf": [{"type": "string"}, {"type": "null"}]}),),
        "getPatient: answer.200 application/json.record_number: null came",
    ),
    "a type of an answer widened": (
        (put("schemas/IntakeOrderView/properties/dose_mg/type", "number"),),
        "signOrder: answer.201 application/json.dose_mg: type was integer and is number",
    ),
    "an enum value added to a closed field of an answer": (
        (more("schemas/ConcernView/properties/state/enum", "MERGED"),),
        "listOpenConcerns: answer.200 application/json.items[].state: value 'MERGED' is not known to the reader",
    ),
    "an enumeration of an answer opened": (
        (drop("schemas/ConcernView/properties/state/enum"),),
        "listOpenConcerns: answer.200 application/json.items[].state: "
        "any value may stand where only OPEN, RESOLVED did",
    ),
    "an instant without its zone": (
        (drop("schemas/Instant/properties/zone"),),
        "getPatient: answer.200 application/json.registered_at.zone: went",
    ),
    "money in another unit": (
        (rename("schemas/Money/properties/amount_cents", "amount"),),
        "getInvoice: answer.200 application/json.due.amount_cents: went",
    ),
    "a refusal without its code": ((drop("schemas/Problem/properties/code"),), "getPatient: answer.problem.code: went"),
    "a keyword that the check does not know": (
        (put(f"{PATIENT_VIEW}/language/contentEncoding", "base64"),),
        "getPatient: answer.200 application/json.language: contentEncoding was None and is 'base64'",
    ),
}  # fmt: skip
GATEWAY_BEARS = {
    "a new operation": (put("operations/forgetPatient", {}),),
    "an optional parameter": (
        put("operations/listSlots/request/properties/query programme", {"type": "string"}),
    ),
    "a parameter needed no longer": (free("operations/listSlots/request/properties/query location"),),
    "a limit raised": (put("operations/listSlots/request/properties/query days/maximum", 62),),
    "an optional field of a request": (put(f"{ORDER_REQUEST}/site", OPTIONAL),),
    "a field of a request needed no longer": (free(f"{ORDER_REQUEST}/protocol"),),
    "an enum value added to a request": (more("schemas/PaymentRequest/properties/method/enum", "WALLET"),),
    "a pattern of a request dropped": (drop("schemas/DiscardRequest/properties/reason/pattern"),),
    "a type of a request widened": (
        put("schemas/AbortRequest/properties/dose_mg",
            {"anyOf": [{"type": "number", "minimum": 0, "maximum": 2000}, {"type": "null"}]}),
    ),
    "null taken in a request": (
        put("schemas/ConsentAct/properties/granted", {"anyOf": [{"type": "boolean"}, {"type": "null"}]}),
    ),
    "alternatives in another order": (
        put("schemas/OrderRequest/properties/order_id/anyOf",
            [{"type": "null"}, {"type": "string", "format": "uuid"}]),
    ),
    "a field of an answer": (
        put(f"{PATIENT_VIEW}/pronouns", {"type": "string"}), need(f"{PATIENT_VIEW}/pronouns"),
    ),
    "an answer null no longer": (put(f"{PATIENT_VIEW}/preferred_name", {"type": "string"}),),
    "an answer that is always there": (need("schemas/Problem/properties/errors"),),
    "another way to succeed": (
        put("operations/payInvoice/answer/properties/202 application~1json", {"$ref": "PaymentView"}),
    ),
    "a token asked for no longer": (put("operations/listSlots/token", False),),
    "a schema of another name": (
        rename("schemas/LeadRequest", "Lead"),
        put("operations/receiveLead/request/properties/body application~1json", {"$ref": "Lead"}),
    ),
    "a description": (put(f"{ORDER_REQUEST}/dose_mg/description", "mg"),),
}  # fmt: skip


@pytest.fixture(scope="module")
def gateway() -> dict[str, Any]:
    form = openapi_golden.read(openapi_golden.FILE.read_text())
    return {"operations": form.operations, "schemas": form.schemas}


@pytest.mark.parametrize(("edits", "says"), GATEWAY_BROKEN.values(), ids=GATEWAY_BROKEN)
def test_a_mutation_that_breaks_clients_of_the_gateway_is_refused(
    gateway: dict[str, Any], edits: tuple[Edit, ...], says: str
) -> None:
    assert says in breakages(Form(**gateway), Form(**mutated(gateway, edits)))


@pytest.mark.parametrize("edits", GATEWAY_BEARS.values(), ids=GATEWAY_BEARS)
def test_a_mutation_that_the_clients_of_the_gateway_can_bear_passes(
    gateway: dict[str, Any], edits: tuple[Edit, ...]
) -> None:
    assert breakages(Form(**gateway), Form(**mutated(gateway, edits))) == []


def test_a_value_may_come_to_a_field_of_an_answer_that_is_declared_open(gateway: dict[str, Any]) -> None:
    wider = (more("schemas/ConcernView/properties/state/enum", "MERGED"),)
    declared = mutated(gateway, (put("schemas/ConcernView/properties/state/x-open", True),))
    assert breakages(Form(**declared), Form(**mutated(declared, wider))) == []


@pytest.mark.parametrize(
    ("edit", "wrong"),
    [
        (put("schemas/IntakeClinicFile/properties/session/default/alarm", True), []),
        (put("schemas/IntakeClinicFile/properties/session/default/grid_minutes", 30), ["default was"]),
        (drop("schemas/IntakeClinicFile/properties/session/default/grid_minutes"), ["default was"]),
    ],
)
def test_a_default_that_is_an_object_may_grow_as_its_schema_does(
    gateway: dict[str, Any], edit: Edit, wrong: list[str]
) -> None:
    found = breakages(Form(**gateway), Form(**mutated(gateway, (edit,))))
    assert [said for said in wrong if not any(said in line for line in found)] == []
    assert bool(found) == bool(wrong)


def test_the_gateways_form_is_kept_when_a_change_would_break_clients(
    gateway: dict[str, Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "openapi.golden.jsonl"
    monkeypatch.setattr(openapi_golden, "FILE", file)
    assert openapi_golden.write(Form(**gateway))
    assert not openapi_golden.write(Form(**gateway))
    before = file.read_text()
    with pytest.raises(openapi_golden.Breaking, match="checkIn: went"):
        openapi_golden.write(Form(**mutated(gateway, (drop("operations/checkIn"),))))
    assert file.read_text() == before
    assert openapi_golden.read(before) == Form(**gateway)
