"""Counters of the delivery machinery, by service or consumer and outcome; never by patient."""

from prometheus_client import Counter

RELAYED = Counter("stillwater_relayed_events", "Events acknowledged by the broker", ["service", "kind"])
TAKEN = Counter("stillwater_taken_events", "Events that a consumer dealt with", ["consumer", "outcome"])
