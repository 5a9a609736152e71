"""What came of a retraining: parent and new detector measured side by side on images that neither has learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.descent import Ancestor
from core.domain import DetectorSummary
from core.errors import BadInput, NotFound
from core.progress import Progress
from core.retraining import Draft, GateAnswer, GateLimits, Split
from core.services.lineage import lineage_at_hand
from core.services.rehearsed import same_encoder
from core.services.training_comparison import side_by_side
from core.services.training_gate import gate
from core.services.training_map import Sides, drawn_map
from core.services.training_mistakes import mistakes, shown_mistakes
from core.services.training_result_file import plain, read_result, write_result
from core.services.training_robustness import robustness
from core.services.training_test_set import (
    MeasuringSet,
    beginnings,
    described,
    measuring_set,
    without_remembered,
)
from core.services.training_testing import Both, Tested, read_images, read_remembered
from core.services.training_unknowable import unknowable
from core.services.unseen_data import unseen_data

if TYPE_CHECKING:
    from core.dna.dataset import Item
    from core.dna.rehearsal import Rehearsal
    from core.services.detectors import Detectors
    from core.services.processes import Processes
    from core.services.retraining import Retraining

RESULT = "result.json"
DETECTOR = "detector.safetensors"
_CHUNK = 8
_STANDARD = GateLimits()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A new detector and its parent, and how they are read."""

    new: DetectorSummary
    parent: DetectorSummary | None
    both: Both

    @property
    def sides(self) -> Sides:
        return Sides(self.new.classes, self.parent.classes if self.parent else None, self.both.shared)

    @property
    def summaries(self) -> tuple[DetectorSummary, ...]:
        return (self.new, self.parent) if self.parent else (self.new,)


class TrainingResults:
    """Measures what a retraining made, and asks the gate.

    Args:
        processes: where images are read.
        detectors: the parents.
        retraining: the folders of drafts.
    """

    def __init__(self, processes: Processes, detectors: Detectors, retraining: Retraining) -> None:
        self._processes = processes
        self._detectors = detectors
        self._retraining = retraining

    def measure(self, draft: Draft, progress: Progress | None = None) -> Mapping[str, Any]:
        """Both detectors on the frozen test images, as a mapping of plain values; kept in the draft's folder.

        Test images are the test side of the split, the draft's folder of test images, and, where both detectors have
        the same encoder, the test images that the parent remembers by their features.

        Returns:
            ``set``, ``parent`` and ``new`` (figures as `detectors evaluate` gives them), ``classes``, ``old_classes``,
            the headline figures of both, ``alike``, ``robustness``, ``wrong``, ``confusion``, ``map``, ``unknowable``
            and ``skipped``.

        Raises:
            NotFound: nothing was trained yet, or the parent is gone.
            BadInput: the split or the test images were changed since they were frozen, or there is no test image.
            Cancelled: nothing of this measurement is kept.
        """
        progress = progress or Progress()
        folder = self._retraining.folder(draft.id)
        pair = self._pair(self._made(folder), self._parent(draft), draft.device)
        asked = _asked(draft, pair)
        kept = read_result(folder / RESULT, asked)
        return kept or write_result(folder / RESULT, asked, self._measured(draft, folder, pair, progress))

    def gate(
        self,
        new: str,
        against: str,
        data: Path,
        *,
        device: str = "auto",
        allow_trained: bool = False,
        limits: GateLimits = _STANDARD,
        progress: Progress | None = None,
    ) -> tuple[Mapping[str, Any], GateAnswer]:
        """Measure a detector against another on a folder, and ask whether it may replace that one.

        Args:
            new: see `Detectors.find`.
            against: the other; each may know classes that the other does not.
            data: folder ``DIR/<class>/<source>/*`` that neither has learned from; ``unknown`` is open-set material.
            device: auto, cpu or cuda.
            allow_trained: measure on sources that one has learned from too; the result then names them.
            limits: what must not be exceeded.
            progress: report and cancel point.

        Raises:
            BadInput: the folder has a class that neither can name, or sources that were learned from.
        """
        progress = progress or Progress()
        pair = self._pair(self._detectors.find(new), self._detectors.find(against), device)
        manifest, seen = unseen_data(_alike(pair), data, allow_trained, progress)
        tested, skipped = self._read(pair.both, manifest.items, progress)
        _require_some(tested, skipped)
        found = MeasuringSet(manifest.items, 0, len(tested))
        result = {**_heads(pair), **side_by_side(tested, *_classes(pair)), "skipped": skipped}
        result |= {"set": described(tested, found, data, seen), "data_digest": manifest.digest}
        result |= {"on_training_sources": list(seen)} if seen else {}
        told = plain(result)
        return told, gate(told, pair.new.card, limits)

    def lineage(self, wanted: str | None) -> tuple[Ancestor, ...]:
        """What a detector descends from, itself first; raises `NotFound` or `BadInput` as `Detectors.find`."""
        return lineage_at_hand(self._detectors.find(wanted), self._detectors)

    def _measured(self, draft: Draft, folder: Path, pair: _Pair, progress: Progress) -> dict[str, Any]:
        remembered = _remembered(pair)
        split = _frozen(draft, folder)
        found = measuring_set(split, draft.test_data, pair.summaries, progress)
        found = without_remembered(found, remembered)
        tested, skipped = self._read(pair.both, found.items, progress)
        if remembered is not None and pair.both.shared:
            taken = beginnings([*(item.sha256 for item in found.items), *_digests(split)])
            progress.start("Judging what the parent remembers", None, "images")
            tested += self._processes.analyse(read_remembered, pair.both, remembered, taken, progress=progress)
        _require_some(tested, skipped)
        classes = _classes(pair)
        wrong = mistakes(tested, pair.new.classes)
        found_by = (pair.new.classes, pair.both.new, folder, self._processes, progress)
        return {
            **_heads(pair),
            "set": described(tested, found, draft.test_data),
            **side_by_side(tested, *classes),
            "robustness": robustness(tested, found.items, pair.both, classes, self._processes, progress),
            "wrong": shown_mistakes(wrong, *found_by),
            "wrong_in_all": len(wrong),
            "map": drawn_map(tested, pair.sides, progress),
            "unknowable": [*found.remarks, *_changed(draft, pair), *unknowable(tested, *classes, skipped)],
            "skipped": skipped,
        }

    def _read(self, both: Both, items: Sequence[Item], progress: Progress) -> tuple[list[Tested], list[str]]:
        tested: list[Tested] = []
        skipped: list[str] = []
        progress.start("Measuring", len(items), "images")
        for start in range(0, len(items), _CHUNK):
            some = items[start : start + _CHUNK]
            read, unread = self._processes.analyse(read_images, both, some, progress=progress)
            tested += read
            skipped += unread
            progress.step(len(some))
        return tested, skipped

    def _made(self, folder: Path) -> DetectorSummary:
        path = folder / DETECTOR
        if not path.is_file():
            raise NotFound(f"Nothing was trained yet: there is no {path}. Go back to the page of training.")
        return self._detectors.find(str(path))

    def _parent(self, draft: Draft) -> DetectorSummary | None:
        """The parent: the file with its digest, or the one at its place as it is now."""
        if draft.parent is None:
            return None
        wanted = draft.parent.digest
        at_hand = any(one.reference.digest == wanted for one in self._detectors.all())
        if draft.parent_path is None or (at_hand and not draft.parent_path.is_file()):
            return self._detectors.find(wanted)
        there = self._detectors.find(str(draft.parent_path))
        return self._detectors.find(wanted) if at_hand and there.reference.digest != wanted else there

    def _pair(self, new: DetectorSummary, parent: DetectorSummary | None, device: str) -> _Pair:
        shared = parent is not None and same_encoder(new.path, parent.path)
        return _Pair(new, parent, Both(new.path, parent.path if parent else None, device, shared))


