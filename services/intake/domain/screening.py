"""Screening (domain A.1, A.2, A.8): from known facts and the clinic's rules to one immutable decision per modality."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.intake.domain.aging import ages_of
from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.loosened import Loosened, loosened
from services.intake.domain.safety import Concern, Risk, concern_of_rule
from shared.clinicfile.examples import outcome_of
from shared.clinicfile.facts import FactValue
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule
from shared.events.parts import Modality, ModalityOutcome, Outcome, ScreeningSummary
from shared.rules import ENGINE, CompiledRules, RuleResult, Verdict


class Decided(BaseModel):
    model_config = ConfigDict(frozen=True)


class Finding(Decided):
    """A rule that fired, or could not be decided: then `reason_code` is INCOMPLETE and `open_questions` says why.

    `evidence` holds the known facts the rule looked at, with units of the fact vocabulary. `would_be` is the outcome if
    an undecided rule turned out to apply.
    """

    rule_id: str
    reason_code: Literal["FIRED", "INCOMPLETE"]
    outcome: Outcome
    reason: str
    patient_reason: str
    evidence: dict[str, FactValue]
    open_questions: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    recheck_after: datetime | None = None
    concern: Risk | None = None
    would_be: Outcome | None = None

    @property
    def worst_possible(self) -> Outcome:
        return max(self.outcome, self.would_be or self.outcome, key=lambda outcome: outcome.severity)


class Condition(Decided):
    """What would settle a rule that fired, who sees to it and until when: "eligible if the ECG is normal, until ...".

    `settled`: a clinician has reviewed a decision that named it. `lapsed`: its time passed before that.
    """

    rule_id: str
    code: str
    text: str
    owner: str
    until: datetime
    modalities: tuple[Modality, ...]
    settled: bool = False
    lapsed: bool = False

    @property
    def waits(self) -> bool:
        return not self.settled and not self.lapsed


class ModalityDecision(Decided):
    """The most severe outcome of the findings; ELIGIBLE only if every rule of the modality passed, or only informs."""

    modality: Modality
    outcome: Outcome
    findings: tuple[Finding, ...]

    @property
    def worst_possible(self) -> Outcome:
        """The worst outcome that any answer to the open questions could give."""
        found = (finding.worst_possible for finding in self.findings)
        return max(found, key=lambda outcome: outcome.severity, default=Outcome.ELIGIBLE)

    @property
    def against(self) -> tuple[Finding, ...]:
        """The findings that stand in the way; the others are for information."""
        return tuple(f for f in self.findings if f.outcome is not Outcome.ELIGIBLE)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        return tuple(f.rule_id for f in self.findings if f.reason_code == "FIRED")

    @property
    def open_questions(self) -> tuple[str, ...]:
        return tuple(sorted({question for f in self.findings for question in f.open_questions}))


class Decision(Decided):
    """A screening as it was decided: by which engine under which rules, from which facts, with which result per
    modality. An old decision may not name its engine.

    `valid_until` is the earliest moment at which time alone changes it: a fact grows too old, a condition lapses, a
    birthday matters. None when nothing will, or nobody looked. `looser`: where the rules are looser than those shipped.
    """

    rule_set: str
    rule_set_hash: str
    screened_at: datetime
    modalities: tuple[ModalityDecision, ...]
    facts: dict[str, KnownFact]
    engine: str | None = None
    conditions: tuple[Condition, ...] = ()
    valid_until: datetime | None = None
    looser: tuple[Loosened, ...] = ()

    @property
    def recheck_after(self) -> datetime | None:
        """When a rule that fired says to look again, the earliest."""
        found = (f.recheck_after for m in self.modalities for f in m.findings if f.recheck_after)
        return min((at for at in found if at > self.screened_at), default=None)

    def condition(self, rule_id: str, code: str) -> Condition | None:
        return next((c for c in self.conditions if (c.rule_id, c.code) == (rule_id, code)), None)

    @property
    def emergency(self) -> bool:
        return any(m.outcome is Outcome.EMERGENCY for m in self.modalities)

    @property
    def open_questions(self) -> tuple[str, ...]:
        """Everything that is to be asked, for whatever modality."""
        return tuple(sorted({question for modality in self.modalities for question in modality.open_questions}))

    def of(self, modality: Modality) -> ModalityDecision | None:
        return next((m for m in self.modalities if m.modality is modality), None)


INCOMPLETE_REASON = "Could not be decided, facts are missing or too old. If it applied: "
INCOMPLETE_PATIENT_REASON = "We need a little more information before we can decide. We will ask you."


def screen(file: ClinicFile, rule_set_hash: str, facts: Facts, at: datetime) -> Decision:
    """Decide every modality that the clinic offers. Unknown facts are simply not in `facts`; how old the others are
    counts (`aging`)."""
    ages = ages_of(facts, at, file.screening.screening_valid_days)
    values = {name: fact.value for name, fact in facts.items()}
    rules = file.rules_in_force
    results = CompiledRules(rules).evaluate(values, ages.aged, ages.lapsed)
    decided = tuple(decide(modality, rules, results, at) for modality in modalities_of(file))
    return Decision(
        rule_set=file.rule_set,
        rule_set_hash=rule_set_hash,
        screened_at=at,
        modalities=decided,
        facts=facts,
        engine=ENGINE,
        conditions=tuple(_conditions(rules, decided, at)),
        looser=loosened(file),
    )


def modalities_of(file: ClinicFile) -> list[Modality]:
    """What the clinic offers."""
    return sorted({protocol.modality for protocol in file.protocols})


def _conditions(rules: Sequence[Rule], decided: Sequence[ModalityDecision], at: datetime) -> Iterator[Condition]:
    """What would settle the rules that stand in the way (`evidence` in the rule set)."""
    for rule in (rule for rule in rules if rule.evidence):
        concerned = tuple(m.modality for m in decided if any(f.rule_id == rule.id for f in m.against))
        for needed in rule.evidence if concerned else ():
            yield Condition(
                rule_id=rule.id, code=needed.code, text=needed.text, owner=needed.owner,
                until=at + timedelta(days=needed.within_days), modalities=concerned,
            )  # fmt: skip


def following(decision: Decision, standing: Decision | None, *, reviewed: bool) -> Decision:
    """The decision after the one that stands: a condition keeps its time, and lapses with it; a review settles it."""
    before = {(c.rule_id, c.code): c for c in standing.conditions} if standing else {}
    return decision.model_copy(
        update={
            "conditions": tuple(
                _kept(condition, before.get((condition.rule_id, condition.code)), decision.screened_at, reviewed)
                for condition in decision.conditions
            )
        }
    )


def _kept(condition: Condition, before: Condition | None, at: datetime, reviewed: bool) -> Condition:
    if before is None:
        return condition
    settled = before.settled or (reviewed and not before.lapsed)
    lapsed = not settled and before.until <= at
    return condition.model_copy(update={"until": before.until, "settled": settled, "lapsed": lapsed})


def decide(modality: Modality, rules: Sequence[Rule], results: Sequence[RuleResult], at: datetime) -> ModalityDecision:
    """One modality: the findings of every rule that concerns it and did not pass, most severe first."""
    by_id = {result.rule_id: result for result in results}
    findings = [
        _finding(rule, by_id[rule.id], modality, outcome, at)
        for rule in rules
        if (outcome := outcome_of(rule, by_id[rule.id].verdict, modality)) is not None
    ]
    findings.sort(key=lambda finding: (-finding.outcome.severity, finding.rule_id))
    outcome = findings[0].outcome if findings else Outcome.ELIGIBLE
    return ModalityDecision(modality=modality, outcome=outcome, findings=tuple(findings))


def _finding(rule: Rule, result: RuleResult, modality: Modality, outcome: Outcome, at: datetime) -> Finding:
    if result.verdict is Verdict.FIRED:
        return _fired(rule, result, outcome, at)
    return _incomplete(rule, result, outcome, rule.outcome[modality])


def _fired(rule: Rule, result: RuleResult, outcome: Outcome, at: datetime) -> Finding:
    return Finding(
        rule_id=rule.id,
        reason_code="FIRED",
        outcome=outcome,
        reason=rule.reason,
        patient_reason=rule.patient_reason,
        evidence=result.evidence,
        actions=rule.actions,
        recheck_after=_recheck_after(rule, result, at),
        concern=Risk(rule.concern) if rule.concern else None,
    )


def _recheck_after(rule: Rule, result: RuleResult, at: datetime) -> datetime | None:
    """When to look again: days after the screening, or after what a fact dates (SCR-043: event and 42 days)."""
    if rule.recheck_after_days is None:
        return None
    passed = result.evidence.get(rule.recheck_counts_from, 0) if rule.recheck_counts_from else 0
    return at + timedelta(days=rule.recheck_after_days - int(passed))


def _incomplete(rule: Rule, result: RuleResult, outcome: Outcome, would_be: Outcome) -> Finding:
    return Finding(
        rule_id=rule.id,
        reason_code="INCOMPLETE",
        outcome=outcome,
        reason=INCOMPLETE_REASON + rule.reason,
        patient_reason=INCOMPLETE_PATIENT_REASON,
        evidence=result.evidence,
        open_questions=result.missing or (rule.id,),
        would_be=would_be,
    )


def worrying(decision: Decision) -> bool:
    """Whether help must be shown with a decision: an emergency, or a finding that opens a safety concern (A.6)."""
    return decision.emergency or any(f.concern for m in decision.modalities for f in m.findings)


def concerns_of_decision(decision: Decision, previous: Decision | None) -> tuple[Concern, ...]:
    """Safety concerns that newly fired rules open: new means not fired on the same evidence in the decision before."""
    fired = {_key(f): f for m in decision.modalities for f in m.findings if f.concern}
    before = {_key(f) for m in previous.modalities for f in m.findings} if fired and previous else set()
    return tuple(concern_of_rule(f.rule_id, f.concern) for key, f in fired.items() if f.concern and key not in before)


def _key(finding: Finding) -> str:
    return finding.model_dump_json(include={"rule_id", "reason_code", "evidence"})


def summary(decision: Decision) -> ScreeningSummary:
    """What other services hear of a decision."""
    return ScreeningSummary(
        outcomes=tuple(
            ModalityOutcome(
                modality=m.modality, outcome=m.outcome, rule_ids=m.rule_ids, open_questions=m.open_questions
            )
            for m in decision.modalities
        )
    )
