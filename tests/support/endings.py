"""Whether a story that was disturbed ended as one that was not."""

from collections import Counter
from typing import Protocol

from tests.support.tables import Databases, Tables, rows_of

# An e-mail whose process was killed between handing it over and writing the answer down is never repeated, and no
# server can be asked (README of notifications): it shows as failed, for a person to look after, not as sent.
_OF_MAIL_IN_DOUBT = {"notifications.message", "notifications.call_task", "intake.timeline_entry"}
_IN_DOUBT = """
SELECT state FROM message
WHERE channel = 'EMAIL' AND attempted_at IS NOT NULL AND state IN ('SENDING', 'UNKNOWN')
"""


class Ended(Protocol):
    """What is compared; `in_doubt` counts the states of e-mails of which nobody knows whether they left."""

    tables: Tables
    said: Counter[str]
    unsettled: list[str]
    in_doubt: Counter[str]


async def mails_in_doubt(addresses: Databases) -> Counter[str]:
    return Counter(row["state"] for row in await rows_of(addresses, "notifications", _IN_DOUBT))


def assert_same(ending: Ended, undisturbed: Ended) -> None:
    """The same events and the same tables; what an e-mail in doubt touches is only counted."""
    assert ending.unsettled == []
    doubt = Counter(MessageSent=ending.in_doubt.total())
    doubt.subtract(MessageFailed=ending.in_doubt["UNKNOWN"])
    said = Counter(ending.said)
    said.update(doubt)
    more, less = said - undisturbed.said, undisturbed.said - said
    assert (more, less) == (Counter(), Counter()), f"said as well: {dict(more)}; not said: {dict(less)}"
    apart = _OF_MAIL_IN_DOUBT if ending.in_doubt else set()
    for name in undisturbed.tables.keys() - apart:
        more, less = ending.tables[name] - undisturbed.tables[name], undisturbed.tables[name] - ending.tables[name]
        assert (more, less) == (Counter(), Counter()), f"{name} differs: {[*more]} in place of {[*less]}"
