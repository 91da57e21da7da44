"""A piece of a crowd: the people of a range of candidates, drawn, at rest and simulated.

Nobody's numbers depend on who else is in the piece, so a crowd can be cut anywhere and computed anywhere: a range of
indices, the seed and the name of the study say who the people are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..body.legs import Sample
from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import Resting, resting_state
from ..body.run import Run
from ..body.simulate import CLOCK, People, simulate
from ..body.treatment import Treatment
from ..errors import VagusError, fail
from ..solve.integrate import Control
from .adjust import numbers_of
from .draw import draw_persons, join_people, take_people

BLOCK = 512  # people: enough to fill the lanes, little enough for small memory
_MOST_DRAWN = 20  # candidates for each person wanted, as in `draw_accepted`


@dataclass(frozen=True)
class Order:
    """What is to be computed for everybody in a crowd: all that a piece needs beside the model and its range.

    Attributes:
        patient: conditions and covariates that all of them share.
        arms: treatments; every arm has the same people.
        days: length from day 0 08:00.
        outputs: names of states and outputs to record.
        times: hours at which they are read; as `simulate` chooses when None.
        control: tolerances.
        seed: base seed.
        study: name that keys the random streams.
        adjust: numbers of the population, see `adjust`.
        clock, samples: as of `simulate`.
    """

    patient: Patient
    arms: Sequence[Treatment]
    days: float
    outputs: Sequence[str]
    times: Array | None = None
    control: Control = field(default_factory=Control)
    seed: int = 1
    study: str = "simulate"
    adjust: Mapping[str, float] | None = None
    clock: str = CLOCK
    samples: Sequence[Sample] = ()


@dataclass(frozen=True)
class Piece:
    """Accepted people of a range of candidates.

    Attributes:
        people: who was accepted.
        index: of each of them among all candidates (people,).
        run: their simulation; None when nobody was accepted.
        drawn: candidates in the range.
    """

    people: People
    index: NDArray[np.int64]
    run: Run | None
    drawn: int

    @property
    def size(self) -> int:
        """How many people."""
        return int(self.index.size)

    def head(self, most: int) -> "Piece":
        """The first people of the piece."""
        if self.size <= most or self.run is None:
            return self
        people, run = take_people(self.people, np.arange(most)), self.run
        facts = {**run.facts, "people": most}
        cut = replace(
            run,
            values={name: value[:, :most] for name, value in run.values.items()},
            levels={name: value[:, :most] for name, value in run.levels.items()},
            reason=run.reason[:, :most],
            stopped=run.stopped[:, :most],
            samples=tuple((sample, value[:, :most]) for sample, value in run.samples),
            facts=facts,
        )
        return Piece(people, self.index[:most], cut, self.drawn)


def piece_of(model: Model, order: Order, candidates: range, most: int | None = None) -> Piece:
    """The people of a range of candidates, simulated.

    Args:
        model: the body.
        order: what is to be computed.
        candidates: their indices.
        most: how many people are wanted at most; all who are accepted when None.

    Raises:
        VagusError: as `draw_persons` and `simulate`.
    """
    numbers = numbers_of(model, order.adjust)
    people = draw_persons(numbers, order.patient, candidates, order.seed, order.study, keep=False)
    people, rest, kept = _accepted(model, people, order.control, most)
    index = np.asarray(candidates, dtype=np.int64)[kept]
    if not index.size:
        return Piece(people, index, None, len(candidates))
    run = simulate(
        model,
        people,
        order.arms,
        order.days,
        order.outputs,
        times=order.times,
        control=order.control,
        resting=rest,
        clock=order.clock,
        samples=order.samples,
    )
    return Piece(people, index, run, len(candidates))


def _accepted(
    model: Model, people: People, control: Control, most: int | None
) -> tuple[People, Resting, NDArray[np.int64]]:
    """Those who came to rest within the check of their condition, where, and their places; not kept on disk."""
    rest = resting_state(model, people.p, people.history, people.check, control, keep=False)
    kept = np.flatnonzero(rest.accepted)[:most]
    return take_people(people, kept), rest.take(kept), kept


def cut(who: range, most: int) -> list[range]:
    """A range in pieces of at most so many."""
    return [range(start, min(start + most, who.stop)) for start in range(who.start, who.stop, most)]


def too_few(patient: Patient, count: int, have: int, drawn: int, block: int) -> VagusError | None:
    """V505 when so many were drawn for those who came to rest that the rest is not worth looking for; else None."""
    if have >= count or drawn < _MOST_DRAWN * max(have, block):
        return None
    reason = f"only {have} of {drawn} drawn came to rest within the check of the condition"
    return fail("V505", who=f"{count} people with {' and '.join(patient.conditions)}", reason=reason)


def join_pieces(pieces: Sequence[Piece]) -> tuple[People, Run]:
    """The people of all pieces and their simulation, as if they had been drawn and simulated at once."""
    last = next(piece for piece in reversed(pieces) if piece.size)
    people = join_people([piece.people for piece in pieces], int(last.index[-1]) + 1)
    runs = [piece.run for piece in pieces if piece.run is not None]
    first = runs[0]

    def joined(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
        return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}

    samples = tuple(
        (sample, np.concatenate([run.samples[k][1] for run in runs], axis=1))
        for k, (sample, _) in enumerate(first.samples)
    )
    run = replace(
        first,
        values=joined([run.values for run in runs]),
        levels=joined([run.levels for run in runs]),
        reason=np.concatenate([run.reason for run in runs], axis=1),
        stopped=np.concatenate([run.stopped for run in runs], axis=1),
        samples=samples,
        facts={**first.facts, "people": people.weight.size, "recipe": people.recipe},
    )
    return people, run
