"""What patients and staff said in questionnaires, the lists of medications among it."""

from collections.abc import Mapping, Sequence

from services.intake.domain.formulary import BENZODIAZEPINE_MG, Formulary, told_by
from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.observations import Answered
from shared.clinicfile.facts import FactValue
from shared.clinicfile.forms import MEDICATION_FACTS

Said = Mapping[str, FactValue | None]
Latest = Mapping[str, tuple[FactValue | None, Answered]]
SPEAK_FOR = frozenset({"addiction_plan", "escort_available", "under_clinician_care"})
"""Questions of which a yes speaks for treatment and a no against it; with all others it is the other way round."""
SERIOUS_LIVER_DISEASE = ("B", "C")


def said_facts(newest_first: Sequence[Answered], formulary: Formulary) -> Facts:
    """The newest answer to each question. A newer "unknown" takes back an older answer, except one that speaks against
    treatment: only another answer does that, so that saying less never helps. "absent" says nothing.

    What a list of medications leaves open because of a name that nobody knows stays open until staff answers it.
    """
    latest: dict[str, tuple[FactValue | None, Answered]] = {}
    for given in reversed(newest_first):
        for name, value in _said(given, formulary).items():
            if _counts(name, value, given, latest):
                latest[name] = (value, given)
    return {
        name: KnownFact(value=value, source=given.source, as_of=given.at)
        for name, (value, given) in latest.items()
        if value is not None
    }


def _counts(name: str, value: FactValue | None, given: Answered, latest: Latest) -> bool:
    """Whether an answer replaces the one before."""
    if name not in latest:
        return True
    before, then = latest[name]
    if before is None and name in MEDICATION_FACTS and _listed(then):
        return value is True or _listed(given) or (given.source == "staff" and value is not None)
    return value is not None or not _speaks_against(name, before)


def _speaks_against(name: str, value: FactValue | None) -> bool:
    if isinstance(value, bool):
        return value is (name not in SPEAK_FOR)
    return name == "child_pugh" and value in SERIOUS_LIVER_DISEASE


def _listed(given: Answered) -> bool:
    return isinstance(given.answers.medications, tuple)


def _said(given: Answered, formulary: Formulary) -> Said:
    """One questionnaire: its answers, and what its list of medications says beside them."""
    answers, listed = given.answers.said(), given.answers.medications
    if not isinstance(listed, tuple):
        return answers
    told = told_by(listed, formulary)
    return answers | {name: _both(name, answers, value, given) for name, value in told.items()}


def _both(name: str, answers: Said, told: FactValue | None, given: Answered) -> FactValue | None:
    """What answer and list say together: a yes of either counts (A.8), and what staff answered settles the list."""
    answer = answers.get(name)
    if True in (answer, told) and name != BENZODIAZEPINE_MG:
        return True
    if name == BENZODIAZEPINE_MG and isinstance(answer, int | float) and isinstance(told, int | float):
        return max(answer, told)
    return answer if told is None and given.source == "staff" else told
