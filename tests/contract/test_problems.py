"""Every refusal of the product: one code, one meaning, and what to do about it."""

import re
from importlib import import_module

import pytest

from shared.problems import CATALOGUE, ProblemKind
from tests.contract.sources import calls, name, python_files

for path in python_files("shared", "services"):
    if "problem_kind(" in path.read_text():
        import_module(name(path).removesuffix(".py").replace("/", "."))

KINDS = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda k: k.code)


def test_every_code_is_declared_once_over_all_services():
    found = [code for path in python_files("shared", "services") for code in calls(path, "problem_kind")]
    assert sorted(found) == sorted(set(found))
    assert set(found) == {code for code in CATALOGUE if not code.startswith("TEST_")}


@KINDS
def test_a_problem_says_what_was_wrong_and_what_to_do(kind: ProblemKind):
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+", kind.code)
    assert len(kind.title) >= 10
    assert kind.mend.endswith("."), kind.mend
    assert kind.mend.rstrip(".") != kind.title


@KINDS
def test_a_problem_has_an_error_status_that_fits(kind: ProblemKind):
    assert kind.status in {400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 422, 428, 429, 500, 502, 503}
    assert kind.retryable <= (kind.status in {409, 429, 500, 502, 503})
