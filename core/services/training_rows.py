"""What a detector reads off images that are to be learned from: features, spectral peaks, calibrated logits.

`read_rows` runs in the analysis process; `rows_of` hands it the images in chunks and keeps what it read, so that a
second look at the same draft costs nothing.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.dna.card import answers_digest_of, read_header
from core.errors import CoreError
from core.imaging.evidence import stored_evidence
from core.progress import Progress
from core.services.engine import Task, attributor_of
from core.services.processes import Processes
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.dna.attribute import Attributor
    from core.dna.preprocess import Prepared

FEATURES, PEAKS = 512, 6336
_CHUNK = 16
_IN_FLIGHT = 2
_EVERY = 20  # chunks between two savings of the cache
_FILE = "rows.safetensors"


@dataclass(frozen=True, slots=True)
class Rows:
    """What a detector read off images, one row each.

    Attributes:
        sha256: which image.
        features: pooled features (n, 512) float32; zeros where the image is out of scope.
        peaks: mean spectral peaks of the image's windows (n, 6336) float16, likewise.
        logits: calibrated logits (n, classes) float32, likewise.
        outside: a sentence when the detector may not judge the image, else "".
    """

    sha256: tuple[str, ...]
    features: NDArray[np.float32]
    peaks: NDArray[np.float16]
    logits: NDArray[np.float32]
    outside: tuple[str, ...]

    def of(self, wanted: Sequence[str]) -> Rows:
        """The rows of these images, in this order; images without a row are left out."""
        place = {sha256: row for row, sha256 in enumerate(self.sha256)}
        chosen = [place[sha256] for sha256 in wanted if sha256 in place]
        return Rows(
            tuple(self.sha256[row] for row in chosen),
            self.features[chosen],
            self.peaks[chosen],
            self.logits[chosen],
            tuple(self.outside[row] for row in chosen),
        )


def rows_of(
    processes: Processes,
    detector: Path,
    tasks: Sequence[Task],
    *,
    folder: Path | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Rows:
    """Read images with a detector, those that were read before from the draft's folder.

    Args:
        processes: holds the analysis process.
        detector: its file.
        tasks: the images; one that is gone, or has another SHA-256 by now, gets no row.
        folder: of the draft, where rows are kept; None keeps nothing.
        device: "auto", "cpu" or "cuda".
        progress: report and cancel point; what was read before cancelling is kept.

    Raises:
        DetectorRefused, NotFound: the detector's file cannot be used.
        Cancelled, CoreError: cancelled, or the process was lost.
    """
    progress = progress or Progress()
    header = read_header(detector)
    digest, classes = answers_digest_of(header), len(header.classes)
    kept = (_read_kept(folder / _FILE, digest, classes) if folder else None) or nothing(classes)
    have = set(kept.sha256)
    unique = {task.sha256: task for task in tasks}
    missing = [task for sha256, task in unique.items() if sha256 not in have]
    progress.start("Reading images with the detector", len(unique), "images", done=len(unique) - len(missing))
    parts, changed = [kept], 0
    try:
        for part in _parts(processes, detector, missing, device, progress):
            parts.append(part)
            changed += 1
            if folder and changed % _EVERY == 0:
                parts = [joined(parts)]
                _keep(folder / _FILE, parts[0], digest)
    finally:
        whole = joined(parts)
        if folder and changed % _EVERY:
            _keep(folder / _FILE, whole, digest)
    return whole.of(tuple(unique))


def read_rows(detector: Path, device: str, tasks: Sequence[Task], pixel_limit: int) -> Rows:
    """Rows of a few images; what runs in the analysis process. Images that are gone or changed get none."""
    attributor = attributor_of(detector, device)
    found = [(task.sha256, _prepared(task, attributor, pixel_limit)) for task in tasks]
    ready = [(sha256, image) for sha256, image in found if image is not None]
    readings = attributor.read_prepared([image for _, image in ready])
    attributor.remarks.clear()  # the speed is all they are about
    return Rows(
        tuple(sha256 for sha256, _ in ready),
        _stacked([reading.feature for reading in readings], FEATURES),
        _stacked([_peaks(image) for _, image in ready], PEAKS).astype(np.float16),
        _stacked([reading.logits for reading in readings], len(attributor.detector.classes)),
        tuple(reading.out_of_scope for reading in readings),
    )


def nothing(classes: int) -> Rows:
    """No rows, of a detector with so many classes."""
    return Rows(
        (),
        np.zeros((0, FEATURES), np.float32),
        np.zeros((0, PEAKS), np.float16),
        np.zeros((0, classes), np.float32),
        (),
    )


def joined(parts: Sequence[Rows]) -> Rows:
    """Several parts one after the other."""
    return Rows(
        tuple(sha256 for part in parts for sha256 in part.sha256),
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.peaks for part in parts]),
        np.concatenate([part.logits for part in parts]),
        tuple(sentence for part in parts for sentence in part.outside),
    )


def _prepared(task: Task, attributor: Attributor, pixel_limit: int) -> Prepared | str | None:
    """One image ready for the network, why it is out of scope, or None when it is gone or changed since."""
    try:
        stored = stored_evidence(task.path, task.sha256, pixel_limit)
    except CoreError:
        return None
    return attributor.prepared(stored.pixels, stored.jpeg_quality)


def _peaks(image: Prepared | str) -> NDArray[np.float32]:
    """Mean spectral peaks of an image's windows (6336,); nothing for an image that is not read."""
    if isinstance(image, str):
        return np.zeros(0, np.float32)
    from core.dna.image_peaks import image_peaks

    return image_peaks(image)


