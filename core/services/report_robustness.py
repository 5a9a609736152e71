"""What a report says of a robustness check: how many steps, and for each series every step that loses the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.domain import Verdict
from core.examine import Robustness, RobustnessStep
from core.services import report_translated
from core.services.report_sentences import Sentences
from core.survival import curves_of, holds, steps_on, survived


def sentence_of(made: Robustness, titles: Mapping[str, str], say: Sentences) -> str:
    """How far the answer survives, in sentences.

    Args:
        made: the check.
        titles: of the classes, by name.
        say: the language of the report.
    """
    count = say("survives", kept=survived(made), steps=len(made.steps))
    return " ".join([count, *(_series(made, curve, titles, say) for curve in curves_of(made))])


def _series(made: Robustness, curve: str, titles: Mapping[str, str], say: Sentences) -> str:
    steps = steps_on(made, curve)
    named = {"series": say(f"series_{curve}") if curve in _SERIES else curve}
    lost = [f"{report_translated.step(one.text, say)} ({_becomes(one, titles, say)})" for one in _lost(made, steps)]
    if not lost:
        return say("series_holds", **named, last=report_translated.step(steps[-1].text, say))
    return say("series_none" if len(lost) == len(steps) else "series_lost", **named, steps="; ".join(lost))


def _lost(made: Robustness, steps: tuple[RobustnessStep, ...]) -> Iterator[RobustnessStep]:
    return (step for step in steps if not holds(made, step))


def _becomes(step: RobustnessStep, titles: Mapping[str, str], say: Sentences) -> str:
    title = titles.get(step.top or "") or step.top or ""
    key = {
        Verdict.OUT_OF_SCOPE: "becomes_out",
        Verdict.ATTRIBUTED: "becomes_attributed",
        Verdict.INCONCLUSIVE: "becomes_inconclusive",
    }.get(step.verdict, "becomes_unknown")
    return say(key, title=title)


_SERIES = frozenset({"JPEG", "Resize", "Crop", "Blur", "Noise", "Screenshot", "Light"})
