"""`python -m services.notifications api | worker | migrate`."""

import shared.runtime.starting  # noqa: F401 -- for what it does
from services.notifications.app import DEFINITION
from shared.runtime.main import run

run(DEFINITION)
