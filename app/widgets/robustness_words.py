"""A robustness check in words, and the points that its small plots show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.wording import class_title, score_text, verdict_text
from core.domain import Verdict
from core.examine import Robustness, RobustnessStep
from core.survival import PRESETS, axis, level_text, steps_on, survived

Titles = Mapping[str, str]
UNTOUCHED = "as is"
MEANING = (
    "An answer that a little processing turns into another one should not be leaned on. An answer that survives is not "
    "right by that: the detector may be wrong in the same way each time."
)
NOTHING = "Not checked yet. A check lets the detector read the image again after each of about twenty processings."
BUTTON = "Process the image in these ways, each by itself, and let the detector read it again"
# Where the untouched image stands on a curve whose levels lie on both sides of it.
_MIDDLES = {"Light": 0.0, "Screenshot": 100.0}


@dataclass(frozen=True, slots=True)
class Point:
    """One mark of a plot.

    Attributes:
        label: under the plot.
        score: of the architecture that the untouched image was given, 0-1.
        verdict: what the detector says.
        other: whether another class than the untouched image's is on top.
        words: everything about it, for the tooltip.
    """

    label: str
    score: float
    verdict: Verdict
    other: bool
    words: str


def points(robustness: Robustness, curve: str, titles: Titles) -> tuple[Point, ...]:
    """The marks of one curve from left to right, the untouched image among them."""
    steps = steps_on(robustness, curve)
    first = Point(
        UNTOUCHED,
        robustness.score,
        robustness.verdict,
        False,
        f"The image as it is: {verdict_text(robustness.verdict)}, score {score_text(robustness.score)}.",
    )
    if curve not in _MIDDLES:
        return first, *(_point(robustness, step, titles) for step in steps)
    middle, ordered = _MIDDLES[curve], sorted(steps, key=lambda step: step.level)
    below = [_point(robustness, step, titles) for step in ordered if step.level < middle]
    above = [_point(robustness, step, titles) for step in ordered if step.level >= middle]
    return (*below, first, *above)


def summary(robustness: Robustness, titles: Titles) -> str:
    """How many steps the answer survives."""
    count, of = survived(robustness), len(robustness.steps)
    name = class_title(robustness.architecture, titles)
    what = {
        Verdict.ATTRIBUTED: f"Attributed to {name}",
        Verdict.INCONCLUSIVE: f"Inconclusive, with {name} on top",
    }.get(robustness.verdict, verdict_text(robustness.verdict))
    return f"{what}: the same after {count} of {of} steps."


def details(robustness: Robustness) -> str:
    """With what it was made."""
    detector = robustness.detector
    drawn = "" if robustness.preset == "standard" else f" · seed {robustness.seed}"
    made = robustness.made_at.astimezone()
    return f"{detector.name} {detector.version} · {robustness.device} · {made:%Y-%m-%d %H:%M}{drawn}"


def meaning(preset: str) -> str:
    """What a preset does."""
    return next((words.meaning for words in PRESETS if words.name == preset), "")


def unit(robustness: Robustness, curve: str) -> str:
    """What the numbers under a curve are."""
    return axis(robustness.preset, curve)


def top_text(step: RobustnessStep, titles: Titles) -> str:
    """The class on top after a step, with its score."""
    return "–" if step.top is None else f"{class_title(step.top, titles)} {score_text(step.top_score)}"


def step_short(step: RobustnessStep) -> str:
    """A step where there is little room."""
    return f"{step.curve} {level_text(step)}"


def top_short(step: RobustnessStep, titles: Titles) -> str:
    """The class on top after a step."""
    return "–" if step.top is None else class_title(step.top, titles)


def step_text(step: RobustnessStep) -> str:
    """A step as it begins a line."""
    return step.text[:1].upper() + step.text[1:]


def _point(robustness: Robustness, step: RobustnessStep, titles: Titles) -> Point:
    if step.verdict is Verdict.OUT_OF_SCOPE:
        words = f"{step_text(step)}: out of scope, the detector cannot judge the image."
        return Point(level_text(step), 0.0, step.verdict, False, words)
    name = class_title(robustness.architecture, titles)
    other = step.top != robustness.architecture
    on_top = f" On top: {top_text(step, titles)}." if other else ""
    words = f"{step_text(step)}: {verdict_text(step.verdict)}, score of {name} {score_text(step.score)}.{on_top}"
    return Point(level_text(step), step.score, step.verdict, other, words)
