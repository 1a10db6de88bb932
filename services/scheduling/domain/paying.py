"""What the desk settles about money before a session (domain F.6, F.7). No dose waits for it, and no record."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.scheduling.domain.care import Blocker
from shared.clinicfile.model import Protocol
from shared.clinicfile.paying import PaymentPolicy

_ESTIMATE = Blocker(
    "ESTIMATE_MISSING", "biller", "No estimate names this session; see that one is issued and given to the patient.",
    holds_dose=False,
)  # fmt: skip
_NOT_TOLD = Blocker(
    "PAYMENT_NOT_KNOWN", "biller", "Billing has not told whether what is asked before this session is paid.",
    holds_dose=False,
)  # fmt: skip
_UNMET = Blocker("PAYMENT_POLICY_UNMET", "biller", "", holds_dose=False)
_WORDS = {
    "PREPAYMENT": "no credit of a package is there for this session",
    "BALANCE_DUE": "more is due of earlier invoices than the clinic lets be",
}


@dataclass(frozen=True, slots=True)
class Paying:
    """What billing told about a session: whether the newest estimate of its course names it, and by code what is
    missing of what is paid before it. `missing` None: nothing was told about it."""

    estimated: bool = False
    missing: tuple[str, ...] | None = None


def paying_blockers(paying: Paying, protocol: Protocol, policy: PaymentPolicy) -> Iterator[Blocker]:
    """What the clinic's file asks and is open; nothing where a payer's authorisation is counted (F.3, F.6).

    What was not told is not taken for settled. What was told under a file that asked otherwise counts as it was told.
    """
    if protocol.authorisation:
        return
    if policy.estimate and not paying.estimated:
        yield _ESTIMATE
    if not policy.asks_payment:
        return
    if paying.missing is None:
        yield _NOT_TOLD
    elif paying.missing:
        words = "; ".join(_WORDS.get(code, code) for code in paying.missing)
        yield replace(_UNMET, wording=f"Not settled: {words}.")
