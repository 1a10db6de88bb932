"""Two records of one person: what must be looked at twice before staff merges them. Nothing is merged by itself."""

from collections.abc import Iterator
from typing import Literal

from services.intake.domain.person import Person

Difference = Literal["BIRTH_DATE", "SEX_AT_BIRTH", "FAMILY_NAME", "GIVEN_NAME"]


def differences(survivor: Person, absorbed: Person) -> Iterator[Difference]:
    """Where the two records contradict each other: whoever merges them names each, having asked (H.6: two who share a
    name are told apart by a third sign). The survivor's birth date and sex decide screening from then on."""
    if survivor.birth_date != absorbed.birth_date:
        yield "BIRTH_DATE"
    if survivor.sex_at_birth != absorbed.sex_at_birth:
        yield "SEX_AT_BIRTH"
    if survivor.family_name.casefold() != absorbed.family_name.casefold():
        yield "FAMILY_NAME"
    if survivor.given_name.casefold() != absorbed.given_name.casefold():
        yield "GIVEN_NAME"
