"""What the light on the Case page says about the evidence, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.wording import counted, exhibits_text
from core.custody import EvidenceStanding

_MEANING = (
    "Every exhibit's bytes are hashed and compared with the SHA-256 they were taken in with. "
    "This happens after a case was opened, before a report, and whenever you ask for it."
)


@dataclass(frozen=True, slots=True)
class Light:
    """How the light stands: its kind of notice ("done", "problem", "offer" or "note"), its words, and a tooltip."""

    kind: str
    text: str
    tip: str = _MEANING


def light(standing: EvidenceStanding | None, now: datetime) -> Light:
    """The light for what is known of the evidence.

    Args:
        standing: None while it is not known yet.
        now: an aware time; its time zone is the one that times are told in.
    """
    if standing is None:
        return Light("note", "…")
    if standing.problems:
        return _broken(standing, now)
    if not standing.exhibits:
        return Light("note", "No evidence yet")
    if standing.whole is None:
        return Light("offer", "Not verified since intake")
    at = standing.whole.at.astimezone(now.tzinfo)
    if at.date() != now.date():
        return Light("offer", f"Not verified since {at:%Y-%m-%d %H:%M}")
    words = f"{standing.whole.intact:,} of {standing.exhibits:,} verified {at:%H:%M}"
    later = standing.exhibits - standing.whole.exhibits
    return Light("done", f"{words}, {later:,} taken in since" if later > 0 else words)


def _broken(standing: EvidenceStanding, now: datetime) -> Light:
    count = len(standing.problems)
    rest = "is not what it was" if count == 1 else "are not what they were"
    at = standing.reported_at.astimezone(now.tzinfo) if standing.reported_at is not None else None
    when = "" if at is None else f" ({at:%H:%M})" if at.date() == now.date() else f" ({at:%Y-%m-%d %H:%M})"
    return Light("problem", f"{count:,} of {standing.exhibits:,} {rest}{when}")


def problems_lead(standing: EvidenceStanding) -> str:
    """What stands above the list of problems."""
    count = counted(len(standing.problems), "evidence file is", "evidence files are")
    return f"{count} not what was taken in, of {exhibits_text(standing.exhibits)}. Such files are not analysed."
