"""What a finding was computed under, in words that all formats share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.report.words import Words


def condition_lines(conditions: Mapping[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    """Caption and value of each condition; a caption without words is the name it was kept under."""
    captions = words.sections["condition"]
    for name, value in conditions.items():
        yield str(captions.get(name, name.replace("_", " "))), _value(value, words)


def _value(value: object, words: Words) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(one, words)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(one, words) for one in value)
    return words.name_of("condition_value", "none" if value is None else str(value))
