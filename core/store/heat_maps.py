"""The cache of computed heat maps in `derived/`: NumPy archives without pickles, read as distrustfully as any file."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from core.domain import DetectorReference, HeatMap, HeatMapPatch
from core.store import blobs

_LARGEST_BYTES = 1 << 30
_HEAD = "head"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def path_of(folder: Path, sha256: str, detector_digest: str, layer: int, target: str) -> Path:
    """Where the heat map of an exhibit for this detector, layer and class is kept; it may be missing at any time."""
    key = json.dumps([sha256, detector_digest, layer, target])
    parent = blobs.thumbnail_path(folder, sha256).parent.parent.parent / "heat_maps" / sha256[:2] / sha256
    return parent / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"


def write(folder: Path, heat_map: HeatMap) -> Path:
    """Keep a heat map; never called on a case that is open read-only."""
    head = {
        "exhibit": heat_map.exhibit_sha256,
        "detector": [heat_map.detector.name, heat_map.detector.version, heat_map.detector.digest],
        "layer": heat_map.layer,
        "target": heat_map.target,
        "peak": float(heat_map.peak),
        "size": list(heat_map.size),
        "boxes": [list(patch.box) for patch in heat_map.patches],
    }
    arrays: dict[str, Any] = {f"patch{number}": patch.values for number, patch in enumerate(heat_map.patches)}
    arrays[_HEAD] = np.frombuffer(json.dumps(head).encode(), np.uint8)
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)
    place = path_of(folder, heat_map.exhibit_sha256, heat_map.detector.digest, heat_map.layer, heat_map.target)
    return blobs.write_derived(folder, place, buffer.getvalue())


def read(folder: Path, sha256: str, detector_digest: str, layer: int, target: str) -> HeatMap | None:
    """The heat map kept for this key; None when there is none, or it is damaged or another one."""
    try:
        found = _load(path_of(folder, sha256, detector_digest, layer, target))
    except _DAMAGED:
        return None
    key = (found.exhibit_sha256, found.detector.digest, found.layer, found.target)
    return found if key == (sha256, detector_digest, layer, target) else None


def _load(path: Path) -> HeatMap:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST_BYTES:
            raise ValueError(f"{path} is larger than a heat map can be.")
    with np.load(path, allow_pickle=False) as arrays:
        head = json.loads(arrays[_HEAD].tobytes())
        patches = tuple(_patch(box, arrays[f"patch{number}"]) for number, box in enumerate(head["boxes"]))
    width, height = head["size"]
    return HeatMap(
        exhibit_sha256=head["exhibit"],
        detector=DetectorReference(*head["detector"]),
        layer=head["layer"],
        target=head["target"],
        peak=head["peak"],
        patches=patches,
        size=(width, height),
    )


def _patch(box: Any, values: Any) -> HeatMapPatch:  # noqa: ANN401 - from a file
    left, top, width, height = box
    if values.dtype != np.float32 or values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError("A patch of a heat map is a matrix of finite float32 values.")
    return HeatMapPatch((left, top, width, height), values)
