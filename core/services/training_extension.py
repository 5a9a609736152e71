"""Adding classes to a detector in minutes: its encoder stays, its heads learn the new classes and rehearse the old.

Old classes come from what the parent remembers of its images (see `core/dna/rehearsal.py`), and from images of them
where such are at hand. What is read is kept in the run folder, so a run that was interrupted goes on where it was and
ends with the same weights.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import BadInput, CoreError
from core.progress import Progress
from core.retraining import Side
from core.services.extension_rows import NewImages, read_new_images, thinned, to_rehearsal
from core.services.rehearsed import classes_missing
from core.services.training_data import frozen_items
from core.services.training_names import refuse_twins

if TYPE_CHECKING:
    from core.dna.detector import Detector
    from core.dna.device import Device
    from core.dna.encoder import Net
    from core.dna.extension import Rows
    from core.dna.recipe import Recipe
    from core.dna.rehearsal import Rehearsal
    from core.dna.spectrum import SpectrumVoice

_LOOK_EVERY = 5  # iterations between looks at the held-out images


@dataclass(frozen=True, slots=True)
class Extending:
    """What is wanted.

    Attributes:
        plan: the recipe, of the task "extension"; preprocessing is the parent's whatever it says.
        files: the frozen split with the new images.
        parent: the detector's file.
        out: the file to write.
        device: where views are read.
        command: how to repeat it.
    """

    plan: Recipe
    files: Path
    parent: Path
    out: Path
    device: Device
    command: str

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return self.out.with_suffix(".run")


@dataclass(slots=True)
class Learned:
    """What came of it: both heads, curves, and the best mean recall on held-out images."""

    net: Net
    voice: SpectrumVoice | None
    curves: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def recall(self) -> float:
        """The last mean recall on held-out images."""
        return next((row["recall"] for row in reversed(self.curves) if "recall" in row), -1.0)


def extend(wanted: Extending, progress: Progress) -> None:
    """Read the views, fit the heads, write the detector with what it remembers, and calibrate it.

    Raises:
        BadInput: nothing is remembered of a class of the parent and no image of it is at hand; the images were changed.
        NotFound: an image is gone.
        Cancelled: what was read is kept in the run folder.
    """
    from core.dna import run_folder
    from core.dna.detector import load_detector
    from core.dna.rehearsal import read_rehearsal

    parent = load_detector(wanted.parent)
    before = read_rehearsal(wanted.parent)
    sides = frozen_items(wanted.files, progress)
    classes = _classes(parent, sides)
    _refuse_forgotten(wanted, before, parent, sides)
    images = read_new_images(wanted.plan, parent, wanted.device, sides, before, wanted.run, progress)
    facts = {
        "data_digest": images.digest,
        "parent": parent.reference.digest,
        "held_out_sources": sorted({f"{one.architecture}/{one.source}" for one in sides[Side.HELD_OUT]}),
        "device": wanted.device.name,
        "processes": 1,
        "command": wanted.command,
    }
    run_folder.begin(wanted.run, wanted.plan, facts, images.sides(), images.skipped)
    fresh = to_rehearsal(images, wanted.plan)
    whole = _together(before, fresh, wanted)
    learned = _learned(wanted, parent, classes, whole, progress)
    _write(wanted, classes, images, whole, learned, progress)
    run_folder.end(wanted.run, images.remarks())


def _classes(parent: Detector, sides: Mapping[Side, Sequence[Any]]) -> tuple[str, ...]:
    found = {item.architecture for side in (Side.TRAINING, Side.HELD_OUT) for item in sides[side]}
    refuse_twins(found, parent.classes)
    return (*parent.classes, *sorted(found - set(parent.classes)))


def _refuse_forgotten(
    wanted: Extending, before: Rehearsal | None, parent: Detector, sides: Mapping[Side, Sequence[Any]]
) -> None:
    at_hand = {item.architecture for item in sides[Side.TRAINING]}
    forgotten = [name for name in classes_missing(before, parent.classes) if name not in at_hand]
    if forgotten:
        raise BadInput(
            f"{parent.reference.name} remembers no images of {', '.join(forgotten)}, and none are given: it would "
            "forget them. Give a folder with images of its classes (--data), or let it remember them with "
            "“detectors remember”."
        )
    for name in sorted(at_hand):
        if name not in parent.classes and not any(item.architecture == name for item in sides[Side.HELD_OUT]):
            raise BadInput(f"The class {name!r} has no held-out image. Add images, or freeze the split {wanted.files}.")


def _together(before: Rehearsal | None, fresh: Rehearsal, wanted: Extending) -> Rehearsal:
    from core.dna.rehearsal import as_kept, joined

    made = {"parent": dict(before.made) if before else None, "split": wanted.files.name}
    return as_kept(joined([before, fresh], made) if before else joined([fresh], made))


def _learned(
    wanted: Extending, parent: Detector, classes: Sequence[str], whole: Rehearsal, progress: Progress
) -> Learned:
    from core.dna.extension import extended_net, extended_voice, fit_net_head, fit_voice

    settings, began = wanted.plan.extension, time.monotonic()
    learned = Learned(
        extended_net(parent.net, parent.classes, classes),
        extended_voice(parent.spectrum, parent.classes, classes) if parent.spectrum else None,
    )
    heads = 1 if learned.voice is None else 2
    progress.start("Learning", settings.iterations * heads, "steps")
    shown, held = whole.on(Side.TRAINING), whole.on(Side.HELD_OUT, as_it_is=True)
    if not settings.clean:
        shown = shown.rows(shown.views > 0)
    told = _Told(learned, held, classes, settings.iterations, wanted.run / "curves.csv", progress)
    fit_net_head(learned.net, _rows(shown, shown.features, classes, settings.real_weight), settings, told.net)
    if learned.voice is not None:
        fit_voice(learned.voice, _rows(shown, shown.peaks, classes, settings.real_weight), settings, told.voice)
    told.write()
    learned.seconds = time.monotonic() - began
    learned.net.eval().requires_grad_(requires_grad=False)
    return learned


def _rows(shown: Rehearsal, inputs: Any, classes: Sequence[str], real_weight: float) -> Rows:  # noqa: ANN401 - an array
    from core.dna.extension import row_weights, rows_of

    weights = row_weights(shown.labels, shown.sources, [str(place) for place in shown.places], real_weight)
    return rows_of(inputs, [classes.index(label) for label in shown.labels], weights)


class _Told:
    """Keeps the curves of both heads, one after the other, and looks at the held-out images now and then."""

    def __init__(
        self, learned: Learned, held: Rehearsal, classes: Sequence[str], iterations: int, path: Path, progress: Progress
    ) -> None:
        self._learned, self._held, self._iterations, self._progress = learned, held, iterations, progress
        self._truths = np.array([classes.index(label) for label in held.labels], np.int64)
        from core.dna.history import History

        self._history = History(path)

    def net(self, iteration: int, loss: float) -> None:
        """An iteration of the class head is over."""
        self._note(iteration, loss, self._learned.net.classification_head[1], self._held.features)

    def voice(self, iteration: int, loss: float) -> None:
        """An iteration of the second voice is over."""
        voice = self._learned.voice
        if voice is not None:
            standard = (self._held.peaks - voice.mean.numpy()) / voice.deviation.numpy()
            self._note(self._iterations + iteration, loss, voice.linear, standard)

    def write(self) -> None:
        """Keep the curves in the run folder."""
        self._history.write()

    def _note(self, step: int, loss: float, linear: Any, inputs: Any) -> None:  # noqa: ANN401 - a layer and an array
        if not np.isfinite(loss):
            raise CoreError(f"The loss became {loss} at step {step}. Look at the images for damaged ones.")
        row = {"step": float(step), "classification": loss}
        if step % _LOOK_EVERY == 0 and len(inputs):
            tops = (inputs @ linear.weight.detach().numpy().T + linear.bias.detach().numpy()).argmax(1)
            hits = tops == self._truths
            row["recall"] = float(np.mean([hits[self._truths == one].mean() for one in np.unique(self._truths)]))
        self._learned.curves.append(row)
        self._history.rows.append(row)
        if step % _LOOK_EVERY == 0:
            self._history.write()
        self._progress.step(text=f"loss {loss:.3f}")


def _write(
    wanted: Extending,
    classes: Sequence[str],
    images: NewImages,
    whole: Rehearsal,
    learned: Learned,
    progress: Progress,
) -> None:
    from core.dna.card import read_header
    from core.dna.detector import rewrite_card, write_detector
    from core.dna.rehearsal import write_rehearsal
    from core.services.calibration import Remembered, calibrate
    from core.services.extension_card import extended_card
    from core.services.held_out_figures import held_out_figures
    from core.services.rehearsed import readings_of
    from core.services.unseen_data import trained_sources

    before = dict(read_header(wanted.parent).card)
    card = extended_card(wanted, before, classes, images, learned)
    write_detector(wanted.out, learned.net, card, spectrum=learned.voice)
    write_rehearsal(wanted.out, thinned(whole, wanted.plan.extension.rehearsed))
    made = _loaded_raw(wanted.out)
    shown = whole.on(Side.TRAINING, as_it_is=True)
    held = whole.on(Side.HELD_OUT, as_it_is=True)
    remembered = Remembered(readings_of(made, held), readings_of(made, shown), before)
    pictures = images.held_pictures(progress)
    judged = calibrate(
        wanted.out,
        pictures,
        trained_sources(card),
        device="cpu",
        progress=progress,
        remembered=_without(remembered, pictures),
    )
    calibrated = dict(read_header(wanted.out).card)
    calibrated["held_out"] = held_out_figures(judged, classes)
    rewrite_card(wanted.out, calibrated)


def _loaded_raw(path: Path) -> Detector:
    from dataclasses import replace

    from core.dna.detector import load_detector

    return replace(load_detector(path), calibration=None, open_set=None)


def _without(remembered: Any, pictures: Sequence[Any]) -> Any:  # noqa: ANN401 - `Remembered`, imported lazily
    """Held-out images that are at hand are read again, with tiles, instead of remembered."""
    from dataclasses import replace

    at_hand = {picture.item.sha256[:12] for picture in pictures}
    held = [pair for pair in remembered.held if pair[0].sha256[:12] not in at_hand]
    return replace(remembered, held=held)
