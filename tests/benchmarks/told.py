"""From a request until the last service has committed what follows from it, against the request alone."""

from statistics import median

from services.billing.app import DEFINITION as BILLING
from services.intake.app import DEFINITION as INTAKE
from services.notifications.app import DEFINITION as NOTIFICATIONS
from services.scheduling.app import DEFINITION as SCHEDULING
from shared.clock import monotonic
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, cluster, reaching
from tests.support.house import House, running

REQUESTS = 30
HEARERS = (SCHEDULING, NOTIFICATIONS, BILLING)
_HEARD = "SELECT count(*) FROM stream WHERE consumer = '{}.commands' AND taken_seq >= 1"


async def measure(ground: Ground) -> list[Figure]:
    """Registering a patient is told to three services; milliseconds, medians."""
    with cluster() as broker:
        async with running([INTAKE, *HEARERS], ground.postgres, broker) as house:
            measured = [await _registers(house, number) for number in range(1, REQUESTS + 1)]
    alone, whole = (median(one[of] for one in measured[REQUESTS // 5 :]) * 1000 for of in (0, 1))
    return [Figure("submit to last commit", "ms", whole, alone, "the request alone", more_is_better=False)]


async def _registers(house: House, number: int) -> tuple[float, float]:
    """Seconds until the answer, and until the third service has committed."""
    person = {
        "clinic_id": str(house.clinic.clinic_id), "legal_given_name": "Hazel", "legal_family_name": "Winterbourne",
        "birth_date": "1990-02-03", "sex_at_birth": "female", "phone": "+12085550119",
    }  # fmt: skip
    client = house.client("intake", house.tokens.staff("frontdesk"))
    began = monotonic()
    answer = await client.post("/v1/patients", json=person, headers={"Idempotency-Key": f"registers-{number}"})
    answered = monotonic()
    answer.raise_for_status()
    ends = [await reaching(house.services[one.name], _HEARD.format(one.name), number) for one in HEARERS]
    return answered - began, max(ends) - began
