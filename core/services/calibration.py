"""What a detector needs besides its weights, fitted on held-out images and written onto its card.

Calibration of the logits, test for unknown architectures, thresholds, likelihood ratios, scope, usual agreement of
tiles, reference images: one reading of the held-out images gives them all. Meant for the end of a training and for
``detectors calibrate``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import BadInput
from core.progress import Progress
from core.services.calibration_scope import scope_part
from core.services.engine import judged

if TYPE_CHECKING:
    from core.dna.architecture_trials import Known
    from core.dna.attribute import Reading
    from core.dna.dataset import Item, Picture
    from core.dna.detector import Detector
    from core.dna.evaluate import Judged
    from core.dna.open_set import OpenSet
    from core.dna.reference import Reference

HELD_OUT = "held out of the training data"
_ACCURACY, _ACCUSED, _ACCUSED_CONCLUSIVELY = 0.95, 0.01, 0.005
_BOTH_VOICES = " Besides, both voices have to name the same class."
_TRUE_POSITIVES = 0.95
_LARGEST_BANK = 900  # reading more would take a CPU longer than the held-out images do
_FEWEST_FOR_UNKNOWN = 40  # below, 95 % of the images is a matter of one or two


_TRAINING_IMAGES, _HELD_OUT_IMAGES = "training images", "held-out images"
_COMPARED_BY = (
    "Each known architecture in turn left out of the test and of the head, but not of the encoder's training; means "
    "over the architectures."
)


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of the classes, and which images are the held-out ones."""

    classes: tuple[str, ...]
    held_out: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """Images that are not at hand, as the detector's encoder once read them (see `core/services/rehearsed.py`).

    Attributes:
        held: held-out images with their readings.
        shown: training images with their readings, for the test for unknown architectures and the reference images.
        card: of the detector that remembered them: its envelope and agreement are kept for them.
    """

    held: Sequence[tuple[Item, Reading]]
    shown: Sequence[tuple[Item, Reading]]
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Read:
    """Images in scope with what the detector read off them, and the others likewise."""

    items: tuple[Item, ...]
    readings: tuple[Reading, ...]
    outside: tuple[tuple[Item, Reading], ...]

    def also(self, pairs: Sequence[tuple[Item, Reading]]) -> _Read:
        """With images that were read before."""
        return _Read(
            (*self.items, *(item for item, _ in pairs)),
            (*self.readings, *(reading for _, reading in pairs)),
            self.outside,
        )


def calibrate(
    path: Path,
    pictures: Sequence[Picture],
    trained_sources: Collection[str],
    *,
    device: str = "auto",
    progress: Progress | None = None,
    bank: Sequence[Picture] = (),
    held_out: str = HELD_OUT,
    remembered: Remembered | None = None,
) -> list[Judged]:
    """Fit everything on held-out images and write it into the detector's file; the weights stay as they are.

    Images of a class named ``unknown`` are test material and take no part.

    Args:
        path: the detector's file.
        pictures: held-out images of the detector's classes.
        trained_sources: "class/source" names that training saw; likelihood ratios are fitted on other sources only.
        device: "auto", "cpu" or "cuda".
        progress: report and cancel point; nothing is written when cancelled.
        bank: training images that show what known architectures look like to the test for unknown ones; without them
            the held-out images serve, each judged by a test that was fitted without it.
        held_out: which images these are, in words for the card (no path).
        remembered: further images, read before by the same encoder.

    Returns:
        What the calibrated detector says of the same images. They set its thresholds, so they flatter it.

    Raises:
        BadInput: the images are of classes the detector does not know, or of fewer than two.
        DetectorRefused, NotFound: the detector's file cannot be used.
    """
    from core.dna.calibrate import fit
    from core.dna.card import SCHEMA, read_header
    from core.dna.dataset import UNKNOWN
    from core.dna.detector import load_detector, write_detector

    detector, card, progress = load_detector(path), dict(read_header(path).card), progress or Progress()
    known = [picture for picture in pictures if picture.item.architecture != UNKNOWN]
    before = remembered or Remembered((), (), {})
    _verify_classes([*(picture.item for picture in known), *(item for item, _ in before.held)], detector)
    raw = replace(detector, calibration=None, open_set=None, scope=replace(detector.scope, jpeg_quality_low=None))
    held = _read(raw, known, device, progress, "Reading held-out images", exact=True).also(before.held)
    _verify_classes(held.items, detector)
    labels, sources = _labels(held, detector), _sources(held)
    voices = np.stack([reading.voices for reading in held.readings]).astype(np.float64)  # (n, voices, classes)
    spectrum = voices[:, 1] if voices.shape[1] > 1 else None
    calibration = fit(voices[:, 0], spectrum, labels, sources, held_out=held_out)
    calibrated = replace(raw, calibration=calibration)
    shown = _thinned(bank, detector)
    read = _read(raw, shown, device, progress, "Reading training images").also(before.shown)
    seen = _known(read, calibrated) if read.items else None
    open_set, card["open_set"] = _open_set(
        _known(held, calibrated),
        seen,
        detector.open_set,
        card.get("open_set") or {},
        _Names(detector.classes, held_out),
    )
    calibrated = replace(calibrated, open_set=open_set)
    card["calibration"] = calibration.to_card()
    card["threshold"] = _threshold(held, calibrated, held_out)
    card["likelihood_ratio"] = _likelihood(_known(held, calibrated), detector.classes, trained_sources, held_out)
    card["scope"] = scope_part(card, known, bank, before.card)
    card["agreement"] = _agreement(held, calibrated, card["threshold"], held_out, before.card)
    card["schema"] = SCHEMA
    reference = _reference(seen or _known(held, calibrated), detector, trained=seen is not None, card=card)
    write_detector(path, detector.net, card, spectrum=detector.spectrum, open_set=open_set, reference_images=reference)
    return _judged_by(load_detector(path), held)


