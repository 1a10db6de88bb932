"""Which partition a key goes to: Kafka's own rule over a number of partitions that is fixed for ever (design: events).

Known without asking the broker, so that what is counted per partition can be counted in the database alone.
"""

import struct
from functools import lru_cache
from uuid import UUID

PARTITIONS = 12
_MASK, _SEED, _MULTIPLIER = 0xFFFFFFFF, 0x9747B28C, 0x5BD1E995


@lru_cache(maxsize=65_536)
def partition_of(key: UUID) -> int:
    """The partition of every event of a key, in every topic."""
    return (_murmur2(str(key).encode()) & 0x7FFFFFFF) % PARTITIONS


def _murmur2(data: bytes) -> int:
    """The hash of Kafka's default partitioner, for data whose length is a multiple of four (a UUID's text has 36)."""
    found = _SEED ^ len(data)
    for (word,) in struct.iter_unpack("<I", data):
        mixed = word * _MULTIPLIER & _MASK
        mixed = (mixed ^ mixed >> 24) * _MULTIPLIER & _MASK
        found = found * _MULTIPLIER & _MASK ^ mixed
    found = (found ^ found >> 13) * _MULTIPLIER & _MASK
    return found ^ found >> 15
