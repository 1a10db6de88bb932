"""Documents sent in parts: how long each part is, what a file looks like, where it is not as announced."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.documents import (
    ALL_READERS,
    BY_PATIENTS,
    LARGEST,
    PART,
    READERS,
    Announced,
    Found,
    Kind,
    flaws_of,
    looks_like,
)

PDF = "application/pdf"


@given(st.integers(1, LARGEST))
def test_the_parts_of_a_document_are_as_long_as_it_is(size: int) -> None:
    whole = Announced(PDF, size, "")
    lengths = [whole.length_of(number) for number in range(1, whole.parts + 1)]
    assert sum(length or 0 for length in lengths) == size
    assert all(length == PART for length in lengths[:-1])
    assert 0 < (lengths[-1] or 0) <= PART
    assert (whole.length_of(0), whole.length_of(whole.parts + 1)) == (None, None)


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"%PDF-1.7\n", PDF),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0..JFIF", "image/jpeg"),
        (b"II*\x00....", "image/tiff"),
        (b"MM\x00*....", "image/tiff"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom", None),
        (b" %PDF-1.7", None),
        (b"<html><script>", None),
        (b"MZ\x90", None),
        (b"GIF89a", None),
        (b"%PD", None),
        (b"", None),
    ],
)
def test_what_a_file_is_shows_in_its_first_bytes(beginning: bytes, kind: str | None) -> None:
    assert looks_like(beginning) == kind


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"numbers": frozenset({1})}, ["PARTS_MISSING"]),
        ({"numbers": frozenset()}, ["PARTS_MISSING"]),
        ({"size": PART + 6}, ["SIZE_DIFFERS"]),
        ({"sha256": "0" * 64}, ["DIGEST_DIFFERS"]),
        ({"content_type": "image/png"}, ["CONTENT_DIFFERS"]),
        ({"content_type": None}, ["CONTENT_DIFFERS"]),
        ({"size": 1, "sha256": "0" * 64, "content_type": None}, ["SIZE_DIFFERS", "DIGEST_DIFFERS", "CONTENT_DIFFERS"]),
    ],
)
def test_everything_in_which_a_file_is_not_as_announced(changed: dict[str, object], codes: list[str]) -> None:
    digest = sha256(b"a document").hexdigest()
    found = {"numbers": frozenset({1, 2}), "size": PART + 5, "sha256": digest, "content_type": PDF} | changed
    flaws = flaws_of(Announced(PDF, PART + 5, digest), Found(**found))  # type: ignore[arg-type]
    assert [code for _, code, _ in flaws] == codes


def test_a_missing_part_is_named() -> None:
    ((field, code, params),) = flaws_of(Announced(PDF, 3 * PART, ""), Found(frozenset({1, 3}), 0, "", None))
    assert (field, code, params) == ("/parts", "PARTS_MISSING", {"numbers": [2]})


def test_every_kind_has_readers_and_only_staff_takes_a_signature_on_paper() -> None:
    assert set(READERS) == set(Kind)
    assert Kind.PAPER_CONSENT not in BY_PATIENTS
    assert "frontdesk" not in READERS[Kind.ECG]
    assert set(ALL_READERS) == {"biller", "clinician", "frontdesk", "nurse"}
