"""Sealed files: who has a reader's key opens them with nothing else; nobody else does, and no change goes unnoticed."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import BaseModel

from shared.parcel import (
    CannotOpenParcel,
    keep_reader,
    open_parcel,
    public_text,
    require_public_key,
    seal_parcel,
    take_reader,
)

FIRST, SECOND, OTHER = (X25519PrivateKey.generate() for _ in range(3))
CONTENT = b"Robin Ann Quist" * 1000
PASSPHRASE = "five words are long enough"


class About(BaseModel):
    place: str


def sealed() -> str:
    return seal_parcel(About(place="main"), CONTENT, [public_text(FIRST), public_text(SECOND)])


@pytest.mark.parametrize("reader", [FIRST, SECOND])
def test_each_reader_opens_it(reader: X25519PrivateKey) -> None:
    assert open_parcel(sealed(), reader, About) == (About(place="main"), CONTENT)


def test_what_it_is_about_is_plain_and_nothing_else() -> None:
    parcel = json.loads(sealed())
    assert json.loads(parcel["about"]) == {"place": "main"}
    assert "Quist" not in sealed()
    assert sealed() != sealed()


def test_nobody_else_opens_it() -> None:
    with pytest.raises(CannotOpenParcel, match="other readers"):
        open_parcel(sealed(), OTHER, About)


@pytest.mark.parametrize("part", ["about", "content", "keys"])
def test_no_part_of_it_can_be_changed_unnoticed(part: str) -> None:
    parcel, other = json.loads(sealed()), json.loads(seal_parcel(About(place="annex"), b"forged", [public_text(FIRST)]))
    parcel[part] = other[part]
    with pytest.raises(CannotOpenParcel, match="damaged"):
        open_parcel(json.dumps(parcel), FIRST, About)


@pytest.mark.parametrize("cut", ["", "{}", "[]", "null", "\x00", sealed()[:-40]])
def test_what_is_cut_off_says_so(cut: str) -> None:
    with pytest.raises(CannotOpenParcel, match="another copy"):
        open_parcel(cut, FIRST, About)


def test_a_key_opens_with_its_passphrase_only() -> None:
    kept = keep_reader(FIRST, PASSPHRASE)
    assert public_text(take_reader(kept, PASSPHRASE)) == json.loads(kept)["public"] == public_text(FIRST)
    with pytest.raises(CannotOpenParcel, match="passphrase"):
        take_reader(kept, PASSPHRASE + " ")
    with pytest.raises(CannotOpenParcel, match="key file"):
        take_reader(sealed(), PASSPHRASE)


@pytest.mark.parametrize("wrong", ["A" * 43, "AQ" + "A" * 41, "short", "*" * 43])
def test_a_public_key_to_which_nothing_can_be_sealed_is_refused(wrong: str) -> None:
    assert require_public_key(public_text(FIRST)) == public_text(FIRST)
    with pytest.raises(ValueError, match="not a reader's public key"):
        require_public_key(wrong)
