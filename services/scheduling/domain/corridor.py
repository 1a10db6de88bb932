"""Where a session of a course may start beside the others, for many times at once (domain D.1, D.5).

`Series.violations` says of one time which rules it breaks; a property test compares them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from services.scheduling.domain.series import Series
from shared.calendar import local_date, span_days, within_wall_days


def admitted(series: Series, number: int) -> Callable[[date, Sequence[datetime]], list[datetime]]:
    """A filter: of the times of a local day, in order, those at which a session breaks no rule of the course."""
    template, zone = series.template, series.zone
    others = [s for s in series.standing if s.number != number]
    before = max((s.starts_at for s in others if s.number < number), default=None)
    after = min((s.starts_at for s in others if s.number > number), default=None)
    gap = max(timedelta(hours=template.min_gap_hours), timedelta.resolution)
    fits = _fits(series, [local_date(s.starts_at, zone) for s in others])

    def near(start: datetime) -> bool:
        """Not behind the longest gap, which is judged by the wall clock."""
        late = before is not None and not within_wall_days(before, start, template.max_gap_days, zone)
        return not late and (after is None or within_wall_days(start, after, template.max_gap_days, zone))

    def kept(day: date, starts: Sequence[datetime]) -> list[datetime]:
        if not fits(day):
            return []
        found = [
            start for start in starts
            if (before is None or start - before >= gap) and (after is None or after - start >= gap)
        ]  # fmt: skip
        ends = found[:1] + found[-1:]
        return found if all(map(near, ends)) else [start for start in found if near(start)]

    return kept


def _fits(series: Series, days: Sequence[date]) -> Callable[[date], bool]:
    """Whether the week of a day has room for one more session, and the course keeps its window with it."""
    most = max(map(len, series.template.patterns))
    shortest, longest = series.template.window_days
    full = {week for week, many in Counter(day.isocalendar()[:2] for day in days).items() if many >= most}
    complete = len(days) + 1 >= series.template.sessions

    def fits(day: date) -> bool:
        span = span_days(min([*days, day]), max([*days, day]))
        return day.isocalendar()[:2] not in full and span <= longest and not (complete and span < shortest)

    return fits
