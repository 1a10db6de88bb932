"""What the routes that all services share answer, shown in every service's OpenAPI document."""

from datetime import datetime, timedelta

from shared.audit.checking import BreakView, ChainView
from shared.clinicfile.example import SMALL_CLINIC
from shared.clinicfile.staged import ClinicFileView, StagedView
from shared.http.changefeed import Change, Changes
from shared.http.changes import TicketView
from shared.http.examples import APPOINTMENT, CLINIC, CLINIC_FILE_HASH, ORGANISATION, PATIENT, some_id
from shared.http.me import ClinicRoles, Me
from shared.runtime.epochs import EpochView, StrangerView
from shared.runtime.lag import Heard, Lag, Lease
from shared.runtime.parked import ParkedList, ParkedView, QueueView, RetriedView, Settled, WaitingView
from shared.runtime.readmodels import RebuiltView
from shared.runtime.standing import Standing

_WHEN = datetime.fromisoformat("2026-11-24T17:30:02Z")
_STAGED = {
    "clinic_id": CLINIC, "clinic": "larkspur", "hash": CLINIC_FILE_HASH, "clinical_hash": CLINIC_FILE_HASH[::-1],
    "active": False, "approved": False, "approval_needed": True, "staged_at": _WHEN, "activated_at": None,
}  # fmt: skip
_QUEUE = {"consumer": "billing.commands", "producer": "scheduling", "key": PATIENT}

EXAMPLES = (
    ChainView(
        service="intake", after=5000, through=6204, rows=1203, head=6204, unchained=2, digest="9f3c" * 16,
        breaks=[BreakView(first=5012, last=5012, why="MISSING")],
    ),
    Me(
        kind="staff", subject="staff:t-oakes", organisation_id=ORGANISATION,
        clinics=[ClinicRoles(clinic_id=CLINIC, roles=["nurse"])],
    ),
    TicketView(ticket="b7x5c1mJpX0n3f2Zk9w8v7u6t5s4r3q2p1o0n9mq0S4", expires_in=30),
    Changes(
        items=[
            Change(
                id=4182, resource="appointment", resource_id=str(APPOINTMENT), version=2, clinic_id=CLINIC,
                patient_id=PATIENT, at=_WHEN,
            )
        ],
        next=4182, more=False,
    ),
    StagedView(**_STAGED),
    ClinicFileView(**_STAGED, file=SMALL_CLINIC),
    Standing(
        service="billing", kept_offset=timedelta(0), shown_offset=timedelta(0), unsent=0, said=912,
        heard={"billing.commands": {"intake": 2210, "scheduling": 3047}}, overdue=0, next_due=_WHEN,
    ),
    ParkedList(
        items=[
            ParkedView(
                **_QUEUE, sequence=14, event_id=some_id("parked"), type="stillwater.scheduling.CoursePlanned.v1",
                reason="ValueError", parked_since=_WHEN, behind=2,
            )
        ]
    ),
    QueueView(
        **_QUEUE,
        events=[
            WaitingView(
                sequence=14, event_id=some_id("parked"), type="stillwater.scheduling.CoursePlanned.v1", why="parked",
                reason="ValueError", overtook=False, since=_WHEN,
            )
        ],
    ),
    RetriedView(type="stillwater.scheduling.CoursePlanned.v1", applied=7, refused={"ValueError": 1}, next=None),
    Settled(**_QUEUE),
    RebuiltView(same=812, mended=3, rows=5, partial=0, refused={}, left=0, next=None),
    EpochView(
        epoch=1, held_since=_WHEN,
        strangers=[
            StrangerView(
                event_id=some_id("stranger"), type="stillwater.scheduling.AppointmentMoved.v1",
                subject=str(APPOINTMENT), key=PATIENT, sequence=15, event_time=_WHEN, taken_over_at=None,
            )
        ],
    ),
    Lag(
        service="billing", said=912, unsent=0, unsent_since=None,
        lease=Lease(held=True, worker="5d0c8ab2e4f1/1", since=_WHEN),
        heard=[Heard(consumer="billing.commands", producer="intake", taken=2210)],
        timers_overdue=0, timers_overdue_since=None, timers_failing=0, quarantined=0,
    ),
)  # fmt: skip
