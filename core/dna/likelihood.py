"""Likelihood ratios for "made by A" against "made by another process of the relevant set", from calibrated logits.

The score of class A is its logit less the log-mean-exp of the other classes' logits. Logistic calibration (Platt 1999;
Morrison 2013) with both propositions weighing alike turns it into a log likelihood ratio, which is bounded by what the
validation supports: by ELUB (see `bounds`), and by the number of independent sources. Images of one source may share
whatever its publisher did to them, so only sources that training did not see take part, and each weighs alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

from core.dna.bounds import elub
from core.domain import LikelihoodRatio
from core.errors import DetectorRefused

Floats = NDArray[np.floating[Any]]
DRAWS = 200
_FEWEST_SOURCES, _FEWEST_IMAGES = 2, 10


@dataclass(frozen=True, slots=True)
class _Side:
    """Scores of one proposition's images, by source."""

    sources: tuple[Floats, ...]

    @property
    def scores(self) -> Floats:
        return np.concatenate(self.sources) if self.sources else np.zeros(0)

    @property
    def weights(self) -> Floats:
        """Every source alike, every image within a source alike; they sum to a half."""
        return np.concatenate([np.full(len(part), 0.5 / (len(self.sources) * len(part))) for part in self.sources])

    def redrawn(self, rng: np.random.Generator) -> _Side:
        chosen = [self.sources[at] for at in rng.integers(len(self.sources), size=len(self.sources))]
        return _Side(tuple(rng.choice(part, len(part)) for part in chosen))


def scores_of(logits: Floats, index: int) -> Floats:
    """Scores (n,) of one class from calibrated logits (n, classes)."""
    rows = np.asarray(logits, np.float64)
    others = np.delete(rows, index, axis=1)
    return np.asarray(rows[:, index] - (logsumexp(others, axis=1) - np.log(others.shape[1])))


def fit(
    logits: Floats,
    labels: NDArray[np.int64],
    sources: Sequence[str],
    classes: Sequence[str],
    *,
    trained_sources: Collection[str],
    held_out: str = "",
    draws: int = DRAWS,
) -> dict[str, Any]:
    """The card's part on likelihood ratios.

    Args:
        logits: calibrated image logits (n, classes) of held-out images.
        labels: their true classes (n,).
        sources: their sources as "class/source" (n,).
        classes: names of the classes.
        trained_sources: sources that training saw; their images take no part.
        held_out: which images these are, for the card.
        draws: bootstrap draws, over sources and then over images within them.
    """
    names = np.asarray(sources)
    fresh = ~np.isin(names, list(trained_sources)) if trained_sources else np.ones(len(names), bool)
    counts = {name: len(set(names[fresh & (labels == at)])) for at, name in enumerate(classes)}
    listed = ", ".join(f"{name} ({count} source{'s' * (count > 1)})" for name, count in counts.items() if count)
    rng = np.random.default_rng(0)
    return {
        "against": f"another of the processes validated on sources that training did not see: {listed or 'none'}",
        "set": held_out,
        "classes": {
            name: _fit_class(
                name,
                _side(scores_of(logits, at), names, fresh & (labels == at)),
                _side(scores_of(logits, at), names, fresh & (labels != at)),
                draws,
                rng,
            )
            for at, name in enumerate(classes)
        },
    }


