"""Hostile text over several lines and in tooltips; one line of it is `app.wording.visible`."""

from __future__ import annotations

import html

from app.wording import visible

_LONGEST = 4000


def visible_lines(text: str, *, longest: int = _LONGEST) -> str:
    """Text from a file with its line breaks kept and every other invisible character shown by its number.

    Args:
        text: anything, also lone surrogates.
        longest: characters kept; how many are missing is said at the end.
    """
    lines = text[:longest].replace("\r\n", "\n").replace("\t", "    ").split("\n")
    shown = "\n".join(visible(line, longest=longest) for line in lines)
    rest = len(text) - longest
    return f"{shown} … ({rest:,} more characters)" if rest > 0 else shown


def tooltip(text: str) -> str:
    """Markup that shows `text` literally, because Qt guesses whether a tooltip is markup and must not guess."""
    lines = html.escape(visible_lines(text)).replace("\n", "<br>")
    return f"<qt>{lines}</qt>" if text else ""
