"""Collects what a file says of itself, within limits: nothing may flood the program or be cut in silence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.examine import FileStatement
from core.imaging.exif import readable
from core.imaging.opening import DECODER_ERRORS

VALUE_LIMIT = 20_000  # characters of one value
GROUP_LIMIT = 1_000  # lines of one group
NAME_LIMIT = 200


class StatementLines:
    """Lines and remarks while a file is read; the order of adding is kept inside a group."""

    def __init__(self) -> None:
        self._lines: dict[str, list[FileStatement]] = {}
        self._remarks: dict[str, None] = {}

    def add(self, group: str, name: str, value: object) -> None:
        """Add one line; an empty value adds nothing, one that is too long is cut with a remark."""
        text = readable(value, VALUE_LIMIT)
        if not text:
            return
        lines = self._lines.setdefault(group, [])
        if len(lines) >= GROUP_LIMIT:
            self.say(f"{group}: only the first {GROUP_LIMIT:,} entries are listed; the original keeps the rest.")
            return
        name = readable(name, NAME_LIMIT)
        if len(text) > VALUE_LIMIT:
            self.say(
                f"{group}: the value of {name} is longer than {VALUE_LIMIT:,} characters and is cut there; the "
                "original keeps all of it."
            )
        lines.append(FileStatement(group, name, text))

    def say(self, sentence: str) -> None:
        """Add a remark, once."""
        if len(self._remarks) < GROUP_LIMIT:
            self._remarks[sentence] = None

    @contextmanager
    def forgiving(self, sentence: str) -> Iterator[None]:
        """Whatever decoders raise on hostile bytes costs this part only and becomes a remark."""
        try:
            yield
        except DECODER_ERRORS:
            self.say(sentence)

    def of(self, *groups: str) -> tuple[FileStatement, ...]:
        """The lines of these groups, in this order."""
        return tuple(line for group in groups for line in self._lines.get(group, ()))

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks in the order they came up."""
        return tuple(self._remarks)
