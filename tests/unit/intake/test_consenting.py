"""Consents: what a signature must say, and how each document stands with a patient (domain H.6, SCR-071)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.consenting import Signature, Signed, faults_of, overtaken, standing, valid_until
from shared.clinicfile.consents import DEFAULT_CONSENTS, ConsentDocument
from tests.unit.intake.cases import larkspur

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
DOCUMENT = ConsentDocument(
    code="IV_TREATMENT", title={"en": "Risks", "es": "Riesgos"}, version="3", still_valid=("2",), witness=True
)
HOW = {"language": "en", "medium": "SCREEN", "witness": "W. Itness"}


@pytest.mark.parametrize(
    ("document", "version", "how", "hours", "faults"),
    [
        (DOCUMENT, "3", {}, 0, []),
        (DOCUMENT, "3", {"language": "es"}, -1, []),
        (DOCUMENT, "2", {"medium": "PAPER"}, -1, []),
        (DOCUMENT, "2", {}, 0, [("/document_version", "VERSION_NOT_IN_FORCE")]),
        (DOCUMENT, "1", {"medium": "PAPER"}, 0, [("/document_version", "VERSION_NOT_IN_FORCE")]),
        (DOCUMENT, "3", {"language": "fr"}, 0, [("/language", "LANGUAGE_NOT_OFFERED")]),
        (DOCUMENT, "2", {"medium": "PAPER", "scan_id": UUID(int=7)}, -1, []),
        (DOCUMENT, "3", {"scan_id": UUID(int=7)}, 0, [("/scan_id", "NOT_ON_PAPER")]),
        (DOCUMENT, "3", {"witness": None}, 0, [("/witness", "WITNESS_NEEDED")]),
        (None, "3", {}, 0, [("/document", "UNKNOWN_DOCUMENT")]),
        (DOCUMENT, "9", {"language": "fr", "witness": None}, 1, [
            ("/signed_at", "IN_THE_FUTURE"), ("/document_version", "VERSION_NOT_IN_FORCE"),
            ("/language", "LANGUAGE_NOT_OFFERED"), ("/witness", "WITNESS_NEEDED"),
        ]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_with_a_signature_is_named_at_once(document, version, how, hours, faults) -> None:
    signature, at = Signature.model_validate(HOW | how), NOW + timedelta(hours=hours)
    found = faults_of(document, ["IV_TREATMENT"], version, signature, at, NOW)
    assert [(field, code) for field, code, _ in found] == faults


@pytest.mark.parametrize(("own", "days"), [(None, 365), (30, 30)])
def test_a_document_may_hold_shorter_than_the_clinic_says(own, days) -> None:
    document = DOCUMENT.model_copy(update={"valid_days": own})
    assert valid_until(document, NOW, 365) == NOW + timedelta(days=days)


def signed(number, *, version="3", age=1, left=1.0, revoked=None, code="IV_TREATMENT"):
    """Signed `age` days ago, revoked `revoked` days ago."""
    ended = None if revoked is None else NOW - timedelta(days=revoked)
    return Signed(UUID(int=number), code, version, NOW - timedelta(days=age), NOW + timedelta(days=left), ended)


@pytest.mark.parametrize(
    ("signatures", "state", "by"),
    [
        ([], "MISSING", None),
        ([signed(1, code="PHOTOGRAPHY")], "MISSING", None),
        ([signed(1)], "SIGNED", 1),
        ([signed(1, left=0)], "SIGNED", 1),
        ([signed(1, left=-0.001)], "EXPIRED", 1),
        ([signed(1, version="2")], "SIGNED", 1),
        ([signed(1, version="1")], "OUTDATED", 1),
        ([signed(1, revoked=0)], "REVOKED", 1),
        ([signed(1, age=9, revoked=2), signed(2)], "SIGNED", 2),
        ([signed(1, age=9), signed(2, age=2)], "SIGNED", 2),
        ([signed(1, version="1"), signed(2, left=-1)], "OUTDATED", 1),
    ],
)
def test_a_document_stands_by_the_best_signature_there_is(signatures, state, by) -> None:
    found, which = standing(DOCUMENT, signatures, NOW)
    assert (found, which and which.id) == (state, by and UUID(int=by))


@pytest.mark.parametrize(
    ("signatures", "ended"),
    [
        ([signed(1), signed(2, age=9)], []),
        ([signed(1, revoked=0)], []),
        ([signed(1, revoked=0), signed(2, age=9)], [(2, 0)]),
        ([signed(1, age=9, revoked=2), signed(2, age=1)], []),
        ([signed(1, age=9, revoked=2), signed(2, age=2)], [(2, 2)]),
        ([signed(1, age=9, revoked=2), signed(2, age=5)], [(2, 2)]),
        ([signed(1, age=9, revoked=7), signed(2, age=8, revoked=3), signed(3, age=5), signed(4, age=1)], [(3, 3)]),
        ([signed(1, revoked=0), signed(2, age=9, version="1", left=-1)], [(2, 0)]),
        ([signed(1, revoked=0), signed(2, age=9, code="PHOTOGRAPHY")], []),
    ],
)
def test_a_revocation_ends_whatever_was_signed_before_it_and_nothing_after(signatures, ended) -> None:
    found = [(one.id.int, at) for one, at in overtaken(signatures)]
    assert found == [(number, NOW - timedelta(days=days)) for number, days in ended]


days = st.integers(0, 9)
acts = st.lists(st.tuples(days, st.none() | days, st.sampled_from(["IV_TREATMENT", "PHOTOGRAPHY"])), max_size=6)


@given(acts)
def test_once_they_are_ended_nothing_stands_that_was_signed_up_to_a_revocation(given_acts) -> None:
    signatures = [
        signed(number, age=age, revoked=None if revoked is None else min(age, revoked), code=code)
        for number, (age, revoked, code) in enumerate(given_acts)
    ]
    ends = {one.id: at for one, at in overtaken(signatures)}
    after = [replace(one, revoked_at=ends.get(one.id, one.revoked_at)) for one in signatures]
    revocations = [(one.document, one.revoked_at) for one in after if one.revoked_at is not None]
    standing_still = [(one.document, one.signed_at) for one in after if one.revoked_at is None]
    assert not [1 for code, at in standing_still for other, ended in revocations if code == other and at <= ended]
    assert list(overtaken(after)) == []


def test_no_consent_but_one_to_a_treatment_counts_as_consent_to_treatment() -> None:
    file = larkspur()
    counting = {one.code for one in DEFAULT_CONSENTS if file.counts_as_consent(one.code, one.version)}
    assert counting == {"IV_TREATMENT"}
    assert not file.counts_as_consent("IV_TREATMENT", "2019-01")
