"""From raw logits to calibrated ones: a temperature, and a weight for the second voice, fitted on held-out images.

Temperature scaling: Guo et al. 2017. Linear fusion of the logits of several systems by the logistic loss: Brümmer and
du Preez 2006. The smoothed targets are Platt's (1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from core.errors import DetectorRefused

Floats = NDArray[np.floating[Any]]
_SMALLEST, _LARGEST = 0.01, 100.0
_RULE = (
    "The logits of the network (and of the spectrum voice, where there is one) times fixed numbers, fitted on the "
    "held-out images by the multinomial logistic loss, each class and each source within a class weighing alike."
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Image logits are the mean over the windows of ``net``·network logits + ``spectrum``·voice logits.

    Attributes:
        net: one over the temperature.
        spectrum: weight of the second voice, None when there is none.
        n: held-out images it was fitted on.
        set: which images these were.
    """

    net: float
    spectrum: float | None = None
    n: int = 0
    set: str = ""

    def combined(self, net_logits: Floats, spectrum_logits: Floats | None) -> Floats:
        """Calibrated logits (…, classes) of raw ones (…, classes)."""
        logits: Floats = self.net * net_logits
        if self.spectrum is not None and spectrum_logits is not None:
            logits = logits + self.spectrum * spectrum_logits
        return logits

    @classmethod
    def from_card(cls, part: Mapping[str, Any]) -> Calibration:
        """Read the card's part; raises `DetectorRefused` when a weight is no finite number."""
        try:
            spectrum = part.get("spectrum")
            made = cls(
                float(part["net"]),
                None if spectrum is None else float(spectrum),
                int(part.get("n", 0)),
                str(part.get("set", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorRefused("The calibration on the detector's card is damaged.") from error
        if not np.isfinite([made.net, made.spectrum or 0.0]).all() or made.net <= 0:
            raise DetectorRefused("The calibration on the detector's card has an impossible weight.")
        return made

    def to_card(self) -> dict[str, Any]:
        """The card's part as plain data."""
        voice = {} if self.spectrum is None else {"spectrum": self.spectrum}
        return {"net": self.net, **voice, "rule": _RULE, "set": self.set, "n": self.n}


def fit(
    net_logits: Floats,
    spectrum_logits: Floats | None,
    labels: NDArray[np.int64],
    sources: Sequence[str],
    *,
    held_out: str = "",
) -> Calibration:
    """Fit the weights of one or two voices.

    Args:
        net_logits: raw image logits of the network (n, classes).
        spectrum_logits: those of the second voice, or None.
        labels: the true classes (n,).
        sources: the sources by name (n,).
        held_out: which images these are, for the card.
    """
    voices = np.stack([net_logits] if spectrum_logits is None else [net_logits, spectrum_logits]).astype(np.float64)
    weights = even_weights(labels, sources)
    targets = smoothed_targets(labels, voices.shape[2])

    def loss(scales: Floats) -> tuple[float, Floats]:
        return logistic_loss(scales, voices, targets, weights)

    bounds = [(_SMALLEST, _LARGEST), (0.0, _LARGEST)][: len(voices)]
    start = np.full(len(voices), 1.0 / len(voices))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12, "gtol": 1e-9}).x
    return Calibration(
        round(float(found[0]), 6), round(float(found[1]), 6) if len(voices) > 1 else None, len(labels), held_out
    )


def logistic_loss(scales: Floats, voices: Floats, targets: Floats, weights: Floats) -> tuple[float, Floats]:
    """Weighted multinomial logistic loss of scaled voices and its gradient; convex in the scales.

    Args:
        scales: one number per voice (v,).
        voices: raw logits (v, n, classes).
        targets: wanted probabilities (n, classes).
        weights: of the images (n,), summing to one.
    """
    shares = log_softmax(np.tensordot(scales, voices, 1), axis=1)  # (n, classes)
    loss = -float((weights[:, None] * targets * shares).sum())
    gap = weights[:, None] * (np.exp(shares) - targets)  # (n, classes)
    return loss, np.einsum("vnc,nc->v", voices, gap)


def even_weights(labels: NDArray[np.int64], sources: Sequence[str]) -> Floats:
    """Weights (n,) summing to one: every class alike, every source within a class, every image within a source."""
    names, keys = list(sources), np.asarray(labels)
    pairs = [(int(label), name) for label, name in zip(keys, names, strict=True)]
    sizes = {pair: pairs.count(pair) for pair in set(pairs)}
    within = {label: sum(other == label for other, _ in sizes) for label in {label for label, _ in sizes}}
    return np.array([1.0 / (len(within) * within[label] * sizes[label, name]) for label, name in pairs])


def smoothed_targets(labels: NDArray[np.int64], classes: int) -> Floats:
    """One-hot targets (n, classes) less 1/(n + 2), so that no finite set of images asks for infinite certainty."""
    missing = 1.0 / (len(labels) + 2)
    targets = np.full((len(labels), classes), missing / (classes - 1))
    targets[np.arange(len(labels)), labels] = 1.0 - missing
    return targets
