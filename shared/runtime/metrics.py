"""Metrics for Prometheus. Labels are names of ours (service, loop, route template), never ids or values."""

from prometheus_client import Counter, Gauge, Histogram, generate_latest

OUTBOX_DEPTH = Gauge("stillwater_outbox_depth", "Events not sent yet", ["service"])
OUTBOX_AGE = Gauge("stillwater_outbox_age_seconds", "Age of the oldest unsent event", ["service"])
PARKED = Gauge("stillwater_streams_parked", "Patients whose events wait for an operator", ["service"])
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
