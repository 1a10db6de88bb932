"""`python -m services.billing api | worker | migrate`."""

import shared.runtime.starting  # noqa: F401 -- for what it does
from services.billing.app import DEFINITION
from shared.runtime.main import run

run(DEFINITION)
