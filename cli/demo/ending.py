"""What the story comes to for its first patient: everything that happened, and the money."""

from collections import Counter

from cli.demo.http import Json
from cli.demo.story import Story, money

SHOWN = 12


async def timeline_is_read(story: Story) -> list[str]:
    """The patient's timeline: events of all four services in the order of their times."""
    entries = await timeline_of(story)
    by = Counter(entry["service"] for entry in entries)
    counted = ", ".join(f"{count} of {service}" for service, count in by.most_common())
    latest = [f"{entry['at']['local_date']} {entry['at']['local_time'][:5]} {entry['code']}" for entry in entries]
    return [f"{len(entries)} entries: {counted}; the latest:", *latest[-SHOWN:]]


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
