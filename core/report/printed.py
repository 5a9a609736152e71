"""Records as plain data for the typesetting: every text visible, every time in words, nothing that JSON cannot hold."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from core.report.glyphs import one_line, shortened, visible
from core.report.record import Asset
from core.report.words import Words

PROSE = frozenset(  # texts of people, whose line ends are kept
    {
        "address", "contact", "customer_address", "request", "sampling", "condition", "deviations", "external_results",
        "summary", "limitations", "text", "opinion", "background", "population", "remarks", "note", "notes", "problem",
        "problems", "reason", "first", "second", "sentence", "check", "steps", "limits", "weakness", "mitigation",
        "measured", "rerun", "why_no_ratio", "description", "neutral", "source", "against", "phrase", "accreditation",
        "method", "licence", "command",
    }
)  # fmt: skip
TIMES = frozenset(
    {"at", "made_at", "issued_at", "requested_on", "received_on", "worked_from", "worked_to", "taken_at", "date"}
)
_DIGESTS = frozenset({"sha256", "md5", "digest", "data_digest", "detector", "key", "public_key", "signature"})
_DIGEST = re.compile(r"[0-9a-f]{16,128}\Z")
_NAME = 200  # longest name of a person, a place or a thing in running text
_LONGEST = 5_000  # of what a picture shows, in words
Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


@dataclasses.dataclass(frozen=True, slots=True)
class Printer:
    """Turns texts and records into what is printed; `strict` prints all but Latin letters as code points."""

    words: Words
    strict: bool = False

    def text(self, text: str, most: int | None = None, rest: str = "cut") -> str:
        """A text with its line ends; `rest` is the key of the words for what follows its first `most` characters."""
        if most is None or len(text) <= most:
            return visible(text, strict=self.strict)
        left = self.words.say("pdf", rest, n=self.words.number(len(text)))
        return f"{visible(text[:most], strict=self.strict)} {left}"

    def name(self, text: str, most: int = _NAME) -> str:
        """A name on one line; of a longer one, its two ends."""
        return one_line(shortened(text, most), strict=self.strict)

    def time(self, iso: str) -> str:
        """A time, or "" where there is none."""
        return one_line(self.words.when(iso), strict=self.strict) if iso else ""

    def plain(self, value: object, key: str = "") -> Any:  # noqa: ANN401  (JSON has no type of its own)
        """A record, or a part of one, as data for JSON."""
        if isinstance(value, str):
            return self._string(value, key)
        if value is None or isinstance(value, (bool, int, float)):
            return None if isinstance(value, float) and not math.isfinite(value) else value
        if isinstance(value, (Mapping, Sequence)):
            return self._many(value, key)
        if isinstance(value, Asset):  # its name is a path, in which no line may be broken
            return {"name": value.name, "alt": self.name(value.alt, _LONGEST), "sha256": value.sha256}
        if dataclasses.is_dataclass(value):
            return {one.name: self.plain(getattr(value, one.name), one.name) for one in dataclasses.fields(value)}
        return self.name(str(value))

    def _many(self, values: Mapping[Any, object] | Sequence[object], key: str) -> Any:  # noqa: ANN401
        if isinstance(values, Mapping):
            return {self.name(str(name)): self.plain(one) for name, one in values.items()}
        return [self.plain(one, key) for one in values]

    def _string(self, text: str, key: str) -> str:
        if key in TIMES:
            return self.time(text)
        if key in _DIGESTS and _DIGEST.match(text):
            return text
        return self.text(text) if key in PROSE else self.name(text)


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> list[list[Item]]:
    """Items that share a key, in the order in which the keys come first."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def ranges(places: Iterable[int], labels: Sequence[str], words: Words) -> str:
    """Exhibits by their labels, three and more in a row as "E-001 to E-004"."""
    runs: list[list[int]] = []
    for place in sorted(set(places)):
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    parts: list[str] = []
    for run in runs:
        if len(run) > 2:
            parts.append(words.say("pdf", "label_range", first=labels[run[0]], last=labels[run[-1]]))
        else:
            parts += [labels[place] for place in run]
    return ", ".join(parts)
