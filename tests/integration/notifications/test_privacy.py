"""Numbers, names and texts leave no mark outside sealed columns and the provider."""

from typing import Any

import pytest

from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")

NAME, WORDS = "Quintilia", "my zebra is unwell"


async def test_nothing_personal_is_stored_said_or_logged_in_the_clear(
    scene: Scene, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    patient = await scene.lead(given_name=NAME)
    await scene.book(patient)
    await scene.quiet()
    await scene.text_in(WORDS)
    await scene.text_in("STOP")
    await scene.quiet()
    assert any(NAME in text for text in scene.sent())
    output = capfd.readouterr()
    places = [output.out, output.err, await everything(scene), caplog.text]
    for secret in (NAME, WORDS, scene.number, scene.number[-7:], scene.sent()[0]):
        assert [place for place in places if secret in place] == [], f"{len(secret)} characters leaked"


async def everything(scene: Scene) -> str:
    """Every row of every table of the service, as text."""
    tables: list[Any] = await scene.house.rows(
        "notifications", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    rows = []
    for table in tables:
        rows += await scene.house.rows("notifications", f'SELECT t::text AS row FROM "{table["tablename"]}" t')
    bodies = [str(envelope.body) for envelope in await scene.house.envelopes("notifications")]
    return "\n".join([row["row"] for row in rows] + bodies)
