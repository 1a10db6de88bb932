"""Routes: a patient's messages and consent, what waits for a person, and the provider's webhooks."""

from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.notifications import queries
from services.notifications.carrier import STATUS_PATH
from services.notifications.commands import contacts, delivery, replies, tasks
from services.notifications.domain.provider import Accepted, signature_fits
from services.notifications.numbers import number_index
from services.notifications.queries import READERS
from services.notifications.schemas import (
    CallTaskView,
    ConsentRequest,
    ConsentView,
    Inbound,
    MessageView,
    ReplyView,
    SettleCallTask,
)
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.problems import (
    CONFLICT,
    KEY_REQUIRED,
    KEY_REUSED,
    NOT_FOUND,
    STALE_VERSION,
    UNSUPPORTED_MEDIA,
    VERSION_REQUIRED,
    problem_kind,
)
from shared.service import Service

INBOUND_PATH = "/v1/twilio/inbound"
BAD_SIGNATURE = problem_kind(
    "BAD_SIGNATURE", 403, "The signature does not fit", "Check the provider's token and the public address of this URL."
)
_ACTS = (KEY_REQUIRED, KEY_REUSED)
_EMPTY_TWIML: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Empty TwiML",
        "content": {"application/xml": {"examples": {"empty": {"value": "<Response/>"}}}},
    }
}
router = APIRouter()


def _form(fields: dict[str, str]) -> dict[str, Any]:
    """The description of a form that the provider sends, with an example of it."""
    shown = {"schema": {"type": "object"}, "examples": {"sent": {"value": fields}}}
    return {"requestBody": {"content": {"application/x-www-form-urlencoded": shown}}}


_STATUS_FORM = _form({"MessageSid": "SM3f2a", "MessageStatus": "delivered"})
_INBOUND_FORM = _form({"MessageSid": "SM7c1e", "From": "+12085550123", "Body": "Can my sister wait in the room?"})


@router.get(
    "/v1/patients/{patient_id}/messages", operation_id="listMessages", response_model=Page[MessageView],
    responses=problems(),
)  # fmt: skip
async def list_messages(
    patient_id: UUID, paging: Pages, read: Annotated[Reading, Depends(reading(*READERS))]
) -> Response:
    """A patient's messages: what is planned, held, sent or failed, and why. For staff; the read is audited."""
    return await read.run(lambda uow: queries.messages_of(uow, patient_id, paging))


@router.post(
    "/v1/patients/{patient_id}/contact-consents", operation_id="recordContactConsent", status_code=201,
    response_model=ConsentView, responses=problems(contacts.NO_NUMBER, contacts.NO_ADDRESS, *_ACTS),
)  # fmt: skip
async def record_contact_consent(
    patient_id: UUID, body: ConsentRequest, act: Annotated[Acting, Depends(acting(*READERS))]
) -> Response:
    """Record that a patient allowed or revoked messages of a purpose on a channel (domain E.2). The ledger is only
    added to; a later revocation wins over any grant. Errors: NO_NUMBER, NO_ADDRESS, INVALID_REQUEST (`given_at` in
    the future)."""
    return await act.run(lambda uow: contacts.record_consent(uow, patient_id, body), status=201)


@router.get("/v1/replies", operation_id="listOpenReplies", response_model=Page[ReplyView], responses=problems())
async def list_open_replies(paging: Pages, read: Annotated[Reading, Depends(reading(*READERS))]) -> Response:
    """Texts from patients that wait for a person, the organisation's. `ask` CRISIS comes from words of domain A.6."""
    return await read.run(lambda uow: queries.open_replies(uow, paging))


@router.post(
    "/v1/replies/{reply_id}/settle", operation_id="settleReply", response_model=ReplyView,
    responses=problems(CONFLICT, STALE_VERSION, VERSION_REQUIRED, *_ACTS),
)  # fmt: skip
async def settle_reply(reply_id: UUID, act: Annotated[Acting, Depends(acting(*READERS))]) -> Response:
    """A person has dealt with a text. Needs If-Match. Errors: CONFLICT when it is settled already."""
    expected = act.expected_version
    return await act.run(lambda uow: replies.settle_reply(uow, reply_id, expected))


