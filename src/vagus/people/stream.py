"""Random streams keyed by study, person and purpose.

Two arms of a study share their people because they share the key; adding one more purpose reshuffles nothing.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri


def stream(seed: int, study: str, person: int, purpose: str) -> np.random.Generator:
    """The generator of one purpose of one person.

    Args:
        seed: base seed of the run.
        study: name of the study or of the simulation.
        person: index of the person.
        purpose: what the numbers are for, such as "traits" or "visit noise".
    """
    digest = hashlib.sha256(f"{seed}\0{study}\0{person}\0{purpose}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))


def normal(seed: int, study: str, person: int, purpose: str) -> float:
    """One standard normal number for one purpose of one person; what else is drawn never moves it.

    Arguments as of `stream`.
    """
    digest = hashlib.sha256(f"{seed}\0{study}\0{person}\0{purpose}".encode()).digest()
    return float(ndtri((int.from_bytes(digest[:6], "big") + 1 / 2) / 2.0**48))


_BLOCK = 64  # people whose numbers of one purpose are drawn together


def normals(seed: int, study: str, who: Sequence[int], purpose: str, width: int) -> NDArray[np.float64]:
    """Standard normal numbers (people, width) of one purpose for many people at once.

    What a person gets depends on their index alone, not on who else is asked for.

    Args:
        seed: base seed of the run.
        study: name of the study or of the simulation.
        who: indices of the people.
        purpose: what the numbers are for.
        width: how many numbers each person gets.
    """
    index = np.asarray(who, dtype=np.int64)
    out = np.empty((index.size, width))
    block = index // _BLOCK
    for one in np.unique(block):
        here = np.flatnonzero(block == one)
        numbers = stream(seed, study, int(one), f"{purpose} (blocks)").standard_normal((_BLOCK, width))
        out[here] = numbers[index[here] % _BLOCK]
    return out
