"""Telling the steps: in order, and with the name of the one that did not happen."""

import io
from typing import Any, cast

import pytest
from rich.console import Console

from cli.demo.http import StepFailed
from cli.demo.screen import PlainScreen
from cli.demo.story import Step, Story
from cli.demo.tale import Tale


async def happens(story: Story) -> list[str]:
    return ["seen"]


async def is_refused(story: Story) -> list[str]:
    raise StepFailed("order: 422 DOSE_REFUSED /mg_per_kg ABOVE_CAP")


async def answers_nothing(story: Story) -> list[str]:
    return [cast(dict[str, Any], {})["order_id"]]


@pytest.mark.parametrize(
    ("step", "why"),
    [(is_refused, "order: 422 DOSE_REFUSED /mg_per_kg ABOVE_CAP"), (answers_nothing, "the answer lacks 'order_id'")],
)
async def test_the_step_that_did_not_happen_is_named_and_ends_the_story(step: Step, why: str) -> None:
    tale = Tale((("It begins", happens), ("It breaks", step), ("It goes on", happens)), {})
    out = io.StringIO()
    with pytest.raises(StepFailed) as failed:
        await tale.tell(cast(Story, None), PlainScreen(Console(file=out, width=100)))
    assert str(failed.value) == f"step 2, It breaks: {why}"
    assert "It goes on" not in out.getvalue()
