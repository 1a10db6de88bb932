"""What a person decides about a course, a session or an appointment that waits."""

from uuid import UUID

from services.billing import records
from services.billing.commands.authorisations import use_units
from services.billing.commands.estimates import estimate_course, estimate_visit
from services.billing.commands.invoices import charge_fee, charge_session, charge_visit
from services.billing.commands.pricing import PRICE_UNKNOWN
from services.billing.domain.fees import fee_line, proposed_fee
from services.billing.domain.reasons import Reason
from services.billing.models import Appointment, Course, Review, Session
from services.billing.schemas import ReviewView, SettleRequest
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose
from shared.http import require_role, require_version
from shared.money import Money
from shared.problems import INVALID_REQUEST, FieldError, problem_kind

REVIEW_SETTLED = problem_kind("REVIEW_SETTLED", 409, "Somebody decided this already", "Read the review again.")
NOTHING_TO_CHARGE = problem_kind(
    "NOTHING_TO_CHARGE", 422, "This review is about a charge that was made already", "Decide LEAVE to settle it."
)
AUTHORISATION_MISSING = problem_kind(
    "AUTHORISATION_MISSING",
    409,
    "No authorisation has the day inside and enough units left",
    "Record the payer's authorisation, then repeat, or decide LEAVE.",
)


async def settle_review(uow: UnitOfWork, review_id: UUID, request: SettleRequest, expected_version: int) -> ReviewView:
    """A biller decides: CHARGE makes the missing document now, LEAVE lets things stand; a fee is left with a reason.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, REVIEW_SETTLED, NOTHING_TO_CHARGE, PRICE_UNKNOWN,
    AUTHORISATION_MISSING, INVALID_REQUEST for a reason that is missing or out of place.
    """
    review = await records.held(uow, Review, review_id)
    require_role(uow, review.clinic_id, "biller")
    require_version(review.version, expected_version)
    if review.state != "OPEN":
        raise REVIEW_SETTLED()
    waives = request.decision == "LEAVE" and Reason(review.reason).is_fee
    if waives != (request.reason is not None):
        raise INVALID_REQUEST(errors=[FieldError("/reason", "REQUIRED" if waives else "NOT_ALLOWED")])
    if request.decision == "CHARGE":
        await _charge(uow, review)
    review.state, review.version, review.waiver = "SETTLED", review.version + 1, request.reason
    await records.audit(
        uow, "update", "review", review, version=review.version, reason=request.reason or request.decision
    )  # fmt: skip
    return ReviewView.of(review)


async def _charge(uow: UnitOfWork, review: Review) -> None:
    reason = Reason(review.reason)
    if reason.nothing_to_charge:
        raise NOTHING_TO_CHARGE()
    if reason.is_fee:
        await _charge_fee(uow, review)
    elif reason is Reason.NO_AUTHORISATION:
        await _count_units(uow, review)
    elif await _make_document(uow, review) is not None:
        raise PRICE_UNKNOWN()


async def _make_document(uow: UnitOfWork, review: Review) -> Reason | None:
    if review.subject == "COURSE":
        return await estimate_course(uow, await records.held(uow, Course, review.subject_id), review.due_on)
    if review.subject == "SESSION":
        return await charge_session(uow, await records.held(uow, Session, review.subject_id))
    visit = await records.held(uow, Appointment, review.subject_id)
    if visit.state == "COMPLETED":
        return await charge_visit(uow, visit)
    return await estimate_visit(uow, visit, review.due_on)


async def _charge_fee(uow: UnitOfWork, review: Review) -> None:
    """The fee that was proposed, even if the policy has changed; where none could be, today's."""
    clinic = await active_clinic(uow, review.clinic_id)
    fee = fee_line(clinic.file, Reason(review.reason))
    if review.amount_cents is not None and review.currency is not None:
        fee = proposed_fee(Reason(review.reason), Money(amount_cents=review.amount_cents, currency=review.currency))
    if fee is None:
        raise PRICE_UNKNOWN()
    await charge_fee(uow, await records.held(uow, Appointment, review.subject_id), fee, clinic.hash)


async def _count_units(uow: UnitOfWork, review: Review) -> None:
    session = await records.held(uow, Session, review.subject_id)
    delivered = uow.open_column("session", "delivered", session.id, session.delivered, DeliveredDose)
    if not await use_units(uow, session, delivered, (await active_clinic(uow, session.clinic_id)).file):
        raise AUTHORISATION_MISSING()
