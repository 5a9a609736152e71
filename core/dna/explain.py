"""Grad-CAM heat maps through the grad-cam package, on one scale over all analysed regions of an image."""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from core.dna.attribute import Attributor
from core.dna.detector import Detector
from core.dna.device import cpu
from core.dna.encoder import LAYERS
from core.dna.preprocess import Box, Prepared, prepare
from core.domain import HeatMap, HeatMapPatch
from core.errors import BadInput


def heat_map(
    pixels: NDArray[np.uint8], sha256: str, detector: Detector, *, layer: int = 4, target: str | None = None
) -> HeatMap:
    """Grad-CAM of the target class's logit at the activation of one encoder block (DNA-Det Fig. 6: block 4).

    Args:
        pixels: stored pixels (H, W, 3) uint8 RGB.
        sha256: which exhibit this is, for the record.
        detector: the detector.
        layer: encoder block 1–8.
        target: class name; None takes the class with the top score.

    Returns:
        One patch per analysed region at that block's resolution, all scaled by one common maximum. An all-zero map
        has peak 0.

    Raises:
        BadInput: no such layer or class.
    """
    if not 1 <= layer <= LAYERS:
        raise BadInput(f"There is no layer {layer}; the encoder has layers 1 to {LAYERS}.")
    if target is not None and target not in detector.classes:
        raise BadInput(f"The detector does not know a class {target!r}. It knows {', '.join(detector.classes)}.")
    prepared = prepare(pixels, detector.preprocess)
    windows = torch.from_numpy(prepared.whole).permute(0, 3, 1, 2)  # (N, 3, h, w)
    name = target or _top_class(prepared, detector)
    raw = _raw_maps(windows, detector, layer, detector.classes.index(name))
    peak = float(raw.max(initial=0.0))
    scaled = raw / peak if peak > 0 else np.zeros_like(raw)
    side = detector.preprocess.window_px if detector.preprocess.kind == "native" else 0
    patches = tuple(
        HeatMapPatch(box, _inside(map_, box, side)) for box, map_ in zip(prepared.whole_boxes, scaled, strict=True)
    )
    return HeatMap(sha256, detector.reference, layer, name, peak, patches, (pixels.shape[1], pixels.shape[0]))


def _inside(map_: NDArray[np.float32], box: Box, side: int) -> NDArray[np.float32]:
    """The part of a window's map that lies on the image, where the window was completed by mirroring."""
    if not side:
        return map_
    width, height = box[2:]
    rows = max(1, round(map_.shape[0] * min(1.0, height / side)))
    columns = max(1, round(map_.shape[1] * min(1.0, width / side)))
    return map_[:rows, :columns]


def _top_class(prepared: Prepared, detector: Detector) -> str:
    # As a finding would name it: with the second voice and the calibration, where there are any.
    reading = Attributor(detector, cpu(), exact=True).read_prepared([prepared])[0]
    return detector.classes[int(reading.scores.argmax())]


def _raw_maps(windows: torch.Tensor, detector: Detector, layer: int, target: int) -> NDArray[np.float32]:
    """Unscaled maps (N, h, w): the package scales each image by itself, which would hide weak windows."""
    # A net of its own, since hooks stay with it. Only the explained block takes part in the gradient: nothing before it
    # is needed, and of the blocks behind it only what passes through them.
    net = copy.deepcopy(detector.net).eval()
    block = net.main[layer - 1].requires_grad_()
    with GradCAM(model=net, target_layers=[block]) as cam, torch.enable_grad():
        logits = cam.activations_and_grads(windows)
        wanted = ClassifierOutputTarget(target)
        net.zero_grad()
        sum(wanted(row) for row in logits).backward()
        activations = cam.activations_and_grads.activations[0].cpu().numpy()
        gradients = cam.activations_and_grads.gradients[0].cpu().numpy()
        maps = cam.get_cam_image(windows, block, [wanted] * len(windows), activations, gradients, eigen_smooth=False)
    return np.maximum(np.nan_to_num(np.asarray(maps, np.float32)), 0.0)
