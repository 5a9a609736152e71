"""The stand-in workspace on retraining: drafts in memory, invented images, findings of every kind, a run that ticks."""

from __future__ import annotations

import colorsys
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from core.descent import ChangedFinding, Consequences, IssuedWithParent
from core.domain import DetectorReference, DetectorSummary, Table, Verdict, Written
from core.errors import BadInput, Cancelled, CoreError, NotFound
from core.progress import Progress
from core.retraining import (
    Checked,
    CheckFinding,
    Draft,
    Estimate,
    GateAnswer,
    GoalKind,
    ImageGroup,
    RunState,
    RunStatus,
    TrainingImage,
)
from tests.app.retraining_records import CARD, findings_of, result
from tests.app.stand_in import StandIn

_EPOCH = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_TOUCHED = frozenset({Table.RETRAINING})
PARENT = DetectorReference("field", "2", "ab" * 32)
CLASSES = ("real", "progan", "stylegan", "stable-diffusion-xl")


class RetrainingStandIn(StandIn):
    """A `StandIn` that also retrains.

    Args:
        folder: where drafts and thumbnails go.
        count: exhibits of the case.
        pictures: real images for thumbnails; without them coloured squares are made.
    """

    def __init__(self, folder: Path, count: int = 0, *, pictures: Sequence[Path] = ()) -> None:
        super().__init__(folder, count, pictures=pictures)
        self.detectors = StandInParents(self)
        self.retraining = StandInDrafts(self)
        self.training_images = StandInImages(self)
        self.training_checks = StandInChecks(self)
        self.training_consent = StandInConsent(self)
        self.training_runs = StandInRuns(self)
        self.training_results = StandInResults(self)
        self.activation = StandInActivation(self)


class StandInParents:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.path = door.folder / "field.safetensors"
        self.path.touch()
        self.extra: list[DetectorSummary] = []

    def rehearse(self, on: bool = True) -> None:
        """Give the parent a rehearsal file, or take it away."""
        rehearsal = self.path.with_suffix(".rehearsal")
        rehearsal.touch() if on else rehearsal.unlink(missing_ok=True)

    def all(self) -> tuple[DetectorSummary, ...]:
        self._door.called("detectors.all")
        return (self.current(), *self.extra)

    def current(self) -> DetectorSummary:
        return DetectorSummary(PARENT, self.path, CLASSES, CARD, answers_digest="cd" * 32)

    def find(self, wanted: str | None) -> DetectorSummary:
        found = [one for one in self.all() if wanted in (None, one.reference.name, one.reference.digest)]
        if not found:
            raise NotFound(f"There is no detector “{wanted}”. See “detectors list”.")
        return found[0]

    def install(self, path: Path) -> Written[DetectorSummary]:
        self._door.called("detectors.install")
        return Written(self.current(), frozenset({Table.DETECTORS}))

    def choose(self, digest: str) -> Written[None]:
        self._door.called("detectors.choose")
        return Written(None, frozenset({Table.DETECTORS}))


