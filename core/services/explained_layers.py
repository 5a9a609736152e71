"""The layers of one explained image: PNG files, and the numbers and scales that go with them."""

from __future__ import annotations

import json
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.domain import ConsistencyGrid, Finding
from core.examine import HeatMap
from core.imaging.overlay import OPACITY, coloured, heat_map_plane, overlaid, with_grid
from core.imaging.residual import PICTURE_GAIN, PICTURE_GREY, noise_residual, residual_picture, residual_spectrum
from core.imaging.spectrum_picture import TOP_DB, marked_spectrum
from core.whole_file import replace_file

Row = dict[str, Any]
Pixels = NDArray[np.uint8]
SUMMARY = "explanation.json"
_NOTE = "The map shows where the score came from. It proves nothing by itself."
_ROWS_AT_ONCE = 512


def write_layers(image: str, pixels: Pixels, finding: Finding, map_: HeatMap, target: Path) -> Row:
    """Write every layer of one image beside each other.

    Args:
        image: how the row names the image.
        pixels: stored pixels (H, W, 3) uint8 RGB; all layers but the spectrum have their size and orientation.
        finding: what is explained.
        map_: its heat map.
        target: folder and beginning of the files' names.

    Returns:
        What was found, the path of each layer under its name, and under "layers" each one's scale and numbers.
    """
    plane = heat_map_plane(map_)
    spectrum = residual_spectrum(pixels)
    pictures = {
        "heat_map": coloured(plane),
        "overlay": overlaid(pixels, plane),
        "residual": residual_picture(pixels, max(pixels.shape)).pixels,
        "spectrum": marked_spectrum(spectrum),
    }
    layers: dict[str, Row] = {
        "heat_map": _heat_map_scale(map_),
        "overlay": {**_heat_map_scale(map_), "opacity": OPACITY},
        "residual": _residual_scale(pixels),
        "spectrum": {
            "scale": {"colours": "cividis", "low": 0.0, "high": TOP_DB, "unit": "dB over the median"},
            "frequency": {"low": -0.5, "high": 0.5, "unit": "cycles per pixel"},
            "peaks": [{"x": x, "y": y, "decibels": decibels} for x, y, decibels in spectrum.peaks],
        },
    }
    if finding.grid is not None and finding.architecture is not None:
        pictures["grid"] = with_grid(pixels, finding.grid, finding.architecture)
        layers["grid"] = _grid_numbers(finding.grid, finding.architecture)
    paths = {kind: _save(target.with_name(f"{target.name}-{kind}.png"), made) for kind, made in pictures.items()}
    return {**_facts(image, finding, map_), **paths, "layers": layers}


def write_summary(rows: list[Row], out: Path) -> None:
    """Write the rows as one JSON file beside the pictures."""
    replace_file(out / SUMMARY, json.dumps(rows, indent=1, allow_nan=False) + "\n", doing="writing the numbers")


def _facts(image: str, finding: Finding, map_: HeatMap) -> Row:
    return {
        "image": image,
        "sha256": finding.exhibit_sha256,
        "detector": asdict(finding.detector),
        "verdict": finding.verdict.value,
        "architecture": finding.architecture,
        "scores": dict(finding.scores),
        "threshold": finding.threshold,
        "layer": map_.layer,
        "target": map_.target,
        "method": map_.method.value,
        "score": map_.score.value,
        "peak": map_.peak,
        "informative": map_.informative,
        "agreeing": finding.grid.agreeing if finding.grid else None,
        "note": _NOTE,
    }


def _heat_map_scale(map_: HeatMap) -> Row:
    return {
        "scale": {"colours": "cividis", "low": 0.0, "high": 1.0, "unit": "of the peak"},
        "peak": map_.peak,
        "windows": [list(patch.box) for patch in map_.patches],
        "elsewhere": "not looked at",
    }


def _residual_scale(pixels: Pixels) -> Row:
    low, high = (level / PICTURE_GAIN for level in (-PICTURE_GREY, 255 - PICTURE_GREY))
    return {
        "scale": {"colours": "red, green and blue as they are", "low": low, "high": high, "unit": "levels of 255"},
        "zero": PICTURE_GREY,
        "gain": PICTURE_GAIN,
        "deviation": dict(zip(("red", "green", "blue"), _deviation(pixels), strict=True)),
    }


def _deviation(pixels: Pixels) -> tuple[float, ...]:
    """Root mean square of the residual by channel, in levels; strip by strip, because a large image is large."""
    total = np.zeros(3)
    for top in range(0, len(pixels), _ROWS_AT_ONCE):
        above = min(2, top)
        part = noise_residual(pixels[top - above : top + _ROWS_AT_ONCE + 2])[above : above + _ROWS_AT_ONCE]
        total += np.square(part, dtype=np.float64).sum((0, 1))
    return tuple(float(mean) for mean in np.sqrt(total / (pixels.shape[0] * pixels.shape[1])))


def _grid_numbers(grid: ConsistencyGrid, architecture: str) -> Row:
    tiles = [
        {**asdict(tile), "box": list(box), "agrees": tile.architecture == architecture}
        for tile, box in zip(grid.tiles, grid.boxes, strict=True)
    ]
    return {"scale": {"low": 0.0, "high": 1.0, "unit": "score"}, "agreeing": grid.agreeing, "tiles": tiles}


def _save(path: Path, pixels: Pixels) -> str:
    data = BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    replace_file(path, data.getvalue(), doing="writing a picture")
    return str(path)
