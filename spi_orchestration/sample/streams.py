"""Seeded random streams, one for each name, so that a new dataset never changes an old one.

Belongs here: naming a stream. Does not belong here: what is drawn from it.
"""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *names: object) -> np.random.Generator:
    """The stream of a name: the same for the same seed and name, whatever else is drawn.

    Args:
        seed: seed of the whole sample.
        names: what the stream is for, such as a dataset and a measure; compared as text.
    """
    digest = hashlib.sha256("\x1f".join(str(name) for name in names).encode("utf-8")).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
