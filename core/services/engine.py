"""What runs in the analysis process: the only place where decoded evidence meets the network.

The process is a child of the program, so that loading the network or losing a GPU never stops the window. Its
functions take and return records; loaded detectors stay in its memory.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import Finding, LikelihoodRatio, Verdict
from core.errors import BadInput, CoreError
from core.examine import Consistency, HeatMap, MapQuestion, MapSanity
from core.imaging.decode import StoredPixels
from core.imaging.evidence import stored_evidence
from core.imaging.facts import read_jpeg_quality

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.dna.attribute import Attributor, Reading
    from core.dna.dataset import Item, Picture
    from core.dna.detector import Detector
    from core.dna.evaluate import Judged
    from core.dna.explain import Explainer
    from core.dna.preprocess import Prepared

_LOG = logging.getLogger(__name__)
_READERS = 2
_LOADED = 4  # two detectors, each on the GPU and on the CPU


@dataclass(frozen=True, slots=True)
class Task:
    """One exhibit to be read: its hash and where its bytes are."""

    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class Answer:
    """Findings of a batch in order (a string where the image could not be read), and remarks about the device."""

    findings: tuple[Finding | str, ...]
    remarks: tuple[str, ...]
    device: str


def attribute(detector: Path, device: str, tasks: Sequence[Task], pixel_limit: int) -> Answer:
    """Attribute a batch of exhibits; decoding runs ahead of the network in threads."""
    return answers_of(attributor_of(detector, device), tasks, pixel_limit)


def answers_of(attributor: Attributor, tasks: Sequence[Task], pixel_limit: int) -> Answer:
    """What a loaded detector says of a batch of exhibits."""
    findings: list[Finding | str] = []
    with ThreadPoolExecutor(_READERS) as readers:
        prepared = readers.map(lambda task: _prepared(task, attributor, pixel_limit), tasks)
        for batch in _batched(zip(tasks, prepared, strict=True), attributor.batch_images):
            findings += _findings(batch, attributor)
    remarks = tuple(attributor.remarks)
    attributor.remarks.clear()
    return Answer(tuple(findings), remarks, attributor.device.name)


def heat_map(detector: Path, task: Task, question: MapQuestion, pixel_limit: int) -> HeatMap:
    """The heat map of one exhibit, computed on the CPU in float32 so that it is the same everywhere."""
    explainer = _explainer(detector)
    return explainer.heat_map(_in_scope(explainer, task, pixel_limit).pixels, task.sha256, question)


def consistency(detector: Path, task: Task, pixel_limit: int) -> Consistency:
    """The consistency grid of one exhibit in full; raises `BadInput` when it is out of scope."""
    from core.dna.consistency import consistency as examine

    explainer = _explainer(detector)
    return examine(_in_scope(explainer, task, pixel_limit).pixels, task.sha256, explainer)


def map_sanity(detector: Path, task: Task, question: MapQuestion, pixel_limit: int) -> MapSanity:
    """Whether the heat map of one exhibit means anything; the same seed every time."""
    from core.dna.sanity import sanity

    explainer = _explainer(detector)
    return sanity(_in_scope(explainer, task, pixel_limit).pixels, explainer, question)


def judge(detector: Path, device: str, items: Sequence[Item]) -> tuple[list[Judged], list[str]]:
    """Read test images; returns what was said of each and a sentence for each file that could not be read."""
    from core.dna.dataset import load_pictures

    skipped: list[str] = []
    pictures = load_pictures(items, lambda path, why: skipped.append(f"{path}: {why}"), lambda: None)
    return judge_pictures(attributor_of(detector, device), pictures), skipped


def judge_pictures(attributor: Attributor, pictures: Sequence[Picture]) -> list[Judged]:
    """What a detector says of labelled images in memory."""
    out = []
    for picture in pictures:
        prepared = attributor.prepared(picture.pixels, read_jpeg_quality(picture.item.path))
        out.append(judged(picture.item, attributor.read_prepared([prepared])[0], attributor.detector))
    return out


def judged(item: Item, reading: Reading, detector: Detector) -> Judged:
    """What a detector says of a labelled image, from what it read off it."""
    from core.dna.attribute import unfamiliarity_of, verdict_of
    from core.dna.evaluate import Judged

    return Judged(
        item.architecture,
        f"{item.architecture}/{item.source}",
        verdict_of(reading, detector)[0],
        reading.scores,
        unfamiliarity_of(reading, detector),
        _log_ratios(reading, detector),
    )


def attributor_of(detector: Path, device: str) -> Attributor:
    """The detector as its file is now: a measurement or a calibration may have rewritten it since it was read."""
    stat = detector.stat()
    return _loaded(detector, device, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=_LOADED)
def _loaded(detector: Path, device: str, _changed: int, _size: int) -> Attributor:
    from core.dna.attribute import Attributor
    from core.dna.detector import load_detector
    from core.dna.device import choose_device, count_tiny_as_zero

    if multiprocessing.parent_process() is not None:  # a process of its own; elsewhere it would change others' numbers
        count_tiny_as_zero()
    return Attributor(load_detector(detector), choose_device(device))


def _in_scope(explainer: Explainer, task: Task, pixel_limit: int) -> StoredPixels:
    """The stored pixels of an exhibit that the detector may judge; raises `BadInput` for another."""
    stored = stored_evidence(task.path, task.sha256, pixel_limit)
    if outside := explainer.detector.scope.excludes(stored.pixels, stored.jpeg_quality):
        raise BadInput(f"There is nothing to explain: {outside}")
    return stored


def _explainer(detector: Path) -> Explainer:
    stat = detector.stat()
    return _explaining(detector, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1)
def _explaining(detector: Path, _changed: int, _size: int) -> Explainer:
    from core.dna.explain import Explainer

    return Explainer(attributor_of(detector, "cpu").detector)


def _prepared(task: Task, attributor: Attributor, pixel_limit: int) -> Prepared | str | CoreError:
    try:
        stored = stored_evidence(task.path, task.sha256, pixel_limit)
    except CoreError as error:
        return error
    return attributor.prepared(stored.pixels, stored.jpeg_quality)


def _batched(
    pairs: Iterator[tuple[Task, Prepared | str | CoreError]], size: int
) -> Iterator[list[tuple[Task, Prepared | str | CoreError]]]:
    batch = []
    for pair in pairs:
        batch.append(pair)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _findings(
    batch: Sequence[tuple[Task, Prepared | str | CoreError]], attributor: Attributor
) -> Iterator[Finding | str]:
    began = time.perf_counter()
    readings = iter(attributor.read_prepared([image for _, image in batch if not isinstance(image, CoreError)]))
    ms = (time.perf_counter() - began) * 1000 / max(1, len(batch))
    for task, image in batch:
        yield str(image) if isinstance(image, CoreError) else _finding(task, next(readings), attributor, ms)


def _finding(task: Task, reading: Reading, attributor: Attributor, ms: float) -> Finding:
    from core.dna.attribute import grid_of, needed_score, verdict_of

    detector = attributor.detector
    verdict, reason, architecture = verdict_of(reading, detector)
    scores = sorted(zip(detector.classes, map(float, reading.scores), strict=False), key=lambda pair: -pair[1])
    return Finding(
        exhibit_sha256=task.sha256,
        detector=detector.reference,
        verdict=verdict,
        reason=reason,
        architecture=architecture,
        scores=tuple(scores),
        threshold=needed_score(detector, architecture),
        grid=grid_of(reading, detector),
        device=attributor.device.name,
        ms=ms,
        made_at=datetime.now(UTC),
        feature=reading.feature.astype("float16").tobytes() if len(reading.feature) else None,
        conditions=attributor.conditions(),
        likelihood_ratio=_likelihood_ratio(reading, detector, verdict, architecture),
    )


def _likelihood_ratio(
    reading: Reading, detector: Detector, verdict: Verdict, architecture: str | None
) -> LikelihoodRatio | None:
    """The ratio for the top class, where the card supports one.

    There is none for an image of an unknown architecture: what made it is not among the processes that the ratio
    weighs against each other.
    """
    from core.dna.likelihood import ratio

    if architecture is None or verdict is Verdict.UNKNOWN or not detector.likelihood:
        return None
    return ratio(detector.likelihood, reading.logits, detector.classes, architecture)


def _log_ratios(reading: Reading, detector: Detector) -> NDArray[np.floating[Any]]:
    """Natural logarithms of the ratios of every class, NaN where there is none; empty where there are none at all."""
    import numpy as np

    from core.dna.likelihood import ratio

    if reading.out_of_scope or not detector.likelihood:
        return np.zeros(0)
    ratios = [ratio(detector.likelihood, reading.logits, detector.classes, name) for name in detector.classes]
    return np.array([np.nan if one is None else np.log(one.value) for one in ratios])
