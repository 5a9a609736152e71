"""What a rule of the language check is, and the short notation that its patterns are written in.

In a pattern a blank stands for up to three blanks or commas between two words, ``~3~`` for the gap between two words
with at most three others in it, and ``<name>`` for a part that several patterns share. No quantifier is unbounded, so
that a text is read in linear time, whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_GAP, _WORD = r"[\s,]{1,3}", r"[\w'’-]{1,30}"
_WORDS_BETWEEN = re.compile(r"~(\d)~")
_PART = re.compile(r"<([a-z_]+)>")


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of saying more than evidence can.

    Attributes:
        key: short name, the same in every language.
        pattern: what is found.
        unless: fine where this occurs in the same sentence, or None.
        why: what is wrong with it, a sentence.
        proposal: what to write instead.
    """

    key: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    why: str
    proposal: str


def maker(parts: Mapping[str, str]) -> Callable[..., Rule]:
    """A function that makes the rules of one language.

    Args:
        parts: shared parts of patterns by name, each in the notation above and free to name those before it.
    """
    known: dict[str, str] = {}
    for name, text in parts.items():
        known[name] = _expanded(text, known)

    def rule(key: str, *patterns: str, why: str, proposal: str, unless: str = "") -> Rule:
        found = re.compile("|".join(_expanded(text, known) for text in patterns), re.IGNORECASE)
        fine = re.compile(_expanded(unless, known), re.IGNORECASE) if unless else None
        return Rule(key, found, fine, why, proposal)

    return rule


def _expanded(text: str, known: Mapping[str, str]) -> str:
    spaced = _WORDS_BETWEEN.sub(lambda found: f" (?:{_WORD} ){{0,{found[1]}}}?", text).replace(" ", _GAP)
    return _PART.sub(lambda found: known[found[1]], spaced)
