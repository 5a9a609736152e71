"""Reads the parts of a detector's card without trusting it: whatever is missing or of another kind reads as missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

Card = Mapping[str, Any]
_Z = 1.959964  # two-sided 95 %


def part(card: Card, key: str) -> Card:
    """A part of a card, empty when it is missing or of another kind."""
    value = card.get(key)
    return value if isinstance(value, Mapping) else {}


def parts(card: Card) -> Iterable[tuple[str, Card]]:
    """The named parts of a part, for instance one a class; what is no part is left out."""
    return ((str(name), value) for name, value in card.items() if isinstance(value, Mapping))


def rows(card: Card, key: str) -> tuple[Card, ...]:
    """A list of parts of a card; what is no part is left out."""
    value = card.get(key)
    return tuple(row for row in value if isinstance(row, Mapping)) if isinstance(value, list | tuple) else ()


def text(card: Card, key: str) -> str:
    """A text of a card, empty when it is missing."""
    value = card.get(key)
    return str(value) if isinstance(value, str | int | float) else ""


def texts(card: Card, key: str) -> tuple[str, ...]:
    """A list of texts of a card, empty when it is missing."""
    value = card.get(key)
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def number(card: Card, key: str) -> float | None:
    """A finite number of a card, None when it is missing."""
    return finite(card.get(key))


def numbers(card: Card) -> Iterable[tuple[str, float]]:
    """The named numbers of a part, in order."""
    for name in card:
        value = number(card, name)
        if value is not None:
            yield str(name), value


def finite(value: object) -> float | None:
    """A value as a number, None when it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def titles(card: Card) -> dict[str, str]:
    """Names of the classes and what the analyst reads for them."""
    named = ((text(row, "name"), text(row, "title")) for row in rows(card, "classes"))
    return {name: title or name for name, title in named}


def counted(card: Card, key: str) -> str:
    """A number of things with thousands separated, empty when it is missing."""
    value = number(card, key)
    return "" if value is None else f"{value:,.0f}"


def percent(value: float) -> str:
    """A share of 1 in percent, with one decimal."""
    return f"{value * 100:.1f} %"


def share(count: float, of: float) -> str:
    """Part of a whole in percent."""
    return percent(count / of)


def ends(card: Card, key: str) -> tuple[float, float] | None:
    """The ends of an interval, None when it is missing."""
    value = card.get(key)
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    low, high = (finite(end) for end in value)
    return None if low is None or high is None else (low, high)


def interval(card: Card, key: str, *, bare: bool = False) -> str:
    """A 95 % interval of a share in words; `bare`: only its ends, for a table."""
    both = ends(card, key)
    if both is None:
        return "–" if bare else ""
    return interval_text(both) if bare else f", 95 % interval {interval_text(both)}"


def interval_text(both: tuple[float, float]) -> str:
    """The ends of an interval of a share in percent."""
    return f"{both[0] * 100:.1f} to {both[1] * 100:.1f} %"


def wilson(hits: float, of: float) -> tuple[float, float]:
    """95 % Wilson score interval of a share (Wilson 1927), for rows of a card that give counts only."""
    if of <= 0:
        return 0.0, 1.0
    observed, square = min(1.0, max(0.0, hits / of)), _Z * _Z
    centre = (observed + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * math.sqrt(observed * (1 - observed) / of + square / (4 * of * of))
    return max(0.0, centre - half), min(1.0, centre + half)
