"""Figures of a detector on a test set: accuracy, false accusations, per class and source, open-set and calibration.

All inputs are plain arrays; the definitions stand beside the functions with their sources.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from core.dna.cllr import cllr, cllr_of_ratios, smallest_cllr
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
        unfamiliarity: how unfamiliar the detector's own test finds it, None without such a test.
        log_ratios: natural logarithms of the likelihood ratios by class, NaN for a class that has none; empty where
            the detector gives none at all.
    """

    truth: str
    source: str
    verdict: Verdict
    scores: Floats
    unfamiliarity: float | None = None
    log_ratios: Floats = field(default_factory=lambda: np.zeros(0))


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
        "verdicts_per_class": _verdicts_per_class(judged, classes),
        "per_class": _per_class(known, classes),
        "per_source": _per_source(known, classes),
        "confusion": confusion(known, classes),
        "ece": expected_calibration_error(probabilities, truths),
        "cllr": cllr(probabilities, truths),
        "likelihood_ratio": _likelihood_ratios(known, classes),
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


def tnr_at_tpr(known: Floats, unknown: Floats, rate: float = 0.95) -> float | None:
    """Share of unknown images that score below the level which a share `rate` of the known ones reaches."""
    if not len(known) or not len(unknown):
        return None
    level = np.sort(known)[::-1][math.ceil(rate * len(known) - 1e-9) - 1]
    return float((np.asarray(unknown) < level).mean())


def choose_threshold(judged: Sequence[Judged], classes: Sequence[str], *, accuracy: float, accused: float) -> float:
    """Smallest top score at which, on held-out images, conclusive answers are right often enough.

    Images that were called of an unknown architecture are no conclusive answers at any threshold.

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
        said = [one for one in scored if _conclusive_from(one, threshold)]
        wrong = [one for one in said if _top(one, classes) != one.truth]
        accusations = sum(one.truth == REAL for one in wrong)
        if said and 1 - len(wrong) / len(said) >= accuracy and accusations / reals <= accused:
            return threshold
    return 1.0


def choose_accusing(judged: Sequence[Judged], classes: Sequence[str], *, accused: float) -> dict[str, Any]:
    """Smallest score from which false accusations of held-out real images stay at or below `accused`, proven.

    Proven means that the 95 % upper limit of the share keeps the promise, not only the share itself. Where there are
    too few images for that, the score is the smallest at which none of them is accused.

    Returns:
        ``value``; ``n`` real images and ``sources`` they come from; ``count`` of them still accused at that value;
        ``upper``, the 95 % upper limit of that share (Clopper and Pearson 1934, one-sided); ``supported``, whether
        that limit keeps the promise; and ``rule``, a sentence that says so.
    """
    reals = [one for one in judged if one.truth == REAL]
    scores = np.array(
        [
            float(one.scores.max())
            for one in reals
            if len(one.scores) and one.verdict is not Verdict.UNKNOWN and _top(one, classes) != REAL
        ]
    )
    n = len(reals)
    levels = [*(percent / 100 for percent in range(40, 100)), 0.995, 0.999]
    counts = {level: int((scores >= level).sum()) for level in levels}
    proven = (level for level, count in counts.items() if _upper(count, n) <= accused)
    spared = (level for level, count in counts.items() if count == 0)
    value = next(proven, None) or next(spared, 1.0)
    count = int((scores >= value).sum())
    upper = _upper(count, n)
    return {
        "value": value,
        "n": n,
        "sources": len({one.source for one in reals}),
        "count": count,
        "upper": upper,
        "supported": upper <= accused,
        "rule": _accusing_rule(accused, n, count, upper),
    }


def _upper(count: int, n: int) -> float:
    return float(betaincinv(count + 1, n - count, 0.95)) if n > count else 1.0


def _accusing_rule(accused: float, n: int, count: int, upper: float) -> str:
    said = f"{count} of {n} held-out real images are called generated"
    if upper <= accused:
        return (
            f"The smallest top score at which {said}, so that the share among such images is at most {accused:.1%} "
            f"even at its 95 % limit ({upper:.2%})."
        )
    rule = f"The smallest top score at which {said}; the share may be as high as {upper:.1%} (95 % limit)."
    if accused <= 0:
        return rule
    needed = math.ceil(math.log(0.05) / math.log1p(-accused))
    return f"{rule} To promise {accused:.1%}, at least {needed} of them, none accused, would be needed."


def _conclusive_from(one: Judged, threshold: float) -> bool:
    return one.verdict is not Verdict.UNKNOWN and float(one.scores.max()) >= threshold


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
        "tnr_at_95_tpr": tnr_at_tpr(tops, others),
        "unknown": _counted(named, total, "attributed", "rate"),
        "open_set": _own_test(known, right, unknown),
    }


def _own_test(known: Sequence[Judged], right: NDArray[np.bool_], unknown: Sequence[Judged]) -> dict[str, Any] | None:
    """The same figures by the detector's own test for unknown architectures instead of the top score."""
    distances = [one.unfamiliarity for one in (*known, *unknown)]
    if not unknown or None in distances:
        return None
    familiar = -np.array(distances, np.float64)
    mine, others = familiar[: len(known)], familiar[len(known) :]
    rejected = sum(one.verdict is Verdict.UNKNOWN for one in unknown)
    return {
        "auroc": auroc(mine, others),
        "oscr": oscr(mine, right, others),
        "tnr_at_95_tpr": tnr_at_tpr(mine, others),
        "rejected": _counted(rejected, len(unknown), "count", "rate"),
        "known_rejected": _counted(sum(one.verdict is Verdict.UNKNOWN for one in known), len(known), "count", "rate"),
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
        others = [one for one in known if one.truth != name]
        hits = sum(_top(one, classes) == name for one in mine)
        called = sum(one.verdict is Verdict.ATTRIBUTED and _top(one, classes) == name for one in others)
        if mine:
            out[name] = {
                "n": len(mine),
                "recall": hits / len(mine),
                "ci": wilson(hits, len(mine)),
                "false_positive": _counted(called, len(others), "count", "rate"),
            }
    return out


def _verdicts_per_class(judged: Sequence[Judged], classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts of verdicts by true class, ``unknown`` among them; *attributed* is split into right and wrong."""
    out: dict[str, dict[str, int]] = {}
    for one in judged:
        row = out.setdefault(one.truth, {verdict.value: 0 for verdict in Verdict} | {"attributed_correct": 0})
        row[one.verdict.value] += 1
        row["attributed_correct"] += one.verdict is Verdict.ATTRIBUTED and _top(one, classes) == one.truth
    return out


def _likelihood_ratios(known: Sequence[Judged], classes: Sequence[str]) -> dict[str, Any] | None:
    """Cost of each class's likelihood ratios, and what perfect calibration would leave of it."""
    given = [one for one in known if len(one.log_ratios)]
    out = {}
    for at, name in enumerate(classes):
        rows = [(float(one.log_ratios[at]), one.truth == name) for one in given if np.isfinite(one.log_ratios[at])]
        own = np.array([log for log, mine in rows if mine])
        other = np.array([log for log, mine in rows if not mine])
        if len(own) and len(other):
            out[name] = {
                "cllr": cllr_of_ratios(own, other),
                "cllr_min": smallest_cllr(own, other),
                "own": len(own),
                "other": len(other),
            }
    return out or None


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
