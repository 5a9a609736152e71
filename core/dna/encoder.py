"""The DNA-Det network: eight convolution blocks, a class head, and a projection head used in training only.

Source: DNA-Det (AAAI 2022), section "Network"; layer by layer as in the published reference network, whose
state-dict names (``main.N.main.M``, ``classification_head.1``) are kept so that its weights fit.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

FEATURES = 512
PROJECTED = 128
LAYERS = 8
_CHANNELS = (64, 128, 256, 512)
_SLOPE = 0.2


class Block(nn.Module):
    """Convolution, batch norm and leaky ReLU; a *down* block halves the side, a *keep* block keeps it."""

    def __init__(self, inputs: int, outputs: int, *, down: bool) -> None:
        super().__init__()
        kernel, stride = (4, 2) if down else (3, 1)
        self.main = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel, stride, padding=1),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(_SLOPE),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H', W')."""
        out: Tensor = self.main(x)
        return out


class Net(nn.Module):
    """Encoder and classification head.

    Args:
        classes: number of architectures it can name.
        dropout: share of features dropped before the linear layer in training (paper code: 0.2).
    """

    def __init__(self, classes: int, *, dropout: float = 0.2) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        inputs = 3
        for outputs in _CHANNELS:
            blocks += [Block(inputs, outputs, down=True), Block(outputs, outputs, down=False)]
            inputs = outputs
        self.main = nn.Sequential(*blocks)
        self.classification_head = nn.Sequential(nn.Dropout(dropout), nn.Linear(FEATURES, classes))

    def features(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) in the detector's input scale to pooled features (B, 512)."""
        return functional.adaptive_avg_pool2d(self.main(x), 1).flatten(1)  # (B, 512)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to logits (B, classes)."""
        logits: Tensor = self.classification_head(self.features(x))
        return logits


class ProjectionHead(nn.Module):
    """Maps features to the unit sphere on which crops are contrasted; thrown away after training."""

    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.Linear(FEATURES, FEATURES), nn.ReLU(), nn.Linear(FEATURES, PROJECTED))

    def forward(self, features: Tensor) -> Tensor:
        """(B, 512) to unit vectors (B, 128)."""
        return functional.normalize(self.main(features), dim=1)
