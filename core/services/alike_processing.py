"""A recipe changed so that the images of every class are resized and re-compressed alike before they are learned from.

Where one class came as JPEG and another as PNG, or in other sizes, that difference is then no longer learned: each view
of every image is resized by a random factor and written as JPEG of a random quality, drawn alike for all classes.
"""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import error_from_os
from core.whole_file import replace_file

_SHARES = {"resize": "1.0", "jpeg": "1.0", "webp": "0.0"}
_HEADING = re.compile(r"^\s*\[+([^\]]+)\]+\s*(#.*)?$")


def write_commonly_processed(recipe: Path, place: Path) -> Path:
    """Write the commonly processed form of a recipe into a file, and answer its path."""
    try:
        text = recipe.read_text(encoding="utf-8")
    except OSError as error:
        raise error_from_os(error, recipe, doing="reading the recipe") from error
    replace_file(place, commonly_processed(text), doing="writing the recipe")
    return place


def commonly_processed(text: str) -> str:
    """The text of a recipe in which every view of every image is resized and re-compressed."""
    text = with_values(text, "augment", _SHARES)
    if any(_section_of(line) == "extension" for line in text.splitlines()):
        text = with_values(text, "extension", {"clean": "false"})
    return text


def with_values(text: str, section: str, values: dict[str, str]) -> str:
    """TOML text with values of a section set; the section is added where there is none, all else stays as it is."""
    lines, out, now, found = text.splitlines(), [], "", False
    for line in lines:
        if (heading := _section_of(line)) is not None:
            now = heading
            out.append(line)
            if now == section:
                found = True
                out += [f"{key} = {value}" for key, value in values.items()]
            continue
        if not (now == section and line.partition("=")[0].strip() in values):
            out.append(line)
    if not found:
        out += ["", f"[{section}]", *(f"{key} = {value}" for key, value in values.items())]
    return "\n".join(out) + "\n"


def _section_of(line: str) -> str | None:
    heading = _HEADING.match(line)
    return heading.group(1).strip() if heading else None
