from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.azure.retry_after import UNITS, asked_wait

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "86400"}, 86400),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Mon, 99 Nov 2026 99:00:00 GMT"}, None),
        ({"Retry-After": "Mon, 30 Nov 2026 02:00:20 GMT"}, 20),
        ({"Retry-After": "Mon, 30 Nov 2026 03:00:20 +0100"}, 20),
        ({"Retry-After": "Mon, 30 Nov 2026 01:00:00 GMT"}, 0),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "soon", "x-ms-retry-after-ms": "1500"}, 1.5),
    ],
)
def test_what_an_answer_asks_to_wait_is_seconds_or_nothing(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, NOW) == seconds


@given(st.dictionaries(st.sampled_from(list(UNITS)), st.text() | st.floats().map(str)))
def test_whatever_stands_there_is_no_crash_and_no_negative_wait(headers: dict[str, str]) -> None:
    asked = asked_wait(headers, NOW)
    assert asked is None or asked >= 0
