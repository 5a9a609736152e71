"""The line of descent of a detector: what it was trained from, as far as cards and the files at hand can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.descent import Ancestor
from core.domain import DetectorSummary
from core.errors import CoreError
from core.services.card_signature import signature_of

if TYPE_CHECKING:
    from core.services.detectors import Detectors

Part = Mapping[str, Any]
_LONGEST = 100  # generations; a card says more only when somebody made it up
_TRAINED = (
    "date", "images", "held_out_images", "steps", "device", "data_digest", "recipe_digest", "held_out_recall",
)  # fmt: skip
_RETRAINED = ("goal", "added", "trained_by", "gate", "override", "split_digest")


def lineage_at_hand(detector: DetectorSummary, detectors: Detectors) -> tuple[Ancestor, ...]:
    """`lineage` of a detector, with the detectors that ship and the installed ones at hand."""
    return lineage(detector, [one for one in detectors.all() if not one.problem])


def lineage(detector: DetectorSummary, at_hand: Sequence[DetectorSummary] = ()) -> tuple[Ancestor, ...]:
    """The detector and what it descends from, youngest first.

    A card names the digests of all its ancestors, and carries what each of them was trained on. What else an ancestor
    says of itself (its gate, who trained it) is known where its file is at hand.

    Args:
        detector: the youngest.
        at_hand: detectors whose files are on this computer.
    """
    known = {one.reference.digest: one for one in at_hand if one.reference.digest}
    by_answers = {one.answers_digest: one for one in at_hand if one.answers_digest}
    line = [_of_file(detector)]
    child: DetectorSummary | None = detector
    for digest, trained, taken_over in _generations(detector.card):
        answers = _text(_part(_part(child.card, "retraining"), "parent"), "answers_digest") if child else ""
        child = known.get(digest) or by_answers.get(answers)
        line.append(_of_file(child) if child else _of_card(digest, trained, taken_over))
    return tuple(line)


def _generations(card: Part) -> Iterator[tuple[str, Part, Part]]:
    """Digest, training and "taken over" note of each ancestor, the parent first."""
    digests = card.get("lineage")
    digests = [str(one) for one in digests] if isinstance(digests, list | tuple) else []
    trained = _part(card, "trained")
    for place in range(_LONGEST):
        parent, note = _part(trained, "parent"), _part(trained, "taken_over")
        if place >= len(digests) and not parent and not note:
            return
        yield digests[place] if place < len(digests) else "", parent, note
        trained = parent


def _of_file(detector: DetectorSummary) -> Ancestor:
    reference, card = detector.reference, detector.card
    facts = {**_facts(_part(card, "trained")), **_retrained(card), "signature": _signature(detector)}
    return Ancestor(
        reference.name, reference.version, reference.digest, detector.classes, Path(detector.path).is_file(), facts
    )


def _of_card(digest: str, trained: Part, note: Part) -> Ancestor:
    """An ancestor whose file is not here, by what its descendant says of it."""
    name, _, version = _text(note, "from").rpartition(" ")
    kind = {"kind": _text(note, "kind")} if note.get("kind") else {}
    return Ancestor(name or "not named", version, digest, _learned(trained), False, {**_facts(trained), **kind})


def _facts(trained: Part) -> dict[str, Any]:
    facts = {key: trained[key] for key in _TRAINED if isinstance(trained.get(key), str | int | float)}
    sources = _sources(trained)
    return {**facts, "sources": len(sources)} if sources else facts


def _retrained(card: Part) -> dict[str, Any]:
    part = _part(card, "retraining")
    facts = {key: part[key] for key in _RETRAINED if part.get(key) not in (None, "")}
    if "gate" in facts:
        facts["gate"] = _part(part, "gate").get("passed")
    return facts


def _signature(detector: DetectorSummary) -> str:
    """What the signature on the card is worth, in a sentence."""
    try:
        return signature_of(Path(detector.path)).sentence
    except CoreError as error:
        return str(error)


def _learned(trained: Part) -> tuple[str, ...]:
    """The classes it learned, by the sources it learned from."""
    return tuple(sorted({source.split("/")[0] for source in _sources(trained)}))


def _sources(trained: Part) -> list[str]:
    sources = trained.get("sources")
    return [one for one in sources if isinstance(one, str)] if isinstance(sources, list | tuple) else []


def _part(whole: Part, key: str) -> Part:
    value = whole.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(whole: Part, key: str) -> str:
    value = whole.get(key)
    return value if isinstance(value, str) else ""
