"""A finding in words: every sentence the analyst reads about one, made from the record alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.widgets.card_fields import Card, part, text
from app.widgets.plain_text import visible_lines
from app.wording import class_title, score_text, visible
from core.domain import Finding, Tile, Verdict

Titles = Mapping[str, str]  # class name -> title on the detector's card

MAP_WARNING = "The map shows where the score came from. It proves nothing by itself."
SCORE_MEANING = (
    "A score says how strongly the detector prefers one of its classes to its other classes; all scores add up to 1.\n"
    "It is not a probability that the image was made this way, and an image of a generator that the detector "
    "does not know gets scores too."
)
AGREEMENT_MEANING = (
    "The image is cut into sixteen tiles, and each is named by itself. "
    "Many agreeing tiles mean that the trace is spread over the whole image."
)
LIKELIHOOD_MISSING = "not available: this detector has no validation for it yet"
LIKELIHOOD_MEANING = (
    "A likelihood ratio says how many times more probable what was observed is if the image was made one way "
    "than if it was made another way. It needs a validation of the detector that measures it, and never exceeds the "
    "ceiling which that validation supports."
)
LIKELIHOOD_OUT_OF_SCOPE = "none: nothing is said about an image that is out of scope"
LIKELIHOOD_UNKNOWN = "none: what made this image is not among the processes that a ratio weighs against each other"
LIKELIHOOD_NOT_MADE = "not in this finding, which is older than the validation; analyse the exhibit again"
_REAL = "real"
_SHORT_DIGEST = 12


@dataclass(frozen=True, slots=True)
class RatioContext:
    """What stands around a likelihood ratio.

    Attributes:
        why_not: why the detector states none, a sentence of its card; empty where that is not known.
        verbal: the verbal expression for the ratio's value as a sentence, empty without one.
        source: where the verbal scale comes from.
    """

    why_not: str = ""
    verbal: str = ""
    source: str = ""


NO_CONTEXT = RatioContext()


def headline(finding: Finding | None, titles: Titles) -> str:
    """The verdict in one line."""
    if finding is None:
        return "Not analysed yet"
    closest = _closest(finding, titles)
    match finding.verdict:
        case Verdict.ATTRIBUTED:
            return _attributed(finding.architecture or "", titles)
        case Verdict.INCONCLUSIVE:
            return f"Inconclusive: {closest}" if closest else "Inconclusive"
        case Verdict.UNKNOWN:
            return "Unknown architecture: unlike every known class"
        case Verdict.OUT_OF_SCOPE:
            return "Out of scope: nothing is said about this image"


def _attributed(name: str, titles: Titles) -> str:
    if name == _REAL:
        return "Attributed to real photographs, not to a generator"
    return f"Attributed to {class_title(name, titles)}"


def _closest(finding: Finding, titles: Titles) -> str:
    if not finding.scores:
        return ""
    return f"{class_title(finding.scores[0][0], titles)} comes closest"


def reason(finding: Finding | None) -> str:
    """Why the verdict is what it is, in a sentence."""
    if finding is None:
        return "No detector has looked at this exhibit."
    return visible_lines(finding.reason)


def agreement(finding: Finding) -> str:
    """How many tiles name the same as the whole image."""
    if finding.grid is None:
        return "no tiles: the image was not analysed"
    return f"{finding.grid.agreeing} of {len(finding.grid.tiles)} tiles"


def detector(finding: Finding) -> str:
    """Which detector said it, and the beginning of its file's digest."""
    reference = finding.detector
    return visible(f"{reference.name} {reference.version} · {reference.digest[:_SHORT_DIGEST]}", longest=160)


def device(finding: Finding) -> str:
    """Where and in what time it was computed."""
    return visible(f"{finding.device} · {finding.ms:.0f} ms · {finding.made_at:%Y-%m-%d %H:%M} UTC", longest=160)


def likelihood(finding: Finding, titles: Titles, context: RatioContext) -> str:
    """The likelihood ratio with interval, ceiling, verbal expression and what it is against, or why there is none."""
    ratio = finding.likelihood_ratio
    if finding.verdict is Verdict.OUT_OF_SCOPE:
        return LIKELIHOOD_OUT_OF_SCOPE
    if finding.verdict is Verdict.UNKNOWN:
        return LIKELIHOOD_UNKNOWN
    if ratio is None:
        return f"not available: {visible(context.why_not)}" if context.why_not else LIKELIHOOD_MISSING
    capped = "at its ceiling" if ratio.value >= ratio.ceiling else f"ceiling {ratio.ceiling:.3g}"
    lines = (
        f"{ratio.value:.3g}, 95 % interval {ratio.low:.3g} to {ratio.high:.3g}, {capped}",
        visible(context.verbal) or f"For: {made_by(finding.architecture or '', titles)}.",
        f"Against: {visible(ratio.against).rstrip('.')}.",
    )
    return "\n".join(filter(None, lines))


def likelihood_meaning(context: RatioContext) -> str:
    """What the tooltip of the likelihood ratio says."""
    source = f"\nThe expression in words is from: {visible(context.source)}" if context.verbal else ""
    return LIKELIHOOD_MEANING + source


def why_no_ratio(card: Card, name: str) -> str:
    """Why a finding has no likelihood ratio for a class, from the card; empty when the card has none for any class."""
    classes = part(part(card, "likelihood_ratio"), "classes")
    row = part(classes, name)
    if "slope" in row:
        return LIKELIHOOD_NOT_MADE
    return text(row, "why_not") or ("this class was not validated" if classes else "")


def made_by(name: str, titles: Titles) -> str:
    """The first proposition of a likelihood ratio."""
    return "it is a real photograph" if name == _REAL else f"it was made by {class_title(name, titles)}"


def tile(index: int, one: Tile, *, agrees: bool, box: tuple[int, int, int, int], titles: Titles) -> str:
    """One tile of the consistency grid in words; `box` is (left, top, width, height) in stored pixels."""
    left, top, width, height = box
    same = "Names the same as the whole image." if agrees else "Names something else than the whole image."
    return (
        f"Tile {index + 1}: {class_title(one.architecture, titles)}, score {score_text(one.score)}\n{same}\n"
        f"It was computed from the {width} × {height} stored pixels at x {left}, y {top}."
    )


def agrees(finding: Finding, one: Tile) -> bool:
    """Whether a tile names the architecture of the whole image."""
    return one.architecture == finding.architecture
