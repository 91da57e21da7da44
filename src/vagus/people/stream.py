"""Random streams keyed by study, person and purpose.

Two arms of a study share their people because they share the key; adding one more purpose reshuffles nothing.
"""

import hashlib

import numpy as np
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
