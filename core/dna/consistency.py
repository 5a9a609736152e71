"""The consistency grid in full: each tile for itself, how usual the agreement is, and the verdict without some tiles.

Left out means that the rest is judged as if it were all there is, by the functions that make a finding: both voices,
calibration, thresholds, test for unknown architectures.

* *native* detectors: the tiles are the windows. The mean is taken over those that stay, of features and of both
  voices' logits; the spectrum voice is linear in a window's spectrum, so this is exactly its answer for them.
* *paper* detectors see one picture. Nothing is painted over, which would be a trace of its own: the last activation is
  pooled over the cells that stay, and the spectra of the picture's 64 px tiles are averaged likewise. A cell or
  spectrum on the border counts by the share of it that stays. With nothing left out, this is the finding's reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.dna.agreement_counts import TILES, reached
from core.dna.attribute import Attributor, Reading, grid_of, reading_of, verdict_of
from core.dna.detector import Detector
from core.dna.encoder import LAYERS
from core.dna.explain import Explainer
from core.dna.preprocess import GRID, Prepared
from core.dna.spectrum import TILE, peaks_of, tile_spectra
from core.domain import Verdict
from core.errors import BadInput
from core.examine import Consistency, MaskedVerdict, TileReading

MOST_LEFT_OUT = 8

Kept = NDArray[np.bool_]  # (16,), row by row


@dataclass(frozen=True, slots=True)
class _Windows:
    """Tiles that are the windows of a native detector: features (16, 512) and raw logits (16, voices, classes)."""

    detector: Detector
    prepared: Prepared
    features: NDArray[np.float32]
    logits: NDArray[np.float32]

    def reading(self, kept: Kept) -> Reading:
        """What the detector reads off the tiles that stay."""
        boxes = self.prepared.tile_boxes
        return reading_of(self.features[kept], self.logits[kept], self.logits, boxes, self.detector)


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture of a paper detector, and its tiles read one by one.

    Attributes:
        features, logits: of the tiles (16, 512) and (16, voices, classes).
        last: last activation of the whole picture (1, 512, h, w).
        spectra: of its 64 px tiles (1, 3, rows, columns, 64, 33), None without a second voice.
        side: of the picture in pixels.
    """

    detector: Detector
    attributor: Attributor
    prepared: Prepared
    features: NDArray[np.float32]
    logits: NDArray[np.float32]
    last: Tensor
    spectra: Tensor | None
    side: int

    def reading(self, kept: Kept) -> Reading:
        """What the detector reads off the tiles that stay."""
        grid = torch.from_numpy(kept.reshape(1, 1, GRID, GRID)).float()
        mask = functional.interpolate(grid, size=(self.side, self.side), mode="nearest")  # (1, 1, side, side)
        cells = functional.adaptive_avg_pool2d(mask, (self.last.shape[2], self.last.shape[3]))[0, 0]  # (h, w)
        features = (self.last * cells).sum((2, 3)) / cells.sum()  # (1, 512)
        with torch.inference_mode():
            voices = [self.attributor.fused.linear(features)]
            if self.spectra is not None and self.detector.spectrum is not None:
                shares = functional.avg_pool2d(mask, TILE, TILE // 2)[0, 0, :, :, None, None]  # (rows, columns, 1, 1)
                spectrum = (self.spectra * shares).sum((2, 3)) / shares.sum()  # (1, 3, 64, 33)
                voices.append(self.detector.spectrum.of_peaks(peaks_of(spectrum)))
        logits = torch.stack(voices, 1).numpy()  # (1, voices, classes)
        return reading_of(features.numpy(), logits, self.logits, self.prepared.tile_boxes, self.detector)


def consistency(
    pixels: NDArray[np.uint8], sha256: str, explainer: Explainer, jpeg_quality: int | None = None
) -> Consistency:
    """Everything about the tiles of one image.

    Args:
        pixels: stored pixels (H, W, 3) uint8 RGB.
        sha256: which exhibit this is, for the record.
        explainer: of the detector in question; computes on the CPU in float32.
        jpeg_quality: the quality setting of the file (1–100) when it is a JPEG, else None.

    Raises:
        BadInput: the image is out of scope; the sentence says why.
    """
    detector, prepared = explainer.detector, explainer.attributor.prepared(pixels, jpeg_quality)
    if isinstance(prepared, str):
        raise BadInput(f"There is nothing to explain: {prepared}")
    parts = _parts(prepared, explainer.attributor)
    whole = parts.reading(np.ones(TILES, bool))
    grid, architecture = grid_of(whole, detector), verdict_of(whole, detector)[2]
    if grid is None or architecture is None:
        raise AssertionError
    share, images = reached(detector.agreement, architecture, grid.agreeing)
    return Consistency(
        exhibit_sha256=sha256,
        detector=detector.reference,
        architecture=architecture,
        agreeing=grid.agreeing,
        tiles=_tiles(whole, parts.features, detector),
        percentile=share,
        validated_on=images,
        masked=tuple(_masked(parts, whole.tile_scores[:, detector.classes.index(architecture)])),
    )


def _parts(prepared: Prepared, attributor: Attributor) -> _Windows | _Picture:
    detector = attributor.detector
    if prepared.tiles is None:
        return _Windows(detector, prepared, *attributor.read_windows(prepared.whole))
    features, logits = attributor.read_windows(prepared.tiles)
    x = torch.from_numpy(prepared.whole).permute(0, 3, 1, 2)  # (1, 3, side, side)
    with torch.inference_mode():
        last = attributor.fused.blocks(x, 0, LAYERS)
        spectra = None if detector.spectrum is None else tile_spectra(x)
    return _Picture(detector, attributor, prepared, features, logits, last, spectra, x.shape[2])


def _tiles(whole: Reading, features: NDArray[np.float32], detector: Detector) -> tuple[TileReading, ...]:
    known = detector.reference_images
    distances = [()] * TILES if known is None else known.nearest(features, detector.classes)
    made = []
    for box, row, near in zip(whole.tile_boxes, whole.tile_scores, distances, strict=True):
        scores = sorted(zip(detector.classes, map(float, row), strict=True), key=lambda pair: -pair[1])
        made.append(TileReading(box, tuple(scores), scores[0][1] - scores[1][1], near))
    return tuple(made)


def _masked(parts: _Windows | _Picture, strength: NDArray[np.float32]) -> Iterator[MaskedVerdict]:
    """Nothing left out, each tile left out alone, then the strongest ones one after the other.

    Args:
        parts: what can be read without some tiles.
        strength: the tiles' scores for the class of the whole image (16,).
    """
    whole = _verdict(parts, ())
    yield whole
    yield from (_verdict(parts, (tile,)) for tile in range(TILES))
    order = [int(tile) for tile in np.argsort(-strength, kind="stable")]
    for count in range(1, MOST_LEFT_OUT + 1):
        one = _verdict(parts, order[:count])
        yield one
        if (one.verdict, one.architecture) != (whole.verdict, whole.architecture):
            return


def _verdict(parts: _Windows | _Picture, left_out: Sequence[int]) -> MaskedVerdict:
    kept = np.ones(TILES, bool)
    kept[list(left_out)] = False
    reading = parts.reading(kept)
    verdict, _, architecture = verdict_of(reading, parts.detector)
    said: tuple[Verdict, str | None, float] = verdict, architecture, float(reading.scores.max())
    return MaskedVerdict(tuple(left_out), *said)
