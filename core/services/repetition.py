"""How a repeated finding compares with the kept one: pure, from the two records.

What may differ. In exact arithmetic the same detector on the same bytes gives the same numbers. A computer adds in
another order when it has other processors, another number of threads or another version of a library, and float32
keeps seven digits: `SAME_ARITHMETIC`. A GPU rounds the factors of a convolution to ten bits (TF32), and bfloat16 keeps
eight: `OTHER_ARITHMETIC`, the width within which the program itself reads a close call again in float32
(`core/dna/attribute.py`), so that such rounding never decides a verdict. Measured differences: docs/benchmarks.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.custody import Repetition
from core.domain import ConsistencyGrid, Finding, LikelihoodRatio
from core.examine import FEATURE_LENGTH

SAME_ARITHMETIC = 0.001  # largest difference between two scores when both runs were float32 on a CPU
OTHER_ARITHMETIC = 0.02  # the same when either run was on a GPU or in a reduced precision
FEATURE_DISTANCE = 0.001  # largest cosine distance between two features; float16, as they are kept, makes up to 1e-6
RATIO_FACTOR = 1.1  # a likelihood ratio may be so many times larger or smaller
_HALF = 0.5  # a tile's class with more than half of the score cannot be a close call


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing; `sentence` says it, `largest` is the largest difference between two scores."""

    outcome: Repetition
    sentence: str
    largest: float


def compared(then: Finding, now: Finding, tolerance: float) -> Comparison:
    """Compare a repeated finding with the kept one.

    Args:
        then: as the case keeps it.
        now: as it came out now, of a detector with the same classes.
        tolerance: largest difference allowed between two scores.
    """
    largest = _largest(dict(then.scores), dict(now.scores))
    if _answer(then) == _answer(now):
        return Comparison(Repetition.EQUAL, f"Equal: {_same_words(then)}. {_where(then, now)}", largest)
    told = [*_verdict_differs(then, now), *_numbers_differ(then, now, largest, tolerance)]
    if told:
        return Comparison(Repetition.DIFFERENT, f"Different: {'; '.join(told)}. {_where(then, now)}", largest)
    words = (
        f"the same verdict and architecture, and scores differ by at most {_number(largest)} ({tolerance:g} allowed)"
    )
    tiles = _close_tiles(then.grid, now.grid)
    return Comparison(Repetition.WITHIN, f"Within tolerance: {words}{tiles}. {_where(then, now)}", largest)


def tolerance_of(then: Finding, now: Finding, sharpening: float) -> float:
    """The largest difference allowed between two scores.

    Args:
        then: the kept run; its device and precision count.
        now: the repeated one.
        sharpening: by how much the detector's calibration multiplies the network's logits, and with them rounding.
    """
    plain = all(_is_plain(one) for one in (then, now))
    return SAME_ARITHMETIC if plain else min(1.0, OTHER_ARITHMETIC * max(1.0, sharpening))


def conditions_of(finding: Finding) -> dict[str, Any]:
    """The conditions of a run, with the device and the detector beside what the finding's record says."""
    reference = finding.detector
    named = {"name": reference.name, "version": reference.version, "digest": reference.digest}
    return {**finding.conditions, "device": finding.device, "detector": named}


def _is_plain(finding: Finding) -> bool:
    return finding.conditions.get("precision") == "float32" and finding.device.casefold().startswith("cpu")


def _answer(finding: Finding) -> tuple[object, ...]:
    """Everything that is compared to the last bit."""
    numbers = finding.scores, finding.feature, finding.grid, finding.likelihood_ratio, finding.threshold
    return finding.verdict, finding.reason, finding.architecture, *numbers


def _largest(then: Mapping[str, float], now: Mapping[str, float]) -> float:
    gaps = [abs(then.get(name, 0.0) - now.get(name, 0.0)) for name in {*then, *now}]
    return max(gaps, default=0.0) if all(map(math.isfinite, gaps)) else math.inf


