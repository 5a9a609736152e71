"""Goals, pages and drafts of a retraining in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.wording import counted, visible
from core.domain import DetectorReference
from core.errors import BadInput
from core.retraining import Draft, GoalKind, RunStatus
from core.services.training_names import class_name, refuse_twins, source_name

STEPS = {
    "goal": "Goal",
    "images": "Images",
    "checks": "Checks",
    "split": "Split",
    "training": "Training",
    "result": "Result",
    "gate": "Gate",
    "card": "Card and use",
}
GOALS = {
    GoalKind.ADD: (
        "&Add architectures to a detector",
        "It learns to name generators that it does not know yet, and keeps what it knows.",
    ),
    GoalKind.ANEW: (
        "&Train from the start",
        "Every architecture is learned again from images that you give. It takes longest, and needs images of all.",
    ),
    GoalKind.CALIBRATE: (
        "&Refresh the calibration only",
        "Nothing new is learned. Scores and thresholds are fitted again on images whose origin you know.",
    ),
}
PARENTS = {
    GoalKind.ADD: "&Detector it starts from",
    GoalKind.ANEW: "Detector to com&pare with",
    GoalKind.CALIBRATE: "&Detector to calibrate again",
}
_TITLES = {
    GoalKind.ADD: "Adding {}",
    GoalKind.ANEW: "Training from the start",
    GoalKind.CALIBRATE: "Refreshing the calibration",
}
_RUNS = {
    RunStatus.RUNNING: "it is being trained now",
    RunStatus.PAUSED: "its training is paused",
    RunStatus.INTERRUPTED: "its training was interrupted and can go on",
    RunStatus.FAILED: "its training failed",
    RunStatus.FINISHED: "it is trained",
}


def draft_title(draft: Draft) -> str:
    """What a draft is for, in one line."""
    named = ", ".join(visible(label, longest=40) for label in draft.added) or "architectures"
    title = _TITLES[draft.goal].format(named)
    return f"{title} – {parent_text(draft.parent)}" if draft.parent is not None else title


def parent_text(parent: DetectorReference) -> str:
    """A detector by name and version."""
    return f"{visible(parent.name, longest=60)} {visible(parent.version, longest=20)}".strip()


def draft_state(draft: Draft, run: RunStatus | None) -> str:
    """When a draft was begun and how far it is."""
    begun = f"begun {draft.created_at.astimezone():%Y-%m-%d %H:%M}"
    if draft.activated_at is not None:
        return f"{begun} · in use since {draft.activated_at.astimezone():%Y-%m-%d}"
    where = _RUNS.get(run, "") if run is not None else ""
    return f"{begun} · {where or f'left on “{STEPS.get(draft.page, draft.page)}”'}"


def name_problem(name: str, *, source: bool = False) -> str:
    """Why a text cannot be the name of an architecture, or of a `source`; "" when it can."""
    if not name.strip():
        return "A name is missing."
    try:
        source_name(name) if source else class_name(name)
    except BadInput as error:
        return str(error)
    return ""


def missing(draft: Draft, known: Sequence[str], *, rehearses: bool) -> str:
    """What the page of images still lacks, in one sentence; "" when the images can be checked.

    Args:
        draft: with the groups as they are.
        known: classes of its parent.
        rehearses: whether the parent carries features to rehearse its classes from.
    """
    unnamed = sum(bool(name_problem(group.label) or name_problem(group.source, source=True)) for group in draft.groups)
    if unnamed:
        return f"Name architecture and source of {counted(unnamed, 'row', 'rows')}."
    try:
        refuse_twins(draft.added, known)
    except BadInput as error:
        return str(error)
    return _LACKS[draft.goal](draft, set(known), rehearses)


def _adding_lacks(draft: Draft, known: set[str], rehearses: bool) -> str:
    if not draft.groups:
        return "Add images of the architecture that the detector is to learn."
    if set(draft.added) <= known:
        return "The detector knows every architecture named here. At least one needs a name that it does not know."
    if not rehearses and not draft.known_data:
        return "Add images of the architectures that the detector knows, or it would forget them."
    return ""


def _anew_lacks(draft: Draft, _known: set[str], _rehearses: bool) -> str:
    enough = bool(draft.known_data) or len(draft.added) >= 2
    return "" if enough else "Add images of at least two architectures; real photographs count as one."


def _calibrating_lacks(draft: Draft, known: set[str], rehearses: bool) -> str:
    strange = sorted(set(draft.added) - known)
    if strange:
        named = visible(strange[0], longest=40)
        return f"The detector does not know “{named}”; a calibration teaches no architecture."
    if not draft.groups and not draft.known_data and not rehearses:
        return "Add images of architectures that the detector knows."
    return ""


_LACKS = {GoalKind.ADD: _adding_lacks, GoalKind.ANEW: _anew_lacks, GoalKind.CALIBRATE: _calibrating_lacks}


def known_data_reason(goal: GoalKind, *, rehearses: bool) -> str:
    """Why images of the architectures that a detector knows are asked for."""
    if goal is GoalKind.ANEW:
        return "Folders of the form CLASS/SOURCE with images of every other architecture that is to be learned."
    if rehearses:
        return (
            "Not needed for a quick training: the detector carries what it needs to keep what it knows. "
            "The standard and the paper training need them, as folders of the form CLASS/SOURCE."
        )
    return (
        "Needed: this detector carries nothing that it could rehearse from, and would forget what it knows. "
        "Choose a folder of the form CLASS/SOURCE."
    )


def test_data_reason(goal: GoalKind, *, rehearses: bool) -> str:
    """Why test images of one's own are asked for, and what is not known without them."""
    return f"{_TEST_DATA} {_WITHOUT_ANY if goal is GoalKind.ANEW else _WITHOUT[rehearses]}"


_TEST_DATA = (
    "Optional: a folder of the form CLASS/SOURCE that nothing is learned from; its class “unknown” holds generators "
    "that the detector is not to know."
)
_WITHOUT_ANY = "Without it, the test is a share of the images listed above; no image of the folders here is tested."
_WITHOUT = {
    True: "Without it, the test is a share of the new images, and what the detector remembers of its own test.",
    False: "Without it, only a share of the new images is tested: whether it forgot anything cannot be known then.",
}