def ratio(part: Mapping[str, Any], logits: Floats, classes: Sequence[str], name: str) -> LikelihoodRatio | None:
    """The ratio for one class of an image with these calibrated logits (classes,), or None where the card has none.

    The interval holds the middle 95 % of the bootstrap draws; neither it nor the value leaves the bounds.

    Raises:
        DetectorRefused: the card's part is damaged.
    """
    try:
        row = part["classes"].get(name) or {}
        if "slope" not in row:
            return None
        score = float(scores_of(logits[None], list(classes).index(name))[0])
        floor, ceiling = float(row["floor"]), float(row["ceiling"])
        value = _bounded(score, [[row["slope"], row["intercept"], ceiling, floor]])[0]
        drawn = np.clip(_bounded(score, row["bootstrap"]), floor, ceiling)
        low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (floor, ceiling)
        return LikelihoodRatio(
            float(value), float(min(low, value)), float(max(high, value)), ceiling, str(part["against"])
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DetectorRefused("The likelihood ratios on the detector's card are damaged.") from error


def why_not(part: Mapping[str, Any] | None, name: str) -> str:
    """The sentence that says why a class has no likelihood ratio, or "" when it has one."""
    if not part:
        return "This detector was not validated for likelihood ratios."
    row = part.get("classes", {}).get(name) or {}
    return "" if "slope" in row else str(row.get("why_not", "This class was not validated."))


def logistic(scores: Floats, targets: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and intercept of weighted logistic regression by Newton's method; targets strictly between 0 and 1.

    With weights of which each proposition has half, slope·score + intercept is the natural log likelihood ratio.
    """
    centre, spread = float(scores.mean()), float(scores.std()) or 1.0
    design = np.stack([(scores - centre) / spread, np.ones(len(scores))], 1)  # (n, 2)
    found = np.zeros(2)
    loss = _loss(found, design, targets, weights)
    for _ in range(100):
        shares = expit(design @ found)
        gradient = design.T @ (weights * (shares - targets))
        curvature = (design * (weights * shares * (1 - shares))[:, None]).T @ design + 1e-12 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while (further := _loss(found - step, design, targets, weights)) > loss and np.abs(step).max() > 1e-12:
            step = step / 2
        found, settled, loss = found - step, loss - further < 1e-14, further
        if settled:
            break
    return float(found[0] / spread), float(found[1] - found[0] * centre / spread)


def _loss(found: Floats, design: Floats, targets: Floats, weights: Floats) -> float:
    odds = design @ found
    return float((weights * (np.logaddexp(0, odds) - targets * odds)).sum())


def _side(scores: Floats, names: NDArray[np.str_], mine: NDArray[np.bool_]) -> _Side:
    return _Side(tuple(scores[mine & (names == name)] for name in np.unique(names[mine])))


def _fit_class(name: str, own: _Side, other: _Side, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    if missing := _missing(name, own, other):
        return {"why_not": missing}
    slope, intercept, ceiling, floor = _fitted(own, other)
    if slope <= 0:
        return {"why_not": f"On the held-out images a higher score of {name} does not go with being {name}."}
    drawn = [_fitted(own.redrawn(rng), other.redrawn(rng)) for _ in range(draws)]
    return {
        "slope": slope,
        "intercept": intercept,
        "ceiling": ceiling,
        "floor": floor,
        "own_images": len(own.scores),
        "own_sources": len(own.sources),
        "other_images": len(other.scores),
        "other_sources": len(other.sources),
        "bootstrap": [[float(f"{number:.5g}") for number in row] for row in drawn],
    }


def _missing(name: str, own: _Side, other: _Side) -> str:
    """A sentence when the held-out images cannot carry a likelihood ratio for the class, else ""."""
    if not own.sources:
        return f"No held-out image of {name} comes from a source that training did not see."
    if len(own.sources) < _FEWEST_SOURCES:
        return (
            f"The held-out images of {name} come from one source that training did not see; "
            f"{_FEWEST_SOURCES} independent sources are needed."
        )
    if len(other.sources) < _FEWEST_SOURCES:
        return (
            f"The other classes have {len(other.sources)} source(s) that training did not see; "
            f"{_FEWEST_SOURCES} are needed to compare {name} with."
        )
    if min(len(own.scores), len(other.scores)) < _FEWEST_IMAGES:
        return (
            f"{len(own.scores)} images of {name} and {len(other.scores)} of other classes come from sources that "
            f"training did not see; {_FEWEST_IMAGES} of each are needed."
        )
    return ""


def _fitted(own: _Side, other: _Side) -> tuple[float, float, float, float]:
    """Slope, intercept, ceiling and floor."""
    scores = np.concatenate([own.scores, other.scores])
    n, m = len(own.scores), len(other.scores)
    # Platt's targets: a finite number of images never asks for infinite certainty.
    targets = np.concatenate([np.full(n, (n + 1) / (n + 2)), np.full(m, 1 / (m + 2))])
    slope, intercept = logistic(scores, targets, np.concatenate([own.weights, other.weights]))
    if slope <= 0:  # the score says nothing, or the contrary: nothing is said
        return 0.0, 0.0, 1.0, 1.0
    ratios = np.exp(np.clip(slope * scores + intercept, -600, 600))
    lower, upper = elub(ratios[:n], ratios[n:])
    return slope, intercept, min(upper, len(other.sources) + 1.0), max(lower, 1.0 / (len(own.sources) + 1.0))


def _bounded(score: float, rows: Sequence[Sequence[float]]) -> Floats:
    table = np.asarray(rows, np.float64).reshape(-1, 4)
    logs = np.clip(table[:, 0] * score + table[:, 1], -600, 600)
    return np.asarray(np.clip(np.exp(logs), table[:, 3], table[:, 2]))
