"""From prepared pixels to scores, consistency grid and verdict."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import PIL
import torch
from numpy.typing import NDArray

from core.dna.detector import Detector
from core.dna.device import Device, cpu
from core.dna.inference import FastNet
from core.dna.preprocess import Box, Prepared, prepare
from core.domain import ConsistencyGrid, Tile, Verdict

_LOG = logging.getLogger(__name__)
_CPU_IMAGES = 2
_GPU_IMAGES = 32
_CLOSE = 0.02  # twice what bfloat16 was seen to change a score by


@dataclass(frozen=True, slots=True)
class Reading:
    """What a detector reads off one image.

    Attributes:
        out_of_scope: a sentence when the image is not one the detector may judge; then the rest is empty.
        scores: softmax scores (classes,), the mean over the image's windows.
        feature: mean pooled feature (512,).
        tile_scores: scores of the sixteen tiles (16, classes).
        tile_boxes: where the tiles lie in stored pixels.
    """

    out_of_scope: str
    scores: NDArray[np.float32]
    feature: NDArray[np.float32]
    tile_scores: NDArray[np.float32]
    tile_boxes: tuple[Box, ...]


class Attributor:
    """Reads images with one detector on one device.

    Args:
        detector: the loaded detector.
        device: where to compute; CUDA errors fall back to smaller batches, then to the CPU.
    """

    def __init__(self, detector: Detector, device: Device) -> None:
        self.detector = detector
        self.remarks: list[str] = []
        self._fast: FastNet
        self._exact: FastNet | None
        self._use(device)

    @property
    def device(self) -> Device:
        """Where it computes now."""
        return self._fast.device

    @property
    def precision(self) -> str:
        """The arithmetic in use ("float32" or "bfloat16")."""
        return str(self._fast.precision).removeprefix("torch.")

    def conditions(self) -> dict[str, Any]:
        """What a repetition needs to know: precision, threads, preprocessing, library versions."""
        return {
            "precision": self.precision,
            "threads": torch.get_num_threads(),
            "preprocess": self.detector.preprocess.to_card(),
            "versions": {
                "torch": torch.__version__,
                "numpy": np.__version__,
                "pillow": PIL.__version__,
                "opencv": cv2.__version__,
            },
        }

    @property
    def batch_images(self) -> int:
        """Images worth reading together on this device at present."""
        return self._images

    def read(self, images: Iterable[NDArray[np.uint8]]) -> Iterator[Reading]:
        """Readings of stored pixels (H, W, 3) uint8 RGB, in order."""
        for pixels in images:
            yield self.read_prepared([self.prepared(pixels)])[0]

    def prepared(self, pixels: NDArray[np.uint8]) -> Prepared | str:
        """Preprocess one image, or say in a sentence why it is out of scope."""
        return out_of_scope(pixels, self.detector) or prepare(pixels, self.detector.preprocess)

    def read_prepared(self, images: list[Prepared | str]) -> list[Reading]:
        """Readings of a batch of prepared images (a string is an image out of scope)."""
        ready = [image for image in images if isinstance(image, Prepared)]
        readings = iter(self._read_ready(ready) if ready else [])
        return [_outside(image) if isinstance(image, str) else next(readings) for image in images]

    def _read_ready(self, images: list[Prepared]) -> list[Reading]:
        readings = self._read_with_fast(images)
        if self._fast.precision is torch.float32:
            return readings
        return [self._settled(image, reading) for image, reading in zip(images, readings, strict=True)]

    def _settled(self, image: Prepared, reading: Reading) -> Reading:
        """In reduced precision, read close calls again in float32, so that precision never decides a verdict."""
        second, top = np.sort(reading.scores)[-2:]
        if min(top - second, abs(top - self.detector.threshold)) > _CLOSE:
            return reading
        reduced = self._fast
        self._exact = self._exact or FastNet(self.detector.net, self.device, torch.float32)
        self._fast = self._exact
        try:
            return self._read_with_fast([image])[0]
        finally:
            self._fast = reduced if self._fast is self._exact else self._fast

    def _read_with_fast(self, images: list[Prepared]) -> list[Reading]:
        wholes = self._run([image.whole for image in images])
        tiles = [image.tiles for image in images if image.tiles is not None]
        grids = iter(self._run(tiles) if tiles else [])
        readings = []
        for image, (features, scores) in zip(images, wholes, strict=True):
            tile_scores = scores if image.tiles is None else next(grids)[1]
            readings.append(Reading("", scores.mean(0), features.mean(0), tile_scores, image.tile_boxes))
        return readings

    def _run(self, parts: list[NDArray[np.float32]]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        out: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
        while len(out) < len(parts):
            some = parts[len(out) : len(out) + self._images]
            try:
                features, scores = self._fast(torch.from_numpy(np.concatenate(some)))
            except torch.OutOfMemoryError:
                self._shrink()
                continue
            except torch.AcceleratorError as error:
                self._leave_gpu(str(error).splitlines()[0])
                continue
            out += _split(features.numpy(), scores.numpy(), [len(part) for part in some])
        return out

    def _use(self, device: Device) -> None:
        self._fast = FastNet(self.detector.net, device)
        self._exact = None
        self._images = _CPU_IMAGES if device.is_cpu else _GPU_IMAGES

    def _shrink(self) -> None:
        if self.device.is_cpu:
            raise MemoryError("The CPU ran out of memory while reading one image.")
        torch.cuda.empty_cache()
        if self._images == 1:
            self._leave_gpu("out of memory even for one image")
        else:
            self._images //= 2
            self.remarks.append(f"The GPU ran short of memory; batches were halved to {self._images} images.")

    def _leave_gpu(self, why: str) -> None:
        if self.device.is_cpu:
            raise RuntimeError(why)
        _LOG.warning("the GPU was lost: %s", why)
        self.remarks.append(f"The GPU could not go on ({why}); the rest was computed on the CPU.")
        self._use(cpu())


def out_of_scope(pixels: NDArray[np.uint8], detector: Detector) -> str:
    """A sentence when the image is outside what the detector may judge, else ""."""
    height, width = pixels.shape[:2]
    if min(height, width) < detector.smallest_side:
        return f"The shorter side has {min(height, width)} pixels; this detector needs {detector.smallest_side}."
    if float(pixels[::2, ::2].mean(2).std()) < detector.flat_deviation:
        return "The image is almost one flat colour; there is nothing in it to attribute."
    return ""


def verdict_of(reading: Reading, detector: Detector) -> tuple[Verdict, str, str | None]:
    """Verdict, the sentence that says why, and the class with the top score (None when out of scope)."""
    if reading.out_of_scope:
        return Verdict.OUT_OF_SCOPE, reading.out_of_scope, None
    top = int(reading.scores.argmax())
    name, score = detector.classes[top], float(reading.scores[top])
    if score < detector.threshold:
        return (
            Verdict.INCONCLUSIVE,
            f"The top score {score:.2f} ({name}) is below this detector's threshold of {detector.threshold:.2f}.",
            name,
        )
    return Verdict.ATTRIBUTED, f"The top score {score:.2f} reaches the threshold of {detector.threshold:.2f}.", name


def grid_of(reading: Reading, detector: Detector) -> ConsistencyGrid | None:
    """The 4×4 consistency grid: each tile's top class, and how many name the class of the whole image."""
    if reading.out_of_scope:
        return None
    whole = int(reading.scores.argmax())
    tops = reading.tile_scores.argmax(1)  # (16,)
    tiles = tuple(
        Tile(detector.classes[int(top)], float(scores[top]))
        for top, scores in zip(tops, reading.tile_scores, strict=True)
    )
    return ConsistencyGrid(int((tops == whole).sum()), tiles, reading.tile_boxes)


def _outside(reason: str) -> Reading:
    empty = np.zeros(0, np.float32)
    return Reading(reason, empty, empty, np.zeros((0, 0), np.float32), ())


def _split(
    features: NDArray[np.float32], scores: NDArray[np.float32], lengths: list[int]
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    ends = np.cumsum(lengths)[:-1]
    return list(zip(np.split(features, ends), np.split(scores, ends), strict=True))
