"""The words of a report in one language, shared by all formats (``resources/report/words/*.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.paths import resources

LANGUAGES = ("en", "de")


@dataclass(frozen=True, slots=True)
class Words:
    """All texts of a language: section → key → a text, or a list of texts. `sections` is plain data, fit for JSON."""

    language: str
    sections: Mapping[str, Mapping[str, Any]]

    def say(self, section: str, key: str, /, **values: object) -> str:
        """A text with its placeholders filled; values are put in as they are and never read as placeholders.

        Raises:
            KeyError: there is no such text, or a placeholder was given no value (a bug).
        """
        text = self.sections[section][key]
        return str(text).format_map(values) if values else str(text)

    def count(self, section: str, key: str, n: int, /, **values: object) -> str:
        """A text that depends on a number: `key` with ``_one`` or ``_many``; the number is its ``{n}``."""
        return self.say(section, f"{key}_{'one' if n == 1 else 'many'}", n=self.number(n), **values)

    def lines(self, section: str, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self.sections[section][key])

    def name_of(self, section: str, value: str) -> str:
        """What a fixed value ("inconclusive") is called; a value without a name stands for itself."""
        return str(self.sections[section].get(value, value))

    def number(self, value: float, places: int = 0) -> str:
        """A number with thousands set apart and the decimal sign of the language."""
        text = f"{value:,.{places}f}"
        signs = {",": self.say("language", "thousands"), ".": self.say("language", "decimal")}
        return "".join(signs.get(sign, sign) for sign in text)

    def share(self, rate: float) -> str:
        """A share (0-1) as a percentage with one place ("3.9 %"); for error rates only, never for scores."""
        return f"{self.number(rate * 100, 1)} %"

    def ratio(self, value: float) -> str:
        """A likelihood ratio with three significant digits; never in powers of ten."""
        if value >= 100:
            return self.number(float(f"{value:.3g}"))
        places = next((n for n, bound in enumerate((100, 10, 1, 0.1, 0.01)) if value >= bound), 5)
        return self.number(value, places)

    def when(self, iso: str) -> str:
        """A time as in ISO 8601 but for a space in the middle, to the second ("2026-11-21 10:31:05 +01:00")."""
        if not iso:
            return self.say("values", "not_stated")
        try:
            return date.fromisoformat(iso).isoformat()
        except ValueError:
            pass
        try:
            at = datetime.fromisoformat(iso)
        except ValueError:
            return iso
        offset = at.strftime("%z")
        zone = f" {offset[:3]}:{offset[3:5]}" if offset else ""
        return f"{at:%Y-%m-%d %H:%M:%S}{zone}"


def words(language: str, folder: Path | None = None) -> Words:
    """Read the words of a language.

    Raises:
        BadInput: there is no such language, or its file cannot be read.
    """
    path = (folder or resources() / "report" / "words") / f"{language}.toml"
    if language not in LANGUAGES:
        raise BadInput(f"Reports are written in {' and '.join(LANGUAGES)}, not in {language!r}. Choose one of these.")
    try:
        return Words(language, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            f"The words of a report cannot be read from {path}: {error}. Install the program anew."
        ) from error
