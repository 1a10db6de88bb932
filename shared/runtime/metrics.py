"""Metrics for Prometheus. Labels are names of ours (service, loop, route template), never ids or values."""

from prometheus_client import Counter, Gauge, Histogram, generate_latest

OUTBOX_DEPTH = Gauge("stillwater_outbox_depth", "Events not sent yet", ["service"])
OUTBOX_AGE = Gauge("stillwater_outbox_age_seconds", "Age of the oldest unsent event", ["service"])
SAID = Gauge("stillwater_events_said", "Events that a service ever said", ["producer"])
HEARD = Gauge("stillwater_events_heard", "Events of a producer that a consumer ever took", ["consumer", "producer"])
WAITING = Gauge("stillwater_events_waiting", "Events stored behind a parked or missing one", ["consumer", "producer"])
WAITING_AGE = Gauge(
    "stillwater_events_waiting_age_seconds", "How long the oldest of them is stored", ["consumer", "producer"]
)  # fmt: skip
GAPS = Gauge("stillwater_streams_gapped", "Patients of whom an event did not arrive yet", ["consumer", "producer"])
KNOWN_AGE = Gauge(
    "stillwater_known_age_seconds", "How old the newest is that a consumer knows all of; -1 before it knows anything",
    ["consumer", "producer"],
)  # fmt: skip
SHORT = Gauge(
    "stillwater_partitions_short", "Partitions of which fewer events arrived than were said", ["consumer", "producer"]
)  # fmt: skip
PARKED = Gauge("stillwater_streams_parked", "Patients whose events wait for an operator", ["service"])
QUARANTINED = Gauge("stillwater_records_quarantined", "Records that are no events", ["service"])
LEASE_HELD = Gauge("stillwater_relay_lease_held", "1 while a worker may relay, else 0", ["service"])
LEASE_SINCE = Gauge("stillwater_relay_lease_since_seconds", "When the relay's lease was taken, Unix time", ["service"])
TIMERS_OVERDUE = Gauge("stillwater_timers_overdue", "Timers that are due and not done", ["service"])
TIMERS_OVERDUE_AGE = Gauge(
    "stillwater_timers_overdue_age_seconds", "How long the oldest of them is due, business time", ["service"]
)  # fmt: skip
TIMERS_FAILING = Gauge("stillwater_timers_failing", "Overdue timers that failed at least once", ["service"])
LOOP_READY = Gauge(
    "stillwater_loop_ready", "1 while a loop turns, 0 when it hangs or keeps failing", ["service", "loop"]
)
TIMERS = Counter(
    "stillwater_timers_total", "Timers by outcome: done, stale, set_back", ["service", "kind", "outcome"]
)  # fmt: skip
LOOP_RESTARTS = Counter("stillwater_loop_restarts_total", "Loops started again after an error", ["service", "loop"])
HTTP_SECONDS = Histogram(
    "stillwater_http_seconds", "Time to answer a request", ["service", "method", "route", "status"]
)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest()
