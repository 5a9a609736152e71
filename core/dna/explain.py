"""Heat maps through the grad-cam package, on one scale over all analysed regions of an image.

Grad-CAM (Selvaraju et al. 2017), Grad-CAM++ (Chattopadhay et al. 2018), Layer-CAM (Jiang et al. 2021). The package
scales each image by itself, which would hide weak windows; here its formulas alone are used, on the raw values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus, LayerCAM
from torch import Tensor

from core.dna.attribute import Attributor
from core.dna.detector import Detector
from core.dna.device import cpu
from core.dna.encoder import FEATURES, LAYERS
from core.dna.inference import FusedNet
from core.dna.preprocess import Box, Windows, prepare
from core.errors import BadInput
from core.examine import HeatMap, HeatMapPatch, MapMethod, MapQuestion, MapScore

Maps = NDArray[np.float32]


class _GradCAMPlusPlus(GradCAMPlusPlus):  # type: ignore[misc]
    """The package's Grad-CAM++ without the constant in its denominator.

    The package adds 1e-6 to 2·g² + ΣA·g³. With the mean over a whole map before the class head, our gradients g are so
    small that this constant would decide alone. Divided by g², the weight of a place is 1 / (2 + ΣA·g) (Eq. 19).
    The paper's activations are never negative; ours are (leaky ReLU), so the denominator is kept from falling under 1.
    """

    def get_cam_weights(
        self,
        input_tensor: Any,  # noqa: ANN401, ARG002
        target_layers: Any,  # noqa: ANN401, ARG002
        target_category: Any,  # noqa: ANN401, ARG002
        activations: Maps,
        grads: Maps,
    ) -> Maps:
        """Activations and gradients (N, C, h, w) to weights (N, C)."""
        sums = activations.sum((2, 3), keepdims=True)  # (N, C, 1, 1)
        return np.asarray((np.maximum(grads, 0) / np.maximum(2 + sums * grads, 1)).sum((2, 3)))


_METHODS = {
    MapMethod.GRAD_CAM: GradCAM,
    MapMethod.GRAD_CAM_PLUS_PLUS: _GradCAMPlusPlus,
    MapMethod.LAYER_CAM: LayerCAM,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a heat map is made of.

    Attributes:
        target: the class in question.
        activations: of the chosen block, for each window (N, C, h, w).
        gradients: of the class's logit or probability by them (N, C, h, w).
    """

    target: str
    activations: Maps
    gradients: Maps

    def maps(self, method: MapMethod) -> Maps:
        """Raw maps of the windows (N, h, w), never negative."""
        # The package wants a network, though its formulas do not use it; this one draws no random numbers.
        cam = _METHODS[method](model=torch.nn.ParameterList([torch.zeros(1)]), target_layers=[])
        raw = cam.get_cam_image(None, None, None, self.activations, self.gradients, eigen_smooth=False)
        return np.maximum(np.nan_to_num(np.asarray(raw, np.float32)), 0.0)


