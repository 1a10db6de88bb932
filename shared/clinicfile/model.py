"""The clinic file: programmes, rules, prices, messages of one clinic as data (design: the clinic file).

Numbers that domain.md marks `policy` live here with that default. Unknown keys are refused, so a typing error is found.
"""

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from shared.clinicfile.agelimits import SAID_BY_RULES, as_the_rules_say
from shared.clinicfile.assessments import AssessmentPolicy
from shared.clinicfile.booking import BookingPolicy
from shared.clinicfile.consents import DEFAULT_CONSENTS, ConsentCode, ConsentDocument
from shared.clinicfile.controlled import ControlledPolicy
from shared.clinicfile.dayof import DayOfPolicy
from shared.clinicfile.forms import Form, InstrumentName, Language, LeadForm
from shared.clinicfile.handouts import CalendarPolicy, DayPackPolicy
from shared.clinicfile.inforce import rules_in_force
from shared.clinicfile.medicines import DiazepamEquivalents, Medicine
from shared.clinicfile.monitoringform import MonitoringFormPolicy
from shared.clinicfile.oncall import OnCall
from shared.clinicfile.policies import (
    ChartPolicy,
    CoverPolicy,
    FilePart,
    SafetyPolicy,
    ScreeningPolicy,
    SessionPolicy,
    Slug,
)
from shared.clinicfile.prescribing import PrescribingPolicy, ReactingPlan
from shared.clinicfile.prices import Prices
from shared.clinicfile.privacy import PrivacyPolicy
from shared.clinicfile.ruleset import Parameter, Rule, RuleChange, RuleSetExample
from shared.events.parts import Modality, SeatNeed
from shared.ids import named_id

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not an IANA time zone; use a name such as America/Boise")
    return name


Zone = Annotated[str, AfterValidator(_zone)]


class Opening(FilePart):
    """Local opening hours of a weekday; `closes` is later the same day."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _ordered(self) -> "Opening":
        if self.closes <= self.opens:
            raise ValueError("closes must be after opens")
        return self


class Chair(FilePart):
    id: Slug
    name: str
    modalities: tuple[Modality, ...] = (Modality.IV_MOOD, Modality.IV_PAIN)
    suits: tuple[SeatNeed, ...] = Field((), description="needs of patients that it meets; no others are booked there")


class Location(FilePart):
    id: Slug
    name: str
    address: str
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{7,14}$", description="E.164")]
    chairs: Annotated[tuple[Chair, ...], Field(min_length=1)]
    hours: dict[Weekday, Opening]
    interpreters: dict[Language, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="how many at once by telephone or video, beside who is rostered; else none"
    )
    kits: dict[Modality, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="how many sessions of a kind can run at once for want of equipment; else any"
    )


class CourseTemplate(FilePart):
    """Cadence and limits of a course (domain D.1). Gaps in hours are elapsed time, in days by the wall clock (D.5)."""

    sessions: Annotated[int, Field(ge=1, le=40)]
    patterns: Annotated[tuple[tuple[Weekday, ...], ...], Field(min_length=1, description="weekdays of a week")]
    min_gap_hours: Annotated[int, Field(ge=0)]
    max_gap_days: Annotated[int, Field(ge=1)]
    window_days: tuple[int, int] = Field(description="shortest and longest span, local days counted inclusively")


class DoseLimits(FilePart):
    """Limits of a protocol (domain C.1). mg/kg, mg, minutes, mg/mL.

    `unit` says what the `*_mg_per_kg` numbers mean: mg/kg for the whole session, or mg/kg for each hour of it (pain).
    With `mg` the dose is one of `fixed_mg`, in devices of `device_mg`, and weight does not count (nasal spray).
    """

    unit: Literal["mg/kg", "mg/kg/h", "mg"] = "mg/kg"
    start_mg_per_kg: Decimal = Decimal(0)
    min_mg_per_kg: Decimal = Decimal(0)
    hard_stop_mg_per_kg: Decimal = Field(Decimal(0), description="above this no order without override")
    fixed_mg: tuple[int, ...] = Field((), description="the doses that can be ordered, when the unit is mg")
    first_fixed_mg: tuple[int, ...] = Field((), description="those allowed on the first day, all when left out")
    device_mg: int = 28
    weekly_limit_mg: int | None = Field(None, description="in any 7 days (domain A.8)")
    never_above_mg_per_kg: Decimal = Decimal("2.0")
    first_dose_cap_mg: int | None = None
    cap_mg_per_hour: int | None = Field(None, description="the rate is lowered to this (CRPS: 25 mg/h, domain A.8)")
    minutes: tuple[int, int] = (40, 90)
    default_minutes: int = 40
    stock_mg_per_ml: Decimal = Decimal(50)
    vial_ml: Decimal = Decimal(10)
    bag_mg_per_ml: Decimal = Decimal(1)
    weight_basis_from_bmi_30: Literal["IBW", "ADJ", "ACTUAL"] = "IBW"


class Protocol(FilePart):
    """A programme that a prescriber can order: `IV_MOOD_6` and the like."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
    modality: Modality
    name: str
    indications: tuple[str, ...]
    course: CourseTemplate
    dose: DoseLimits
    order_valid_days: Annotated[int, Field(ge=1)] = 60
    maintenance_after_days: int | None = Field(
        None, description="next session after a complete course (D.3); None: PRN"
    )
    rems: bool = Field(False, description="needs a certified site and an enrolled patient (SCR-072)")
    authorisation: bool = Field(False, description="a payer's authorisation with units is counted (F.3)")
    consents: tuple[ConsentCode, ...] = Field((), description="documents it needs beside those of its modality (H.6)")
    gate_after_session: Annotated[int, Field(ge=1, le=39)] | None = Field(
        None, description="benefit is judged after this session (D.1, D.3); left out: that of the reacting plan"
    )
    evaluated_every_days: Annotated[int, Field(ge=1, le=366)] | None = Field(
        None, description="a clinician decides anew this long after the last decision (D.1: SPR_TRD_M2 every 4 weeks)"
    )

    @model_validator(mode="after")
    def _gate_before_the_end(self) -> Self:
        if self.gate_after_session is not None and self.gate_after_session >= self.course.sessions:
            raise ValueError("gate_after_session must be below the sessions of the course, or it holds no session back")
        return self

    def gate_after(self, plan: ReactingPlan) -> int:
        """After which session of a course its benefit is judged; a course that has no later one has no gate."""
        return plan.gate_after_session if self.gate_after_session is None else self.gate_after_session


