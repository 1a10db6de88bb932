"""A screening in words: one line per finding, the facts it rests on with source and age, and what is unknown."""

from datetime import datetime

from services.intake.domain.known import KnownFact
from services.intake.domain.screening import Condition, Decision, Finding, ModalityDecision
from services.intake.models import Screening
from services.intake.schemas.screening import ExplanationView, LooserView, UsedFact
from shared.clinicfile.facts import VOCABULARY, FactValue


def explanation_view(screening: Screening, decision: Decision) -> ExplanationView:
    return ExplanationView(
        screening_id=screening.id,
        version=screening.version,
        rule_set=decision.rule_set,
        rule_set_hash=decision.rule_set_hash,
        engine=decision.engine,
        lines=tuple(lines_of(decision)),
        facts=tuple(_used(name, fact, decision.screened_at) for name, fact in sorted(decision.facts.items())),
        unknown=decision.open_questions,
        valid_until=decision.valid_until,
        recheck_after=decision.recheck_after,
        looser=tuple(LooserView(**one.model_dump()) for one in decision.looser),
        patient_reasons={f.rule_id: f.patient_reason for m in decision.modalities for f in m.findings},
    )


def lines_of(decision: Decision) -> list[str]:
    """Each modality with its outcome, a line for every finding and for what would settle it, and what is looser."""
    return [
        *(line for modality in decision.modalities for line in _lines(modality)),
        *(_condition(condition) for condition in decision.conditions),
        *(str(one) for one in decision.looser),
    ]


def _condition(condition: Condition) -> str:
    until = f"{condition.until:%Y-%m-%d}"
    state = f"lapsed on {until}" if condition.lapsed else f"until {until}"
    return (
        f"{', '.join(condition.modalities)}: {condition.rule_id} is settled if {condition.text}"
        f" ({condition.owner}, {'settled by a review' if condition.settled else state})"
    )


def _lines(modality: ModalityDecision) -> list[str]:
    head = f"{modality.modality}: {modality.outcome}"
    if modality.worst_possible is not modality.outcome:
        head += f", at worst {modality.worst_possible}"
    if not modality.findings:
        return [f"{head}, every rule passed"]
    return [head, *(_line(finding) for finding in modality.findings)]


def _line(finding: Finding) -> str:
    evidence = ", ".join(f"{name} = {_shown(name, value)}" for name, value in sorted(finding.evidence.items()))
    known = f" [{evidence}]" if evidence else ""
    asked = f" Unknown: {', '.join(finding.open_questions)}." if finding.open_questions else ""
    return f"{finding.rule_id} {finding.outcome}: {finding.reason}{known}{asked}"


def _shown(name: str, value: FactValue) -> str:
    unit = VOCABULARY[name].unit if name in VOCABULARY else None
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return f"{text} {unit}" if unit else text


def _used(name: str, fact: KnownFact, at: datetime) -> UsedFact:
    word = VOCABULARY[name]
    hours = int((at - fact.as_of).total_seconds() // 3600)
    return UsedFact(
        name=name, meaning=word.meaning, value=fact.value, unit=word.unit, source=fact.source, as_of=fact.as_of,
        age_hours=hours,
    )  # fmt: skip
