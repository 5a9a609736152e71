"""Words of retraining: the draft of a retraining, its images, what the checks found, the split, the run, the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from core.domain import DetectorReference


class GoalKind(StrEnum):
    """What a retraining is for."""

    ADD = "add architectures"
    ANEW = "train from the start"
    CALIBRATE = "refresh the calibration"


class Effort(StrEnum):
    """How much is trained; each is a shipped recipe."""

    QUICK = "quick"  # the encoder stays; the heads learn, and rehearse the old classes from features
    STANDARD = "standard"  # starts from the parent, its first blocks stay; needs images of the old classes
    PAPER = "paper"  # the paper's schedule; needs images of the old classes


class Side(StrEnum):
    """What an image serves for. No source stands on two sides where a class has sources enough."""

    TRAINING = "training"
    HELD_OUT = "held out"
    TEST = "test"


class Severity(StrEnum):
    """How much a check's finding matters."""

    STOP = "stop"  # nothing is trained before it is dealt with
    WARNING = "warning"  # needs a decision: a way out, or going on with a written reason
    NOTE = "note"


class CheckKind(StrEnum):
    """What the checks look for."""

    UNREADABLE = "unreadable"
    EXACT_DUPLICATE = "exact duplicate"
    NEAR_DUPLICATE = "near duplicate"
    TWO_CLASSES = "one image in two classes"
    TEST_OVERLAP = "also in the test images"
    LEARNED_BEFORE = "learned before under another name"
    FEW_IMAGES = "too few images"
    FEW_SOURCES = "one source only"
    FORMAT_IS_LABEL = "format gives the class away"
    CONTENT_IS_LABEL = "content gives the class away"
    RESOLUTION_MIX = "sizes differ"
    SUSPECT_LABEL = "perhaps in the wrong class"
    CLAIMED_OTHERWISE = "the file names another generator"
    OUT_OF_SCOPE = "out of the detector's scope"


class WayOut(StrEnum):
    """What the analyst can do about a finding."""

    LEAVE_OUT = "leave out"  # the finding's images, all or some
    MOVE = "move"  # to the suggested class
    COMMON_PROCESSING = "resize and re-compress all classes alike"
    GO_ON = "go on, with a reason"
    ADD_IMAGES = "add images"  # back to the page of images


class RunStatus(StrEnum):
    """How far the training of a draft is."""

    NOT_STARTED = "not started"
    RUNNING = "running"
    PAUSED = "paused"  # stopped by the analyst, with everything kept
    INTERRUPTED = "interrupted"  # ended without a word: a crash, a reboot
    FAILED = "failed"  # ended with a sentence
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class ImageGroup:
    """Images that are given one label and one source.

    Attributes:
        label: the architecture ("real" for photographs).
        source: publisher or repository; images of one source share their processing.
        folder: where they lie; all image files in it, at any depth.
        origin: "" for a folder of the analyst's; else the case, whose consent, and when, in one sentence.
    """

    label: str
    source: str
    folder: Path
    origin: str = ""


@dataclass(frozen=True, slots=True)
class TrainingImage:
    """One image file of a draft, and what its bytes say.

    Attributes:
        sha256: of the file, "" when it cannot be read.
        container: "JPEG", "PNG", …, as `ImageFacts.container`.
        tables: beginning of the SHA-256 of the JPEG's quantisation tables, or "lossy"/"lossless" of a WebP, else "".
        quality: estimated JPEG quality (1–100).
        width, height: in pixels.
        claim: generator that the file's own metadata names, "" for none.
        hash64: perceptual hash, 64 bits, as an integer.
        colours: features of a small thumbnail (mean and spread of colours, coarse layout), floats in 0–1.
        problem: a sentence when the file cannot be used, else "".
        side: after the split.
    """

    path: Path
    label: str
    source: str
    sha256: str
    size_bytes: int
    container: str = ""
    tables: str = ""
    quality: int | None = None
    width: int = 0
    height: int = 0
    claim: str = ""
    hash64: int = 0
    colours: tuple[float, ...] = ()
    problem: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What one check found.

    Attributes:
        sentence: what was found, with numbers.
        advice: what that does to a detector, and what to do.
        labels: the classes it concerns.
        images: SHA-256 (or, of unreadable files, paths) of the images it concerns, worst first.
        pairs: of duplicates: the two images of each pair, first the one that would be left out.
        suggested: SHA-256 to the class it looks like, of suspect labels.
        figures: the numbers behind the sentence.
        ways: what can be done, best first.
    """

    kind: CheckKind
    severity: Severity
    sentence: str
    advice: str
    labels: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    suggested: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    ways: tuple[WayOut, ...] = ()

    @property
    def key(self) -> str:
        """Stands for this finding in a draft's `accepted`; another set of images is another finding."""
        return f"{self.kind.value}: {', '.join(self.labels)} ({len(self.images)})"


