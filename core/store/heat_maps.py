"""The cache of computed heat maps in `derived/`: NumPy archives without pickles, read as distrustfully as any file.

Reports print what lies here, so a map is believed only with the code of this installation (see `kept_files`).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain import DetectorReference
from core.examine import HeatMap, HeatMapPatch, MapMethod, MapQuestion, MapScore
from core.store import blobs, kept_files

_LARGEST_BYTES = 1 << 30
_HEAD = "head.json"
_PLAIN = [MapMethod.GRAD_CAM.value, MapScore.LOGIT.value]
_DAMAGED = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, RecursionError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)


def path_of(folder: Path, sha256: str, detector_digest: str, question: MapQuestion) -> Path:
    """Where the heat map of an exhibit for this detector and question is kept; it may be missing at any time.

    `question.target` names a class. Grad-CAM of the logit is keyed as it was before there was anything else.
    """
    kind = [question.method.value, question.score.value]
    parts = [sha256, detector_digest, question.layer, question.target, *([] if kind == _PLAIN else kind)]
    key = json.dumps(parts).encode()
    return blobs.derived_folder(folder, "heat_maps", sha256) / sha256 / f"{hashlib.sha256(key).hexdigest()[:32]}.npz"


def write(folder: Path, heat_map: HeatMap) -> Path:
    """Keep a heat map; never called on a case that is open read-only."""
    head = {
        "exhibit": heat_map.exhibit_sha256,
        "detector": [heat_map.detector.name, heat_map.detector.version, heat_map.detector.digest],
        "layer": heat_map.layer,
        "target": heat_map.target,
        "method": heat_map.method.value,
        "score": heat_map.score.value,
        "peak": float(heat_map.peak),
        "size": list(heat_map.size),
        "patches": [{"box": list(patch.box), "shape": list(patch.values.shape)} for patch in heat_map.patches],
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_HEAD, json.dumps(head))
        for number, patch in enumerate(heat_map.patches):
            archive.writestr(f"patch{number}.npy", _header(patch.values.shape) + _little_endian(patch.values).tobytes())
    place = path_of(folder, heat_map.exhibit_sha256, heat_map.detector.digest, question_of(heat_map))
    return kept_files.write(folder, place, buffer.getvalue())


def read(folder: Path, sha256: str, detector_digest: str, question: MapQuestion) -> HeatMap | None:
    """The heat map kept for this key; None when there is none, or it is damaged, another one, or not from here."""
    try:
        place = path_of(folder, sha256, detector_digest, question)
        found = _load(kept_files.read(folder, place, _LARGEST_BYTES))
    except _DAMAGED:
        return None
    key = (found.exhibit_sha256, found.detector.digest, question_of(found))
    return found if key == (sha256, detector_digest, question) else None


def question_of(heat_map: HeatMap) -> MapQuestion:
    """What a heat map is the answer to."""
    return MapQuestion(heat_map.layer, heat_map.target, heat_map.method, heat_map.score)


def _load(content: bytes) -> HeatMap:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST_BYTES:
            raise ValueError("It is larger than a heat map can be.")
        head = json.loads(archive.read(_HEAD))
        patches = tuple(
            _patch(**kept, content=archive.read(f"patch{number}.npy")) for number, kept in enumerate(head["patches"])
        )
    width, height = head["size"]
    return HeatMap(
        exhibit_sha256=head["exhibit"],
        detector=DetectorReference(*head["detector"]),
        layer=head["layer"],
        target=head["target"],
        peak=head["peak"],
        patches=patches,
        size=(width, height),
        method=MapMethod(head.get("method", MapMethod.GRAD_CAM)),
        score=MapScore(head.get("score", MapScore.LOGIT)),
    )


def _patch(box: list[int], shape: list[int], content: bytes) -> HeatMapPatch:
    """A patch whose file begins as NumPy would write it for this shape; no header of a stranger is ever parsed."""
    (left, top, width, height), (rows, columns) = box, shape
    header = _header((rows, columns))
    if not content.startswith(header):
        raise ValueError("A patch of a heat map is a matrix of float32 values.")
    values = np.frombuffer(content, "<f4", offset=len(header)).reshape(rows, columns)  # (h, w)
    if not np.isfinite(values).all():
        raise ValueError("The values of a heat map are finite.")
    return HeatMapPatch((left, top, width, height), values)


def _header(shape: tuple[int, ...]) -> bytes:
    buffer = BytesIO()
    described: dict[str, Any] = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, described)
    return buffer.getvalue()


def _little_endian(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype="<f4")
