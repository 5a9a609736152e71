"""What a likelihood ratio says about two propositions, and propositions to begin with; from records alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.domain import Finding, LikelihoodRatio, Verdict
from core.reporting import Propositions, Weighing
from core.verbal_scale import VerbalScale

Card = Mapping[str, Any]
Wordings = tuple[str, str, str]  # first, second, population
_REAL = "real"
_NO_PROPOSITIONS = "No propositions are written down for this exhibit, so there is nothing to weigh."
_NO_FINDING = "The exhibit is not analysed yet, so there is nothing to weigh the propositions with."
_NO_ARCHITECTURE = "The propositions name no architecture whose likelihood ratio could weigh them."
_OUT_OF_SCOPE = "The image is out of the detector's scope, so nothing weighs the propositions."
_UNKNOWN = (
    "The image resembles none of the known architectures: what made it is not among the processes that a ratio weighs "
    "against each other."
)
_NO_CARD = (
    "This finding has no likelihood ratio, and the detector that made it is not on this computer, so that its card "
    "cannot say why."
)
_UNREADABLE = "The likelihood ratio of this finding is no number that can be weighed with."
_OLDER = (
    "This finding has no likelihood ratio, because it is older than the detector's validation. Analyse the exhibit "
    "again."
)
_NEVER = "The detector was not validated for likelihood ratios."


def weighed(
    propositions: Propositions | None, finding: Finding | None, card: Card | None, scale: VerbalScale
) -> Weighing:
    """What the ratio of a finding says about propositions, in the words of a scale, or why it says nothing.

    The value never exceeds the ceiling that the detector's validation permits; below 1 it favours the second one.

    Args:
        propositions: those that stand, or None.
        finding: the newest one about the exhibit, or None.
        card: of the detector that made it, None where that is not on this computer.
        scale: gives the words.
    """
    ratio = finding.likelihood_ratio if finding is not None else None
    why_not = _why_not(propositions, finding, card)
    if why_not or ratio is None or propositions is None:
        return Weighing(None, "", "", why_not)
    if not (math.isfinite(ratio.value) and ratio.value > 0 and ratio.ceiling > 0):
        return Weighing(None, "", "", _UNREADABLE)
    bounded = _bounded(ratio)
    sentence = scale.in_words(bounded.value, propositions.first, propositions.second)
    return Weighing(bounded, scale.phrase(bounded.value).label, sentence, "")


def wordings(architecture: str, card: Card) -> Wordings:
    """Two propositions at source level to begin with, and the set that the second speaks of.

    Args:
        architecture: the class of the first one; "" asks only whether a generator or a camera made the image.
        card: of the detector whose classes are weighed.
    """
    if not architecture:
        return (
            "the image was produced by an image generator",
            "the image is a photograph taken with a camera",
            "photographs taken with a camera, also those that were edited or compressed again",
        )
    second = "the image was produced by another process of the relevant set"
    return _first(architecture, card), second, _population(architecture, card)


def titles(card: Card) -> tuple[tuple[str, str], ...]:
    """Name and title of every class on a card."""
    rows = card.get("classes")
    found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, (list, tuple)) else []
    return tuple((str(row["name"]), str(row.get("title") or row["name"])) for row in found if "name" in row)


def title(name: str, card: Card) -> str:
    """A class as an analyst reads it."""
    return dict(titles(card)).get(name, name)


def names_it(sentence: str, architecture: str, card: Card) -> bool:
    """Whether a sentence names an architecture, by its title or name; a photograph needs no name."""
    plain = _letters(sentence)
    wanted = {_letters(architecture), _letters(title(architecture, card))} - {""}
    return architecture == _REAL or not wanted or any(one in plain for one in wanted)


def _why_not(propositions: Propositions | None, finding: Finding | None, card: Card | None) -> str:  # noqa: PLR0911
    if propositions is None:
        return _NO_PROPOSITIONS
    if finding is None:
        return _NO_FINDING
    if finding.verdict is Verdict.OUT_OF_SCOPE:
        return _OUT_OF_SCOPE
    wanted, named = propositions.architecture, finding.architecture or ""
    if not wanted:
        return _NO_ARCHITECTURE
    if finding.verdict is Verdict.UNKNOWN:
        return _UNKNOWN
    if finding.likelihood_ratio is None:
        return _NO_CARD if card is None else _on_the_card(wanted, card)
    if wanted != named:
        return (
            f"The likelihood ratio of this finding is for {title(named, card or {})}, and the first proposition is "
            f"about {title(wanted, card or {})}. A ratio for one architecture says nothing about another."
        )
    return ""


def _on_the_card(wanted: str, card: Card) -> str:
    row = _part(_part(_part(card, "likelihood_ratio"), "classes"), wanted)
    if "slope" in row:
        return _OLDER
    reason = row.get("why_not")
    if not reason:
        return _NEVER
    said = str(reason).replace(f" {wanted} ", f" {title(wanted, card)} ")
    return f"The detector has no likelihood ratio for {title(wanted, card)}. Its card says: {said}"


def _bounded(ratio: LikelihoodRatio) -> LikelihoodRatio:
    low, value, high = (min(number, ratio.ceiling) for number in (ratio.low, ratio.value, ratio.high))
    return replace(ratio, low=low, value=value, high=high)


def _first(architecture: str, card: Card) -> str:
    if architecture == _REAL:
        return "the image is a photograph taken with a camera"
    return f"the image was produced by an image generator of the architecture {title(architecture, card)}"


def _population(architecture: str, card: Card) -> str:
    part = _part(card, "likelihood_ratio")
    if "slope" in _part(_part(part, "classes"), architecture) and part.get("against"):
        return str(part["against"])
    others = [text for name, text in titles(card) if name not in (architecture, _REAL)]
    made = f"images made by the other generators that the detector knows ({', '.join(others)})" if others else ""
    photographs = "" if architecture == _REAL else "photographs taken with a camera"
    return ", and ".join(filter(None, (photographs, made)))


def _part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