def _verify_classes(items: Sequence[Item], detector: Detector) -> None:
    found = {item.architecture for item in items}
    if strange := sorted(found - set(detector.classes)):
        raise BadInput(f"The held-out images are of classes the detector cannot name: {', '.join(strange)}.")
    if len(found) < 2:
        raise BadInput(
            "Calibrating needs held-out images of two or more classes of the detector that lie within its scope; "
            f"there are {len(found)}."
        )


def _read(
    detector: Detector, pictures: Sequence[Picture], device: str, progress: Progress, doing: str, *, exact: bool = False
) -> _Read:
    from core.dna.attribute import Attributor
    from core.dna.device import choose_device

    attributor = Attributor(detector, choose_device(device), exact=exact)
    progress.start(doing, len(pictures), "images")
    readings: list[Reading] = []
    for start in range(0, len(pictures), attributor.batch_images):
        some = pictures[start : start + attributor.batch_images]
        readings += attributor.read_prepared([attributor.prepared(picture.pixels) for picture in some])
        progress.step(len(some))
    pairs = [(picture.item, reading) for picture, reading in zip(pictures, readings, strict=True)]
    inside = [pair for pair in pairs if not pair[1].out_of_scope]
    return _Read(
        tuple(item for item, _ in inside),
        tuple(reading for _, reading in inside),
        tuple(pair for pair in pairs if pair[1].out_of_scope),
    )


def _labels(read: _Read, detector: Detector) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([detector.classes.index(item.architecture) for item in read.items], np.int64)


def _sources(read: _Read) -> tuple[str, ...]:
    return tuple(f"{item.architecture}/{item.source}" for item in read.items)


def _known(read: _Read, detector: Detector) -> Known:
    """Features and calibrated logits of what was read."""
    from core.dna.architecture_trials import Known
    from core.dna.attribute import image_logits

    return Known(
        np.stack([reading.feature for reading in read.readings]).astype(np.float64),
        np.stack([image_logits(reading, detector) for reading in read.readings]),
        _labels(read, detector),
        _sources(read),
    )


def _thinned(bank: Sequence[Picture], detector: Detector) -> list[Picture]:
    from core.dna.open_set import thinned

    fit = [picture for picture in bank if picture.item.architecture in detector.classes]
    if not fit:
        return []
    labels = np.array([detector.classes.index(picture.item.architecture) for picture in fit], np.int64)
    return [fit[row] for row in thinned(labels, _LARGEST_BANK)]