class Explainer:
    """Explains what one detector says, on the CPU in float32, so that a map is the same everywhere.

    Args:
        detector: the loaded detector; its weights are read once, here.
    """

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.attributor = Attributor(detector, cpu(), exact=True)

    @property
    def net(self) -> FusedNet:
        """The network that is explained."""
        return self.attributor.fused

    def heat_map(self, pixels: NDArray[np.uint8], sha256: str, question: MapQuestion) -> HeatMap:
        """The map that a question asks for (DNA-Det Fig. 6: Grad-CAM at block 4).

        Args:
            pixels: stored pixels (H, W, 3) uint8 RGB.
            sha256: which exhibit this is, for the record.
            question: layer, class, method, and what is differentiated.

        Returns:
            One patch per analysed region at that block's resolution, all scaled by one common maximum. An all-zero map
            has peak 0.

        Raises:
            BadInput: no such layer or class.
        """
        verify(question, self.detector)
        prepared = prepare(pixels, self.detector.preprocess)
        taken = self.take(prepared.whole, question)
        raw = taken.maps(question.method)
        peak = float(raw.max(initial=0.0))
        scaled = raw / peak if peak > 0 else np.zeros_like(raw)
        side = self.detector.preprocess.window_px if self.detector.preprocess.kind == "native" else 0
        patches = tuple(
            HeatMapPatch(box, _inside(map_, box, side)) for box, map_ in zip(prepared.whole_boxes, scaled, strict=True)
        )
        size = (pixels.shape[1], pixels.shape[0])
        answered = question.layer, taken.target, peak, patches, size, question.method, question.score
        return HeatMap(sha256, self.detector.reference, *answered)

    def take(self, windows: Windows, question: MapQuestion, net: FusedNet | None = None) -> Taken:
        """Activations and gradients for a question.

        One pass through the network serves the answer and the map; of the way back only what lies behind the chosen
        block is walked, and no weight is differentiated.

        Args:
            windows: prepared windows (N, h, w, 3).
            question: `method` plays no part here.
            net: another network in place of the detector's.
        """
        net = net or self.net
        x = torch.from_numpy(windows).permute(0, 3, 1, 2)  # (N, 3, h, w)
        with torch.no_grad():
            kept = net.blocks(x, 0, question.layer)
        kept.requires_grad_()
        with torch.enable_grad():
            logits = net.head(net.blocks(kept, question.layer, LAYERS))[:, FEATURES:]  # (N, classes)
            probable, target = question.score is MapScore.PROBABILITY, question.target
            scores = _scores(logits, x, self.detector) if probable or target is None else logits.sum(0)
            target = target or self.detector.classes[int(scores.argmax())]
            index = self.detector.classes.index(target)
            wanted = scores[index] if probable else logits[:, index].sum()
            (gradients,) = torch.autograd.grad(wanted, kept)
        return Taken(target, kept.detach().numpy(), gradients.numpy())


def heat_map(
    pixels: NDArray[np.uint8], sha256: str, detector: Detector, question: MapQuestion | None = None
) -> HeatMap:
    """One map with a detector that is used once; see `Explainer.heat_map`."""
    return Explainer(detector).heat_map(pixels, sha256, question or MapQuestion())


def verify(question: MapQuestion, detector: Detector) -> None:
    """Raise `BadInput` unless the detector has this layer and class."""
    if not 1 <= question.layer <= LAYERS:
        raise BadInput(f"There is no layer {question.layer}; the encoder has layers 1 to {LAYERS}.")
    if question.target is not None and question.target not in detector.classes:
        known = ", ".join(detector.classes)
        raise BadInput(f"The detector does not know a class {question.target!r}. It knows {known}.")


def _scores(logits: Tensor, x: Tensor, detector: Detector) -> Tensor:
    """Scores of the whole image (classes,) in float64, as `core.dna.attribute.reading_of` makes them.

    Args:
        logits: of the network (N, classes).
        x: the windows (N, 3, h, w); what the second voice says of them is a constant beside the network.
        detector: whose calibration, if any, weighs the two.
    """
    calibration, logits = detector.calibration, logits.double()
    if calibration is None:
        return logits.softmax(1).mean(0)
    image = calibration.net * logits.mean(0)
    if calibration.spectrum is not None and detector.spectrum is not None:
        with torch.no_grad():
            second = detector.spectrum(x).double().mean(0)
        image = image + calibration.spectrum * second
    return image.softmax(0)


def _inside(map_: Maps, box: Box, side: int) -> Maps:
    """The part of a window's map that lies on the image, where the window was completed by mirroring."""
    if not side:
        return map_
    width, height = box[2:]
    rows = max(1, round(map_.shape[0] * min(1.0, height / side)))
    columns = max(1, round(map_.shape[1] * min(1.0, width / side)))
    return map_[:rows, :columns]
