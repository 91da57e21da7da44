"""Why a person's simulation ended: a value in the result, never an exception, because one of many may fail."""

from enum import IntEnum


class Reason(IntEnum):
    """0 is a run that reached its end; the others are explained by `vagus explain V501` and following."""

    FINISHED = 0
    STEP_TOO_SMALL = 501
    TOO_MANY_STEPS = 502
    NOT_FINITE = 503
    PIVOT = 504
    EVENTS = 508

    @property
    def code(self) -> str:
        """The error code of a failure."""
        return f"V{int(self)}"