@dataclass(frozen=True, slots=True)
class Checked:
    """The images of a draft, and all that the checks found."""

    images: tuple[TrainingImage, ...]
    findings: tuple[CheckFinding, ...]


@dataclass(frozen=True, slots=True)
class SplitRow:
    """How many images of one source stand on each side."""

    label: str
    source: str
    training: int
    held_out: int
    test: int


@dataclass(frozen=True, slots=True)
class Split:
    """Which image serves for what.

    Attributes:
        images: every image that takes part, with its side.
        rows: counted by class and source.
        digest: SHA-256 over label, source, side and SHA-256 of every image, in order.
        unknowable: sentences about what cannot be known with these sources.
        remarks: sentences about images that take no part, and why.
    """

    images: tuple[TrainingImage, ...]
    rows: tuple[SplitRow, ...]
    digest: str
    unknowable: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardWishes:
    """What the analyst writes on the card."""

    name: str = ""
    version: str = "1"
    title: str = ""
    summary: str = ""
    notes: str = ""
    trained_by: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A retraining from its goal to its activation; kept as a file, saved on every page.

    Attributes:
        id: name of its folder.
        page: id of the page it was left on (see `PAGES`).
        parent: the detector it starts from; None when it starts from nothing.
        parent_path: the parent's file.
        groups: the new images.
        known_data: folders ``DIR/<class>/<source>/*`` with images of the parent's own classes; may be empty.
        test_data: folder of the same form that nothing was trained on; ``unknown`` is open-set material.
        left_out: SHA-256 of an image to why it takes no part.
        moved: SHA-256 of an image to the class it was moved to.
        accepted: key of a `CheckFinding` to the reason for going on.
        common_processing: whether all classes are resized and re-compressed alike in training.
        split_digest: digest of the frozen split, "" before.
        override: why the gate was overruled, "" when it was not.
        made: digest of the detector that came of it, "" before.
        activated_at: when it was put to use.
    """

    id: str
    created_at: datetime
    page: str = "goal"
    goal: GoalKind = GoalKind.ADD
    parent: DetectorReference | None = None
    parent_path: Path | None = None
    groups: tuple[ImageGroup, ...] = ()
    known_data: tuple[Path, ...] = ()
    test_data: Path | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)
    common_processing: bool = False
    effort: Effort = Effort.QUICK
    device: str = "auto"
    split_digest: str = ""
    card: CardWishes = CardWishes()
    override: str = ""
    made: str = ""
    activated_at: datetime | None = None

    @property
    def added(self) -> tuple[str, ...]:
        """The classes its groups bring, in order of their names."""
        return tuple(sorted({group.label for group in self.groups}))


PAGES = ("goal", "images", "checks", "split", "training", "result", "gate", "card")


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a training will take here.

    Attributes:
        seconds, low, high: likely, and the range it is expected in.
        measured: what was measured, in one sentence.
    """

    seconds: float
    low: float
    high: float
    measured: str


@dataclass(frozen=True, slots=True)
class RunState:
    """How far the training of a draft is.

    Attributes:
        stage: what is being done, for the analyst.
        done, total: units of the stage.
        patches_per_second: crops (or views) learned from in a second, 0.0 while unknown.
        seconds_left: of the stage.
        curves: rows by step ("step", losses, "recall"), thinned.
        problem: a sentence when it failed.
        remarks: what is to be said about the run.
        detector: the file, once it is finished.
    """

    status: RunStatus
    stage: str = ""
    done: int = 0
    total: int | None = None
    unit: str = ""
    patches_per_second: float = 0.0
    seconds_left: float | None = None
    curves: tuple[Mapping[str, float], ...] = ()
    problem: str = ""
    remarks: tuple[str, ...] = ()
    detector: Path | None = None


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What a new detector must not exceed. All are shares; stated on the card with the answer.

    Attributes:
        old_class_loss: how much of the share right on the old classes together may be lost.
        one_class_loss: how much one old class may lose, where that is three images or more.
        false_accusation: the highest rate of real photographs conclusively called generated.
        new_class_recall: the least share right of each added class.
        calibration_error: the highest expected calibration error.
        tested_classes: the least share of the old classes with test images; every added class needs some.
        fewest_images: test images that an old class together, and an added class, need for an answer.
    """

    old_class_loss: float = 0.02
    one_class_loss: float = 0.10
    false_accusation: float = 0.02
    new_class_recall: float = 0.5
    calibration_error: float = 0.15
    fewest_images: int = 10
    tested_classes: float = 0.5


@dataclass(frozen=True, slots=True)
class GateLine:
    """One thing the gate asks for, and whether it is met (None: could not be found out, which counts as no)."""

    asks: str
    found: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """Whether a new detector may replace its parent."""

    passed: bool
    lines: tuple[GateLine, ...]
    limits: GateLimits
    set: str
    """Which test images it rests on, in words."""
