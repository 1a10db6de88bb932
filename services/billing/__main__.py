"""`python -m services.billing api | worker | migrate`."""

from services.billing.app import DEFINITION
from shared.runtime.main import run

run(DEFINITION)
