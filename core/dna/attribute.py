"""From prepared pixels to scores, consistency grid and verdict."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import PIL
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from core.dna.calibrate import Calibration
from core.dna.dataset import REAL
from core.dna.detector import Detector
from core.dna.device import Device, cpu
from core.dna.inference import FastNet, FusedNet
from core.dna.preprocess import Box, Prepared, prepare
from core.domain import ConsistencyGrid, Tile, Verdict

_LOG = logging.getLogger(__name__)
_CPU_IMAGES = 2
_GPU_IMAGES = 32
_CLOSE = 0.02  # twice what bfloat16 was seen to change a score by
_CLOSE_LOGITS = 0.1  # of the network's two top logits, in which bfloat16 shifts the third digit
_UNFAMILIAR = "Another generator may have made it, or it is a photograph of a kind the detector has not met."
_NO_THRESHOLD = "No threshold made such answers of this detector reliable enough, so it is not conclusive."


@dataclass(frozen=True, slots=True)
class Reading:
    """What a detector reads off one image.

    Attributes:
        out_of_scope: a sentence when the image is not one the detector may judge; then the rest is empty.
        scores: softmax scores (classes,): of the image's calibrated logits, or without a calibration the mean over
            the windows' scores.
        feature: mean pooled feature (512,).
        tile_scores: scores of the sixteen tiles (16, classes).
        tile_boxes: where the tiles lie in stored pixels.
        logits: calibrated logits of the image (classes,).
        voices: raw logits of the image by each voice, network first (voices, classes).
        tile_voices: the same of the tiles (16, voices, classes).
    """

    out_of_scope: str
    scores: NDArray[np.float32]
    feature: NDArray[np.float32]
    tile_scores: NDArray[np.float32]
    tile_boxes: tuple[Box, ...]
    logits: NDArray[np.float32]
    voices: NDArray[np.float32]
    tile_voices: NDArray[np.float32]


class Attributor:
    """Reads images with one detector on one device.

    Args:
        detector: the loaded detector.
        device: where to compute; CUDA errors fall back to smaller batches, then to the CPU.
        exact: compute in float32 even where something else is faster.
    """

    def __init__(self, detector: Detector, device: Device, *, exact: bool = False) -> None:
        self.detector = detector
        self.remarks: list[str] = []
        self._precision = torch.float32 if exact else None
        self._fast: FastNet
        self._exact: FastNet | None
        self._use(device)

    @property
    def device(self) -> Device:
        """Where it computes now."""
        return self._fast.device

    @property
    def fused(self) -> FusedNet:
        """The network as it computes now."""
        return self._fast.fused

    @property
    def precision(self) -> str:
        """The arithmetic in use ("float32" or "bfloat16")."""
        return str(self._fast.precision).removeprefix("torch.")

    def conditions(self) -> dict[str, Any]:
        """What a repetition needs to know: precision, threads, seed, preprocessing, processor, library versions.

        ``seed`` is None because no random number has a part in an answer.
        """
        return {
            "precision": self.precision,
            "threads": torch.get_num_threads(),
            "seed": None,
            "answers_digest": self.detector.answers_digest,
            "processor": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
            "system": f"{platform.system()}, Python {platform.python_version()}",
            "preprocess": self.detector.preprocess.to_card(),
            "voices": ["network", "spectrum"] if self.detector.spectrum else ["network"],
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

    def prepared(self, pixels: NDArray[np.uint8], jpeg_quality: int | None = None) -> Prepared | str:
        """Preprocess one image, or say in a sentence why it is out of scope.

        Args:
            pixels: stored pixels (H, W, 3) uint8 RGB.
            jpeg_quality: the quality setting of the file (1–100) when it is a JPEG, else None.
        """
        outside = self.detector.scope.excludes(pixels, jpeg_quality)
        return outside or prepare(pixels, self.detector.preprocess)

    def read_windows(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Features (N, 512) and raw logits (N, voices, classes) of prepared windows (N, h, w, 3)."""
        return self._run([windows])[0]

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
        if not _close(reading, self.detector):
            return reading
        reduced = self._fast
        self._exact = self._exact or self._built(self.device, torch.float32)
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
        for image, (features, logits) in zip(images, wholes, strict=True):
            tiles_read = (features, logits) if image.tiles is None else next(grids)
            readings.append(reading_of(features, logits, tiles_read[1], image.tile_boxes, self.detector))
        return readings

    def _run(self, parts: list[NDArray[np.float32]]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        out: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
        while len(out) < len(parts):
            some = parts[len(out) : len(out) + self._images]
            try:
                features, logits = self._fast(torch.from_numpy(np.concatenate(some)))
            except torch.OutOfMemoryError:
                self._shrink()
                continue
            except torch.AcceleratorError as error:
                self._leave_gpu(str(error).splitlines()[0])
                continue
            out += _split(features.numpy(), logits.numpy(), [len(part) for part in some])
        return out

    def _use(self, device: Device) -> None:
        self._fast = self._built(device, self._precision)
        self._exact = None
        self._images = _CPU_IMAGES if device.is_cpu else _GPU_IMAGES

    def _built(self, device: Device, precision: torch.dtype | None) -> FastNet:
        return FastNet(self.detector.net, device, precision, self.detector.spectrum)

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


def reading_of(
    features: NDArray[np.float32],
    logits: NDArray[np.float32],
    tiles: NDArray[np.float32],
    tile_boxes: tuple[Box, ...],
    detector: Detector,
) -> Reading:
    """What a detector reads off an image from its windows.

    Args:
        features: pooled features of the windows (N, 512).
        logits: raw logits of the windows (N, voices, classes).
        tiles: raw logits of the tiles (16, voices, classes).
        tile_boxes: where the tiles lie in stored pixels.
        detector: whose calibration makes scores of them.
    """
    calibration = detector.calibration
    combined = _combined(logits, calibration)  # (N, classes)
    whole = combined.mean(0)
    # Without a calibration the windows' scores are averaged, as detectors of the first schema were measured.
    scores = softmax(combined, axis=1).mean(0) if calibration is None else softmax(whole)
    return Reading(
        out_of_scope="",
        scores=scores,
        feature=features.mean(0),
        tile_scores=softmax(_combined(tiles, calibration), axis=1),
        tile_boxes=tile_boxes,
        logits=whole,
        voices=logits.mean(0),
        tile_voices=tiles,
    )


def verdict_of(reading: Reading, detector: Detector) -> tuple[Verdict, str, str | None]:
    """Verdict, the sentence that says why, and the class with the top score (None when out of scope).

    In this order: out of scope, unknown architecture, attributed, inconclusive.
    """
    if reading.out_of_scope:
        return Verdict.OUT_OF_SCOPE, reading.out_of_scope, None
    top = int(reading.scores.argmax())
    name, score = detector.classes[top], float(reading.scores[top])
    if unknown := _unknown(reading, detector):
        return Verdict.UNKNOWN, unknown, name
    needed = needed_score(detector, name)
    if needed >= 1:  # a softmax score can be exactly 1 by rounding
        return Verdict.INCONCLUSIVE, f"The top score is {score:.2f} ({name}). {_NO_THRESHOLD}", name
    if score >= needed and (differing := _voices_differ(reading, detector, name)):
        return Verdict.INCONCLUSIVE, differing, name
    if score >= needed:
        return Verdict.ATTRIBUTED, f"The top score {score:.2f} reaches the threshold of {needed:.2f}.", name
    if score < detector.threshold:
        reason = f"The top score {score:.2f} ({name}) is below this detector's threshold of {needed:.2f}."
    else:
        reason = (
            f"The top score {score:.2f} ({name}) is below the threshold of {needed:.2f} that this detector asks for "
            "before it calls an image generated."
        )
    return Verdict.INCONCLUSIVE, reason, name


def _voices_differ(reading: Reading, detector: Detector, name: str) -> str:
    """A sentence when an image would be called generated although the two voices name different classes, else ""."""
    if name == REAL or len(reading.voices) < 2:
        return ""
    network, spectrum = (detector.classes[int(voice.argmax())] for voice in reading.voices)
    if network == spectrum:
        return ""
    return (
        f"The network alone would name {network}, the image's spectrum {spectrum}. An image is called generated only "
        "where both name the same."
    )


def needed_score(detector: Detector, name: str | None) -> float:
    """The top score that *attributed* needs for a class; None gives the general threshold."""
    return detector.threshold if name in (None, REAL) else max(detector.threshold, detector.accusing)


def unfamiliarity_of(reading: Reading, detector: Detector) -> float | None:
    """How unfamiliar the image is by the detector's test for unknown architectures; None without such a test."""
    if reading.out_of_scope or detector.open_set is None:
        return None
    return detector.open_set.unfamiliarity(reading.feature, reading.logits)


def _unknown(reading: Reading, detector: Detector) -> str:
    """A sentence when the image is too unfamiliar to be of a known architecture, else ""."""
    test, distance = detector.open_set, unfamiliarity_of(reading, detector)
    if test is None or distance is None or distance <= test.threshold:
        return ""
    return (
        f"The image is less like the known classes than this detector allows. {_UNFAMILIAR} "
        f"(measure: {test.method} {distance:.4g}, limit {test.threshold:.4g})"
    )


def _close(reading: Reading, detector: Detector) -> bool:
    """Whether the rounding of a reduced precision could decide the verdict."""
    second, top = np.sort(reading.scores)[-2:]
    borders = (detector.threshold, detector.accusing)
    # A calibration that sharpens the logits sharpens their rounding too.
    close = _CLOSE * max(1.0, detector.calibration.net if detector.calibration else 1.0)
    if min(top - second, *(abs(top - border) for border in borders)) <= close:
        return True
    if len(reading.voices) > 1 and float(np.diff(np.sort(reading.voices[0])[-2:])[0]) <= _CLOSE_LOGITS:
        return True  # which class the network names decides too
    test, distance = detector.open_set, unfamiliarity_of(reading, detector)
    return test is not None and distance is not None and abs(distance - test.threshold) <= test.margin


def image_logits(reading: Reading, detector: Detector) -> NDArray[np.float32]:
    """Logits (classes,) of an image that was read before, as the detector's calibration makes them."""
    return np.asarray(_combined(reading.voices[None], detector.calibration)[0], np.float32)


def recalibrated(reading: Reading, detector: Detector) -> Reading:
    """A reading as it would be with the detector's calibration."""
    if reading.out_of_scope or detector.calibration is None:
        return reading
    logits = image_logits(reading, detector)
    tiles = softmax(_combined(reading.tile_voices, detector.calibration), axis=1)
    return replace(reading, logits=logits, scores=softmax(logits), tile_scores=tiles)


def _combined(logits: NDArray[np.float32], calibration: Calibration | None) -> NDArray[np.float32]:
    """Raw logits (N, voices, classes) to those that count (N, classes)."""
    if calibration is None:
        return logits[:, 0]
    second = logits[:, 1] if logits.shape[1] > 1 else None
    return np.asarray(calibration.combined(logits[:, 0], second), np.float32)


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
    none = np.zeros((0, 0), np.float32)
    return Reading(reason, empty, empty, none, (), empty, none, np.zeros((0, 0, 0), np.float32))


def _split(
    features: NDArray[np.float32], logits: NDArray[np.float32], lengths: list[int]
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    ends = np.cumsum(lengths)[:-1]
    return list(zip(np.split(features, ends), np.split(logits, ends), strict=True))
