"""An instant beside the clock on the wall, also where the clock jumps."""

from datetime import UTC, date, datetime, time

import pytest

from shared.http import instant


@pytest.mark.parametrize(
    ("moment", "zone", "local_time", "local_date"),
    [
        (datetime(2030, 7, 1, 3, 30, tzinfo=UTC), "America/Boise", time(21, 30), date(2030, 6, 30)),
        (datetime(2030, 3, 10, 8, 59, tzinfo=UTC), "America/Boise", time(1, 59), date(2030, 3, 10)),
        (datetime(2030, 3, 10, 9, 0, tzinfo=UTC), "America/Boise", time(3, 0), date(2030, 3, 10)),
        (datetime(2030, 11, 3, 7, 30, tzinfo=UTC), "America/Boise", time(1, 30), date(2030, 11, 3)),
        (datetime(2030, 11, 3, 8, 30, tzinfo=UTC), "America/Boise", time(1, 30), date(2030, 11, 3)),
        (datetime(2030, 7, 1, 17, 0, 0, 999, tzinfo=UTC), "America/Phoenix", time(10, 0), date(2030, 7, 1)),
    ],
)
def test_local_time_and_date(moment: datetime, zone: str, local_time: time, local_date: date) -> None:
    shown = instant(moment, zone)
    assert (shown.local_time, shown.local_date, shown.zone, shown.utc) == (local_time, local_date, zone, moment)


def test_a_moment_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        instant(datetime(2030, 7, 1), "America/Boise")
