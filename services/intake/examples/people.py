"""People, how they come in and who acts for them, as intake's OpenAPI document shows them."""

from datetime import date

from services.intake.domain.documents import PART, Kind
from services.intake.domain.person import ExternalId
from services.intake.schemas.breaking import BreakGlassView
from services.intake.schemas.documents import DocumentView
from services.intake.schemas.leads import FormConsent, FormLocation, FormMember, FormView, LeadView
from services.intake.schemas.merging import MergesView, MergeView
from services.intake.schemas.people import (
    ExportView,
    LikePatient,
    LikePatients,
    LoginLinkView,
    Match,
    PatientView,
    RegisteredView,
    SearchView,
    TokenView,
)
from services.intake.schemas.proxies import ProxyView, RegisteredProxyView
from shared.events.parts import Address, SeatNeed
from shared.http.examples import CLINIC, PATIENT, at, some_id

_PROXY = some_id("proxy")
_LINK = LoginLinkView(
    url="https://my.example.org/login#q0S4b7x5c1mJpX0n3f2Zk9w8v7u6t5s4r3q2p1o0n9m",
    expires_at=at("2026-11-23T09:30-07:00"),
)
_ALIKE = LikePatient(
    id=some_id("another patient"), record_number="LC-101877", score=80, points={"NAME": 50, "BIRTH_DATE": 30},
    name_alert=True,
)  # fmt: skip
_PERSON = {
    "id": PATIENT, "version": 2, "clinic_id": CLINIC, "record_number": "LC-104233", "legal_given_name": "Rowan",
    "legal_family_name": "Hale", "preferred_name": "Ro", "birth_date": date(1986, 3, 14), "sex_at_birth": "female",
    "address": Address(line="27 Juniper Row", city="Boise", state="ID", postal_code="83702"),
    "phone": "+12085550123", "email": "rowan.hale@example.org", "language": "en", "allergies": ("penicillin",),
    "interpreter": False, "access_needs": ("wheelchair",), "seat_needs": (SeatNeed.WHEELCHAIR,),
    "external_ids": (ExternalId(system="RECORD_SYSTEM", value="884213"),),
    "registered_at": at("2026-11-20T09:30:00-07:00"),
}  # fmt: skip
_MERGE = MergeView(
    id=some_id("merge"), survivor_id=PATIENT, absorbed_id=some_id("another patient"), version=1, state="MERGED",
    merged_at=at("2026-11-20T09:50:00-07:00"), merged_by="staff:i-marsh", reason="REGISTERED_TWICE", unlinked_at=None,
    unlinked_by=None, unlink_reason=None,
)  # fmt: skip
_PROXY_PERSON = {
    "id": _PROXY, "patient_id": PATIENT, "version": 1, "state": "ACTIVE", "name": "Ash Hale", "relation": "sister",
    "scope": ("forms",), "registered_at": at("2026-11-20T09:40:00-07:00"),
    "expires_at": at("2027-05-01T00:00:00-06:00"),
}  # fmt: skip
PEOPLE = (
    LeadView(
        id=PATIENT, received_at=at("2026-11-19T18:12:00-07:00"), next_step="STAFF_WILL_CONTACT",
        message="Thank you. We will get in touch with you.",
    ),
    FormView(
        display_name="Larkspur Clinic", kind="web_lead", lines=(),
        locations=(
            FormLocation(
                id="main", name="Larkspur Clinic", address="418 Sagebrush Court, Boise, ID 83702", phone="+12085550142"
            ),
        ),
        team=(FormMember(name="Ines Marsh", credentials="MD", role="Anaesthetist"),),
        consents=(
            FormConsent(
                channel="EMAIL", purpose="CARE", wording_version="email-care-1",
                text="Larkspur Clinic may e-mail me about my appointments and care.",
            ),
        ),
    ),
    TokenView(access_token="eyJhbGciOiJFUzI1NiJ9...", expires_in=1800, patient_id=PATIENT),  # noqa: S106 -- invented
    _LINK,
    PatientView(**_PERSON),
    RegisteredView(**_PERSON, login_link=_LINK, possible_duplicates=(_ALIKE,)),
    LikePatients(items=(_ALIKE,)),
    _MERGE,
    ExportView(
        patient_id=PATIENT, exported_at=at("2026-11-26T09:00:00-07:00"),
        records={"reflection": [{"id": str(some_id("reflection")), "content": {"text": "I slept well."}}]},
    ),
    DocumentView(
        id=some_id("document"), patient_id=PATIENT, clinic_id=CLINIC, version=2, kind=Kind.INSURANCE_CARD,
        state="STORED", content_type="image/jpeg", size=734003,
        sha256="b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9", part_bytes=PART, parts=2,
        received=(1, 2), source="patient", begun_by=str(PATIENT), begun_at=at("2026-11-20T10:00:00-07:00"),
        stored_at=at("2026-11-20T10:01:00-07:00"), ended_at=None, ended_by=None, reason_code=None, note=None,
        supersedes=None, superseded_by=None,
    ),
    SearchView(
        matches=(
            Match(
                id=PATIENT, record_number="LC-104233", legal_given_name="Rowan", legal_family_name="Hale",
                preferred_name="Ro", birth_date=date(1986, 3, 14), score=96,
            ),
        ),
        more=False,
    ),
    MergesView(items=(_MERGE,)),
    BreakGlassView(
        id=some_id("broken glass"), patient_id=PATIENT, clinic_id=CLINIC, opened_by="staff:r-vale",
        opened_at=at("2026-11-20T22:10:00-07:00"), until=at("2026-11-20T23:10:00-07:00"),
        reason="Found unconscious at the door of our clinic; allergies are needed.", looks=3,
    ),
    ProxyView(**_PROXY_PERSON),
    RegisteredProxyView(**_PROXY_PERSON, login_link=_LINK),
)  # fmt: skip