class AppointmentKind(FilePart):
    """A visit that is no session: consultation, follow-up, nurse call, therapy. Minutes, cents."""

    id: Slug
    name: str
    minutes: Annotated[int, Field(ge=5, le=480)]
    price_cents: Annotated[int, Field(ge=0)] = 0
    patient_may_book: bool = False


class TeamMember(FilePart):
    """Who works here, as patients are shown it."""

    name: str
    credentials: str | None = None
    role: str


class Messages(FilePart):
    """Neutral wording (domain E.3). Placeholders: given_name, sender, day, time, place, phone, link.

    N06 tells a new time, N06C a cancellation; the rest of the names are those of domain E.1. N18 offers an earlier time
    that others are offered too, N18H holds one instead of a visit that must change, N18L says that N18 was lost. Only
    these have `was`, when the visit was booked for, and `until`, how long the offer stands.
    """

    sender_name: str
    templates: dict[str, str] = Field(description="plan id and channel, such as N05.sms or N06C.email -> text")
    subjects: dict[str, str] = Field(default_factory=dict, description="plan id -> subject of the e-mail")
    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)


class ClinicFile(FilePart):
    """One clinic. `organisation` and `clinic` are names from which the ids are made."""

    organisation: Slug
    clinic: Slug
    display_name: str
    zone: Zone
    locations: Annotated[tuple[Location, ...], Field(min_length=1)]
    protocols: Annotated[tuple[Protocol, ...], Field(min_length=1)]
    rule_set: str = Field(description="name and version of the rule set below, such as general-2026.11")
    parameters: tuple[Parameter, ...] = ()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1, description="as written; see rule_changes")]
    rule_changes: tuple[RuleChange, ...] = Field((), description="what this clinic does otherwise than shipped rules")
    examples: tuple[RuleSetExample, ...] = Field((), description="what the rules in force make of somebody")
    forms: tuple[Form, ...] = ()
    instrument_languages: dict[InstrumentName, tuple[Language, ...]] = Field(
        default_factory=dict, description="languages in which an instrument is validated: of each that has a form (B.1)"
    )
    consents: Annotated[tuple[ConsentDocument, ...], Field(min_length=1)] = Field(
        default_factory=lambda: DEFAULT_CONSENTS
    )
    medicines: tuple[Medicine, ...] = ()
    diazepam_equivalents: DiazepamEquivalents = Field(
        default_factory=dict, description="benzodiazepine -> mg that equal 10 mg of diazepam (MED-04)"
    )
    screening: ScreeningPolicy = ScreeningPolicy()
    session: SessionPolicy = SessionPolicy()
    day_of: DayOfPolicy = Field(default_factory=DayOfPolicy)
    cover: CoverPolicy = CoverPolicy()
    booking: BookingPolicy = Field(default_factory=BookingPolicy)
    prescribing: PrescribingPolicy = Field(default_factory=PrescribingPolicy)
    controlled: ControlledPolicy = Field(default_factory=ControlledPolicy)
    monitoring_form: MonitoringFormPolicy = Field(default_factory=MonitoringFormPolicy)
    on_call: OnCall = Field(default_factory=OnCall)
    safety: SafetyPolicy = Field(default_factory=SafetyPolicy)
    chart: ChartPolicy = Field(default_factory=ChartPolicy)
    assessments: AssessmentPolicy = Field(default_factory=AssessmentPolicy)
    privacy: PrivacyPolicy = Field(default_factory=PrivacyPolicy)
    calendars: CalendarPolicy = Field(default_factory=CalendarPolicy)
    day_packs: DayPackPolicy = Field(default_factory=DayPackPolicy)
    prices: Prices
    messages: Messages
    kinds: tuple[AppointmentKind, ...] = ()
    lead_form: LeadForm = LeadForm()
    team: tuple[TeamMember, ...] = ()
    adjuncts: tuple[str, ...] = Field((), description="care offered beside the courses, as patients are shown it")
    reflection: bool = Field(False, description="a reflection is captured after each session")
    rems_site: str | None = Field(
        None, max_length=40, description="number under which the site is certified for nasal spray; None: it is not"
    )

    @model_validator(mode="after")
    def _ages_of_the_rules(self) -> Self:
        """What a section leaves out that the rules say is taken from there, so that it is one number."""
        for section in SAID_BY_RULES:
            part = as_the_rules_say(section, getattr(self, section), self.parameters, self.rule_changes)
            self.__dict__[section] = part
        return self

    @property
    def rules_in_force(self) -> tuple[Rule, ...]:
        """The rules by which this clinic decides: its changes made, every parameter a number."""
        return rules_in_force(self.rules, self.parameters, self.rule_changes)

    @property
    def organisation_id(self) -> UUID:
        return named_id("organisation", self.organisation)

    @property
    def clinic_id(self) -> UUID:
        return named_id("clinic", f"{self.organisation}/{self.clinic}")

    def location_id(self, location: str) -> UUID:
        return named_id("location", f"{self.organisation}/{self.clinic}/{location}")

    def chair_id(self, location: str, chair: str) -> UUID:
        return named_id("chair", f"{self.organisation}/{self.clinic}/{location}/{chair}")

    def form(self, form_id: str) -> Form | None:
        return next((form for form in self.forms if form.id == form_id), None)

    def consent(self, code: str) -> ConsentDocument | None:
        return next((document for document in self.consents if document.code == code), None)

    def consents_for(self, protocol: Protocol) -> tuple[ConsentDocument, ...]:
        """What must be signed before a treatment under the protocol, in the file's order (H.6)."""
        return tuple(
            one for one in self.consents if protocol.modality in one.required_for or one.code in protocol.consents
        )

    def counts_as_consent(self, document: str, version: str) -> bool:
        """Whether a signature consents to some treatment that this clinic gives (SCR-071)."""
        needed = {one.code: one for protocol in self.protocols for one in self.consents_for(protocol)}
        return document in needed and version in needed[document].versions

    def offered_in(self, form: Form) -> tuple[str, ...]:
        """The languages in which patients fill a form in by themselves: of an instrument, those validated (B.1)."""
        if form.instrument is None:
            return form.languages
        validated = self.instrument_languages.get(form.instrument, ())
        return tuple(language for language in form.languages if language in validated)

    def kind(self, kind_id: str) -> AppointmentKind | None:
        return next((k for k in self.kinds if k.id == kind_id), None)

    def protocol(self, protocol_id: str) -> Protocol | None:
        return next((p for p in self.protocols if p.id == protocol_id), None)
