"""What would fool a training, found before it begins: the checks of a retraining draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import paths
from core.errors import NotFound
from core.progress import Progress
from core.retraining import Checked, CheckFinding, Draft, GoalKind, Severity, Side, TrainingImage
from core.services import training_confounds as confounds
from core.services import training_counts as counts
from core.services import training_duplicates as duplicates
from core.services import training_suspects as suspicion
from core.services.detectors import Detectors
from core.services.engine import Task
from core.services.processes import Processes
from core.services.training_duplicates import Known
from core.services.training_images import TrainingImages
from core.services.training_rows import Rows, rows_of
from core.services.training_suspects import Compared
from core.settings import Settings

if TYPE_CHECKING:
    from core.dna.rehearsal import Rehearsal

_UNKNOWN = "unknown"
_ORDER = (Severity.STOP, Severity.WARNING, Severity.NOTE)
_COMPARED = 200  # images of a known class that are read to compare with, where the parent remembers none


@dataclass(frozen=True, slots=True)
class _Material:
    """Everything the checks look at.

    Attributes:
        mine: readable images of the draft's groups, each once in a class.
        known: readable images of its `known_data`, likewise.
        remembered: facts of the images that the parent remembers and that were not set aside for tests.
        met: what the draft's images must not be met again among.
        rehearsal: what the parent remembers, None for nothing.
        eye: the detector that reads the images, None for none; and its name.
    """

    mine: tuple[TrainingImage, ...]
    known: tuple[TrainingImage, ...]
    remembered: tuple[TrainingImage, ...]
    met: Known
    rehearsal: Rehearsal | None
    eye: Path | None
    eye_name: str


class TrainingChecks:
    """Looks through the images of a draft for everything that makes a detector seem better than it is.

    Args:
        processes: reader processes and analysis process.
        settings: which device.
        detectors: where the parent is found.
        images: reads known and test images.
    """

    def __init__(
        self, processes: Processes, settings: Settings, detectors: Detectors, images: TrainingImages | None = None
    ) -> None:
        self._processes, self._settings, self._detectors = processes, settings, detectors
        self._images = images or TrainingImages(processes, settings)

    def check(
        self,
        draft: Draft,
        images: Sequence[TrainingImage],
        progress: Progress | None = None,
        *,
        folder: Path | None = None,
    ) -> Checked:
        """Run every check; what was left out or moved is left out or moved first.

        Args:
            draft: what is to be trained.
            images: of its groups, as `TrainingImages.read` gives them.
            progress: report and cancel point.
            folder: where facts and rows are kept; None takes the draft's folder, if there is one.

        Returns:
            The images that take part, those of `known_data` behind the groups', each once in a class; and the findings,
            those that stop a training first.

        Raises:
            NotFound, BadInput: known or test images are not there, or not in the form that is asked for.
            DetectorRefused: the parent's file, or its rehearsal, is damaged.
        """
        progress = progress or Progress()
        folder = folder or _folder_of(draft)
        given = taking_part(images, draft)
        material = self._material(draft, given, folder, progress)
        found = [*counts.unreadable(given), *_counted(draft, material), *_duplicates(draft, given, material)]
        found += _confounded(draft, material, progress)
        found += self._read(material, folder, progress)
        found.sort(key=lambda one: _ORDER.index(one.severity))
        return Checked((*material.mine, *material.known), tuple(found))

    def _material(
        self, draft: Draft, given: Sequence[TrainingImage], folder: Path | None, progress: Progress
    ) -> _Material:
        from core.dna.rehearsal import read_rehearsal

        mine = duplicates.distinct(image for image in given if not image.problem)
        mine_too = {(image.sha256, image.label) for image in mine}
        known = [image for image in self._images.known(draft, folder, progress) if not image.problem]
        known = [image for image in taking_part(known, draft) if (image.sha256, image.label) not in mine_too]
        tests = [image for image in self._images.tests(draft, folder, progress) if not image.problem]
        eye, name = self._eye(draft)
        parent = eye if draft.parent is not None and draft.goal is not GoalKind.ANEW else None
        rehearsal = read_rehearsal(parent) if parent else None
        remembered = rehearsal.images if rehearsal else ()
        return _Material(
            mine,
            duplicates.distinct(known),
            tuple(image for image in remembered if image.side is not Side.TEST and image.label != _UNKNOWN),
            _met(tuple(tests), remembered, parent, mine, name),
            rehearsal,
            eye,
            name,
        )

    def _eye(self, draft: Draft) -> tuple[Path | None, str]:
        """The detector whose features tell the images apart: the parent, else the current one, else none."""
        if draft.parent is not None:
            name = f"{draft.parent.name} {draft.parent.version}"
            if draft.parent_path is not None and draft.parent_path.is_file():
                return draft.parent_path, name
            return self._detectors.find(draft.parent.digest).path, name
        try:
            chosen = self._detectors.find(None)
        except NotFound:
            return None, ""
        return chosen.path, f"{chosen.reference.name} {chosen.reference.version}"

    def _read(self, material: _Material, folder: Path | None, progress: Progress) -> list[CheckFinding]:
        """Findings that need a detector to read the images."""
        labels = {image.label for image in material.mine}
        if not labels:
            return []
        if material.eye is None:
            return [suspicion.not_looked_at(labels, "there is no detector to read the images with.")]
        rows = self._rows(material.eye, material.mine, folder, progress)
        outside = suspicion.out_of_scope(material.mine, rows, material.eye_name)
        compared = self._compared(material, folder, progress)
        every = labels | set(compared.labels if compared else ())
        if len(every) < 2:
            return [*outside, suspicion.not_looked_at(labels, "there are images of one class only.")]
        progress.start("Looking for images in the wrong class", 1, "checks")
        found = suspicion.suspect_labels(material.mine, rows, compared)
        progress.step()
        return [*outside, *found]

    def _rows(self, eye: Path, images: Sequence[TrainingImage], folder: Path | None, progress: Progress) -> Rows:
        tasks = [Task(image.sha256, image.path) for image in images]
        device = str(self._settings.get("analysis.device"))
        return rows_of(self._processes, eye, tasks, folder=folder, device=device, progress=progress)

    def _compared(self, material: _Material, folder: Path | None, progress: Progress) -> Compared | None:
        """Rows of known images: those that the parent remembers, else some of the known data."""
        if material.rehearsal is not None:
            return _remembered(material.rehearsal, {image.sha256[:12] for image in material.mine})
        mine = {image.sha256 for image in material.mine}
        images = [image for image in material.known if image.sha256 not in mine]
        images = [images[place] for place in suspicion.evenly_of([image.label for image in images], _COMPARED)]
        if material.eye is None or not images:
            return None
        rows = self._rows(material.eye, images, folder, progress)
        labels = {image.sha256: image.label for image in images}
        inside = [place for place, sentence in enumerate(rows.outside) if not sentence]
        names = tuple(labels[rows.sha256[place]] for place in inside)
        return Compared(rows.features[inside], rows.peaks[inside].astype(np.float32), names)


def taking_part(images: Sequence[TrainingImage], draft: Draft) -> tuple[TrainingImage, ...]:
    """The images that the analyst did not leave out, in the classes they were moved to.

    Files that cannot be read have no SHA-256; they are left out by their path.
    """
    kept = (image for image in images if (image.sha256 or str(image.path)) not in draft.left_out)
    return tuple(replace(image, label=draft.moved.get(image.sha256, image.label)) for image in kept)


def _counted(draft: Draft, material: _Material) -> list[CheckFinding]:
    """Findings about amounts, sources, sizes and claims."""
    labels = sorted({image.label for image in material.mine} | set(draft.added))
    every = {image.label for image in (*material.mine, *material.known, *material.remembered)} | set(labels)
    both = (*material.mine, *material.known)
    return [
        *counts.few_classes(every, draft.goal is GoalKind.ANEW),
        *counts.few_images(both, labels),
        *counts.few_sources(both, labels),
        *counts.resolution_mix((*both, *material.remembered), labels),
        *counts.claimed_otherwise(material.mine, every | set(material.met.classes)),
    ]


def _duplicates(draft: Draft, given: Sequence[TrainingImage], material: _Material) -> list[CheckFinding]:
    both = (*material.mine, *material.known)
    return [
        *duplicates.in_two_classes(both),
        *duplicates.test_overlap(both, material.met),
        *(duplicates.learned_before(material.mine, material.met) if draft.goal is GoalKind.ADD else ()),
        *duplicates.copies([image for image in given if not image.problem]),
        *duplicates.look_alikes(both, len(material.mine)),
    ]


def _confounded(draft: Draft, material: _Material, progress: Progress) -> list[CheckFinding]:
    """Findings about format and content; of the classes that are new, or of all in a training from the start."""
    every = (*material.mine, *material.known, *material.remembered)
    subjects = {image.label for image in (every if draft.goal is GoalKind.ANEW else material.mine)}
    progress.start("Looking for what gives a class away", None, "comparisons")
    alike = draft.common_processing
    return [
        *confounds.format_is_label(every, subjects, alike=alike, step=progress.step),
        *confounds.content_is_label(every, subjects, step=progress.step),
    ]


def _met(
    tests: tuple[TrainingImage, ...],
    remembered: tuple[TrainingImage, ...],
    parent: Path | None,
    mine: Sequence[TrainingImage],
    name: str,
) -> Known:
    if parent is None:
        return Known(tests, remembered)
    from core.dna.card import read_header

    header = read_header(parent)
    trained = header.card.get("trained") or {}
    return Known(tests, remembered, _seen(trained, mine), name, header.classes)


def _seen(trained: object, images: Sequence[TrainingImage]) -> frozenset[str]:
    """SHA-256 of the images that a card, or its parents', lists as learned from."""
    from core.dna.contamination import shared_sources
    from core.dna.dataset import Item, Manifest

    if not isinstance(trained, dict):
        return frozenset()
    # Each image is its own source here, so that the sources found are images.
    items = tuple(Item(image.path, "", image.sha256, image.sha256, image.sha256, False) for image in images)
    return frozenset(name.removeprefix("/") for name in shared_sources(trained, Manifest(items, "")))


def _remembered(rehearsal: Rehearsal, mine: set[str]) -> Compared | None:
    """Rows of a rehearsal's images as they are, without test images and those that are among the draft's."""
    fit = [
        place
        for place, (view, side, label, digest) in enumerate(
            zip(rehearsal.views, rehearsal.sides, rehearsal.labels, rehearsal.digests, strict=True)
        )
        if view == 0 and side is not Side.TEST and label != _UNKNOWN and digest[:12] not in mine
    ]
    labels = [rehearsal.labels[place] for place in fit]
    chosen = suspicion.evenly_of(labels)
    places = [fit[place] for place in chosen]
    if not places:
        return None
    return Compared(rehearsal.features[places], rehearsal.peaks[places], tuple(labels[place] for place in chosen))


def _folder_of(draft: Draft) -> Path | None:
    folder = paths.user_folder() / "retraining" / draft.id
    return folder if folder.is_dir() else None
