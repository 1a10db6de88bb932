"""`python -m services.notifications api | worker | migrate`."""

from services.notifications.app import DEFINITION
from shared.runtime.main import run

run(DEFINITION)
