"""Sparse elimination laid out once, before any number is known.

The matrix is `diagonal - J`. The order of elimination is by the Markowitz count on the diagonal; fill-in is found
symbolically, and the factors get one storage row per nonzero, so that the kernel can unroll everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Elimination:
    """The plan: in which order, and where each factor is kept.

    Attributes:
        order: states in the order of elimination.
        rows: for each pivot, the later rows that have an entry in its column.
        columns: for each pivot, the later columns that have an entry in its row.
        place: (row, column) -> storage row of the factor; the diagonal holds the inverse pivot.
    """

    order: tuple[int, ...]
    rows: dict[int, tuple[int, ...]]
    columns: dict[int, tuple[int, ...]]
    place: dict[tuple[int, int], int]

    @property
    def size(self) -> int:
        """Storage rows of the factors; one more row holds the smallest scaled pivot."""
        return len(self.place)


def plan_elimination(count: int, entries: Iterable[tuple[int, int]]) -> Elimination:
    """Choose the order and find the fill-in.

    Args:
        count: number of states.
        entries: (row, column) of the nonzeros of the Jacobian.
    """
    in_row: list[set[int]] = [{i} for i in range(count)]
    in_column: list[set[int]] = [{i} for i in range(count)]
    for i, j in entries:
        in_row[i].add(j)
        in_column[j].add(i)
    left = set(range(count))
    order: list[int] = []
    rows: dict[int, tuple[int, ...]] = {}
    columns: dict[int, tuple[int, ...]] = {}
    while left:
        pivot = min(left, key=lambda k: ((len(in_row[k]) - 1) * (len(in_column[k]) - 1), k))
        left.discard(pivot)
        order.append(pivot)
        below, right = in_column[pivot] - {pivot}, in_row[pivot] - {pivot}
        rows[pivot], columns[pivot] = tuple(sorted(below)), tuple(sorted(right))
        for i in below:
            in_row[i].discard(pivot)
            in_row[i] |= right
        for j in right:
            in_column[j].discard(pivot)
            in_column[j] |= below
    place: dict[tuple[int, int], int] = {}  # in the order in which a solution reads them
    for pivot in order:
        for i in rows[pivot]:
            place[i, pivot] = len(place)
    turn = {pivot: number for number, pivot in enumerate(order)}
    for pivot in reversed(order):
        for j in sorted(columns[pivot], key=lambda j: -turn[j]):
            place[pivot, j] = len(place)
        place[pivot, pivot] = len(place)
    return Elimination(tuple(order), rows, columns, place)
