"""docs/facts.md tells what facts there are and which rules look at them."""

import pytest

from cli.factspage import PAGE, render, sample_rules
from shared.clinicfile.facts import VOCABULARY


@pytest.fixture(scope="module")
def page():
    return render(VOCABULARY, sample_rules())


def test_the_page_of_facts_is_current(page):
    assert PAGE.read_text() == page, "run python -m cli.factspage"


def test_every_fact_stands_there_with_its_values_and_the_rules_that_use_it(page):
    assert all(f"| `{name}` |" in page for name in VOCABULARY)
    assert "| `phq9_item9` | 0 to 3 points | derived | valid |" in page
    [line] = [line for line in page.splitlines() if line.startswith("| `cssrs_high` |")]
    assert line.endswith("| SCR-090 |")
