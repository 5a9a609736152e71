"""Verbal scales: likelihood ratios in words, from cited and editable files (``resources/scales/*.toml``)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadInput, NotFound

_TEXTS = ("name", "version", "source", "neutral", "sentence")
_KEYS = frozenset({*_TEXTS, "neutral_up_to", "bands"})
_BAND_KEYS = frozenset({"above", "up_to", "words", "number"})


@dataclass(frozen=True, slots=True)
class Band:
    """Ratios above `above` and up to and including `up_to`, in words; `number` where the scale counts its levels."""

    above: float
    up_to: float
    words: str
    number: int | None = None

    @property
    def label(self) -> str:
        """The words, with the level where the scale has numbers, as printed in a table of the scale."""
        return self.words if self.number is None else f"{self.words} (level +{self.number})"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A ratio in words: `words` are those of its band, empty where nothing is said for either side.

    `favours` is 1 for the first proposition, 2 for the second, 0 for neither. `number` is the level on a scale that has
    numbers, negative in favour of the second proposition.
    """

    words: str
    favours: int
    number: int | None = None

    @property
    def label(self) -> str:
        """The words, with the level where the scale has numbers; empty where nothing is said for either side."""
        if not self.words or self.number is None:
            return self.words
        return f"{self.words} (level {_signed(self.number)})"


@dataclass(frozen=True, slots=True)
class VerbalScale:
    """A scale with its source; ratios up to `neutral_up_to`, and down to its inverse, favour neither side."""

    name: str
    version: str
    source: str
    neutral: str
    sentence: str
    neutral_up_to: float
    bands: tuple[Band, ...]

    def phrase(self, ratio: float) -> Phrase:
        """The words for a likelihood ratio; an edge value belongs to the lower band, below 1 the inverse counts.

        Raises:
            ValueError: the ratio is no positive number.
        """
        if math.isnan(ratio) or ratio <= 0:
            raise ValueError(ratio)
        size = ratio if ratio >= 1 else 1 / ratio
        for band in self.bands:
            if band.above < size <= band.up_to:
                favours = 1 if ratio > 1 else 2
                number = None if band.number is None else band.number * (1 if favours == 1 else -1)
                return Phrase(band.words, favours, number)
        return Phrase("", 0, None if self.bands[0].number is None else 0)

    def in_words(self, ratio: float, first: str, second: str) -> str:
        """A whole sentence for a ratio between two propositions ("it was made by StyleGAN2", …)."""
        phrase = self.phrase(ratio)
        if not phrase.favours:
            return self.neutral
        favoured, alternative = (first, second) if phrase.favours == 1 else (second, first)
        number = "" if phrase.number is None else _signed(phrase.number)
        return self.sentence.format(words=phrase.words, first=favoured, second=alternative, number=number)

    @property
    def title(self) -> str:
        """Name and version, as kept with a conclusion."""
        return f"{self.name}, version {self.version}"


def read_scale(path: Path) -> VerbalScale:
    """Read a scale from a TOML file.

    Raises:
        NotFound: there is no such file.
        BadInput: it is no TOML, lacks a part, or its bands leave a gap or overlap.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(f"The verbal scale {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The verbal scale {path} is not valid TOML: {error}.") from error
    if odd := sorted(set(data) ^ _KEYS):
        raise BadInput(f"The verbal scale {path} lacks, or has too much: {', '.join(odd)}.")
    if empty := [key for key in _TEXTS if not (isinstance(data[key], str) and data[key].strip())]:
        raise BadInput(f"In the verbal scale {path}, {', '.join(empty)} must be a text.")
    _verify_sentence(path, data["sentence"])
    start = _number(path, data["neutral_up_to"])
    bands = _bands(path, data["bands"])
    _verify_bands(path, start, bands)
    name, version, source, neutral, sentence = (str(data[key]).strip() for key in _TEXTS)
    return VerbalScale(name, version, source, neutral, sentence, start, bands)


def _bands(path: Path, rows: object) -> tuple[Band, ...]:
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadInput(f"The verbal scale {path} has no [[bands]].")
    return tuple(_band(path, row) for row in rows)


def _band(path: Path, row: Mapping[str, Any]) -> Band:
    words = row.get("words")
    if set(row) - _BAND_KEYS or "above" not in row or not isinstance(words, str) or not words.strip():
        raise BadInput(
            f"A band of the verbal scale {path} needs above, up_to (but for the last) and words: {dict(row)}."
        )
    up_to = _number(path, row["up_to"]) if "up_to" in row else math.inf
    return Band(_number(path, row["above"]), up_to, words.strip(), _level(path, row.get("number")))


def _level(path: Path, value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise BadInput(f"In the verbal scale {path}, the level {value!r} is no whole number of 1 or more.")
    return value


def _signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"\u2212{-number}"


def _number(path: Path, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 1:
        raise BadInput(f"In the verbal scale {path}, {value!r} is no number of 1 or more.")
    return float(value)


def _verify_bands(path: Path, start: float, bands: tuple[Band, ...]) -> None:
    end = start
    for band in bands:
        if band.above != end:
            what = "leave a gap" if band.above > end else "overlap"
            raise BadInput(
                f"The bands of the verbal scale {path} {what}: {band.words!r} begins above {band.above:g}, but what "
                f"comes before ends at {end:g}."
            )
        if band.up_to <= band.above:
            raise BadInput(f"In the verbal scale {path}, the band {band.words!r} ends before it begins.")
        end = band.up_to
    levels = [band.number for band in bands]
    if levels != [None] * len(bands) and levels != list(range(1, len(bands) + 1)):
        raise BadInput(
            f"In the verbal scale {path}, the bands need the numbers 1, 2, 3 and so on, or none of them any."
        )
    if end != math.inf:
        raise BadInput(f"The verbal scale {path} leaves a gap above {end:g}: its last band must have no up_to.")


def _verify_sentence(path: Path, sentence: str) -> None:
    try:
        sentence.format(words="", first="", second="", number="")
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise BadInput(
            f"In the verbal scale {path}, sentence may only hold {{words}}, {{first}}, {{second}} and {{number}}."
        ) from error
    if missing := [part for part in ("{words}", "{first}", "{second}") if part not in sentence]:
        raise BadInput(f"In the verbal scale {path}, sentence lacks {', '.join(missing)}.")
