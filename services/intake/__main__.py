"""`python -m services.intake api | worker | migrate`."""

from services.intake.app import DEFINITION
from shared.runtime.main import run

run(DEFINITION)
