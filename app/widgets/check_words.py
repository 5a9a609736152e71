"""What the checks found, in words, and how a finding was settled."""

from __future__ import annotations

from collections.abc import Sequence

from app.wording import counted, visible
from core.retraining import CheckFinding, CheckKind, Draft, Severity, WayOut

SEVERITIES = {
    Severity.STOP: "Must be dealt with",
    Severity.WARNING: "Needs your decision",
    Severity.NOTE: "To know",
}
SETTLED = "Settled"
TITLES = {
    CheckKind.UNREADABLE: "Files that cannot be read",
    CheckKind.EXACT_DUPLICATE: "The same file more than once",
    CheckKind.NEAR_DUPLICATE: "Nearly the same picture",
    CheckKind.TWO_CLASSES: "One image in two classes",
    CheckKind.TEST_OVERLAP: "Also among the test images",
    CheckKind.LEARNED_BEFORE: "Learned before under another name",
    CheckKind.FEW_IMAGES: "Few images",
    CheckKind.FEW_SOURCES: "One source only",
    CheckKind.FORMAT_IS_LABEL: "The file format gives the class away",
    CheckKind.CONTENT_IS_LABEL: "What is shown gives the class away",
    CheckKind.RESOLUTION_MIX: "Sizes differ between the classes",
    CheckKind.SUSPECT_LABEL: "Perhaps in the wrong class",
    CheckKind.CLAIMED_OTHERWISE: "Files that name another generator",
    CheckKind.OUT_OF_SCOPE: "Images that the detector cannot judge",
}
_COMMON = "All classes are resized and re-compressed alike in training."


def ordered(findings: Sequence[CheckFinding]) -> tuple[CheckFinding, ...]:
    """What must be dealt with first, notes last."""
    return tuple(sorted(findings, key=lambda finding: list(Severity).index(finding.severity)))


def settled(finding: CheckFinding, draft: Draft) -> str:
    """How a finding was settled in a draft, in one sentence; "" while it is open."""
    if finding.key in draft.accepted:
        return f"You go on: “{visible(draft.accepted[finding.key], longest=200)}”"
    if WayOut.COMMON_PROCESSING in finding.ways and draft.common_processing:
        return _COMMON
    units: Sequence[tuple[str, ...]] = finding.pairs or tuple((one,) for one in finding.images)
    if not units or not all(any(_treated(one, draft) for one in unit) for unit in units):
        return ""
    return treated_text(finding, draft)


def carried(before: Sequence[CheckFinding], now: Sequence[CheckFinding], draft: Draft) -> dict[str, str]:
    """What a draft accepts once images were left out: a reason that was given for more images holds for fewer."""
    accepted = dict(draft.accepted)
    for old in before:
        for new in now:
            fewer = bool(new.images) and {*new.images} < {*old.images}
            if fewer and (old.kind, old.labels) == (new.kind, new.labels) and old.key in accepted:
                accepted[new.key] = accepted.pop(old.key)
    return accepted


def treated_text(finding: CheckFinding, draft: Draft) -> str:
    """How many images of a finding are left out or moved, in one sentence; "" for none."""
    images = {*finding.images, *(one for pair in finding.pairs for one in pair)}
    out = sum(one in draft.left_out for one in images)
    moved = sum(one in draft.moved and one not in draft.left_out for one in images)
    parts = [f"{counted(out, 'image is', 'images are')} left out"] if out else []
    parts += [f"{counted(moved, 'image is', 'images are')} moved to another class"] if moved else []
    return f"{' and '.join(parts)}." if parts else ""


def waits_for(finding: CheckFinding, draft: Draft) -> bool:
    """Whether nothing can be trained before this finding is settled."""
    return finding.severity is not Severity.NOTE and not settled(finding, draft)


def summary(findings: Sequence[CheckFinding], draft: Draft) -> str:
    """What is still to be done, in one sentence."""
    if not findings:
        return "The checks found nothing to object to."
    stops, warnings = (
        sum(one.severity is severity and waits_for(one, draft) for one in findings)
        for severity in (Severity.STOP, Severity.WARNING)
    )
    found = f"The checks found {counted(len(findings), 'thing', 'things')}."
    if not stops and not warnings:
        return f"{found} Nothing stands in the way."
    parts = [f"{stops:,} must be dealt with"] if stops else []
    parts += [f"{warnings:,} {'needs' if warnings == 1 else 'need'} your decision"] if warnings else []
    return f"{found} {' and '.join(parts)}."


def way_text(way: WayOut, finding: CheckFinding, count: int) -> str:
    """A way out as the caption of a button, for so many images."""
    named = {
        WayOut.LEAVE_OUT: f"Leave out {counted(count, 'image', 'images')}",
        WayOut.MOVE: f"Move {counted(count, 'image', 'images')}{_target(finding)}",
        WayOut.COMMON_PROCESSING: "Resize and re-compress all classes alike",
        WayOut.GO_ON: "Go on, with a reason…",
        WayOut.ADD_IMAGES: "Add images…",
    }
    return named[way]


def reason_of(finding: CheckFinding) -> str:
    """Why an image was left out, as the draft and the card keep it."""
    return finding.kind.value


def _target(finding: CheckFinding) -> str:
    targets = set(finding.suggested.values())
    return f" to “{visible(next(iter(targets)), longest=40)}”" if len(targets) == 1 else " to the class each looks like"


def _treated(one: str, draft: Draft) -> bool:
    return one in draft.left_out or one in draft.moved
