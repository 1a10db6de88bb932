"""How the suite is shared among processes (`pytest -n auto`): what costs much to prepare stays in one, longest first.

The rest goes by file, as the fixtures of a module are made for.
"""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from shared.runtime.serve import freeze_memory

_COMPOSE, _FAULTS, _STORY, _DEMO, _CONTAINERS = "compose", "faults", "story", "demo", "containers"
_FIRST = (_COMPOSE, _FAULTS, _STORY, _DEMO, _CONTAINERS)
_OF_COMPOSE = ("_in_compose.py", "test_rights.py")
_OF_STORY = ("test_kill_the_house.py", "test_story.py", "test_marked_values.py")
_OF_DEMO = ("test_demo.py", "test_interleavings.py")
_OF_FAULTS = ("tests/faults/scenarios/", "tests/faults/naive/")
_MOST_PROCESSES = 8


class Sharing(LoadScopeScheduling):
    """Hands out whole scopes, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    config.option.loadscopereorder = False
    return Sharing(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, as much of a test is waiting; in CI, beside compose and faults, as many."""
    return min((os.cpu_count() or 1) + ("CI" not in os.environ), _MOST_PROCESSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


def pytest_collection_finish() -> None:
    """What was imported and collected lives to the end: the collector need not walk through it again and again."""
    freeze_memory()


def scope_of(nodeid: str) -> str:
    """By what is expensive: the installation in compose, the story told to an undisturbed house, demo, containers."""
    path, _, test = nodeid.partition("::")
    if path.endswith(_OF_COMPOSE):
        return _COMPOSE
    if path.startswith(_OF_FAULTS):
        return _FAULTS
    if path.endswith(_OF_STORY):
        return _STORY
    if path.endswith(_OF_DEMO):
        return _DEMO
    return _CONTAINERS if f"/{_CONTAINERS}/" in path or f"[{_CONTAINERS}" in test else path


def _rank(nodeid: str) -> int:
    scope = scope_of(nodeid)
    return _FIRST.index(scope) if scope in _FIRST else len(_FIRST) + ("/journey/" not in scope)
