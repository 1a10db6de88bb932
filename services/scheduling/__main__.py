"""`python -m services.scheduling api | worker | migrate`."""

from services.scheduling.app import DEFINITION
from shared.runtime.main import run

run(DEFINITION)