@router.get("/v1/call-tasks", operation_id="listCallTasks", response_model=Page[CallTaskView], responses=problems())
async def list_call_tasks(paging: Pages, read: Annotated[Reading, Depends(reading(*READERS))]) -> Response:
    """Patients whom no message reaches and who wait for a call or a printed page, the organisation's, the most urgent
    first. Names and numbers are shown; the read is audited."""
    return await read.run(lambda uow: queries.open_call_tasks(uow, paging))


@router.post(
    "/v1/call-tasks/{task_id}/settle", operation_id="settleCallTask", response_model=CallTaskView,
    responses=problems(CONFLICT, STALE_VERSION, VERSION_REQUIRED, *_ACTS),
)  # fmt: skip
async def settle_call_task(
    task_id: UUID, body: SettleCallTask, act: Annotated[Acting, Depends(acting(*READERS))]
) -> Response:
    """A person has called, or handed the page over. Needs If-Match. Errors: CONFLICT when it is settled already."""
    expected = act.expected_version
    return await act.run(lambda uow: tasks.settle_call_task(uow, task_id, body, expected))


async def signed_form(request: Request) -> dict[str, str]:
    """The provider's form, after its signature over the public address was checked (domain E.4).

    Raises NOT_FOUND where no provider is configured, UNSUPPORTED_MEDIA, BAD_SIGNATURE.
    """
    settings = _service(request).settings
    if not (settings.sms_token and settings.sms_callback_base):
        raise NOT_FOUND()
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise UNSUPPORTED_MEDIA("This address takes a form", headers={"Accept": "application/x-www-form-urlencoded"})
    pairs = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    query = request.scope["query_string"].decode("latin-1")
    url = settings.sms_callback_base + request.scope["route"].path + (f"?{query}" if query else "")
    sent = request.headers.get("x-twilio-signature", "")
    if not signature_fits(settings.sms_token.get_secret_value().decode(), url, pairs, sent):
        raise BAD_SIGNATURE()
    return dict(pairs)


Form = Annotated[dict[str, str], Depends(signed_form)]


@router.post(
    STATUS_PATH, operation_id="takeSmsStatus", status_code=204, openapi_extra=_STATUS_FORM,
    responses=problems(BAD_SIGNATURE),
)  # fmt: skip
async def take_sms_status(request: Request, d: UUID, form: Form) -> Response:
    """The provider says how a text fares. `d` is our delivery id. Repeated and disordered callbacks are harmless."""
    service = _service(request)
    if origin := await queries.origin_of_message(service, d):
        organisation, correlation = origin
        async with unit_of_work(service, _provider(organisation), correlation_id=correlation) as uow:
            await delivery.record_status(uow, d, _report(form))
    return Response(status_code=204)


@router.post(
    INBOUND_PATH, operation_id="takeInboundSms", openapi_extra=_INBOUND_FORM, response_class=Response,
    responses=problems(BAD_SIGNATURE) | _EMPTY_TWIML,
)  # fmt: skip
async def take_inbound_sms(request: Request, form: Form) -> Response:
    """A text from a patient. What is said back goes out as a message of its own; the answer here is empty TwiML."""
    service = _service(request)
    inbound = Inbound(sid=form.get("MessageSid", ""), sender=form.get("From", ""), body=form.get("Body", ""))
    organisations = await queries.organisations_at(service, number_index(service.settings, inbound.sender))
    for place, organisation in enumerate(organisations):
        caller, correlation = _provider(organisation), request.state.correlation_id
        async with unit_of_work(service, caller, correlation_id=correlation) as uow:
            await replies.receive_text(uow, inbound, answer=place == 0)
    return Response("<Response/>", media_type="application/xml")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _provider(organisation: UUID) -> Caller:
    return Caller("service", "sms-provider", organisation)


def _report(form: dict[str, str]) -> Accepted:
    code = form.get("ErrorCode", "")
    return Accepted(form.get("MessageSid", ""), form.get("MessageStatus", ""), int(code) if code.isdecimal() else None)
