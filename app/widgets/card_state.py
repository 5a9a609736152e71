"""How far a new detector is on its way to use, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CardState:
    """What decides what can be done with a new detector.

    Attributes:
        used_at: when it was put to use.
        written: whether its card was written.
        stale: whether something on the page was changed since.
        allowed: whether the gate was passed, or overruled with a reason.
        signature: what its signature is worth, in a sentence.
        busy: what is being done, "" when nothing is.
        problem: why the last wish failed.
    """

    used_at: datetime | None = None
    written: bool = False
    stale: bool = False
    allowed: bool = False
    signature: str = ""
    busy: str = ""
    problem: str = ""

    @property
    def can_write(self) -> bool:
        """Whether the card may be written (again)."""
        return not self.busy and self.used_at is None

    @property
    def can_use(self) -> bool:
        """Whether the detector may be put to use as it is."""
        return self.can_write and self.written and not self.stale and self.allowed


def state_words(state: CardState) -> tuple[str, str, str]:
    """Headline, sentence and kind of a banner."""
    if state.busy:
        return state.busy, "", "note"
    if state.problem:
        return "That did not work", state.problem, "problem"
    if state.used_at is not None:
        kept = "New findings are made with it; findings that exist keep the detector they were made with."
        return f"In use since {state.used_at.astimezone():%Y-%m-%d %H:%M}", f"{kept} {state.signature}".strip(), "done"
    if not state.allowed:
        return "The gate was not passed", "Without a written reason on the page “Gate” it cannot be used.", "problem"
    return *_on_the_way(state), "note"


def _on_the_way(state: CardState) -> tuple[str, str]:
    if not state.written:
        return "Not written yet", "Fill in the card, then write and sign it. Nothing is in use before you say so."
    if state.stale:
        return "Changed since it was written", "Write the card again before the detector is put to use."
    return "Ready to be put to use", state.signature
