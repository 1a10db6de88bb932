"""The development issuer of staff tokens. It refuses to exist outside development."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from shared.auth.issuer import IssuedToken, sign, signing_key
from shared.clock import wall_now
from shared.settings import Settings

LIFETIME = timedelta(hours=8)


class NotInProduction(Exception):
    """A development convenience was asked for in production."""


class DevIssuer:
    """Signs staff tokens that services of this installation accept. Raises NotInProduction."""

    def __init__(self, settings: Settings, private_jwk: str) -> None:
        if settings.env != "development":
            raise NotInProduction("the development issuer exists only with STILLWATER_ENV=development")
        self._settings = settings
        self._key = signing_key(private_jwk)

    def issue(
        self, subject: str, organisation_id: UUID, roles: Iterable[tuple[UUID, str]], *, lifetime: timedelta = LIFETIME,
        logged_in_at: datetime | None = None,
    ) -> IssuedToken:  # fmt: skip
        """A token for a staff member with (clinic id, role) pairs; a negative lifetime makes an expired one.

        `logged_in_at` is now unless given.
        """
        settings = self._settings
        claims = {
            "iss": settings.staff_issuer,
            "aud": settings.staff_audience,
            "sub": subject,
            "auth_time": int((logged_in_at or wall_now()).timestamp()),
            settings.staff_organisation_claim: str(organisation_id),
            settings.staff_roles_claim: sorted(f"{clinic}:{role}" for clinic, role in roles),
        }
        return sign(self._key, claims, lifetime)