class StandInDrafts:
    """`kept` are the drafts on the disk, `held` the ids that somebody else has open, `saved` every draft saved."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.kept: dict[str, Draft] = {}
        self.held: set[str] = set()
        self.opened: set[str] = set()
        self.saved: list[Draft] = []
        self.broken: dict[str, str] = {}

    def drafts(self) -> tuple[Draft, ...]:
        self._door.called("retraining.drafts")
        return tuple(sorted(self.kept.values(), key=lambda draft: draft.created_at, reverse=True))

    def problems(self) -> tuple[str, ...]:
        return tuple(self.broken.values())

    def damaged(self) -> Mapping[str, str]:
        return dict(self.broken)

    def begin(self, goal: GoalKind = GoalKind.ADD, parent: DetectorSummary | str | None = None) -> Draft:
        self._door.called("retraining.begin")
        number = len(self.kept) + 1
        draft = Draft(f"2026-11-21-{number}", _EPOCH + timedelta(hours=number), goal=goal)
        if isinstance(parent, DetectorSummary):
            draft = replace(draft, parent=parent.reference, parent_path=parent.path)
        self.kept[draft.id] = draft
        self.opened.add(draft.id)
        return draft

    def open(self, draft_id: str) -> Draft:
        self._door.called("retraining.open")
        if draft_id in self.held:
            raise CoreError(f"The retraining {draft_id} is open elsewhere: A. Moreau on lab-3. Close it there first.")
        if draft_id not in self.kept:
            raise NotFound(f"There is no retraining {draft_id}. It was discarded.")
        self.opened.add(draft_id)
        return self.kept[draft_id]

    def save(self, draft: Draft) -> Written[Draft]:
        self._door.called("retraining.save")
        self.kept[draft.id] = draft
        self.saved.append(draft)
        return Written(draft, _TOUCHED)

    def close(self, draft_id: str) -> None:
        self._door.called("retraining.close")
        self.opened.discard(draft_id)

    def discard(self, draft_id: str) -> None:
        self._door.called("retraining.discard")
        self.kept.pop(draft_id, None)
        self.broken.pop(draft_id, None)
        self.opened.discard(draft_id)

    def folder(self, draft_id: str) -> Path:
        folder = self._door.folder / "retraining" / draft_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class StandInImages:
    """`counts` says how many images a folder (its name) holds; `guesses` what a dropped folder is."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.counts: dict[str, int] = {}
        self.guesses: dict[str, tuple[ImageGroup, ...]] = {}
        self.pause_s = 0.0

    def read(
        self, groups: Sequence[ImageGroup], folder: Path, progress: Progress | None = None
    ) -> tuple[TrainingImage, ...]:
        self._door.called("training_images.read")
        progress = progress or Progress()
        found = [each for group in groups for each in self._images(group)]
        progress.start("Reading the images", len(found), "images")
        for image in found:
            time.sleep(self.pause_s)
            self._thumbnail(folder, image.sha256)
            progress.step(text=image.path.name)
        return tuple(found)

    def known(self, draft: Draft, folder: Path, progress: Progress | None = None) -> tuple[TrainingImage, ...]:
        groups = [ImageGroup(label, "known-1", place / label) for place in draft.known_data for label in CLASSES]
        return self.read(groups, folder, progress)

    def tests(self, draft: Draft, folder: Path, progress: Progress | None = None) -> tuple[TrainingImage, ...]:
        groups = [ImageGroup("real", "test-1", draft.test_data / "real")] if draft.test_data is not None else []
        return self.read(groups, folder, progress)

    def suggest(self, folder: Path, progress: Progress | None = None) -> tuple[ImageGroup, ...]:
        self._door.called("training_images.suggest")
        if not self.counts.get(folder.name, 60):
            raise BadInput(f"{folder} holds no images. Choose a folder with image files.")
        return self.guesses.get(folder.name, (ImageGroup(folder.name, "source-1", folder),))

    def _images(self, group: ImageGroup) -> list[TrainingImage]:
        count = self.counts.get(group.folder.name, 60)
        return [invented_image(group, number) for number in range(count)]

    def _thumbnail(self, folder: Path, sha256: str) -> None:
        path = folder / "thumbnails" / f"{sha256}.jpg"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._picture(int(sha256[:6], 16)).save(path)

    def _picture(self, number: int) -> Image.Image:
        if self._door.pictures:
            with Image.open(self._door.pictures[number % len(self._door.pictures)]) as opened:
                opened.thumbnail((160, 160))
                return opened.convert("RGB")
        shade = colorsys.hsv_to_rgb(number % 360 / 360, 0.5, 0.8)
        return Image.new("RGB", (160, 120), tuple(round(255 * part) for part in shade))


class StandInChecks:
    """`findings` makes the findings of a draft's images; those whose images were all left out are gone."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.findings: Callable[[Sequence[TrainingImage]], Sequence[CheckFinding]] = findings_of
        self.pause_s, self.steps = 0.0, 5
        self.asked: list[Draft] = []

    def check(self, draft: Draft, images: Sequence[TrainingImage], progress: Progress | None = None) -> Checked:
        self._door.called("training_checks.check")
        self.asked.append(draft)
        progress = progress or Progress()
        progress.start("Checking the images", self.steps, "checks")
        for _ in range(self.steps):
            time.sleep(self.pause_s)
            progress.step()
        moved = [replace(one, label=draft.moved.get(one.sha256, one.label)) for one in images]
        kept = tuple(one for one in moved if one.sha256 not in draft.left_out)
        settled = {*draft.left_out, *draft.moved}
        found = [_rest(finding, settled) for finding in self.findings(images)]
        return Checked(kept, tuple(one for one in found if one is not None))


class StandInConsent:
    """`given` remembers the consents; `groups` what is offered."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.groups: tuple[tuple[str, tuple[int, ...], str], ...] = (
            ("Unknown architecture", tuple(range(1, 24)), "23 exhibits whose verdict is “unknown architecture”."),
            ("Same portraits", (2, 3, 5, 7), "A group of the case, 4 exhibits."),
        )
        self.given: list[tuple[Any, ...]] = []

    def offered(self, *, progress: Progress | None = None) -> tuple[tuple[str, tuple[int, ...], str], ...]:
        self._door.called("training_consent.offered")
        return self.groups if self._door.cases.current is not None else ()

    def take(
        self,
        draft: Draft,
        wanted: str | Sequence[int],
        label: str,
        source: str,
        given_by: str,
        reason: str,
        progress: Progress | None = None,
    ) -> Written[ImageGroup]:
        self._door.called("training_consent.take", writes=True)
        if not given_by.strip() or not reason.strip():
            raise BadInput("Say who gives the consent, and why.")
        self.given.append((wanted, label, source, given_by, reason))
        folder = self._door.retraining.folder(draft.id) / "images" / label / source
        folder.mkdir(parents=True, exist_ok=True)
        origin = f"From the case “Election portraits”; {given_by} consented on 2026-11-21."
        return Written(ImageGroup(label, source, folder, origin), frozenset({Table.CASE}))


