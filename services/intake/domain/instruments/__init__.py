"""Instruments (domain B): what there is, how a filled one is scored, what a change between two totals means."""

from services.intake.domain.instruments.catalogue import CATALOGUE, Instrument, InstrumentCode
from services.intake.domain.instruments.scoring import (
    Answers,
    InstrumentResult,
    Score,
    WrongAnswers,
    asked,
    contradictory,
    score,
)

__all__ = [
    "CATALOGUE", "Answers", "Instrument", "InstrumentCode", "InstrumentResult", "Score", "WrongAnswers", "asked",
    "contradictory", "score",
]  # fmt: skip
