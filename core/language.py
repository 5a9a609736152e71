"""Marks words that say more than evidence can, and proposes others.

The rules are in `core.language_english` and `core.language_german`. A note, never a lock: the text stays the author's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.language_english import ENGLISH
from core.language_german import GERMAN
from core.language_rules import Rule
from core.reporting import LanguageRemark

RULES = {"en": ENGLISH, "de": GERMAN}
_BEFORE, _AFTER = 160, 100  # characters of a sentence that are looked at around a place
_NEAR = 70  # of them where a denial is looked for
_ENDS = re.compile(r"[.!?;\n](?=\s|$)|\n")
_CLAUSE_ENDS = re.compile(r"[.,:;!?\n(]|\b(?:but|however|yet|aber|sondern|jedoch|doch)\b", re.IGNORECASE)
_NEGATION = {
    "en": re.compile(
        r"(?:\b(?:not|never|nor|neither|cannot|no|nothing|nobody|without|rather than|instead of|far from|avoid)|n['’]t)"
        r"(?:[\s\"“'‘]{1,3}[\w'’-]{1,30}){0,5}[\s\"“'‘]{0,3}$",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?:nicht|nie|niemals|weder|noch|kein\w{0,4}|nichts|niemand|ohne|statt|anstatt)"
        r"(?:[\s\"„‚]{1,3}[\w'’-]{1,30}){0,5}[\s\"„‚]{0,3}$",
        re.IGNORECASE,
    ),
}
_NEGATED_AFTER = {
    "en": re.compile(r"[\s]{1,3}(?:nothing|neither)\b", re.IGNORECASE),
    "de": re.compile(r"(?:\s{1,3}[\w'’-]{1,30}){0,3}?\s{1,3}(?:nicht|nichts|kein\w{0,4}|weder)\b", re.IGNORECASE),
}
_OPENED, _CLOSED = "\"“„«»‚‘'", "\"”“»«‘’'"
_GERMAN_WORDS = re.compile(
    r"\b(?:der|die|das|und|ist|nicht|dass|ein|eine|mit|für|von|wurde|den|dem|es)\b", re.IGNORECASE
)
_ENGLISH_WORDS = re.compile(r"\b(?:the|and|is|not|that|a|an|with|for|of|was|to|it|in|by)\b", re.IGNORECASE)


def check(text: str, language: str = "en") -> tuple[LanguageRemark, ...]:
    """What a text says that evidence cannot say, in order of place; places do not overlap.

    What is denied ("does not prove"), supposed ("whether the image is fake") or only quoted as a word is left alone.

    Args:
        text: anything.
        language: "en" or "de"; every other one is read as English.
    """
    spoken = language if language in RULES else "en"
    found = [
        LanguageRemark(start, end - start, rule.key, rule.why, rule.proposal)
        for rule in RULES[spoken]
        for start, end in _places(rule, text, spoken)
    ]
    kept: list[LanguageRemark] = []
    for remark in sorted(found, key=lambda remark: (remark.start, -remark.length)):
        if not kept or remark.start >= kept[-1].start + kept[-1].length:
            kept.append(remark)
    return tuple(kept)


def language_of(text: str) -> str:
    """The language that a text is probably written in, "en" or "de", by its small words; English when in doubt."""
    sample = text[:5_000]
    return "de" if len(_GERMAN_WORDS.findall(sample)) > len(_ENGLISH_WORDS.findall(sample)) else "en"


def _places(rule: Rule, text: str, language: str) -> Iterator[tuple[int, int]]:
    for found in rule.pattern.finditer(text):
        start, end = found.span()
        before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
        if _quoted(before, after) or _denied(before, after, language):
            continue
        if rule.unless is not None and rule.unless.search(_sentence(before, found.group(), after)):
            continue
        yield start, end


def _quoted(before: str, after: str) -> bool:
    """Whether only these words stand in quotation marks: they are spoken of, not used."""
    return before[-1:] in _OPENED and after[:1] in _CLOSED and bool(before) and bool(after)


def _denied(before: str, after: str, language: str) -> bool:
    """Whether the clause denies what is said; German may do so behind the verb."""
    near = before[-_NEAR:]
    clause = near[_last_end(_CLAUSE_ENDS, near) :]
    return bool(_NEGATION[language].search(clause) or _NEGATED_AFTER[language].match(after))


def _sentence(before: str, found: str, after: str) -> str:
    end = _ENDS.search(after)
    return before[_last_end(_ENDS, before) :] + found + (after[: end.start()] if end else after)


def _last_end(pattern: re.Pattern[str], text: str) -> int:
    ends = [match.end() for match in pattern.finditer(text)]
    return ends[-1] if ends else 0
