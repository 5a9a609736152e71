"""The net made fast for inference: convolution and batch norm fused, channels last, measured precision."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.dna.device import Device, fastest_precision
from core.dna.encoder import Block, Net
from core.dna.spectrum import SpectrumVoice

_SLOPE = 0.2


class FusedNet(nn.Module):
    """The same function as `Net` in evaluation mode, with each batch norm folded into its convolution."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        blocks = [cast("Block", copy.deepcopy(block)).main.eval() for block in net.main]
        self.convolutions = nn.ModuleList(
            fuse_conv_bn_eval(cast("nn.Conv2d", block[0]), cast("nn.BatchNorm2d", block[1])) for block in blocks
        )
        self.linear = cast("nn.Linear", copy.deepcopy(net.classification_head[1]))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to features and logits side by side (B, 512 + classes), float32."""
        return self.head(self.blocks(x, 0, len(self.convolutions)))

    def blocks(self, x: Tensor, begin: int, end: int) -> Tensor:
        """The input (begin 0), or the activation of encoder block `begin`, to the activation of block `end`."""
        for convolution in self.convolutions[begin:end]:
            x = functional.leaky_relu_(convolution(x), _SLOPE)
        return x

    def head(self, x: Tensor) -> Tensor:
        """The last activation (B, 512, h, w) to features and logits side by side (B, 512 + classes), float32."""
        # Pooled by a mean in float32: bfloat16 sums over a 32×32 map lose digits.
        features = x.float().mean((2, 3))  # (B, 512)
        logits = functional.linear(features, self.linear.weight.float(), self.linear.bias.float())  # (B, classes)
        return torch.cat([features, logits], 1)


class FastNet:
    """A fused net on one device, with the second voice beside it where there is one.

    Args:
        net: the trained net; it is left as it is.
        device: where to compute.
        precision: None measures which of float32 and bfloat16 is faster here.
        spectrum: the second voice; it is always computed in float32.
    """

    def __init__(
        self,
        net: Net,
        device: Device,
        precision: torch.dtype | None = None,
        spectrum: SpectrumVoice | None = None,
    ) -> None:
        fused = FusedNet(net).requires_grad_(requires_grad=False).eval()
        fused = fused.to(device.torch_device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = device
        self.precision = precision or fastest_precision(fused, device)
        self._net: FusedNet = fused.to(self.precision)
        self._spectrum = copy.deepcopy(spectrum).to(device.torch_device) if spectrum is not None else None

    @property
    def fused(self) -> FusedNet:
        """The fused net on its device in its precision."""
        return self._net

    @torch.inference_mode()
    def __call__(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (B, h, w, 3) float32 to features (B, 512) and raw logits (B, voices, classes), on the CPU."""
        x = windows.to(self.device.torch_device, non_blocking=True).permute(0, 3, 1, 2)
        out = self._net(x.to(self.precision)).cpu()
        voices = [out[:, 512:]] if self._spectrum is None else [out[:, 512:], self._spectrum(x).cpu()]
        return out[:, :512], torch.stack(voices, 1)
