"""Screening rules as data (domain A.2): rules, the numbers in them that have names, and what a clinic changes.

Stillwater ships a rule set. A clinic adds rules, raises outcomes and moves numbers in their strict direction as it
likes; whatever else it does counts as looser, and needs an `Approval` that stands in its file and in every decision.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictFloat, StrictInt, model_validator

from shared.clinicfile.policies import FilePart, NeededEvidence
from shared.events.parts import Modality, Outcome

RuleId = Annotated[str, Field(pattern=r"^[A-Z]{3}-\d{2,3}[A-Z]?$|^PHQ9-ITEM9-\d$")]
ParameterName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
Number = Annotated[StrictInt | StrictFloat, Field(ge=0, le=100_000)]
Action = Literal[
    "SHOW_CRISIS_LINES", "PAGE_ON_CALL", "STOP_SELF_BOOKING", "SAME_DAY_CALL", "SAME_DAY_REFERRAL",
    "MEASURE_WEIGHT_HEIGHT", "RECHECK_PRESSURE", "OFFER_REFERRAL", "FINISH_SUICIDE_SCREEN", "PREGNANCY_TEST", "ECG",
    "LIVER_TESTS", "OBSERVE_LONGER", "WATCH_PRESSURE",
]  # fmt: skip
"""What staff or the system does when a rule fires."""


class RuleExample(FilePart):
    """Facts and the outcome that the rule must give for them: checked at apply."""

    facts: dict[str, Any]
    outcome: Outcome | Literal["PASS", "INCOMPLETE"]


class Parameter(FilePart):
    """A number of the rules that has a name. `stricter` is the direction in which they let fewer patients pass."""

    id: ParameterName
    value: Number
    stricter: Literal["lower", "higher"]
    unit: Annotated[str, Field(min_length=1, max_length=40)]
    text: Annotated[str, Field(min_length=1, max_length=200, description="what it is, for staff")]

    def looser(self, value: float) -> bool:
        """Whether another value lets more patients pass than this one."""
        return value > self.value if self.stricter == "lower" else value < self.value


class Rule(FilePart):
    """A screening rule as data (domain A.2): a CEL expression over the fact vocabulary that is true when it fires.

    `{name}` of a parameter in `reason` and `patient_reason` stands for its value.
    """

    id: RuleId
    when: Annotated[str, Field(description="CEL; true means the rule fires")]
    needs: tuple[str, ...] = Field(description="facts the expression uses")
    parameters: tuple[ParameterName, ...] = Field((), description="named numbers the expression uses")
    outcome: dict[Modality, Outcome] = Field(description="per modality; a modality left out is not concerned")
    unknown: Outcome = Field(
        Outcome.NEEDS_REVIEW, description="outcome when a needed fact is unknown (A.8: some DEFER)"
    )
    reason: str = Field(description="for staff")
    patient_reason: str = Field(description="for the patient, plain and kind")
    actions: tuple[Action, ...] = ()
    concern: Literal["LOW", "MODERATE", "HIGH"] | None = Field(
        None, description="firing opens a safety concern of this risk (domain A.6)"
    )
    recheck_after_days: Annotated[int, Field(ge=1)] | None = None
    recheck_after_parameter: ParameterName | None = Field(
        None, description="a parameter in days that stands for recheck_after_days"
    )
    recheck_counts_from: str | None = Field(
        None, description="a needed fact in days: recheck_after_days count from what it dates, not from the screening"
    )
    evidence: tuple[NeededEvidence, ...] = Field((), description="what would settle it once it fired")
    examples: Annotated[tuple[RuleExample, ...], Field(min_length=2)]


class ExpectedOutcome(FilePart):
    """What the rules come to for one modality: every rule that fires, also to inform, and every one left open."""

    outcome: Outcome
    fired: tuple[RuleId, ...] = ()
    open: tuple[RuleId, ...] = ()


class RuleSetExample(FilePart):
    """Somebody, and what all rules together make of them: checked at apply. What is no fact here is unknown."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
    like: str | None = Field(None, description="an earlier example, whose facts hold where this one has no other")
    facts: dict[str, Any] = Field(default_factory=dict)
    unknown: tuple[str, ...] = Field((), description="facts of `like` that are not known here")
    expect: Annotated[dict[Modality, ExpectedOutcome], Field(min_length=1)]


class Approval(FilePart):
    """Who answers for something looser than the shipped rules, since when, and why."""

    approved_by: Annotated[str, Field(min_length=1, max_length=100, description="the director's name")]
    approved_on: date
    why: Annotated[str, Field(min_length=10, max_length=500)]


class RuleChange(FilePart):
    """One parameter moved, or one rule changed or removed, as this clinic wants it. What is looser needs `approval`.

    `outcome` replaces that of the modalities it names. A rule that is otherwise written than the shipped one (another
    expression, a missing action) has a change with nothing but its approval.
    """

    parameter: ParameterName | None = None
    value: Number | None = Field(None, description="of the parameter")
    rule: RuleId | None = None
    removed: bool = False
    outcome: dict[Modality, Outcome] = Field(default_factory=dict)
    unknown: Outcome | None = None
    approval: Approval | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.parameter is None) == (self.rule is None):
            raise ValueError("changes one thing: name either parameter or rule")
        if (self.parameter is None) != (self.value is None):
            raise ValueError("gives a value to a parameter, and to nothing else: write parameter and value")
        if (self.parameter or self.removed) and (self.outcome or self.unknown):
            raise ValueError("changes outcome or unknown of something that has none: name a rule that stays")
        if self.parameter and self.removed:
            raise ValueError("removes a parameter: move it, or remove the rules that use it")
        return self
