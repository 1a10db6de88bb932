"""Consent documents of a clinic: what is signed, and what no treatment starts without (domain H.6)."""

from typing import Annotated

from pydantic import Field

from shared.clinicfile.forms import Language
from shared.clinicfile.policies import FilePart
from shared.events.parts import Modality

_IV, _SPRAY = (Modality.IV_MOOD, Modality.IV_PAIN), (Modality.SPRAVATO_TRD, Modality.SPRAVATO_MDSI)
_VERSION = "2026-10"
ConsentCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
ConsentVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


class ConsentDocument(FilePart):
    """One document. A signature under `version`, or under one of `still_valid`, holds for `valid_days`.

    `required_for` are kinds of treatment that do not start without it. A version that is not named any more ends every
    signature under it: the document is signed again.
    """

    code: ConsentCode
    title: Annotated[
        dict[Language, str], Field(min_length=1, description="language in which it may be signed -> title")
    ]
    version: ConsentVersion
    still_valid: tuple[ConsentVersion, ...] = Field((), description="earlier versions whose signatures still hold")
    required_for: tuple[Modality, ...] = ()
    valid_days: Annotated[int, Field(ge=1)] | None = Field(None, description="screening.consent_valid_days if left out")
    witness: bool = Field(False, description="a witness signs too")

    @property
    def versions(self) -> frozenset[str]:
        """Versions whose signatures hold."""
        return frozenset((self.version, *self.still_valid))


def _document(code: str, title: str, *required_for: Modality) -> ConsentDocument:
    return ConsentDocument(code=code, title={"en": title}, version=_VERSION, required_for=required_for)


DEFAULT_CONSENTS = (
    _document("IV_TREATMENT", "Ketamine by infusion, a use that the FDA has not approved: its risks", *_IV),
    _document("SPRAVATO_TREATMENT", "Esketamine nasal spray: its risks", *_SPRAY),
    _document("GENERAL_TREATMENT", "General treatment"),
    _document("TRANSPORT", "No driving until the next day, and who takes you home"),
    _document("PHOTOGRAPHY", "Photographs"),
    _document("TELEHEALTH", "Visits by video"),
    _document("FINANCIAL", "What it costs and who pays"),
    _document("PRIVACY_NOTICE", "Receipt of the notice of privacy practices"),
    _document("PART_2", "Records of substance use treatment"),
    _document("REMS_COUNSELLING", "Counselling of the nasal spray's safety programme"),
    _document("EMERGENCY_CONTACT", "Whom we may tell in an emergency"),
    _document("VIDEO_OBSERVATION", "Being watched by video during a session"),
)
"""The set of H.6. Treatment itself is never given without the first two; the others are asked for as the file says."""
