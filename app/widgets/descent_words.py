"""How a detector was made from another one: what was added, and the gate, in words for the window and the terminal."""

from __future__ import annotations

from app.widgets.card_fields import Card, counted, number, part, rows, text, texts

Pairs = tuple[tuple[str, str], ...]
FIXED = frozenset({"Parent's SHA-256", "Digest of the split"})  # captions of texts whose letters are compared


def descent_facts(made: Card) -> Pairs:
    """What is known of a retraining, as captions and texts; what is not known is left out."""
    parent = part(made, "parent")
    facts = (
        ("Goal", text(made, "goal")),
        ("Parent", f"{text(parent, 'name')} {text(parent, 'version')}".strip()),
        ("Parent's SHA-256", text(parent, "digest")),
        ("Classes added", ", ".join(texts(made, "added"))),
        ("New images", "\n".join(filter(None, (_group(row) for row in rows(made, "groups"))))),
        ("Images left out", _counts(made, "left_out")),
        ("Moved to another class", _counts(made, "moved")),
        ("Resized and re-compressed alike", "yes" if made.get("common_processing") is True else ""),
        ("Trained by", text(made, "trained_by")),
        ("Date", text(made, "date")),
        ("Digest of the split", text(made, "split_digest")),
    )
    return tuple(fact for fact in facts if fact[1])


def accepted_lines(made: Card) -> tuple[str, ...]:
    """Each warning that somebody went on in spite of, with the reason."""
    return tuple(f"{check}. Reason: {reason}" for check, reason in part(made, "accepted").items())


def gate_sentence(made: Card) -> str:
    """Whether the gate was passed, and on which images; if it was overruled, why."""
    gate, override = part(made, "gate"), text(made, "override")
    if gate.get("passed") not in (True, False):
        return "The card does not say that a gate was asked."
    on = f" Test images: {text(gate, 'set')}" if text(gate, "set") else ""
    if gate["passed"] is True:
        return f"Passed: every demand was met.{on}"
    overruled = f" It was overruled. Reason: {override}" if override else ""
    return f"Not passed.{overruled}{on}"


def gate_lines(made: Card) -> tuple[str, ...]:
    """Each demand of the gate, what was found, and whether it was met."""
    lines = rows(part(made, "gate"), "lines")
    return tuple(f"{_met(line)}: {text(line, 'asks')} – {text(line, 'found')}" for line in lines)


def _met(line: Card) -> str:
    met = line.get("met")
    return ("Met" if met else "Not met") if isinstance(met, bool) else "Not known, which counts as not met"


def _group(row: Card) -> str:
    images = counted(row, "images")
    words = f"{text(row, 'label')}/{text(row, 'source')}{f': {images} images' if images else ''}"
    return f"{words} ({text(row, 'origin')})" if text(row, "origin") else words


def _counts(made: Card, key: str) -> str:
    """How many images, each count with its reason or class; a bare number as it is."""
    if number(made, key):
        return counted(made, key)
    given = part(made, key)
    return "\n".join(f"{counted(given, why)}: {why}" for why in given if number(given, why))