def _verdict_differs(then: Finding, now: Finding) -> list[str]:
    told = []
    if then.verdict is not now.verdict:
        told.append(f"the verdict was “{then.verdict.value}” and is “{now.verdict.value}”")
    if then.architecture != now.architecture:
        told.append(f"the top class was {then.architecture or 'none'} and is {now.architecture or 'none'}")
    if then.threshold != now.threshold:
        told.append(f"the threshold was {then.threshold:g} and is {now.threshold:g}")
    return told


def _numbers_differ(then: Finding, now: Finding, largest: float, tolerance: float) -> list[str]:
    told = []
    if {name for name, _ in then.scores} != {name for name, _ in now.scores}:
        told.append("the classes that were scored are others")
    elif not largest <= tolerance:
        told.append(f"scores differ by up to {_number(largest)} ({tolerance:g} allowed)")
    distance = _distance(then.feature, now.feature)
    if not distance <= FEATURE_DISTANCE:
        told.append(f"the feature lies {_number(distance)} from the kept one ({FEATURE_DISTANCE:g} allowed)")
    if count := _other_tiles(then.grid, now.grid, tolerance):
        told.append(f"{count} of 16 tiles say something else")
    if not _alike(then.likelihood_ratio, now.likelihood_ratio):
        told.append(f"the likelihood ratio was {_ratio(then)} and is {_ratio(now)}")
    return told


def _distance(then: bytes | None, now: bytes | None) -> float:
    """Cosine distance between two features; infinite where only one is there, or one is damaged."""
    if then is None or now is None:
        return 0.0 if then is now else math.inf
    if len(then) != FEATURE_LENGTH * 2 or len(now) != FEATURE_LENGTH * 2:
        return 0.0 if then == now else math.inf
    a, b = (np.frombuffer(feature, "<f2").astype(np.float64) for feature in (then, now))  # (512,)
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    if not lengths or not math.isfinite(lengths):
        return 0.0 if then == now else math.inf
    return max(0.0, 1.0 - float(a @ b) / lengths)


def _other_tiles(then: ConsistencyGrid | None, now: ConsistencyGrid | None, tolerance: float) -> int:
    """Tiles whose score or place is another one, or whose class is, where that was no close call."""
    if then is None or now is None:
        return 0 if then is now else 16
    if then.boxes != now.boxes or len(then.tiles) != len(now.tiles):
        return 16
    pairs = zip(then.tiles, now.tiles, strict=True)
    named = [a for a, b in pairs if a.architecture != b.architecture and a.score > _HALF + tolerance]
    moved = [
        a
        for a, b in zip(then.tiles, now.tiles, strict=True)
        if not abs(a.score - b.score) <= tolerance and a not in named
    ]
    return len(named) + len(moved)


def _close_tiles(then: ConsistencyGrid | None, now: ConsistencyGrid | None) -> str:
    if then is None or now is None:
        return ""
    count = sum(a.architecture != b.architecture for a, b in zip(then.tiles, now.tiles, strict=True))
    return f"; {count} of 16 tiles, which were close calls, name another class" if count else ""


def _alike(then: LikelihoodRatio | None, now: LikelihoodRatio | None) -> bool:
    if then is None or now is None:
        return then is now
    pairs = ((then.value, now.value), (then.low, now.low), (then.high, now.high), (then.ceiling, now.ceiling))
    near = all(a == b or (a > 0 and b > 0 and 1 / RATIO_FACTOR <= a / b <= RATIO_FACTOR) for a, b in pairs)
    return near and then.against == now.against


def _ratio(finding: Finding) -> str:
    return "none" if finding.likelihood_ratio is None else f"{finding.likelihood_ratio.value:.3g}"


def _same_words(finding: Finding) -> str:
    if not finding.scores:
        return "the same verdict for the same reason"
    return "the same verdict and architecture, and every number is the same to the last bit"


def _number(value: float) -> str:
    return f"{value:.2g}"


def _where(then: Finding, now: Finding) -> str:
    before, after = _run_words(then), _run_words(now)
    return f"Computed on {after}, as then." if before == after else f"Computed on {before} then, on {after} now."


def _run_words(finding: Finding) -> str:
    precision = finding.conditions.get("precision")
    return f"{finding.device} in {precision}" if precision else finding.device
