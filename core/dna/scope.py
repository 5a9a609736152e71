"""What a detector may judge: the envelope of size, flatness and compression that it was trained and validated in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorRefused


@dataclass(frozen=True, slots=True)
class Scope:
    """The card's part on scope; None means "not limited".

    Attributes:
        smallest_side: images with a shorter side in pixels are out of scope.
        flat_deviation: images whose grey levels deviate less (standard deviation) are out of scope.
        jpeg_quality_low: JPEG files of a lower quality setting (1–100) are out of scope.
        largest_side: images with a longer side in pixels are out of scope.
    """

    smallest_side: int = 128
    flat_deviation: float = 2.0
    jpeg_quality_low: int | None = None
    largest_side: int | None = None

    @classmethod
    def from_card(cls, part: Mapping[str, Any]) -> Scope:
        """Read the card's part; raises `DetectorRefused` when a limit is no number."""
        try:
            quality, largest = part.get("jpeg_quality_low"), part.get("largest_side")
            return cls(
                int(part.get("smallest_side", 128)),
                float(part.get("flat_deviation", 2.0)),
                None if quality is None else int(quality),
                None if largest is None else int(largest),
            )
        except (TypeError, ValueError) as error:
            raise DetectorRefused("The scope on the detector's card is damaged: a limit is no number.") from error

    def excludes(self, pixels: NDArray[np.uint8], jpeg_quality: int | None = None) -> str:
        """A sentence when the image is outside, else "".

        Args:
            pixels: stored pixels (H, W, 3) uint8 RGB.
            jpeg_quality: the quality setting of the file when it is a JPEG, else None.
        """
        shorter, longer = sorted(pixels.shape[:2])
        if shorter < self.smallest_side:
            length = f"{shorter} {'pixel' if shorter == 1 else 'pixels'}"
            return f"The shorter side has {length}; this detector needs {self.smallest_side}."
        if self.largest_side is not None and longer > self.largest_side:
            return f"The longer side has {longer} pixels; this detector was trained on at most {self.largest_side}."
        if jpeg_quality is not None and self.jpeg_quality_low is not None and jpeg_quality < self.jpeg_quality_low:
            return (
                f"The file is a JPEG of quality {jpeg_quality}; this detector was trained and validated on none below "
                f"{self.jpeg_quality_low}, and what it looks for may be gone."
            )
        if float(pixels[::2, ::2].mean(2).std()) < self.flat_deviation:
            return "The image is almost one flat colour; there is nothing in it to attribute."
        return ""