def _open_set(
    held: Known, bank: Known | None, earlier: OpenSet | None, part: Mapping[str, Any], names: _Names
) -> tuple[OpenSet | None, dict[str, Any]]:
    """The test for unknown architectures and its part of the card.

    A test that was fitted on training images stays as it is when they are not at hand again, and only its threshold
    moves: held-out images alone may show fewer of the known classes.
    """
    from core.dna.architecture_trials import best, candidates, compare, fitted, moved
    from core.dna.open_set import METHODS, WITHOUT_BANK

    present = set(np.unique(held.labels))
    if len(held.labels) < _FEWEST_FOR_UNKNOWN or len(candidates(held.labels)) < 3:
        return None, {
            "why_not": f"A test for unknown architectures needs {_FEWEST_FOR_UNKNOWN} held-out images, and three or "
            f"more classes with some of them; there were {len(held.labels)}, and {len(candidates(held.labels))} such "
            "classes."
        }
    stated = {
        "true_positive_rate": _TRUE_POSITIVES,
        "set": f"{names.held_out}, every class and every source within a class weighing alike",
        "n": len(held.labels),
    }
    if bank is None and earlier is not None and part.get("fitted_on") == _TRAINING_IMAGES:
        test = moved(earlier, held, _TRUE_POSITIVES)
        return test, {**part, **test.to_card(), **stated}
    if bank is not None and not present <= set(np.unique(bank.labels)):
        bank = None  # what the training images at hand do not show would be found strange
    whole = bank is not None or len(present) == len(names.classes)
    compared = compare(held, bank, METHODS if whole else WITHOUT_BANK)
    test = fitted(best(compared), held, bank, _TRUE_POSITIVES)
    for row in compared.values():
        row["per_class"] = {names.classes[index]: value for index, value in row["per_class"].items()}
    return test, {
        **test.to_card(),
        **stated,
        "fitted_on": _HELD_OUT_IMAGES if bank is None else _TRAINING_IMAGES,
        "fitted_images": len((bank or held).labels),
        "compared": compared,
        "compared_by": _COMPARED_BY,
    }


def _agreement(
    read: _Read, detector: Detector, threshold: Mapping[str, Any], held_out: str, before: Mapping[str, Any]
) -> dict[str, Any]:
    """The card's part on how many tiles agree in held-out images that are attributed rightly.

    Remembered images have no tiles: of classes with none but such, the counts of the detector that read them stay.
    """
    from core.dna.agreement import agreement_part

    judging = replace(detector, threshold=threshold["value"], accusing=threshold["accusing"])
    pairs = zip(read.items, read.readings, strict=True)
    tiled = [(item.architecture, reading) for item, reading in pairs if len(reading.tile_voices)]
    part = agreement_part(tiled, judging, held_out)
    earlier = (before.get("agreement") or {}).get("per_class") or {}
    kept = {name: counts for name, counts in earlier.items() if name in detector.classes}
    if kept and (absent := set(kept) - {name for name, _ in tiled}):
        part["per_class"] |= {name: kept[name] for name in absent}
        part["set"] = f"{held_out}; of {', '.join(sorted(absent))} as the parent counted them"
    return part


def _reference(shown: Known, detector: Detector, *, trained: bool, card: dict[str, Any]) -> Reference:
    """Reference images, and the card's part on which they are.

    Those of the training stay when its images are not at hand again, as with the test for unknown architectures.
    """
    from core.dna.reference import gathered

    if not trained and detector.reference_images and (card.get("reference") or {}).get("of") == _TRAINING_IMAGES:
        return detector.reference_images
    made = gathered(shown.features, shown.labels, shown.sources)
    card["reference"] = {"of": _TRAINING_IMAGES if trained else _HELD_OUT_IMAGES, "images": len(made.labels)}
    return made


def _judged(read: _Read, detector: Detector) -> list[Judged]:
    """The held-out images as the thresholds see them: with scores and the verdict *unknown*, but no other yet."""
    return _judged_by(replace(detector, threshold=2.0, accusing=0.0), replace(read, outside=()))


def _judged_by(detector: Detector, read: _Read) -> list[Judged]:
    from core.dna.attribute import recalibrated

    pairs = [*zip(read.items, read.readings, strict=True), *read.outside]
    return [judged(item, recalibrated(reading, detector), detector) for item, reading in pairs]


def _threshold(read: _Read, detector: Detector, held_out: str) -> dict[str, Any]:
    from core.dna.evaluate import choose_accusing, choose_threshold

    judged = _judged(read, detector)
    value = choose_threshold(judged, detector.classes, accuracy=_ACCURACY, accused=_ACCUSED)
    accusing = choose_accusing(judged, detector.classes, accused=_ACCUSED_CONCLUSIVELY)
    return {
        "value": value,
        "accusing": max(value, accusing["value"]),
        "rule": (
            f"The smallest top score at which at least {_ACCURACY:.0%} of the conclusive answers on the held-out "
            f"images are right and at most {_ACCUSED:.0%} of the real ones are called generated."
        ),
        "accusing_rule": accusing["rule"] + (_BOTH_VOICES if detector.spectrum is not None else ""),
        "accusing_supported": accusing["supported"],
        "real_images": accusing["n"],
        "real_sources": accusing["sources"],
        "set": held_out,
        "n": len(judged),
        "out_of_scope": len(read.outside),
    }


def _likelihood(held: Known, classes: Sequence[str], trained: Collection[str], held_out: str) -> dict[str, Any]:
    from core.dna.likelihood import fit

    return fit(held.logits, held.labels, held.sources, classes, trained_sources=trained, held_out=held_out)
