"""How far an answer survives processing, in words: presets, units of the curves, a sentence for each curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain import Verdict
from core.examine import Robustness, RobustnessStep


@dataclass(frozen=True, slots=True)
class PresetWords:
    """A table of steps as the analyst chooses it."""

    name: str
    title: str
    meaning: str


PRESETS: tuple[PresetWords, ...] = (
    PresetWords(
        "standard",
        "Everyday handling (standard)",
        "What happens to an image on its way through the web: JPEG at 95, 85, 75 and 60; reduced to 75 and 50 %; 5, 10 "
        "and 20 % of the area cropped; blur; noise; screenshots; more or less light. The steps are the same for every "
        "image.",
    ),
    PresetWords(
        "yu2019",
        "Attacks of Yu et al. 2019",
        "JPEG between 10 and 75, a crop of 5 to 20 % of the sides sized back, blur with a kernel up to 9, noise of "
        "variance 5 to 20, each alone and drawn four times for this image. The paper's relighting needs another "
        "network; more or less light stands in for it.",
    ),
    PresetWords(
        "dnadet2021",
        "Attacks of DNA-Det 2021",
        "The ranges that the authors of the method ran: JPEG between 10 and 75, a crop of 5 to 20 % of the area "
        "anywhere and sized back, blur with a kernel up to 9, noise of variance 5 to 20, light up to 90 % up or down. "
        "Each alone, always applied, drawn four times for this image.",
    ),
)
NOT_KEPT = "The case is open read-only, so the robustness check is shown but not kept."

_AXES: Mapping[str, str] = {
    "JPEG": "quality",
    "Resize": "% of the size",
    "Crop": "% of the area cut off",
    "Blur": "sigma in px",
    "Noise": "variance",
    "Screenshot": "% on the screen",
    "Light": "stops",
}
_AXES_OF_PAPERS: Mapping[tuple[str, str], str] = {
    ("yu2019", "Crop"): "% of the sides cut off",
    ("yu2019", "Blur"): "kernel in px",
    ("dnadet2021", "Blur"): "kernel in px",
    ("dnadet2021", "Light"): "% of the range",
}


def axis(preset: str, curve: str) -> str:
    """What the levels of a curve are, for the caption of its axis."""
    return _AXES_OF_PAPERS.get((preset, curve)) or _AXES.get(curve, "")


def level_text(step: RobustnessStep) -> str:
    """A level as it stands on the axis; light says which way."""
    return f"{step.level:+g}".replace("-", "−") if step.curve == "Light" else f"{step.level:g}"


def curves_of(robustness: Robustness) -> tuple[str, ...]:
    """The curves in order."""
    return tuple(dict.fromkeys(step.curve for step in robustness.steps))


def steps_on(robustness: Robustness, curve: str) -> tuple[RobustnessStep, ...]:
    """The steps of one curve, from mild to strong."""
    return tuple(step for step in robustness.steps if step.curve == curve)


def holds(robustness: Robustness, step: RobustnessStep) -> bool:
    """Whether the answer is still the same after a step.

    *Attributed* must still be attributed to the same architecture, *unknown architecture* still be unknown.
    *Inconclusive* claims nothing; there the same class must be on top, whatever the verdict.
    """
    if step.verdict is Verdict.OUT_OF_SCOPE or robustness.verdict is Verdict.OUT_OF_SCOPE:
        return False
    if robustness.verdict is Verdict.UNKNOWN:
        return step.verdict is Verdict.UNKNOWN
    same = step.top == robustness.architecture
    return same if robustness.verdict is Verdict.INCONCLUSIVE else same and step.verdict is Verdict.ATTRIBUTED


def survived(robustness: Robustness) -> int:
    """How many steps the answer survives."""
    return sum(holds(robustness, step) for step in robustness.steps)


def survives(robustness: Robustness, curve: str, titles: Mapping[str, str] | None = None) -> str:
    """How far the answer survives along one curve, in a sentence or two; empty when there is no such curve.

    Args:
        robustness: the check.
        curve: one of `curves_of`.
        titles: class names as the analyst reads them.
    """
    steps, titles = steps_on(robustness, curve), titles or {}
    if not steps:
        return ""
    what = _answer(robustness, titles)
    lost = next((place for place, step in enumerate(steps) if not holds(robustness, step)), None)
    if lost is None:
        return f"{what} survives every step, the last being {steps[-1].text}."
    then = _becomes(robustness, steps[lost], titles)
    again = [step.text for step in steps[lost:] if holds(robustness, step)]
    later = f" It is there again with {', '.join(again)}." if again else ""
    if lost == 0:
        return f"{what} does not survive {steps[0].text}: {then}.{later}"
    return f"{what} survives as far as {steps[lost - 1].text}; with {steps[lost].text}, {then}.{later}"


def _answer(robustness: Robustness, titles: Mapping[str, str]) -> str:
    title = titles.get(robustness.architecture) or robustness.architecture
    if robustness.verdict is Verdict.UNKNOWN:
        return "The verdict unknown architecture"
    return f"The attribution to {title}" if robustness.verdict is Verdict.ATTRIBUTED else f"The top class {title}"


def _becomes(robustness: Robustness, step: RobustnessStep, titles: Mapping[str, str]) -> str:
    top = titles.get(step.top or "") or step.top or "another class"
    if step.verdict is Verdict.OUT_OF_SCOPE:
        return "the detector cannot judge the image"
    if robustness.verdict is Verdict.INCONCLUSIVE:
        return f"{top} is on top"
    if step.verdict is Verdict.ATTRIBUTED:
        return f"it is attributed to {top}"
    return "it becomes inconclusive" if step.verdict is Verdict.INCONCLUSIVE else "it becomes unknown architecture"
