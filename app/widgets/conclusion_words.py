"""Propositions, weights and conclusions in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.widgets.plain_text import visible_lines
from app.wording import visible
from core.reporting import Conclusion, Outcome, Propositions, Role, Weighing, standing

LONGEST = 20_000
HIDDEN = (
    "This case is examined blind. What the findings weigh, and what others conclude, appears when your own view is "
    "written down."
)
WRITE_FIRST = "Write the propositions now: then they count as written before the answer was seen."
NOT_PROBABLE = (
    "A likelihood ratio weighs the findings, not the propositions: it says how much more probable they are under one "
    "than under the other. It never exceeds the ceiling that the detector's validation permits."
)
CHOICES = {
    Outcome.SUPPORTS_FIRST: "Supports the first proposition",
    Outcome.SUPPORTS_SECOND: "Supports the second proposition",
    Outcome.NEITHER: "Supports neither proposition",
    Outcome.INCONCLUSIVE: "Inconclusive",
    Outcome.UNKNOWN: "Unknown architecture",
    Outcome.OUT_OF_SCOPE: "Out of scope",
}
_ROLES = {Role.EXAMINER: "examiner", Role.SECOND: "second examiner"}
_SIDES = {True: "agrees with the first", False: "disagrees with the first", None: ""}
_ABOUT_PROPOSITIONS = (Outcome.SUPPORTS_FIRST, Outcome.SUPPORTS_SECOND, Outcome.NEITHER)


def propositions_circumstances(made: Propositions) -> str:
    """Who wrote propositions when, and whether before the answer."""
    when = "before the answer was seen" if made.before_answer else "when the answer could be seen"
    return f"{visible(made.made_by, longest=80)} · {made.made_at:%Y-%m-%d %H:%M} UTC · written {when}"


def propositions_text(made: Propositions, title: str) -> str:
    """The two propositions, what the second speaks of, what was known, and what weighs them; `title` of the class."""
    lines = [
        f"First: {visible(made.first)}",
        f"Second: {visible(made.second)}",
        f"Relevant set: {visible_lines(made.population, longest=LONGEST)}" if made.population else "",
        f"Known besides: {visible_lines(made.background, longest=LONGEST)}" if made.background else "",
        f"Weighed by the likelihood ratio for {visible(title, longest=80)}" if made.architecture else "",
    ]
    return "\n".join(filter(None, lines))


def weight_figures(weighing: Weighing) -> str:
    """The ratio in figures with its ceiling, and what it is against; empty where there is none."""
    ratio = weighing.ratio
    if ratio is None:
        return ""
    at = (
        "at its ceiling"
        if ratio.value >= ratio.ceiling
        else f"this detector's validation permits at most {ratio.ceiling:.3g}"
    )
    return (
        f"Likelihood ratio {ratio.value:.3g}, 95 % interval {ratio.low:.3g} to {ratio.high:.3g}; {at}.\n"
        f"Against: {visible(ratio.against).rstrip('.')}."
    )


def conclusion_headline(one: Conclusion, every: Sequence[Conclusion]) -> str:
    """Who concludes what, and whether that still stands."""
    changed = " (changed since)" if is_changed(one, every) else ""
    return f"{visible(one.author, longest=80)}: {CHOICES[one.outcome].lower()}{changed}"


def is_changed(one: Conclusion, every: Sequence[Conclusion]) -> bool:
    """Whether its author concluded anew since."""
    return one not in standing(every)


def conclusion_circumstances(one: Conclusion, every: Sequence[Conclusion], current: Propositions | None) -> str:
    """In which role, when, on which side, and what came after it."""
    parts = [
        _ROLES[one.role],
        f"{one.made_at:%Y-%m-%d %H:%M} UTC",
        _SIDES[one.agrees],
        one.phrase and f"{visible(one.phrase, longest=80)} ({visible(one.scale, longest=80)})",
        "about earlier propositions" if _is_about_others(one, current) else "",
        "the first examiner concluded anew since" if _is_overtaken(one, every) else "",
    ]
    return " · ".join(filter(None, parts))


def conclusion_text(one: Conclusion) -> str:
    """The opinion and its limitations, over several lines and harmless."""
    opinion = visible_lines(one.opinion, longest=LONGEST)
    return f"{opinion}\nLimitations: {visible_lines(one.limitations, longest=LONGEST)}" if one.limitations else opinion


def second_words(first: Conclusion | None, examiner: str) -> str:
    """In which role somebody writes."""
    name = visible(examiner, longest=80)
    if first is None:
        return f"You write as {name}."
    return f"You write as {name}, the second examiner; the first is {visible(first.author, longest=80)}."


def _is_about_others(one: Conclusion, current: Propositions | None) -> bool:
    return one.outcome in _ABOUT_PROPOSITIONS and current is not None and one.propositions_id != current.id


def _is_overtaken(one: Conclusion, every: Sequence[Conclusion]) -> bool:
    later = [other for other in every if other.role is Role.EXAMINER and (other.id or 0) > (one.id or 0)]
    return one.role is Role.SECOND and bool(later)
