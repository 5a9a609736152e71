"""What finishing a retraining writes on a detector's card: texts, the test, how it came about, and its limits."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.retraining import Draft, GateAnswer, Split, TrainingImage

PART = "retraining"  # of the card
MEASURED_ON = "frozen test images of the retraining"
LEAST_REASON = 20  # letters of a reason for overruling the gate
# Field of `CardWishes`, what it is called in a sentence, most letters, whether it may have several lines.
_TEXTS = (
    ("name", "name", 80, False),
    ("version", "version", 20, False),
    ("title", "title", 120, False),
    ("summary", "summary", 1000, True),
    ("notes", "notes", 4000, True),
    ("trained_by", "name of who trained it", 120, False),
)
_LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Making:
    """What is known of a retraining when it is finished.

    Attributes:
        result: as `TrainingResults.measure` gives it.
        split: None where nothing was split (a calibration).
        answers_digest: of the parent, "" where it is not known.
        examiner: who is at work, where the draft does not say who trained.
    """

    draft: Draft
    result: Mapping[str, Any]
    gate: GateAnswer
    split: Split | None = None
    answers_digest: str = ""
    examiner: str = ""


def retrained_card(card: Mapping[str, Any], making: Making) -> dict[str, Any]:
    """The card of a detector that a retraining made, finished; finishing it again replaces what was written before.

    Args:
        card: as training left it, or as an earlier finishing did.
        making: what is known of the retraining.

    Raises:
        BadInput: a text is missing, too long or no plain text; the detector was not measured yet.
    """
    draft = making.draft
    texts = checked_texts(card, draft)
    before = card.get(PART) or {}
    added = list(dict.fromkeys(_limits(making)))
    kept = [limit for limit in card.get("limits") or () if limit not in (before.get("limits") or ())]
    rows = [row for row in card["measured"] if row.get("set") != MEASURED_ON]
    return {
        **card,
        **{name: text for name, text in texts.items() if name != "trained_by"},
        "limits": [*kept, *(limit for limit in added if limit not in kept)],
        "measured": [*rows, _measured(making)],
        PART: {**_made(making), "trained_by": texts["trained_by"] or making.examiner, "limits": added},
    }


def checked_texts(card: Mapping[str, Any], draft: Draft) -> dict[str, str]:
    """The analyst's texts by their names on the card; name and version fall back on what the card says."""
    texts = {
        name: _checked(str(getattr(draft.card, name)), what, longest, several_lines=several)
        for name, what, longest, several in _TEXTS
    }
    texts["name"] = texts["name"] or str(card.get("name") or "")
    texts["title"] = texts["title"] or str(card.get("title") or texts["name"])
    texts["summary"] = texts["summary"] or str(card.get("summary") or "")
    if not texts["name"] or not texts["version"]:
        raise BadInput("A detector needs a name and a version. Write both on its card.")
    return texts


def override_of(draft: Draft, gate: GateAnswer) -> str:
    """The reason for overruling the gate; "" where it was passed.

    Raises:
        BadInput: a reason was written that is too short or too long.
    """
    reason = draft.override.strip()
    if gate.passed or not reason:
        return ""
    if not is_reason(reason):
        raise BadInput(f"The reason for overruling the gate needs at least {LEAST_REASON} letters. Write it out.")
    return _checked(reason, "reason for overruling the gate", _LONGEST_REASON, several_lines=True)


def is_reason(text: str) -> bool:
    """Whether a reason for overruling the gate is long enough to be one; blanks and dots say nothing."""
    return sum(letter.isalnum() for letter in text) >= LEAST_REASON


def _checked(text: str, what: str, longest: int, *, several_lines: bool) -> str:
    text = text.strip()
    if len(text) > longest:
        raise BadInput(f"The {what} has {len(text):,} letters; at most {longest:,} are kept. Shorten it.")
    if not all(letter.isprintable() or (several_lines and letter in "\n\t") for letter in text):
        raise BadInput(f"The {what} holds signs that cannot be printed. Take them out.")
    return text


def _made(making: Making) -> dict[str, Any]:
    draft, gate, parent = making.draft, making.gate, making.draft.parent
    images = making.split.images if making.split else ()
    return {
        "draft": draft.id,
        "date": datetime.now(UTC).date().isoformat(),
        "goal": draft.goal.value,
        "effort": draft.effort.value,
        "added": list(draft.added),
        "parent": {**asdict(parent), "answers_digest": making.answers_digest} if parent else None,
        "groups": [
            {"label": group.label, "source": group.source, "images": len(found), "origin": group.origin}
            for group, found in ((group, _within(images, group.folder)) for group in draft.groups)
        ],
        "split_digest": draft.split_digest,
        "known_data": [_summed(_within(images, folder)) for folder in draft.known_data],
        "accepted": dict(draft.accepted),
        "left_out": dict(Counter(draft.left_out.values())),
        "moved": dict(Counter(draft.moved.values())),
        "common_processing": draft.common_processing,
        "gate": asdict(gate),
        "override": override_of(draft, gate),
    }


def _within(images: Sequence[TrainingImage], folder: Path) -> list[TrainingImage]:
    place = folder.absolute()
    return [image for image in images if image.path.absolute().is_relative_to(place)]


def _summed(images: Iterable[TrainingImage]) -> dict[str, Any]:
    rows = sorted(f"{image.label}\t{image.source}\t{image.sha256}\n" for image in images)
    return {"images": len(rows), "digest": hashlib.sha256("".join(rows).encode()).hexdigest()}


def _measured(making: Making) -> dict[str, Any]:
    figures, tested = making.result.get("new"), making.result.get("set") or {}
    if not isinstance(figures, Mapping) or not figures.get("n"):
        raise BadInput("The new detector was not measured on the frozen test images yet. Look at its result first.")
    kept = {name: value for name, value in figures.items() if name != "detector"}
    words = {"remark" if tested.get("from_features") else "about": tested["words"]} if tested.get("words") else {}
    own = {"set": MEASURED_ON, "date": datetime.now(UTC).date().isoformat(), "test_digest": tested.get("digest", "")}
    return {**kept, **own, **words, "split_digest": making.draft.split_digest}


def _limits(making: Making) -> Iterator[str]:
    """What a reader must know who sees the card only."""
    draft, gate = making.draft, making.gate
    yield from making.split.unknowable if making.split else ()
    unmet = [line.asks for line in gate.lines if not line.met]
    if not gate.passed:
        reason = override_of(draft, gate)
        overruled = f" It was overruled. Reason: {reason}" if reason else ""
        yield f"It did not pass its gate ({len(unmet)} of {len(gate.lines)} demands not met).{overruled}"
    for check, reason in draft.accepted.items():
        yield f"It was trained although a check warned ({check}). Reason: {reason}"
