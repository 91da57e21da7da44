"""Random streams: one key, one stream; nothing else moves it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vagus.people.stream import stream

KEY = (1, "simulate", 7, "traits")


def numbers(seed: int, study: str, person: int, purpose: str) -> np.ndarray:
    return stream(seed, study, person, purpose).standard_normal(50)


def test_the_same_key_gives_the_same_numbers() -> None:
    assert np.array_equal(numbers(*KEY), numbers(*KEY))


def test_every_part_of_the_key_counts() -> None:
    others = [
        (2, "simulate", 7, "traits"),
        (1, "trial", 7, "traits"),
        (1, "simulate", 8, "traits"),
        (1, "simulate", 7, "noise"),
    ]
    first = numbers(*KEY)
    for other in others:
        assert abs(np.corrcoef(first, numbers(*other))[0, 1]) < 0.5
        assert not np.isin(first, numbers(*other)).any()


def test_parts_of_the_key_do_not_run_together() -> None:
    assert not np.array_equal(numbers(1, "a", 11, "b"), numbers(11, "a", 1, "b"))
    assert not np.array_equal(numbers(1, "study 1", 1, "x"), numbers(1, "study ", 11, "x"))


def test_another_purpose_changes_nothing() -> None:
    first = numbers(*KEY)
    stream(1, "simulate", 7, "a new purpose").standard_normal(1000)
    assert np.array_equal(first, numbers(*KEY))


def test_the_numbers_are_the_same_in_every_version() -> None:
    """The stream is part of every published result; these numbers never change."""
    assert stream(1, "simulate", 0, "traits").standard_normal(3).round(12).tolist() == STREAM


STREAM = [0.451756006162, -2.086335597515, 0.391624409036]


@given(st.integers(-(2**70), 2**70), st.text(), st.integers(0, 10**9), st.text())
def test_any_key_has_a_stream(seed: int, study: str, person: int, purpose: str) -> None:
    assert np.isfinite(stream(seed, study, person, purpose).uniform())
