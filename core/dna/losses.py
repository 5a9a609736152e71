"""The two losses of patchwise contrastive learning and their automatic weighting (DNA-Det §"PCL", Eq. 1–3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def supervised_contrastive(
    projected: Tensor, labels: Tensor, temperature: float = 0.07, *, positive: Tensor | None = None
) -> Tensor:
    """Supervised contrastive loss over crops: every other crop of the same class is a positive.

    ℓ_i = −(1/|P(i)|) Σ_{p∈P(i)} log( e^{z_i·z_p/τ} / Σ_{a≠i} e^{z_i·z_a/τ} ), mean over anchors that have a positive
    (Khosla et al. 2020, "L_out"; DNA-Det Eq. 1). Computed in float32 or float64, also under autocast.

    Args:
        projected: unit vectors (M, D), one per crop.
        labels: class of each crop (M,).
        temperature: τ.
        positive: which pairs are positives (M, M), from `positives`; None: all of the same class.

    Returns:
        A scalar; 0 when no crop has a positive.
    """
    with torch.autocast(projected.device.type, enabled=False):
        z = projected if projected.dtype == torch.float64 else projected.float()
        itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
        similarity = (z @ z.T / temperature).masked_fill(itself, float("-inf"))  # (M, M)
        log_share = (similarity - similarity.logsumexp(1, keepdim=True)).masked_fill(itself, 0.0)  # (M, M)
        pairs = (labels[:, None] == labels[None, :] if positive is None else positive) & ~itself
        count = pairs.sum(1)
        per_anchor = -(log_share * pairs).sum(1) / count.clamp(min=1)  # (M,)
        return (per_anchor * (count > 0)).sum() / (count > 0).sum().clamp(min=1)


def positives(labels: Tensor, images: Tensor, sources: Tensor, rule: str) -> Tensor:
    """Which pairs of crops should come to lie together.

    Args:
        labels: class of each crop (M,).
        images: number of the image of the batch each crop was cut from (M,).
        sources: number of the source each crop comes from (M,).
        rule: "class" (all of the class) or "other source" (of the same image, or of the class from another source, so
            that what one publisher did to all its files teaches nothing).

    Returns:
        (M, M) bool; a crop counts as its own positive, which the loss leaves out.
    """
    same_class = labels[:, None] == labels[None, :]
    if rule == "class":
        return same_class
    return same_class & ((sources[:, None] != sources[None, :]) | (images[:, None] == images[None, :]))


class AutomaticWeighting(nn.Module):
    """Learned weights of the losses: Σ_k L_k / (2 p_k²) + log(1 + p_k²).

    Without a floor under p the weight of a loss near zero grows without bound, so p is clamped such that no weight
    exceeds `largest`.

    Args:
        count: number of losses.
        largest: upper bound of 1 / (2 p²).
    """

    def __init__(self, count: int, *, largest: float = 10.0) -> None:
        super().__init__()
        self.parameters_p = nn.Parameter(torch.ones(count))
        self._floor = (1.0 / (2.0 * largest)) ** 0.5

    def forward(self, losses: Tensor) -> Tensor:
        """Losses (count,) to their weighted sum."""
        p = self.parameters_p.abs().clamp(min=self._floor)
        return (losses / (2 * p**2) + torch.log1p(p**2)).sum()

    def weights(self) -> list[float]:
        """The current weights 1 / (2 p²)."""
        p = self.parameters_p.detach().abs().clamp(min=self._floor)
        return [float(w) for w in 1 / (2 * p**2)]