class StandInRuns:
    """A training of `steps` ticks; `states` says how the run of a draft stands."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.steps, self.pause_s = 5, 0.0
        self.states: dict[str, RunState] = {}

    def start_and_wait(self, draft: Draft, progress: Progress) -> Written[RunState]:
        self._door.called("training_runs.start_and_wait")
        progress.start("Learning", self.steps, "steps")
        for number in range(self.steps):
            self.states[draft.id] = self._running(number)
            time.sleep(self.pause_s)
            try:
                progress.step()
            except Cancelled:
                self.states[draft.id] = replace(self._running(number), status=RunStatus.PAUSED)
                raise
        made = self._door.retraining.folder(draft.id) / "detector.safetensors"
        made.touch()
        self.states[draft.id] = replace(self._running(self.steps), status=RunStatus.FINISHED, detector=made)
        return Written(self.states[draft.id], _TOUCHED)

    def state(self, draft_id: str) -> RunState:
        self._door.called("training_runs.state")
        return self.states.get(draft_id, RunState(RunStatus.NOT_STARTED))

    def discard_run(self, draft_id: str) -> None:
        self._door.called("training_runs.discard_run")
        self.states.pop(draft_id, None)

    def estimate(self, draft: Draft, progress: Progress | None = None) -> Estimate:
        self._door.called("training_runs.estimate")
        return Estimate(412.0, 330.0, 540.0, "Reading the views of 3 images took 0.9 s on this machine.")

    def _running(self, done: int) -> RunState:
        curves = tuple({"step": n, "loss": 2.0 / (n + 1), "recall": n / (n + 2)} for n in range(done + 1))
        return RunState(RunStatus.RUNNING, "Learning", done, self.steps, "steps", 148.0, 60.0, curves)


class StandInResults:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.result: Mapping[str, Any] = result()
        self.pause_s = 0.0

    def measure(self, draft: Draft, progress: Progress | None = None) -> Mapping[str, Any]:
        self._door.called("training_results.measure")
        progress = progress or Progress()
        progress.start("Measuring both detectors", 5, "images")
        for _ in range(5):
            time.sleep(self.pause_s)
            progress.step()
        return self.result


class StandInActivation:
    """`finished`, `activated` and `noticed` remember what was wished."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.finished: list[tuple[Draft, GateAnswer]] = []
        self.activated: list[Draft] = []
        self.noticed: list[Path] = []
        self.signed: list[Path] = []

    def finish(self, draft: Draft, result: Mapping[str, Any], gate: GateAnswer) -> Written[Draft]:
        self._door.called("activation.finish")
        self.finished.append((draft, gate))
        return Written(replace(draft, made="ef" * 32), _TOUCHED)

    def sign(self, path: Path) -> Written[None]:
        self._door.called("activation.sign")
        self.signed.append(path)
        return Written(None, frozenset({Table.DETECTORS}))

    def activate(self, draft: Draft, *_rest: object) -> Written[DetectorSummary]:
        self._door.called("activation.activate")
        self.activated.append(draft)
        return Written(self._door.detectors.current(), frozenset({Table.DETECTORS, Table.RETRAINING}))

    def consequences(
        self,
        parent: DetectorReference,
        new: Path,
        cases: Sequence[Path] | None = None,
        progress: Progress | None = None,
    ) -> Consequences:
        self._door.called("activation.consequences")
        before, after = (Verdict.UNKNOWN, None), (Verdict.ATTRIBUTED, "newgan")
        case = Path("/cases/Portraits.dnacase")
        changed = ChangedFinding(case, "Election portraits", "photo_00003.jpg", "12" * 32, before, after)
        return Consequences(4, 37, (changed,) * 3, (IssuedWithParent(case, "Election portraits", "2026-114", 12, 1),))

    def notices(self, consequences: Consequences, folder: Path, draft: Draft) -> tuple[Path, ...]:
        self._door.called("activation.notices")
        self.noticed.append(folder)
        return tuple(folder / f"notice-{report.number}.txt" for report in consequences.reports)


def invented_image(group: ImageGroup, number: int) -> TrainingImage:
    """Image `number` of a group; every twentieth names a generator of its own."""
    sha256 = hashlib.sha256(f"{group.folder}/{number}".encode()).hexdigest()
    claim = "Stable Diffusion XL 1.0" if number % 20 == 7 else ""
    return TrainingImage(
        *(group.folder / f"image-{number:04d}.png", group.label, group.source, sha256, 240_000 + number),
        *("PNG", "", None, 1024, 1024, claim, int(sha256[:16], 16)),
    )


def _rest(finding: CheckFinding, settled: set[str]) -> CheckFinding | None:
    images = tuple(one for one in finding.images if one not in settled)
    pairs = tuple(pair for pair in finding.pairs if not settled & set(pair))
    if (finding.images and not images) or (finding.pairs and not pairs):
        return None
    return replace(finding, images=images, pairs=pairs)
