"""Entries of the log of a case as plain sentences; the words are in the section ``act`` of a language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from string import Formatter
from typing import Any

from core.report.words import Words

_SHOWN = 120  # longest value inside a sentence


def entry_sentence(action: str, details: str, words: Words) -> str:
    """What was done, for a reader who does not know the names of the log.

    Args:
        action: as the log names it.
        details: of the entry, as JSON.
        words: of the language of the report.
    """
    texts = words.sections["act"]
    title = str(texts.get(action, action))
    about = str(texts.get(f"{action} about", ""))
    values = _values(details, words)
    needed = {name for _, name, _, _ in Formatter().parse(about) if name}
    if not about or not needed <= set(values):
        return f"{title}."
    return f"{title}: {about.format_map(values)}."


def _values(details: str, words: Words) -> dict[str, str]:
    """The fields of an entry in words; lists are told by how many they hold."""
    try:
        fields: Any = json.loads(details)
    except ValueError:
        return {}
    if not isinstance(fields, Mapping):
        return {}
    return {str(key): text for key, value in fields.items() if (text := _value(value, words))}


def _value(value: object, words: Words) -> str:
    if isinstance(value, bool):
        return words.say("values", "yes" if value else "no")
    if isinstance(value, int):
        return words.number(value)
    if isinstance(value, str):
        return _one_line(value)
    if isinstance(value, list):
        return words.number(_entries(value))
    if isinstance(value, Mapping):  # how often each outcome was seen
        return ", ".join(f"{_one_line(str(key))} {one}" for key, one in value.items() if not isinstance(one, Mapping))
    return ""


def _entries(value: list[Any]) -> int:
    """How many entries a list had; where its end is cut off, its last text says how many more there were."""
    if not value or not isinstance(value[-1], str) or not value[-1].startswith("… ("):
        return len(value)
    more = "".join(char for char in value[-1] if char.isdigit())
    return len(value) - 1 + int(more or 0)


def _one_line(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
    return shown.rstrip(".")
