"""Folds of a leaving-out series: what was said in each, kept as plain data, and the tables made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.domain import Verdict

if TYPE_CHECKING:
    from core.dna.dataset import Manifest
    from core.dna.evaluate import Judged

REAL = "real"
_OPEN_SET = ("auroc", "oscr", "tnr_at_95_tpr")


@dataclass(frozen=True, slots=True)
class Fold:
    """One training and its test.

    Attributes:
        held: the source ("class/source") or class that was left out.
        classes: of the fold's detector, in the order of its scores.
        judged: every test image.
        skipped: test images that could not be read, and why.
        copies: images not tested on, because training saw the same bytes in another source.
    """

    held: str
    classes: tuple[str, ...]
    judged: tuple[Judged, ...]
    skipped: tuple[str, ...]
    copies: int


def to_plain(fold: Fold) -> dict[str, Any]:
    """A fold as JSON knows it."""
    answers = [
        {
            "truth": one.truth,
            "source": one.source,
            "verdict": one.verdict.value,
            "scores": [float(score) for score in one.scores],
            "unfamiliarity": one.unfamiliarity,
            "log_ratios": [float(ratio) if math.isfinite(ratio) else None for ratio in one.log_ratios],
        }
        for one in fold.judged
    ]
    return {
        "held": fold.held,
        "classes": list(fold.classes),
        "answers": answers,
        "skipped": list(fold.skipped),
        "copies": fold.copies,
    }


def from_plain(plain: Mapping[str, Any]) -> Fold:
    """The fold that `to_plain` wrote; raises KeyError, TypeError or ValueError for anything else."""
    import numpy as np

    from core.dna.evaluate import Judged

    judged = tuple(
        Judged(
            row["truth"],
            row["source"],
            Verdict(row["verdict"]),
            np.array(row["scores"], np.float64),
            row["unfamiliarity"],
            np.array([math.nan if ratio is None else ratio for ratio in row["log_ratios"]], np.float64),
        )
        for row in plain["answers"]
    )
    return Fold(str(plain["held"]), tuple(plain["classes"]), judged, tuple(plain["skipped"]), int(plain["copies"]))


def sources_by_class(manifest: Manifest) -> dict[str, list[str]]:
    """Sources ("class/source") of each class."""
    found = sorted({(item.architecture, f"{item.architecture}/{item.source}") for item in manifest.items})
    return {name: [source for owner, source in found if owner == name] for name in manifest.classes}


def by_source(folds: Sequence[Fold], manifest: Manifest) -> dict[str, Any]:
    """The table of a series that left sources out; every image was judged by a detector that never saw its source.

    Figures that pool the folds take the scores of different detectors together.
    """
    from core.dna.evaluate import figures

    classes = folds[0].classes
    judged = [one for fold in folds for one in fold.judged]
    pooled = figures(judged, classes)
    rows = [_source_row(fold) for fold in folds]
    sources = sources_by_class(manifest)
    kept = ("n", "accuracy", "accuracy_ci", "macro_f1", "false_accusation", "conclusive", "verdicts", "confusion")
    return {
        "rows": rows,
        "classes": {
            name: {"sources": len(sources[name]), "false_alarms": _false_alarms(judged, name, classes)}
            for name in classes
        },
        "accuracy_by_source": _mean([row["accuracy"] for row in rows]),
        "accuracy_by_class": _mean(
            [
                _mean([row["accuracy"] for row in rows if row["held"].split("/")[0] == name])
                for name in classes
                if len(sources[name]) > 1
            ]
        ),
        **{key: pooled[key] for key in (*kept, "ece", "cllr")},
        "skipped": sum(len(fold.skipped) for fold in folds),
        "copies": sum(fold.copies for fold in folds),
    }


def by_architecture(folds: Sequence[Fold]) -> dict[str, Any]:
    """The table of a series that left architectures out, with means over them."""
    rows = [_architecture_row(fold) for fold in folds]
    return {
        "rows": rows,
        **{key: _mean([row[key] for row in rows]) for key in _OPEN_SET},
        "skipped": sum(len(fold.skipped) for fold in folds),
        "copies": sum(fold.copies for fold in folds),
    }


def _source_row(fold: Fold) -> dict[str, Any]:
    from core.dna.evaluate import figures

    found = figures(fold.judged, fold.classes)
    correct = sum(row["correct"] for row in found["per_source"].values())
    return {
        "held": fold.held,
        "n": found["n"],
        "correct": correct,
        "accuracy": found["accuracy"],
        "ci": found["accuracy_ci"],
        "conclusive": found["conclusive"],
        "false_accusation": found["false_accusation"] if fold.held.split("/")[0] == REAL else None,
        "verdicts": found["verdicts"],
    }


def _architecture_row(fold: Fold) -> dict[str, Any]:
    from core.dna.evaluate import figures

    found = figures(fold.judged, fold.classes)
    unknown = found["unknown"]
    return {
        "held": fold.held,
        "n": unknown["n"],
        "known": found["n"],
        "accuracy": found["accuracy"],
        "auroc": found["auroc_unknown"],
        "oscr": found["oscr"],
        "tnr_at_95_tpr": found["tnr_at_95_tpr"],
        "attributed": {**unknown, "count": unknown["attributed"]},
        "own_test": found["open_set"],
    }


def _false_alarms(judged: Sequence[Judged], name: str, classes: Sequence[str]) -> dict[str, Any]:
    """Conclusive answers that name a class, among the images of all others."""
    from core.dna.evaluate import wilson

    others = [one for one in judged if one.truth != name]
    count = sum(one.verdict is Verdict.ATTRIBUTED and classes[int(one.scores.argmax())] == name for one in others)
    tops = sum(bool(len(one.scores)) and classes[int(one.scores.argmax())] == name for one in others)
    n = len(others)
    return {"n": n, "count": count, "rate": count / n if n else None, "ci": wilson(count, n), "top_class": tops}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
