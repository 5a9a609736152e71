"""Figures of a detector on a test set: accuracy, false accusations, per class and source, open-set and calibration.

All inputs are plain arrays; the definitions stand beside the functions with their sources.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dna.dataset import REAL, UNKNOWN
from core.domain import Verdict

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One test image: what it is, where it comes from, and what the detector said.

    Attributes:
        truth: its class, or "unknown".
        source: "class/source".
        verdict: the detector's verdict.
        scores: scores by class in the detector's order, empty when out of scope.
    """

    truth: str
    source: str
    verdict: Verdict
    scores: Floats


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % Wilson score interval of a share (Wilson 1927); (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def figures(judged: Sequence[Judged], classes: Sequence[str]) -> dict[str, Any]:
    """All figures of a test, with the keys `detectors evaluate --json` promises.

    Images of known classes count for accuracy by their top class whatever the verdict; *conclusive* figures count
    attributed images only. Images out of scope have no top class and count as wrong.
    """
    known = [one for one in judged if one.truth != UNKNOWN]
    unknown = [one for one in judged if one.truth == UNKNOWN]
    right = [_top(one, classes) == one.truth for one in known]
    conclusive = [one for one in known if one.verdict is Verdict.ATTRIBUTED]
    conclusive_right = sum(_top(one, classes) == one.truth for one in conclusive)
    scored = [one for one in known if len(one.scores)]
    probabilities = np.array([one.scores for one in scored]) if scored else np.zeros((0, len(classes)))
    truths = np.array([classes.index(one.truth) for one in scored], np.int64)
    out: dict[str, Any] = {
        "n": len(known),
        "accuracy": _share(sum(right), len(known)),
        "accuracy_ci": wilson(sum(right), len(known)),
        "macro_f1": macro_f1(known, classes),
        "false_accusation": _false_accusation(known, classes),
        "conclusive": _counted(conclusive_right, len(conclusive), "correct", "accuracy"),
        "verdicts": {v.value: sum(one.verdict is v for one in judged) for v in Verdict},
        "per_class": _per_class(known, classes),
        "per_source": _per_source(known, classes),
        "confusion": confusion(known, classes),
        "ece": expected_calibration_error(probabilities, truths),
        "cllr": cllr(probabilities, truths),
    }
    out.update(_open_set(scored, [one for one in unknown if len(one.scores)], classes, judged))
    return out


def confusion(known: Sequence[Judged], classes: Sequence[str]) -> dict[str, Any]:
    """Counts, true class by row and top class by column; the last column holds images out of scope."""
    labels = [*classes, Verdict.OUT_OF_SCOPE.value]
    matrix = [[0] * len(labels) for _ in classes]
    for one in known:
        matrix[classes.index(one.truth)][labels.index(_top(one, classes) or labels[-1])] += 1
    return {"labels": labels, "matrix": matrix}


def macro_f1(known: Sequence[Judged], classes: Sequence[str]) -> float | None:
    """Mean F1 over the classes present in the test set."""
    present = [name for name in classes if any(one.truth == name for one in known)]
    return float(np.mean([_f1(known, name, classes) for name in present])) if present else None


def expected_calibration_error(probabilities: Floats, truths: NDArray[np.int64], bins: int = 10) -> float | None:
    """Mean gap between top score and share right, over equal-width bins weighted by count (Guo et al. 2017)."""
    if not len(truths):
        return None
    tops, hits = probabilities.max(1), probabilities.argmax(1) == truths
    cells = np.minimum((tops * bins).astype(int), bins - 1)
    gaps = [abs(tops[cells == c].mean() - hits[cells == c].mean()) * (cells == c).mean() for c in np.unique(cells)]
    return float(sum(gaps))


def cllr(probabilities: Floats, truths: NDArray[np.int64]) -> float | None:
    """Multiclass log-likelihood-ratio cost of the raw scores (Brümmer & du Preez 2006).

    The mean over present classes of −log2 of the true class's score (each class weighing alike), divided by log2 of
    their number. 0 is perfect, 1 says nothing, above 1 misleads.
    """
    present = np.unique(truths)
    if len(present) < 2:
        return None
    shares = np.clip(probabilities[:, present], 1e-12, 1.0)
    shares /= shares.sum(1, keepdims=True)
    own = -np.log2(shares[np.arange(len(truths)), np.searchsorted(present, truths)])
    return float(np.mean([own[truths == name].mean() for name in present]) / math.log2(len(present)))


def auroc(known: Floats, unknown: Floats) -> float | None:
    """Area under the curve of known against unknown scores; ties count half (Mann–Whitney)."""
    if not len(known) or not len(unknown):
        return None
    below = np.searchsorted(np.sort(unknown), known, "left")
    up_to = np.searchsorted(np.sort(unknown), known, "right")
    return float((below + up_to).sum() / (2 * len(known) * len(unknown)))


def oscr(known: Floats, correct: NDArray[np.bool_], unknown: Floats) -> float | None:
    """Area under correct-classification rate over false-positive rate (Dhamija et al. 2018).

    At threshold θ: CCR is the share of known images both correct and scored above θ, FPR the share of unknown ones
    above θ. One point per distinct score, trapezoids between.
    """
    if not len(known) or not len(unknown):
        return None
    levels = np.unique(np.concatenate([known, unknown]))[::-1]
    good, wrong = np.sort(known[correct]), np.sort(unknown)
    ccr = (len(good) - np.searchsorted(good, levels, "left")) / len(known)
    fpr = (len(wrong) - np.searchsorted(wrong, levels, "left")) / len(unknown)
    return float(np.trapezoid(np.concatenate([[0.0], ccr]), np.concatenate([[0.0], fpr])))


def choose_threshold(judged: Sequence[Judged], classes: Sequence[str], *, accuracy: float, accused: float) -> float:
    """Smallest top score at which, on held-out images, conclusive answers are right often enough.

    Args:
        judged: held-out images of known classes.
        classes: the detector's classes.
        accuracy: share of conclusive answers that must be right.
        accused: largest share of real images that may be called generated conclusively.

    Returns:
        A score rounded up to two decimals; 1.0 when none is enough.
    """
    scored = [one for one in judged if len(one.scores) and one.truth != UNKNOWN]
    reals = max(1, sum(one.truth == REAL for one in scored))
    for threshold in (percent / 100 for percent in range(40, 100)):
        said = [one for one in scored if float(one.scores.max()) >= threshold]
        wrong = [one for one in said if _top(one, classes) != one.truth]
        accusations = sum(one.truth == REAL for one in wrong)
        if said and 1 - len(wrong) / len(said) >= accuracy and accusations / reals <= accused:
            return threshold
    return 1.0


def _open_set(
    known: Sequence[Judged], unknown: Sequence[Judged], classes: Sequence[str], judged: Sequence[Judged]
) -> dict[str, Any]:
    tops = np.array([one.scores.max() for one in known])
    right = np.array([_top(one, classes) == one.truth for one in known], bool)
    others = np.array([one.scores.max() for one in unknown])
    named = sum(one.verdict is Verdict.ATTRIBUTED for one in judged if one.truth == UNKNOWN)
    total = sum(one.truth == UNKNOWN for one in judged)
    return {
        "auroc_unknown": auroc(tops, others),
        "oscr": oscr(tops, right, others),
        "unknown": _counted(named, total, "attributed", "rate"),
    }


def _top(one: Judged, classes: Sequence[str]) -> str | None:
    return classes[int(one.scores.argmax())] if len(one.scores) else None


def _false_accusation(known: Sequence[Judged], classes: Sequence[str]) -> dict[str, Any]:
    reals = [one for one in known if one.truth == REAL]
    count = sum(one.verdict is Verdict.ATTRIBUTED and _top(one, classes) != REAL for one in reals)
    return _counted(count, len(reals), "count", "rate")


def _per_class(known: Sequence[Judged], classes: Sequence[str]) -> dict[str, Any]:
    out = {}
    for name in classes:
        mine = [one for one in known if one.truth == name]
        hits = sum(_top(one, classes) == name for one in mine)
        if mine:
            out[name] = {"n": len(mine), "recall": hits / len(mine), "ci": wilson(hits, len(mine))}
    return out


def _per_source(known: Sequence[Judged], classes: Sequence[str]) -> Mapping[str, Any]:
    out: dict[str, dict[str, int]] = {}
    for one in known:
        row = out.setdefault(one.source, {"n": 0, "correct": 0, "conclusive": 0, "conclusive_correct": 0})
        said, hit = one.verdict is Verdict.ATTRIBUTED, _top(one, classes) == one.truth
        row["n"] += 1
        row["correct"] += hit
        row["conclusive"] += said
        row["conclusive_correct"] += said and hit
    return out


def _f1(known: Sequence[Judged], name: str, classes: Sequence[str]) -> float:
    hits = sum(one.truth == name and _top(one, classes) == name for one in known)
    members = sum(one.truth == name for one in known)
    called = sum(_top(one, classes) == name for one in known)
    return 2 * hits / (members + called)


def _share(hits: int, n: int) -> float | None:
    return hits / n if n else None


def _counted(hits: int, n: int, count_key: str, share_key: str) -> dict[str, Any]:
    return {"n": n, count_key: hits, share_key: _share(hits, n), "ci": wilson(hits, n)}
