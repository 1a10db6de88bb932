"""Content hashes of a clinic file: what was staged, approved, activated, and named by decisions."""

import hashlib
import json
from typing import Any

from shared.clinicfile.model import ClinicFile

CLINICAL_SECTIONS = (
    "consents", "diazepam_equivalents", "forms", "instrument_languages", "medicines", "parameters", "protocols",
    "rule_changes", "rule_set", "rules", "screening", "session", "prescribing", "on_call", "safety", "chart", "day_of",
)  # fmt: skip
"""Sections that take effect only after a director approved the hash."""


def canonical(file: ClinicFile) -> str:
    """The file as JSON with every default written out and keys sorted: equal content, equal text."""
    return _json(file.model_dump(mode="json"))


def content_hash(file: ClinicFile) -> str:
    """SHA-256 of the canonical text, in hex."""
    return _sha256(canonical(file))


def clinical_hash(file: ClinicFile) -> str:
    """SHA-256 of the clinical sections alone, in hex."""
    return _sha256(_json(file.model_dump(mode="json", include=set(CLINICAL_SECTIONS))))


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
