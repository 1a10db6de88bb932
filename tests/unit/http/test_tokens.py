"""Bearer tokens: whose they are, and every way to be refused."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from shared.auth.dev_issuer import DevIssuer, NotInProduction
from shared.auth.issuer import NoSigningKey, PatientIssuer, ProxyGrant
from shared.auth.keys import new_signing_key
from shared.auth.keysets import algorithms_of, parse_keys
from shared.auth.link import digest, new_link_token
from shared.auth.tokens import PATIENT_AUDIENCE, PATIENT_ISSUER, Expired, TokenVerifier
from shared.ids import new_id
from shared.problems import Problem
from shared.settings import Settings
from tests.conftest import SettingsFor

CLINIC, ORGANISATION = UUID(int=7), UUID(int=8)


def _jwks(*keys: Key) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "staff-a", "alg": "ES256", "use": "sig"})


@pytest.fixture
def settings(settings_for: SettingsFor, key: ECKey) -> Settings:
    return settings_for("intake", staff_jwks=_jwks(key), staff_issuer="https://login.clinic.test")


def claims(**over: Any) -> dict[str, Any]:
    now = int(time.time())
    told = {
        "iss": "https://login.clinic.test", "aud": "stillwater", "sub": "nurse-1", "iat": now, "exp": now + 600,
        "stillwater_organisation": str(ORGANISATION), "stillwater_roles": [f"{CLINIC}:nurse"],
    } | over  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def signed(key: Key, told: dict[str, Any], alg: str = "ES256", **header: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, told, key, algorithms=[alg])


async def refused(settings: Settings, token: str) -> str:
    with pytest.raises(Problem) as caught:
        await TokenVerifier(settings).caller(token)
    assert caught.value.kind.status == 401
    assert "WWW-Authenticate" in caught.value.headers
    return caught.value.kind.code


async def test_a_staff_token_gives_roles_at_clinics_of_one_organisation(settings: Settings, key: ECKey) -> None:
    pairs = [f"{CLINIC}:nurse", f"{CLINIC}:director", "wiki-editor", "other:thing"]
    caller = await TokenVerifier(settings).caller(signed(key, claims(stillwater_roles=pairs, aud=["x", "stillwater"])))
    assert (caller.kind, caller.subject, caller.organisation_id) == ("staff", "nurse-1", ORGANISATION)
    assert caller.roles == {(CLINIC, "nurse"), (CLINIC, "director")}


@pytest.mark.parametrize(
    "over",
    [{"iss": "https://evil.test"}, {"aud": "other"}, {"aud": None}, {"exp": None}, {"exp": "tomorrow"}, {"sub": None},
     {"sub": 7}, {"sub": ""}, {"nbf": 4_000_000_000}, {"iat": 4_000_000_000}, {"stillwater_roles": None},
     {"stillwater_roles": "nurse"}, {"stillwater_roles": ["everywhere:nurse"]}, {"stillwater_organisation": None},
     {"stillwater_organisation": "larkspur"}],
)  # fmt: skip
async def test_a_claim_that_is_wrong_is_refused(settings: Settings, key: ECKey, over: dict[str, Any]) -> None:
    assert await refused(settings, signed(key, claims(**over))) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("auth_time", "expected"),
    [
        (1_774_000_000, datetime(2026, 3, 20, 9, 46, 40, tzinfo=UTC)),
        (None, None),
        ("yesterday", None),
        (True, None),
        (1e30, None),
    ],
)
async def test_when_a_staff_member_logged_in_is_what_the_issuer_says(
    settings: Settings, key: ECKey, auth_time: Any, expected: datetime | None
) -> None:
    caller = await TokenVerifier(settings).caller(signed(key, claims(auth_time=auth_time)))
    assert caller.logged_in_at == expected


async def test_an_expired_token_tells_whose_it_was(settings: Settings, key: ECKey) -> None:
    with pytest.raises(Expired) as caught:
        await TokenVerifier(settings).caller(signed(key, claims(exp=int(time.time()) - 60)))
    assert (caught.value.kind.code, caught.value.caller.subject) == ("TOKEN_EXPIRED", "nurse-1")


async def test_an_expired_token_of_another_issuer_is_no_token(settings: Settings, key: ECKey) -> None:
    token = signed(key, claims(exp=int(time.time()) - 60, iss="https://evil.test"))
    assert await refused(settings, token) == "UNAUTHENTICATED"


# -- keys and algorithms ----------------------------------------------------------------------------------------------


def _segment(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_an_unsigned_token_is_refused(settings: Settings) -> None:
    for alg in ("none", "None", ""):
        token = f"{_segment({'alg': alg, 'kid': 'staff-a'})}.{_segment(claims())}."
        assert await refused(settings, token) == "UNAUTHENTICATED"


async def test_a_public_key_is_no_shared_secret(settings: Settings, key: ECKey) -> None:
    for secret in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        text = f"{_segment({'alg': 'HS256', 'kid': 'staff-a'})}.{_segment(claims())}"
        mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        assert await refused(settings, f"{text}.{_segment(mac)}") == "UNAUTHENTICATED"


async def test_the_key_pins_the_algorithm(settings_for: SettingsFor) -> None:
    key = RSAKey.generate_key(2048, {"kid": "r", "alg": "RS256"})
    settings = settings_for("intake", staff_jwks=_jwks(key), staff_issuer="https://login.clinic.test")
    plain = RSAKey.import_key(key.as_dict(private=True) | {"alg": "PS256"})
    assert await refused(settings, signed(plain, claims(), "PS256")) == "UNAUTHENTICATED"
    assert (await TokenVerifier(settings).caller(signed(key, claims(), "RS256"))).subject == "nurse-1"


async def test_another_key_with_the_same_id_is_refused(settings: Settings) -> None:
    forger = ECKey.generate_key("P-256", {"kid": "staff-a"})
    assert await refused(settings, signed(forger, claims())) == "UNAUTHENTICATED"


async def test_a_key_in_the_header_is_not_believed(settings: Settings) -> None:
    forger = ECKey.generate_key("P-256", {"kid": "mine"})
    token = signed(forger, claims(), jwk=forger.as_dict(private=False))
    assert await refused(settings, token) == "UNAUTHENTICATED"


async def test_a_token_without_key_id_needs_a_single_key(
    settings: Settings, settings_for: SettingsFor, key: ECKey
) -> None:
    token = jwt.encode({"alg": "ES256"}, claims(), key)
    assert (await TokenVerifier(settings).caller(token)).subject == "nurse-1"
    two = _jwks(key, ECKey.generate_key("P-256", {"kid": "b"}))
    both = settings_for("intake", staff_jwks=two, staff_issuer="https://login.clinic.test")
    assert await refused(both, token) == "UNAUTHENTICATED"


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "....", "ü.ü.ü", "eyJhbGciOiJFUzI1NiJ9.W10.AA", "." * 9000])
async def test_text_that_is_no_token_is_refused(settings: Settings, token: str) -> None:
    assert await refused(settings, token) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("made", "allowed"),
    [
        (RSAKey.generate_key(2048), ("RS256",)),
        (ECKey.generate_key("P-256"), ("ES256",)),
        (OKPKey.generate_key("Ed25519"), ("Ed25519", "EdDSA")),
        (OKPKey.generate_key("Ed25519", {"alg": "EdDSA"}), ("Ed25519", "EdDSA")),
        (RSAKey.generate_key(2048, {"alg": "RS512"}), ()),
        (OctKey.generate_key(256), ()),
    ],
    ids=["RSA", "P-256", "Ed25519", "Ed25519 for EdDSA", "RSA for RS512", "shared secret"],
)
def test_what_a_key_may_sign_with(made: Key, allowed: tuple[str, ...]) -> None:
    assert algorithms_of(made) == allowed


def test_a_shared_secret_or_an_encryption_key_in_a_jwks_is_left_out() -> None:
    wanted = ECKey.generate_key("P-256", {"kid": "a"})
    keys = [OctKey.generate_key(256), ECKey.generate_key("P-256", {"use": "enc"}), wanted]
    found = parse_keys({"keys": [key.as_dict(private=True) for key in keys]})
    assert [key.kid for key in found] == ["a"]


@pytest.mark.parametrize("jwks", [[], {}, {"keys": 7}, {"keys": [7]}, {"keys": [{"kty": "EC"}]}, {"keys": [{}]}])
def test_a_jwks_that_is_none_is_refused(jwks: Any) -> None:
    with pytest.raises(ValueError, match="JWKS"):
        parse_keys(jwks)


async def test_an_eddsa_token_of_an_older_issuer_is_read(settings_for: SettingsFor) -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": "e"})
    settings = settings_for("intake", staff_jwks=_jwks(key), staff_issuer="https://login.clinic.test")
    with pytest.warns(Warning, match="EdDSA"):
        token = signed(key, claims(), "EdDSA")
    assert (await TokenVerifier(settings).caller(token)).subject == "nurse-1"


# -- issuers ----------------------------------------------------------------------------------------------------------


async def test_a_patient_token_reaches_one_patient_for_half_an_hour(settings: Settings) -> None:
    patient = new_id()
    issued = PatientIssuer(settings).issue(patient, ORGANISATION)
    caller = await TokenVerifier(settings).caller(issued.token)
    assert (caller.kind, caller.patient_id, caller.organisation_id) == ("patient", patient, ORGANISATION)
    assert caller.roles == frozenset()
    assert 1795 <= issued.expires_at.timestamp() - time.time() <= 1800


async def test_a_token_of_a_proxy_says_who_acts_in_what_and_ends_with_the_proxy(settings: Settings) -> None:
    patient, proxy = new_id(), new_id()
    grant = ProxyGrant(proxy, frozenset({"forms"}), datetime.now(UTC) + timedelta(minutes=5))
    issued = PatientIssuer(settings).issue(patient, ORGANISATION, grant)
    caller = await TokenVerifier(settings).caller(issued.token)
    assert (caller.kind, caller.patient_id, caller.subject) == ("patient", patient, f"proxy:{proxy}")
    assert caller.proxy_scope == {"forms"}
    assert issued.expires_at.timestamp() - time.time() <= 300


@pytest.mark.parametrize("actor", [None, "proxy:1", {}, {"sub": ""}, {"sub": 7}])
async def test_a_token_that_names_nobody_who_acts_is_refused(settings: Settings, actor: Any) -> None:
    secret = settings.patient_signing_key
    assert secret is not None
    patient_key = OKPKey.import_key(json.loads(secret.get_secret_value()))
    told = claims(iss=PATIENT_ISSUER, aud=PATIENT_AUDIENCE, sub=str(new_id()), organisation=str(ORGANISATION))
    assert await refused(settings, signed(patient_key, told | {"act": actor}, "Ed25519")) == "UNAUTHENTICATED"


async def test_staff_keys_sign_no_patients_and_patient_keys_no_staff(settings: Settings, key: ECKey) -> None:
    as_patient = claims(iss=PATIENT_ISSUER, aud=PATIENT_AUDIENCE, sub=str(new_id()), organisation=str(ORGANISATION))
    assert await refused(settings, signed(key, as_patient)) == "UNAUTHENTICATED"
    secret = settings.patient_signing_key
    assert secret is not None
    patient_key = OKPKey.import_key(json.loads(secret.get_secret_value()))
    assert await refused(settings, signed(patient_key, claims(), "Ed25519")) == "UNAUTHENTICATED"


def test_only_intake_can_sign_for_patients(settings_for: SettingsFor) -> None:
    with pytest.raises(NoSigningKey):
        PatientIssuer(settings_for("billing"))


def test_the_development_issuer_refuses_to_exist_in_production(settings_for: SettingsFor) -> None:
    with pytest.raises(NotInProduction):
        DevIssuer(settings_for("intake", env="production"), new_signing_key().private_jwk)


async def test_the_development_issuer_is_accepted_like_any_other(settings_for: SettingsFor) -> None:
    pair = new_signing_key()
    settings = settings_for("billing", staff_jwks=pair.public_jwks)
    token = DevIssuer(settings, pair.private_jwk).issue("b", ORGANISATION, [(CLINIC, "biller")]).token
    caller = await TokenVerifier(settings).caller(token)
    assert (caller.subject, caller.roles) == ("b", {(CLINIC, "biller")})
    expired = DevIssuer(settings, pair.private_jwk).issue("b", ORGANISATION, [], lifetime=timedelta(minutes=-1)).token
    assert await refused(settings, expired) == "TOKEN_EXPIRED"


def test_a_public_set_holds_no_secret() -> None:
    pair = new_signing_key()
    assert "d" in json.loads(pair.private_jwk)
    assert all("d" not in key for key in json.loads(pair.public_jwks)["keys"])


def test_link_tokens_are_long_and_only_their_digest_is_known() -> None:
    made = {new_link_token() for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.urlsafe_b64decode(token + "=")) == 32 for token in made)
    token = made.pop()
    assert digest(token) == hashlib.sha256(token.encode()).hexdigest()
    assert token not in digest(token)
