"""Whether a new detector may replace its parent: a fixed list of demands on what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.retraining import GateAnswer, GateLimits, GateLine

Part = Mapping[str, Any]
_STANDARD = GateLimits()
_LEAST_LOST = 3  # images; a class of ten would fail by two answers that chance alone may turn
_EVEN = 1e-9  # 2 of 100 are not more than 2 %, whatever the binary fractions say
_NAMED = 6
_NO_PARENT = "There is no parent, so nothing can be lost."


def gate(result: Part, card: Part, limits: GateLimits = _STANDARD) -> GateAnswer:
    """Hold what was measured against the limits; what could not be found out counts as not met.

    Args:
        result: as `TrainingResults.measure` gives it; it may come from a file, so nothing in it is trusted.
        card: the card of the new detector.
        limits: what must not be exceeded.
    """
    lines = (
        _tested_line(result, limits),
        _old_classes_line(result, limits),
        _one_class_line(result, limits),
        _accusation_line(result, limits),
        *_added_lines(result, limits),
        _calibrated_line(card),
        _error_line(result, limits),
    )
    words = _part(result, "set").get("words")
    said = words if isinstance(words, str) and words else "It is not known on which images this rests."
    return GateAnswer(all(line.met is True for line in lines), lines, limits, said)


@dataclass(frozen=True, slots=True)
class _Change:
    """How many of `n` images of one class (or of all old ones) were right before, and are now."""

    name: str
    n: int
    before: int
    after: int

    @property
    def lost(self) -> int:
        return self.before - self.after

    @property
    def share(self) -> float:
        return self.lost / self.n

    @property
    def words(self) -> str:
        named = f"{self.name}: " if self.name else ""
        return f"{named}{self.before} of {self.n} right before, {self.after} now"


def _tested_line(result: Part, limits: GateLimits) -> GateLine:
    """A class that no test image shows may be forgotten without anybody noticing."""
    asks = f"Every added class, and at least {limits.tested_classes:.0%} of the old ones, have test images"
    rows = _classes(result)
    if not rows:
        return GateLine(asks, "The measurement names no classes.", None)
    missing = [row for row in rows if not any(_count(_part(row, side), "n") for side in _SIDES)]
    if not missing:
        return GateLine(asks, f"All {len(rows)} classes have some.", True)
    old = [row for row in rows if row.get("added") is not True]
    forgotten = [row for row in missing if row.get("added") is not True]
    enough = len(forgotten) == len(missing) and len(old) - len(forgotten) >= limits.tested_classes * len(old)
    names = _some([str(row.get("name")) for row in missing])
    return GateLine(asks, f"There are none of {names}: whether they are recognised is not known.", enough or None)


def _old_classes_line(result: Part, limits: GateLimits) -> GateLine:
    asks = f"The old classes together lose at most {_points(limits.old_class_loss)}"
    if _without_parent(result):
        return GateLine(asks, _NO_PARENT, True)
    change = _change("", _part(result, "old_classes"))
    if change is None:
        return GateLine(asks, "How many images of the old classes were and are named rightly is not known.", None)
    if change.n < limits.fewest_images:
        return GateLine(asks, _too_few(change.n, "of old classes", limits), None)
    found = f"{change.words}: {_difference(change)}."
    return GateLine(asks, found, _within(change.share, limits.old_class_loss))


def _one_class_line(result: Part, limits: GateLimits) -> GateLine:
    asks = f"No old class loses more than {_points(limits.one_class_loss)}, where that is {_LEAST_LOST} images or more"
    if _without_parent(result):
        return GateLine(asks, _NO_PARENT, True)
    rows = [row for row in _classes(result) if row.get("added") is not True]
    changes = [_change(str(row.get("name")), row) for row in rows]
    tested = sorted((one for one in changes if one is not None and one.n), key=lambda one: (-one.share, one.name))
    if None in changes or not tested:
        unknown = [str(row.get("name")) for row, one in zip(rows, changes, strict=True) if one is None]
        return GateLine(asks, f"It could not be found out for {_some(unknown or ['any of them'])}.", None)
    beyond = [one for one in tested if one.lost >= _LEAST_LOST and not _within(one.share, limits.one_class_loss)]
    if beyond:
        return GateLine(asks, "; ".join(one.words for one in beyond[:_NAMED]) + ".", False)
    worst = tested[0]
    return GateLine(asks, f"The largest loss: {worst.words}." if worst.lost > 0 else "No old class loses any.", True)


def _accusation_line(result: Part, limits: GateLimits) -> GateLine:
    asks = f"At most {limits.false_accusation:.1%} of real photographs are conclusively called generated"
    row = _part(_part(result, "new"), "false_accusation")
    count, n = _count(row, "count"), _count(row, "n")
    if count is None or n is None or count > n:
        return GateLine(asks, "How many are is not known.", None)
    if n < limits.fewest_images:
        return GateLine(asks, _too_few(n, "are real photographs", limits), None)
    before = _count(_part(_part(result, "parent"), "false_accusation"), "count")
    compared = "" if before is None else f"; the parent so called {before}"
    return GateLine(
        asks, f"{count} of {n} are ({count / n:.1%}){compared}.", _within(count / n, limits.false_accusation)
    )


def _added_lines(result: Part, limits: GateLimits) -> Iterator[GateLine]:
    for row in _classes(result):
        if row.get("added") is not True:
            continue
        asks = f"At least {limits.new_class_recall:.0%} of {row.get('name')} are named rightly"
        right = _right(_part(row, "new"))
        if right is None:
            yield GateLine(asks, "How many are is not known.", None)
        elif right[1] < limits.fewest_images:
            yield GateLine(asks, _too_few(right[1], f"are of {row.get('name')}", limits), None)
        else:
            met = _within(limits.new_class_recall, right[0] / right[1])
            yield GateLine(asks, f"{right[0]} of {right[1]} are ({right[0] / right[1]:.1%}).", met)


def _calibrated_line(card: Part) -> GateLine:
    """Without a calibration a score says nothing; with a threshold of 1 nothing is ever attributed."""
    asks = "The scores are calibrated, and a threshold is set"
    threshold = _number(_part(card, "threshold").get("value"))
    if not _part(card, "calibration"):
        return GateLine(asks, "The card has no calibration.", False)
    if threshold is None:
        return GateLine(asks, "The card has no threshold.", None)
    if threshold >= 1:
        return GateLine(asks, "No threshold made its answers reliable enough: it would never be conclusive.", False)
    return GateLine(asks, f"They are, with a threshold of {threshold:.2f}.", True)


def _error_line(result: Part, limits: GateLimits) -> GateLine:
    asks = f"Scores lie at most {limits.calibration_error:.2f} from the share that is right (calibration error)"
    new = _part(result, "new")
    error, n = _number(new.get("ece")), _count(new, "n")
    if error is None or error < 0 or n is None:
        return GateLine(asks, "The calibration error is not known.", None)
    if n < limits.fewest_images:
        return GateLine(asks, _too_few(n, "are of known classes", limits), None)
    return GateLine(asks, f"{error:.3f} on {n} images.", _within(error, limits.calibration_error))


_SIDES = ("parent", "new")


def _without_parent(result: Part) -> bool:
    """Whether the measurement says that there is no parent; one that says nothing is no such measurement."""
    return "parent" in result and result["parent"] is None and result.get("against") is None


def _change(name: str, row: Part) -> _Change | None:
    before, after = (_right(_part(row, side)) for side in _SIDES)
    if before is None or after is None or before[1] != after[1]:
        return None
    return _Change(name, before[1], before[0], after[0])


def _right(row: Part) -> tuple[int, int] | None:
    correct, n = _count(row, "correct"), _count(row, "n")
    return None if correct is None or n is None or correct > n else (correct, n)


def _classes(result: Part) -> list[Part]:
    rows = result.get("classes")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


def _part(whole: Part, key: str) -> Part:
    value = whole.get(key)
    return value if isinstance(value, Mapping) else {}


def _count(row: Part, key: str) -> int | None:
    """A count, None for anything else."""
    value = _number(row.get(key))
    return int(value) if value is not None and value >= 0 and value == int(value) else None


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def _within(value: float, limit: float) -> bool:
    return value <= limit + _EVEN


def _too_few(n: int, what: str, limits: GateLimits) -> str:
    return f"{n or 'None'} of the test images {what}; at least {limits.fewest_images} are needed."


def _points(share: float) -> str:
    points = share * 100
    return f"{points:g} percentage point{'' if points == 1 else 's'}"


def _difference(change: _Change) -> str:
    if change.lost == 0:
        return "none lost"
    return f"{abs(change.share) * 100:.1f} points {'lost' if change.lost > 0 else 'gained'}"


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    rest = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {rest} others" if rest > 0 else "")