def _asked(draft: Draft, pair: _Pair) -> dict[str, Any]:
    """What a kept result must have been measured for to be this one."""
    return {
        "answers": pair.new.answers_digest,
        "parent": pair.parent.answers_digest if pair.parent else "",
        "split": draft.split_digest,
        "test_data": str(draft.test_data or ""),
    }


def _changed(draft: Draft, pair: _Pair) -> list[str]:
    if draft.parent is None or pair.parent is None or pair.parent.reference.digest == draft.parent.digest:
        return []
    return [f"{pair.parent.path} is not the file any more that this draft began with; it was measured as it is now."]


def _frozen(draft: Draft, folder: Path) -> Split | None:
    from core.services.training_split import read_frozen

    return read_frozen(folder, draft.split_digest) if draft.split_digest else None


def _digests(split: Split | None) -> list[str]:
    return [image.sha256 for image in split.images] if split else []


def _remembered(pair: _Pair) -> Rehearsal | None:
    from core.dna.rehearsal import read_rehearsal

    return read_rehearsal(pair.parent.path) if pair.parent else None


def _classes(pair: _Pair) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    return pair.new.classes, pair.parent.classes if pair.parent else None


def _alike(pair: _Pair) -> tuple[DetectorSummary, ...]:
    """Both as if each could name every class of either: an image of a class that one cannot name tests the other."""
    together = tuple(dict.fromkeys(name for one in pair.summaries for name in one.classes))
    return tuple(replace(one, classes=together) for one in pair.summaries)


def _heads(pair: _Pair) -> dict[str, Any]:
    """Which detectors were measured."""
    named = [
        None
        if one is None
        else {
            "name": one.reference.name,
            "version": one.reference.version,
            "digest": one.reference.digest,
            "answers_digest": one.answers_digest,
        }
        for one in (pair.new, pair.parent)
    ]
    return {"detector": named[0], "against": named[1], "same_encoder": pair.both.shared}


def _require_some(tested: Sequence[Tested], skipped: Sequence[str]) -> None:
    if not tested:
        why = f" The first of {len(skipped)} that could not be read: {skipped[0]}" if skipped else ""
        raise BadInput(
            "There is no test image to measure on. Give a folder of test images on the page of images, or split anew."
            + why
        )
