"""The instruments that are scored here besides the PHQ-9 (domain B.1), as data: items, points, bands, codes.

Where the owner of an instrument does not allow it, no wording is kept, only points (`scores_only`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.intake.domain.phq9 import LOINC_DIFFICULTY


class InstrumentCode(StrEnum):
    """Codes of domain B.1."""

    GAD7 = "GAD7"
    PCL5 = "PCL5"
    PCPTSD5 = "PCPTSD5"
    CSSRS_SCREEN = "CSSRS_SCREEN"
    AUDITC = "AUDITC"
    MDQ = "MDQ"
    PAIN_NRS = "PAIN_NRS"
    MADRS = "MADRS"
    YBOCS = "YBOCS"
    BPI_SF = "BPI_SF"
    CADSS = "CADSS"
    CADSS6 = "CADSS6"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument. `highest`: the most points of each item, in order; the fewest are 0.

    `bands`: (fewest points, name), the highest first. `items`, `total` and `panel` are LOINC codes where verified;
    `difficulty` is that of the unscored question how difficult it made daily life, where there is one.
    """

    code: InstrumentCode
    name: str
    highest: Sequence[int]
    recall: str
    by_staff: bool = False
    scores_only: bool = False
    bands: Sequence[tuple[int, str]] = ()
    loinc_items: Sequence[str] = ()
    loinc_total: str | None = None
    loinc_panel: str | None = None
    loinc_difficulty: str | None = None

    @property
    def has_total(self) -> bool:
        """Whether the points of all items add up to one total."""
        return self.code not in (InstrumentCode.BPI_SF, InstrumentCode.CSSRS_SCREEN, InstrumentCode.MDQ)


_GAD7_BANDS = ((15, "SEVERE"), (10, "MODERATE"), (5, "MILD"), (0, "MINIMAL"))
_MADRS_BANDS = ((35, "SEVERE"), (20, "MODERATE"), (7, "MILD"), (0, "NONE"))
_YBOCS_BANDS = ((32, "EXTREME"), (24, "SEVERE"), (16, "MODERATE"), (8, "MILD"), (0, "SUBCLINICAL"))

_ALL = (
    Instrument(
        InstrumentCode.GAD7, "Generalized Anxiety Disorder-7", [3] * 7, "2 weeks", bands=_GAD7_BANDS,
        loinc_items=("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"),
        loinc_total="70274-6", loinc_panel="69737-5", loinc_difficulty=LOINC_DIFFICULTY,
    ),
    Instrument(
        InstrumentCode.PCL5, "PTSD Checklist for DSM-5", [4] * 20, "1 month", loinc_total="101698-9",
        loinc_panel="101697-1",
    ),
    Instrument(
        InstrumentCode.PCPTSD5, "Primary Care PTSD screen", [1] * 6, "1 month", loinc_total="102017-1",
        loinc_items=("102012-2", "102013-0", "102014-8", "102015-5", "102016-3"),
    ),
    Instrument(
        InstrumentCode.CSSRS_SCREEN, "Columbia screener", [1] * 7, "1 month, lifetime and 3 months",
        loinc_items=("93246-7", "93247-5", "93248-3", "93249-1", "93250-9", "93267-3", "93269-9"),
        loinc_total="93374-7",
    ),
    Instrument(
        InstrumentCode.AUDITC, "AUDIT consumption questions", [4] * 3, "1 year",
        loinc_items=("68518-0", "68519-8", "68520-6"), loinc_total="75626-2", loinc_panel="72109-2",
    ),
    Instrument(
        InstrumentCode.MDQ, "Mood Disorder Questionnaire", [*[1] * 14, 3], "lifetime", scores_only=True,
        loinc_total="84773-1",
    ),
    Instrument(InstrumentCode.PAIN_NRS, "Pain, 0 to 10", [10], "now or 24 hours", loinc_total="72514-3"),
    Instrument(
        InstrumentCode.MADRS, "Montgomery-Asberg Depression Rating Scale", [6] * 10, "7 days", by_staff=True,
        scores_only=True, bands=_MADRS_BANDS,
    ),
    Instrument(
        InstrumentCode.YBOCS, "Yale-Brown Obsessive Compulsive Scale", [4] * 10, "7 days", by_staff=True,
        scores_only=True, bands=_YBOCS_BANDS,
    ),
    Instrument(
        InstrumentCode.BPI_SF, "Brief Pain Inventory, short form", [10] * 11, "24 hours or 1 week", scores_only=True,
        loinc_total="77565-0",
    ),
    Instrument(
        InstrumentCode.CADSS, "Clinician-Administered Dissociative States Scale", [4] * 23, "now", by_staff=True,
        scores_only=True,
    ),
    Instrument(
        InstrumentCode.CADSS6, "The same, short form of six items", [4] * 6, "now", by_staff=True, scores_only=True
    ),
)  # fmt: skip
CATALOGUE = {instrument.code: instrument for instrument in _ALL}
