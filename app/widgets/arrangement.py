"""The ways in which panes are put beside or over one another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Arrangement(StrEnum):
    """How panes are arranged; the value is the id of its action without the room."""

    ONE = "one"
    TWO = "two"
    FOUR = "four"
    SPLIT = "split"
    FLICKER = "flicker"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class ArrangementRow:
    """One arrangement: how many panes it has, and whether they lie over one another."""

    panes: int
    stacked: bool = False


ROWS = {
    Arrangement.ONE: ArrangementRow(1),
    Arrangement.TWO: ArrangementRow(2),
    Arrangement.FOUR: ArrangementRow(4),
    Arrangement.SPLIT: ArrangementRow(2, stacked=True),
    Arrangement.FLICKER: ArrangementRow(2, stacked=True),
    Arrangement.DIFFERENCE: ArrangementRow(2, stacked=True),
}
