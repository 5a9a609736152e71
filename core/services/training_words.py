"""Small pieces of the sentences that the checks of a retraining say."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = 4


def counted(count: int, noun: str) -> str:
    """A number with its noun: "1 image", "1,200 images"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names in a row: "a", "a and b", "a, b and c"; of many the first four and how many more."""
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
