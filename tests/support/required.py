"""What a test needs of its machine: without it the test is skipped, or fails where STILLWATER_REQUIRE names it."""

import os

import pytest


def required(part: str, missing: str) -> None:
    """Skip because of what is missing; fail instead when STILLWATER_REQUIRE lists the part. Nothing missing: go on."""
    if not missing:
        return
    if part in os.environ.get("STILLWATER_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"{part} is required here: {missing}", pytrace=False)
    pytest.skip(f"{part}: {missing}")
