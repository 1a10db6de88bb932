"""Files for a reader without network and database: sealed to public keys, opened with a key that this house never has.

The content is sealed with a key of its own (AES-256-GCM), and that key once for each reader (HPKE, RFC 9180, X25519).
What the file is about stands in it in plain, and cannot be changed unnoticed. A reader's key is kept under a passphrase
(scrypt). Both files are JSON.
"""

import base64
import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import BaseModel, ValidationError

PUBLIC_KEY = r"^[A-Za-z0-9_-]{43}$"
"""A reader's public key as text: 32 bytes in base64url."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"stillwater parcel 1"
_NONCE, _SALT, _WORK = 12, 16, 2**16
M = TypeVar("M", bound=BaseModel)


class CannotOpenParcel(Exception):
    """It cannot be opened; the text says why and what to do."""


class Parcel(BaseModel):
    """A sealed file. `about` is JSON, readable by anybody; `keys` are by the reader's short name."""

    kind: Literal["stillwater parcel 1"] = "stillwater parcel 1"
    about: str
    keys: dict[str, str]
    content: str


class KeptReader(BaseModel):
    """A reader's key under a passphrase; `public` goes into the clinic file."""

    kind: Literal["stillwater reader key 1"] = "stillwater reader key 1"
    public: str
    salt: str
    key: str


def require_public_key(text: str) -> str:
    """The text, if something can be sealed to it. Raises ValueError."""
    try:
        _SUITE.encrypt(b"", _public(text), _INFO)
    except ValueError:
        raise ValueError("is not a reader's public key; `stillwater daypack key` prints one") from None
    return text


def seal_parcel(about: BaseModel, content: bytes, readers: Sequence[str]) -> str:
    """The file: `about` in plain, `content` for whoever has the private key of one of `readers` (public keys)."""
    key, nonce, said = AESGCM.generate_key(256), os.urandom(_NONCE), about.model_dump_json()
    keys = {_name(text): _text(_SUITE.encrypt(key, _public(text), _INFO)) for text in readers}
    hidden = nonce + AESGCM(key).encrypt(nonce, content, said.encode())
    return Parcel(about=said, keys=keys, content=_text(hidden)).model_dump_json()


def open_parcel(parcel: str, reader: X25519PrivateKey, about: type[M]) -> tuple[M, bytes]:
    """What it is about, and its content. Raises CannotOpenParcel."""
    try:
        found = Parcel.model_validate_json(parcel)
    except ValidationError:
        raise CannotOpenParcel("the file is not such a file, or was cut off: take another copy of it") from None
    sealed = found.keys.get(_name(public_text(reader)))
    if sealed is None:
        raise CannotOpenParcel("the file is sealed for other readers: give the key that the clinic file names")
    try:
        key, hidden = _SUITE.decrypt(_bytes(sealed), reader, _INFO), _bytes(found.content)
        content = AESGCM(key).decrypt(hidden[:_NONCE], hidden[_NONCE:], found.about.encode())
        return about.model_validate_json(found.about), content
    except (InvalidTag, ValueError):
        raise CannotOpenParcel("the file is damaged: take another copy of it") from None


def public_text(reader: X25519PrivateKey) -> str:
    """The public key of a reader, as it stands in a clinic file."""
    return _text(reader.public_key().public_bytes_raw()).rstrip("=")


def keep_reader(reader: X25519PrivateKey, passphrase: str) -> str:
    """A reader's key as a file that opens with the passphrase only."""
    salt, nonce, public = os.urandom(_SALT), os.urandom(_NONCE), public_text(reader)
    hidden = nonce + AESGCM(_stretched(passphrase, salt)).encrypt(nonce, reader.private_bytes_raw(), public.encode())
    return KeptReader(public=public, salt=_text(salt), key=_text(hidden)).model_dump_json()


def take_reader(kept: str, passphrase: str) -> X25519PrivateKey:
    """The key out of such a file. Raises CannotOpenParcel."""
    try:
        found = KeptReader.model_validate_json(kept)
    except ValidationError:
        raise CannotOpenParcel("the key file is no key file: `stillwater daypack key` makes one") from None
    try:
        hidden, stretched = _bytes(found.key), _stretched(passphrase, _bytes(found.salt))
        plain = AESGCM(stretched).decrypt(hidden[:_NONCE], hidden[_NONCE:], found.public.encode())
        return X25519PrivateKey.from_private_bytes(plain)
    except (InvalidTag, ValueError):
        raise CannotOpenParcel(
            "the passphrase is not that of this key, or the key file is damaged: try again, or take another copy of it"
        ) from None


def _name(public: str) -> str:
    """Short name of a reader in a parcel."""
    return sha256(public.encode()).hexdigest()[:16]


def _public(text: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(_bytes(text + "="))


def _stretched(passphrase: str, salt: bytes) -> bytes:
    """Each try takes a good part of a second, and 64 MiB."""
    return Scrypt(salt=salt, length=32, n=_WORK, r=8, p=1).derive(passphrase.encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)
