r"""Hostile text made visible: characters that hide, turn or break a line become their code point, ``\u202E``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_SUSPECT = re.compile(r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u058f]")  # the quick way around plain text


def visible(text: str, mark: Callable[[str], str] = str) -> str:
    """The text with line ends kept, and everything else that cannot be seen as its code point.

    Args:
        text: whatever a case says.
        mark: called on each code point in words, for instance to set it apart from the text around it.
    """
    return _SUSPECT.sub(lambda found: _shown(found[0], mark), text.replace("\r\n", "\n"))


def one_line(text: str, mark: Callable[[str], str] = str) -> str:
    """The same with line ends as code points too: for names."""
    return _SUSPECT.sub(lambda found: mark("\\u000A") if found[0] == "\n" else _shown(found[0], mark), text)


def code_point(char: str) -> str:
    """A character in words."""
    number = ord(char)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def without_surrogates(text: str) -> str:
    """The text as UTF-8 can carry it: halves of characters, as broken file names have them, in words."""
    return re.sub("[\ud800-\udfff]", lambda found: code_point(found[0]), text)


def _shown(char: str, mark: Callable[[str], str]) -> str:
    return mark(code_point(char)) if char != "\n" and _hidden(char) else char


@lru_cache(maxsize=20_000)
def _hidden(char: str) -> bool:
    number = ord(char)
    return unicodedata.category(char) in _HIDDEN or number & 0xFFFE == 0xFFFE or 0xE0000 <= number <= 0xE0FFF
