"""`crowd`: as many people as are asked for, one block after another, so that memory does not grow with their number.

The people are those that `draw_accepted` gives, in the same order, whatever the size of a block.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.run import Run
from ..body.treatment import Treatment
from ..errors import fail
from ..solve.integrate import Control
from .cluster import Cluster
from .piece import BLOCK, Order, Piece, piece_of, too_few


@dataclass(frozen=True)
class Block:
    """Some of the people of a crowd.

    Attributes:
        first: index of the first of them among the accepted people.
        run: their simulation (arms, people of the block, times).
        drawn: candidates drawn for this block.
    """

    first: int
    run: Run
    drawn: int


def crowd(
    model: Model,
    patient: Patient,
    arms: Sequence[Treatment],
    days: float,
    outputs: Sequence[str],
    count: int,
    *,
    seed: int = 1,
    study: str = "simulate",
    times: Array | None = None,
    block: int = BLOCK,
    control: Control | None = None,
    adjust: Mapping[str, float] | None = None,
    cluster: Cluster | None = None,
) -> Iterator[Block]:
    """Blocks of accepted people, simulated, until there are `count` of them.

    Args:
        model: the body.
        patient: conditions and covariates that all of them share.
        arms: treatments; every arm has the same people.
        days: length from day 0 08:00.
        outputs: names of states and outputs to record.
        count: how many people.
        seed: base seed.
        study: name that keys the random streams.
        times: hours at which outputs are read; daily when None.
        block: candidates drawn at once.
        control: tolerances.
        adjust: numbers of the population, see `adjust`.
        cluster: where to compute; here when None.

    Raises:
        VagusError: V409 when count is less than 1, V505 when too few come to rest, as `simulate`, and V12x for what
            goes wrong on a cluster.
    """
    if count < 1:
        raise fail("V409", n=count)
    times = np.arange(0.0, 24.0 * days + 1e-9, 24.0) if times is None else times
    order = Order(patient, arms, days, outputs, times, control or Control(), seed, study, adjust)
    pieces = (
        _here(model, order, count, block) if cluster is None else cluster.pieces(model, order, count, block)
    )
    have = 0
    for piece in pieces:
        if piece.run is not None:
            yield Block(have, piece.run, piece.drawn)
            have += piece.size


def _here(model: Model, order: Order, count: int, block: int) -> Iterator[Piece]:
    """Pieces one after the other on this machine."""
    have = drawn = 0
    while have < count:
        piece = piece_of(model, order, range(drawn, drawn + block), count - have)
        drawn += block
        have += piece.size
        yield piece
        if (problem := too_few(order.patient, count, have, drawn, block)) is not None:
            raise problem
