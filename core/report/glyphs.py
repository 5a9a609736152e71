"""Hostile text made visible: what could turn, hide or overprint a line of a report is printed as its code point.

So is every character that the fonts of the program cannot show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from core.paths import resources
from core.report.fonts import characters_of

FONTS = resources() / "fonts"
_FONTS = (("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"), ("DejaVuSans.ttf",), ("DroidSansFallbackFull.ttf",))
_PLAIN_UP_TO = 0x24F  # last letter of the Latin blocks: what `strict` leaves as it is
_BREAK = "\u200b"  # lets a line end here, prints nothing
_LONGEST_WORD, _PIECE = 24, 12
_SEPARATORS = frozenset("-_/.:,;=&?|+")
_MOST_MARKS = 3  # over or under one letter; more would run into other lines
_FIRST_STRONG, _POP = "\u2068", "\u2069"  # around text that runs from right to left, so that it turns nothing beside it
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = frozenset(" \n\u00a0\u2009\u202f")
_LONG_WORD = re.compile(rf"[^ \n\u2009]{{{_LONGEST_WORD + 1},}}")


@lru_cache(maxsize=20_000)
def visible(text: str, *, strict: bool = False) -> str:
    """The text as a report prints it; line ends stay, tabs become spaces, long words may be broken.

    Args:
        text: anything, also lone surrogates.
        strict: print everything but Latin letters and signs as code points, for text that no font can set.

    Raises:
        NotFound: a font of the program is missing.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    shown = _LONG_WORD.sub(lambda word: "".join(_breakable(word[0])), "".join(_shown(text, strict=strict)))
    turned = any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in shown)
    return f"{_FIRST_STRONG}{shown}{_POP}" if turned else shown


def one_line(text: str, *, strict: bool = False) -> str:
    """The same with line ends and tabs as code points, for names."""
    return visible(re.sub(r"[\n\r\t]", lambda char: code_point(char[0]), text), strict=strict)


def code_point(char: str) -> str:
    """A character in words: ⟨U+202E⟩."""
    return f"⟨U+{ord(char):04X}⟩"


def shortened(text: str, most: int) -> str:
    """The text, or its two ends where it is longer than `most` characters: the end of a name is its kind."""
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[: most - tail - 3]} … {text[-tail:]}"


def _shown(text: str, *, strict: bool) -> Iterator[str]:
    fonts, marks = frozenset[int](), 0  # those that can show the letter so far, and the marks on it
    for char in text:
        able = _fonts_of(char)
        if unicodedata.category(char).startswith("M"):
            able, marks = able & fonts, marks + 1
            if marks > _MOST_MARKS:
                able = frozenset()
        else:
            marks = 0
        if not able or (strict and ord(char) > _PLAIN_UP_TO and char not in "…–—⟨⟩"):
            yield code_point(char)
            fonts = frozenset()
            continue
        fonts = able
        yield char


def _breakable(word: str) -> Iterator[str]:
    run = 0
    for place, char in enumerate(word):
        run += 1
        yield char
        following = word[place + 1 : place + 2]
        if unicodedata.category(following or "x").startswith("M"):
            continue
        if run >= _PIECE or (run >= _PIECE // 2 and (char in _SEPARATORS or following == "⟨")):
            run = 0
            yield _BREAK


@lru_cache(maxsize=20_000)
def _fonts_of(char: str) -> frozenset[int]:
    """Which of the font families can show a character; none where it is to be printed as a code point."""
    if char in _SPACES:
        return frozenset(range(len(_FONTS)))
    if unicodedata.category(char) in _HIDDEN or char.isspace():
        return frozenset()
    return frozenset(index for index, covered in enumerate(_covered()) if ord(char) in covered)


@cache
def _covered() -> tuple[frozenset[int], ...]:
    return tuple(frozenset.intersection(*(characters_of(FONTS / name) for name in names)) for names in _FONTS)
