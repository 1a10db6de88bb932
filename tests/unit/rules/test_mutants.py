"""No shipped rule can be changed a little without a vector that notices (`make test-mutants` prints which)."""

import pytest

from tests.unit.rules.mutants import SHIPPED, mutants, survivors
from tests.unit.rules.table import VECTORS, misfits


def test_no_mutant_of_a_shipped_rule_survives():
    count, alive = survivors()
    assert [(mutant.rule_id, mutant.change) for mutant in alive] == []
    assert count > 10 * len(SHIPPED)


@pytest.mark.parametrize(
    ("rule_id", "without", "change"),
    [
        ("SCR-002", {"age_years": 65}, ">= -> > at 1"),
        ("SCR-082", {"under_clinician_care": False}, "under_clinician_care -> true at 1"),
    ],
)
def test_without_its_vector_a_mutant_would_live(rule_id, without, change):
    fewer = [vector for vector in VECTORS if vector.facts != without]
    alive = {m.change for m in mutants(SHIPPED[rule_id]) if m.rule and not list(misfits(m.rule, fewer))}
    assert len(fewer) == len(VECTORS) - 1
    assert change in alive
