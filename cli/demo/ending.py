"""What the story comes to for its first patient: everything that happened, and the money."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from cli.demo.http import Json
from cli.demo.story import Story, money


async def timeline_is_read(story: Story) -> list[str]:
    """The patient's timeline: events of all four services in the order of their times, a line for each local day."""
    entries = await timeline_of(story)
    by = Counter(entry["service"] for entry in entries)
    counted = ", ".join(f"{count} of {service}" for service, count in by.most_common())
    days = groupby(entries, key=lambda entry: str(entry["at"]["local_date"]))
    return [f"{len(entries)} entries: {counted}", *(f"{day}  {_summed(of_day)}" for day, of_day in days)]


def _summed(entries: Iterable[Json]) -> str:
    """What happened on a day, each kind once, in the order in which it happened first."""
    counts = Counter(entry["code"] for entry in entries)
    return ", ".join(code if count == 1 else f"{count} {code}" for code, count in counts.items())


async def timeline_of(story: Story) -> list[Json]:
    """Every page of the timeline."""
    path, entries, cursor = f"/v1/patients/{story.treated.id}/timeline?limit=200", list[Json](), ""
    while True:
        page = await story.house.get("intake", path + cursor, story.staff["clinician"])
        entries += page["items"]
        if not page.body.get("next_cursor"):
            return entries
        cursor = f"&cursor={page['next_cursor']}"


async def money_is_counted(story: Story) -> list[str]:
    """The patient's account: what was charged, paid and is due."""
    path = f"/v1/patients/{story.treated.id}/account"
    account = await story.house.get("billing", path, story.staff["biller"])
    return [
        f"invoiced {money(one['invoiced'])}, credited {money(one['credited'])}, paid {money(one['paid'])}, "
        f"due {money(one['due'])}"
        for one in account["balances"]
    ]
