"""When an event that waits is due: moments and delays add up as they are written."""

import numpy as np
import pytest

from vagus.solve.agenda import due_time

AFTER = float(np.nextafter(1.5, 2.0))  # `time > 1.5` begins to hold


@pytest.mark.parametrize(
    ("now", "delay", "due"),
    [
        (1.1, 2.2, 3.3),  # 1.1 + 2.2 is one rounding more
        (AFTER, 2.0, float(np.nextafter(3.5, 4.0))),
        (AFTER, 0.0, AFTER),
        (1 / 3, 2 / 3, 1 / 3 + 2 / 3),
        (0.0, 1e-30, 1e-30),
        (1.2999999999999998, 0.0, 1.2999999999999998),
        (5.0, np.inf, np.inf),
    ],
)
def test_an_event_is_due_at_the_sum_one_would_write(now: float, delay: float, due: float) -> None:
    assert due_time(now, delay) == due


def test_what_does_not_wait_is_due_now() -> None:
    moments = np.random.default_rng(1).uniform(0.0, 100.0, 200)
    for now in [*moments, *np.round(moments, 2), *np.nextafter(np.round(moments, 2), np.inf)]:
        assert due_time(float(now), 0.0) == now