def _stacked(rows: Sequence[NDArray[Any]], length: int) -> NDArray[np.float32]:
    """Rows (n, length); an empty one becomes zeros."""
    out = np.zeros((len(rows), length), np.float32)
    for place, row in enumerate(rows):
        if len(row):
            out[place] = row
    return out


def _parts(
    processes: Processes, detector: Path, tasks: Sequence[Task], device: str, progress: Progress
) -> Iterator[Rows]:
    """Rows chunk by chunk, with the next chunk already on its way."""
    flying: deque[Future[Rows]] = deque()
    chunks = [tasks[start : start + _CHUNK] for start in range(0, len(tasks), _CHUNK)]
    try:
        for place in range(len(chunks) + _IN_FLIGHT):
            if place < len(chunks):
                arguments = (detector, device, chunks[place], processes.pixel_limit)
                flying.append(processes.start_analysis(read_rows, *arguments))
            if place >= _IN_FLIGHT - 1 and flying:
                yield processes.result(flying.popleft(), progress)
                progress.step(min(_CHUNK, len(tasks) - (place - _IN_FLIGHT + 1) * _CHUNK))
    finally:
        for future in flying:
            future.cancel()


def _keep(path: Path, rows: Rows, digest: str) -> None:
    from safetensors.numpy import save

    said = {"answers": digest, "sha256": json.dumps(rows.sha256), "outside": json.dumps(rows.outside)}
    arrays: dict[str, NDArray[Any]] = {"features": rows.features, "peaks": rows.peaks, "logits": rows.logits}
    replace_file(path, save(arrays, metadata=said), doing="keeping what the detector read")


def _read_kept(path: Path, digest: str, classes: int) -> Rows | None:
    """What was kept of this very detector; None when there is nothing that can be used."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            said = file.metadata() or {}
            names = tuple(json.loads(said.get("sha256", "[]")))
            outside = tuple(json.loads(said.get("outside", "[]")))
            arrays = (file.get_tensor("features"), file.get_tensor("peaks"), file.get_tensor("logits"))
    except (SafetensorError, OSError, ValueError):  # it is read anew
        return None
    shapes = [(len(names), FEATURES), (len(names), PEAKS), (len(names), classes)]
    whole = [array.shape for array in arrays] == shapes and len(outside) == len(names)
    return Rows(names, *arrays, outside) if whole and said.get("answers") == digest else None
