"""What the legend of a heat map says."""

from __future__ import annotations

from collections.abc import Mapping

from app.widgets.finding_words import Titles
from app.widgets.heat_map_layer import MergedMap
from app.wording import class_title
from core.domain import Finding
from core.examine import HeatMap, MapMethod, MapScore

MAP_OFF = "Off. Switched on, it colours the places of the image that spoke for a class."
NO_DETECTOR = "There is no heat map: the detector that made this finding is not on this computer."
NO_MAP = "There is no heat map of this exhibit, because no class has a score."


def legend(heat_map: HeatMap, merged: MergedMap, finding: Finding, titles: Titles, *, locked: bool = False) -> str:
    """The legend: what was asked, what 1 means, and where the detector looked.

    `locked`: the colours stand for raw values, so that 1 means nothing.
    """
    title = class_title(heat_map.target, titles)
    other = _other_detector(heat_map, finding)
    if not heat_map.informative or merged.strongest is None:
        nothing = f"no place of the image spoke for {title}, so there is nothing to colour."
        return f"{other}Layer {heat_map.layer}{_how(heat_map)}: {nothing}{_second_voice(finding)}"
    x, y = merged.strongest
    strongest = "Strongest" if locked else "1 is the strongest place,"
    return (
        f"{other}Layer {heat_map.layer} for {title}{_how(heat_map)}. {strongest} near pixel {x}, {y} "
        f"(raw {heat_map.peak:.3g}). {_coverage(merged)}{_second_voice(finding)}"
    )


def _how(heat_map: HeatMap) -> str:
    """How it was asked, where that is not the usual way."""
    parts = [heat_map.method.value] if heat_map.method is not MapMethod.GRAD_CAM else []
    parts += ["of the score"] if heat_map.score is MapScore.PROBABILITY else []
    return f" ({', '.join(parts)})" if parts else ""


def _coverage(merged: MergedMap) -> str:
    if merged.coverage > 0.995:
        return "The whole image was looked at."
    unseen = (1 - merged.coverage) * 100
    percent = f"{unseen:.0f}" if 1 <= unseen <= 99 else "over 99" if unseen > 99 else "under 1"
    return f"Uncoloured outside the dotted lines: {percent} % was not looked at."


def _second_voice(finding: Finding) -> str:
    if "spectrum" not in finding.conditions.get("voices", ()):
        return ""
    return " The map shows the network alone; the scores also rest on the image's spectrum."


def _other_detector(heat_map: HeatMap, finding: Finding) -> str:
    if heat_map.detector.digest == finding.detector.digest:
        return ""
    return "Made by another detector than the finding! "


def scale(maps: Mapping[str, HeatMap], top: float | None) -> str:
    """What the locked scale means for the maps of several panes (letter → map); empty when each has its own."""
    if top is None:
        return ""
    largest = next((letter for letter, heat_map in maps.items() if heat_map.peak == top), "")
    where = f" (pane {largest})" if len(maps) > 1 else ""
    kinds = {(heat_map.layer, heat_map.method, heat_map.score, heat_map.detector.digest) for heat_map in maps.values()}
    unlike = " The maps differ in layer, method, number or detector: their raw values are not of one kind."
    return f"One scale: the last colour is raw {top:.3g}, the largest peak{where}.{unlike if len(kinds) > 1 else ''} "
