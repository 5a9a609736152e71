"""The checks of a heat map in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.widgets.finding_words import MAP_WARNING
from app.widgets.text_sheet import Block, Bullets, Facts, Heading, Paragraph
from app.wording import class_title
from core.examine import MapSanity

Titles = Mapping[str, str]
INFORMATIVE, NOT_INFORMATIVE = "Informative", "Not informative"
NOTHING = (
    "Not checked yet. A check compares the map with maps of random weights and of other methods, and looks whether "
    "its strongest places carry the score."
)
BUTTON = "Check whether this heat map depends on what the detector learned; takes some seconds"
PASSED = (
    "The map depends on what was learned, its strongest places carry the score, and the other methods point to alike "
    "places. That makes it worth looking at, not proof."
)
_RANDOMISED_MEANING = (
    "Rank correlation of the map with maps made after the weights were drawn at random, from the class head down. "
    "Near 0: the map depends on the weights. Near 1: it would look the same without training."
)
_CURVES_MEANING = (
    "Deletion: the score while the strongest places are taken away; it should fall early. Insertion: the score while "
    "they are given back to an empty image; it should rise early."
)
_CURVES_SILENT = (
    "Deletion: the score while the strongest places are taken away. Insertion: the score while they are given back to "
    "an empty image. Here the emptied image scores about as high as the whole one, or higher, so neither curve says "
    "anything about the map."
)
OTHER_SCORE = (
    "The score of the whole image differs from the one above: it is the network's alone, without second voice and "
    "calibration."
)
_AGREEMENT_MEANING = (
    "Rank correlation of this map with those of the other methods at the same layer; 1 is the same order."
)


def headline(sanity: MapSanity, titles: Titles) -> str:
    """The outcome in one line, with which map it is about."""
    return f"{INFORMATIVE if sanity.informative else NOT_INFORMATIVE}: {subject(sanity, titles)}"


def subject(sanity: MapSanity, titles: Titles) -> str:
    """Which map was checked."""
    asked = sanity.question
    title = class_title(asked.target or "", titles)
    return f"{asked.method.value} at layer {asked.layer} for {title} ({asked.score.value})"


def stamp(sanity: MapSanity | None) -> str:
    """What is written over the map itself: empty for a map that passed or was not checked."""
    return "" if sanity is None or sanity.informative else NOT_INFORMATIVE.upper()


def reasons(sanity: MapSanity) -> tuple[Block, ...]:
    """Why the map failed, or that it passed, and that it proves nothing in either case."""
    why: Block = Bullets(sanity.failed) if sanity.failed else Paragraph(PASSED)
    return (why, Paragraph(MAP_WARNING, quiet=True))


def measures(sanity: MapSanity) -> tuple[Block, ...]:
    """The numbers that the outcome rests on."""
    if not sanity.deletion:
        return ()
    return (
        *_of_curves(sanity),
        Heading("Maps of random weights"),
        Facts(tuple((f"Down to {name}", f"{value:.2f}") for name, value in sanity.randomised)),
        Paragraph(_RANDOMISED_MEANING, quiet=True),
        Heading("Other methods"),
        Facts(tuple((name, f"{value:.2f}") for name, value in sanity.agreement)),
        Paragraph(_AGREEMENT_MEANING, quiet=True),
    )


def _of_curves(sanity: MapSanity) -> tuple[Block, ...]:
    """What the curves should do and the areas under them, or that they say nothing."""
    beginning = Paragraph(OTHER_SCORE, quiet=True)
    if not sanity.curves_speak:
        return (Paragraph(_CURVES_SILENT, quiet=True), beginning)
    areas = (
        ("Deletion", f"area {sanity.deletion_area:.3f}; with misplaced maps {sanity.random_deletion_area:.3f}"),
        ("Insertion", f"area {sanity.insertion_area:.3f}"),
    )
    return (Paragraph(_CURVES_MEANING, quiet=True), beginning, Facts(areas))


def curve_text(caption: str, curve: tuple[tuple[float, float], ...]) -> str:
    """A curve in words, for a screen reader."""
    points = ", ".join(f"{score:.2f} at {100 * share:.0f} %" for share, score in curve)
    return f"{caption}: score {points}." if curve else ""
