"""The training curves of a card: which lines they make, and the same in sentences."""

from __future__ import annotations

from dataclasses import dataclass

from app.widgets.card_fields import Card, number, rows

NO_CURVES = "The card holds no training curves, so nothing can be shown of how the training went."
# (key in a row of the curves, caption, which of the two plots it belongs to).
_KNOWN = (
    ("classification", "Classification loss", "loss"),
    ("contrast", "Contrastive loss", "loss"),
    ("loss", "Total loss", "loss"),
    ("recall", "Recall on held-out images", "held-out"),
    ("macro_f1", "Mean F1 on held-out images", "held-out"),
    ("merged", "Recall on held-out images, alike classes merged", "held-out"),
)
PLOTS = (("loss", "Loss in training (lower is better)"), ("held-out", "On held-out images (1 is perfect)"))


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: caption, the plot it belongs to, and its points (step, value) by rising step."""

    caption: str
    plot: str
    points: tuple[tuple[float, float], ...]


def curves_of(card: Card) -> tuple[Curve, ...]:
    """The lines that a card's curves make; what was not recorded is left out."""
    found = []
    for key, caption, plot in _KNOWN:
        points = [(number(row, "step"), number(row, key)) for row in rows(card, "curves")]
        known = sorted((step, value) for step, value in points if step is not None and value is not None)
        if known:
            found.append(Curve(caption, plot, tuple(known)))
    return tuple(found)


def sentence(curve: Curve) -> str:
    """A line in words: where it begins and ends, and its best."""
    (first, begin), (last, end) = curve.points[0], curve.points[-1]
    best = min if curve.plot == "loss" else max
    step, value = best(curve.points, key=lambda point: point[1])
    kind = "lowest" if curve.plot == "loss" else "highest"
    return (
        f"{curve.caption}: {begin:.3g} at step {first:,.0f}, {end:.3g} at step {last:,.0f}, "
        f"{kind} {value:.3g} at step {step:,.0f}."
    )
