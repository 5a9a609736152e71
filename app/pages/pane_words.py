"""What a pane of Examine says: which detectors can be chosen, what its map shows, and what is missing."""

from __future__ import annotations

from app.pages.examine_loading import Records
from app.widgets import map_words
from app.widgets.finding_words import Titles
from app.widgets.layer_stack import LayerStack
from app.widgets.pane import ShownMap
from app.widgets.sanity_words import stamp
from app.widgets.spectrum_view import TOP_DB
from app.wording import visible
from core.domain import DetectorReference, Finding
from core.examine import LayerKind, SpectrumPicture

Choices = tuple[tuple[object, str], ...]
NOT_SHOWN = "This image cannot be shown."
_PEAKS_NAMED = 3


def name(reference: DetectorReference) -> str:
    """A detector in a few words."""
    return visible(f"{reference.name} {reference.version}", longest=60)


def detectors(records: Records, chosen: str | None) -> tuple[Choices, object]:
    """The detectors a pane can be asked to show (digest and caption; None is that of the newest finding), and which."""
    newest = name(records.finding.detector) if chosen is None and records.finding is not None else ""
    first = (None, f"{newest} (newest finding)" if newest else "Newest finding")
    rest = tuple((known.reference.digest, name(known.reference)) for known in records.detectors)
    return (first, *rest), chosen


def not_shown(refusal: str) -> str:
    """Why there is no image, in one line; empty when there is one."""
    return f"{NOT_SHOWN} {refusal}" if refusal else ""


def no_map(records: Records | None, stack: LayerStack) -> str:
    """Why the legend has nothing to explain."""
    if records is None:
        return ""
    if records.hidden:
        return records.hidden
    if records.finding is None or not records.finding.scores:
        return map_words.NO_MAP
    if not stack.shows(LayerKind.HEAT_MAP):
        return map_words.MAP_OFF
    return map_words.NO_DETECTOR


def legend(shown: ShownMap, finding: Finding, titles: Titles, *, locked: bool) -> str:
    """What a heat map shows; `locked`: its colours stand for raw values."""
    mark = stamp(shown.sanity)
    words = map_words.legend(shown.heat_map, shown.merged, finding, titles, locked=locked)
    return f"{mark} (see Map check). {words}" if mark else words


def spectrum(picture: SpectrumPicture) -> str:
    """What a spectrum shows."""
    words = (
        "Log-spectrum of the noise residual; zero frequency is in the middle. Colours reach from the median to "
        f"{TOP_DB:.0f} dB over it, the same in every image. "
    )
    if not picture.peaks:
        return f"{words}No single frequency stands out."
    named = ", ".join(f"{x:+.3f} {y:+.3f} ({level:.0f} dB)" for x, y, level in picture.peaks[:_PEAKS_NAMED])
    return f"{words}Rings mark {len(picture.peaks)} peaks; the strongest, in cycles per pixel: {named}."


def note(records: Records, detector: str | None, stack: LayerStack) -> tuple[str, str]:
    """A sentence that concerns one pane, and the button that goes with it; both empty when all is well."""
    if records.hidden:
        return "", ""
    if records.finding is None and detector is not None:
        named = next((name(one.reference) for one in records.detectors if one.reference.digest == detector), "")
        asked = named or "This detector"
        return f"{asked} has not looked at this exhibit yet.", "" if records.read_only else "Analyse now"
    if records.orphaned and records.finding is not None:
        kept = "what it said is kept and shown" if not stack.shows(LayerKind.HEAT_MAP) else "no heat map can be made"
        words = f"The detector of this finding, {name(records.finding.detector)}, is not on this computer: {kept}."
        return words, "" if records.read_only or not records.detectors else "Analyse again"
    return "", ""
