"""The collector rests while a process starts, and works from then on."""

import subprocess
import sys

import pytest

from tests.contract.sources import ROOT, SERVICES

_START = """
import gc, sys
sys.argv = ["service", "--help"]
try:
    import services.{name}.__main__
except SystemExit:
    resting = not gc.isenabled()
from shared.runtime.serve import freeze_memory
freeze_memory()
print(resting, gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


@pytest.mark.parametrize("name", SERVICES)
def test_the_collector_rests_until_a_process_of_a_service_has_started(name: str) -> None:
    asked = [sys.executable, "-c", _START.format(name=name)]
    ended = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=ROOT)
    assert ended.stdout.split()[-3:] == ["True", "True", "True"]
