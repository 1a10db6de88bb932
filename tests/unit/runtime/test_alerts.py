"""The alert rules and the dashboard, against the metrics that the product really has."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from shared.clock import wall_now
from shared.messaging import metrics as delivery
from shared.runtime import gauges, metrics
from shared.runtime.lag import Heard, Lag, Lease
from tests.support.promql import NotUnderstood, firing, samples

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
}
PANELS = json.loads((DEPLOY / "grafana" / "stillwater.json").read_text())["panels"]
QUERIES = {f"{panel['title']} {target['refId']}": target["expr"] for panel in PANELS for target in panel["targets"]}
ALL = {name: rule["expr"] for name, rule in RULES.items()} | QUERIES
NAME = "alerting"  # a service of this test's own: other tests of the process leave gauges behind
PAIR = {"consumer": f"{NAME}.commands", "producer": NAME}
LONG_AGO = timedelta(minutes=10)
ADDED = {"instance", "job", "le", "up"}


def ours() -> dict[str, set[str]]:
    """The label names of each time series that the product can show."""
    known: dict[str, set[str]] = {"up": {"job", "instance"}}
    for metric in [*vars(metrics).values(), *vars(delivery).values()]:
        if isinstance(metric, MetricWrapperBase):
            ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(str(metric._type), [""])
            known |= {f"{metric._name}{end}": set(metric._labelnames) for end in ends}
    return known


@pytest.mark.parametrize("query", ALL.values(), ids=ALL)
def test_a_query_names_metrics_and_labels_that_exist(query: str) -> None:
    known = ours()
    named = set(re.findall(r"\b(?:stillwater_\w+|up)\b", query))
    assert named
    assert named <= set(known)
    labels = set(re.findall(r"\b(\w+)\s*=~?", query))
    for listed in re.findall(r"(?:by|on) \(([^)]*)\)", query):
        labels |= {label.strip() for label in listed.split(",")}
    assert labels - ADDED <= set().union(*(known[name] for name in named))


def test_the_dashboard_shows_every_metric() -> None:
    shown = set(re.findall(r"\bstillwater_\w+", " ".join(QUERIES.values())))
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown}
    assert families == {re.sub(r"_(bucket|count|sum)$", "", name) for name in ours() if name != "up"}


def test_every_rule_waits_says_how_grave_it_is_and_what_is_wrong() -> None:
    for rule in RULES.values():
        assert rule["for"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert "{{ $labels." in rule["annotations"]["summary"]


def calm(**other: Any) -> Lag:
    """A service to whom nothing is wrong, but for what is given."""
    now = wall_now()
    heard = Heard(**PAIR, taken=500, known_until=now)
    plain: dict[str, Any] = {
        "service": NAME, "said": 500, "unsent": 0, "unsent_since": None, "heard": [heard],
        "lease": Lease(held=True, worker="vm/7", since=now), "timers_overdue": 0, "timers_overdue_since": None,
        "timers_failing": 0, "quarantined": 0,
    }  # fmt: skip
    return Lag(**plain | other)


def heard(**other: Any) -> dict[str, Any]:
    return {"heard": [Heard(**PAIR, **{"taken": 500, "known_until": wall_now()} | other)]}


def alarms() -> set[str]:
    """The rules that hold for this test's service now."""
    known = samples(metrics.exposition().decode())
    mine = {(label, value) for label in ("service", "consumer", "producer") for value in (NAME, PAIR["consumer"])}
    return {name for name, rule in RULES.items() for one in firing(rule["expr"], known) if one.labels & frozenset(mine)}


TROUBLES = {
    "StillwaterNobodyRelays": lambda: {"lease": Lease(held=False, worker="vm/7", since=wall_now())},
    "StillwaterOutboxOld": lambda: {"unsent": 1, "unsent_since": wall_now() - LONG_AGO},
    "StillwaterConsumerBehind": lambda: {"said": 601},
    "StillwaterKnowledgeOld": lambda: heard(known_until=wall_now() - LONG_AGO),
    "StillwaterEventsMissing": lambda: heard(short=1),
    "StillwaterGap": lambda: heard(gaps=1),
    "StillwaterTimersOverdue": lambda: {"timers_overdue": 1, "timers_overdue_since": wall_now() - LONG_AGO},
    "StillwaterParked": lambda: heard(parked=1),
    "StillwaterQuarantined": lambda: {"quarantined": 1},
}


@pytest.fixture
def loop_turns() -> None:
    metrics.LOOP_READY.labels(NAME, "relay").set(1)


@pytest.mark.usefixtures("loop_turns")
def test_nothing_fires_while_all_is_well() -> None:
    gauges.show(calm(), wall_now())
    assert alarms() == set()


@pytest.mark.usefixtures("loop_turns")
@pytest.mark.parametrize(("name", "trouble"), TROUBLES.items(), ids=TROUBLES)
def test_a_trouble_fires_its_own_rule_alone(name: str, trouble: Any) -> None:
    gauges.show(calm(**trouble()), wall_now())
    assert alarms() == {name}


def test_a_loop_that_hangs_fires_its_rule() -> None:
    gauges.show(calm(), wall_now())
    metrics.LOOP_READY.labels(NAME, "relay").set(0)
    assert alarms() == {"StillwaterLoopNotReady"}


@pytest.mark.parametrize(("value", "fires"), [(0, 1), (1, 0)])
def test_a_process_that_does_not_answer_fires_its_rule(value: int, fires: int) -> None:
    known = samples(f'up{{job="stillwater",instance="billing-worker:8000"}} {value}\nup{{job="other"}} 0\n')
    assert len(firing(RULES["StillwaterProcessAway"]["expr"], known)) == fires


def test_each_rule_is_tried() -> None:
    assert set(RULES) == {*TROUBLES, "StillwaterLoopNotReady", "StillwaterProcessAway"}


def test_timers_go_by_business_time() -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    gauges.show(calm(timers_overdue=1, timers_overdue_since=later - timedelta(seconds=1)), later)
    assert "StillwaterTimersOverdue" not in alarms()


@pytest.mark.parametrize("rule", ["rate(stillwater_timers_total[5m]) > 1", "stillwater_outbox_depth", "a or b > 1"])
def test_what_the_test_does_not_understand_it_refuses(rule: str) -> None:
    with pytest.raises(NotUnderstood):
        firing(rule, {})
