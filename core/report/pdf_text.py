"""The text of a PDF's pages, line by line, as far as our own reports need it: their fonts say what each glyph means.

Only the text that the pages draw themselves is read; pictures, annotations and drawings are not. Text that a report
prints for checking stands alone on its lines (`core.report.pdf_lines`).

Source: ISO 32000-1, 9.4 (text objects) and 9.10.3 (ToUnicode maps).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pikepdf

from core.report.pdf_streams import unpacked

Matrix = tuple[float, float, float, float, float, float]

SAME: Matrix = (1, 0, 0, 1, 0, 0)
_OPERATORS = "q Q cm BT ET Tf Tm Td TD T* TL Tj TJ ' \" Tc Tw"
_READ = frozenset(_OPERATORS.split())
_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # where a word may break, which is no part of it
_DEEPEST = 500  # nested graphics states
_MOST_CODES = 70_000  # of one font
_LARGEST_MAP = 8 << 20
_SAME_LINE, _GAP = 0.25, 0.18  # of the font's size
_WORD_GAP = 300  # thousandths of it, inside one string


@dataclass(frozen=True, slots=True)
class _Font:
    """What the codes of a font mean, and how wide they are in thousandths of its size."""

    bytes_per_code: int
    texts: Mapping[int, str]
    widths: Mapping[int, float]
    width: float

    def codes(self, data: bytes) -> Iterator[int]:
        """The codes of a string."""
        step = self.bytes_per_code
        for start in range(0, len(data) - step + 1, step):
            yield int.from_bytes(data[start : start + step], "big")


@dataclass(slots=True)
class _State:
    """Where the next glyph goes."""

    matrix: Matrix = SAME
    font: _Font | None = None
    size: float = 0.0
    leading: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0


@dataclass(slots=True)
class _Page:
    """The lines of a page as they grow."""

    parts: list[str] = field(default_factory=list)
    end_x: float = 0.0
    y: float = 0.0

    def add(self, text: str, x: float, y: float, end_x: float, size: float) -> None:
        """A run of text that begins at (x, y); on the same line only if it goes on to the right."""
        if self.parts:
            gap = x - self.end_x
            if abs(y - self.y) > _SAME_LINE * size or gap < -size:
                self.parts.append("\n")
            elif gap > _GAP * size:
                self.parts.append(" ")
        self.parts.append(text)
        self.end_x, self.y = end_x, y


class TextReader:
    """Reads pages of one PDF; fonts are read once.

    A file may make it fail with any of `pikepdf.PdfError`, `ValueError`, `TypeError`, `LookupError`, `AttributeError`,
    `OverflowError` or `MemoryError`.
    """

    def __init__(self) -> None:
        self._fonts: dict[tuple[int, int], _Font] = {}

    def text(self, page: pikepdf.Page, instructions: Iterable[Any] | None = None) -> str:
        """The text of a page, a line for each line.

        Args:
            page: the page.
            instructions: of the page, where they were read before.
        """
        resources = page.obj.get("/Resources")
        fonts = resources.get("/Font") if resources is not None else None
        pen = _Pen(lambda name: self._font(fonts, name))
        for instruction in pikepdf.parse_content_stream(page, _OPERATORS) if instructions is None else instructions:
            if (name := str(instruction.operator)) in _READ:
                pen.do(name, instruction.operands)
        return "".join(pen.lines.parts)

    def _font(self, fonts: Any, name: Any) -> _Font:  # noqa: ANN401 - objects of pikepdf
        found = fonts[str(name)]
        key = found.objgen
        if key not in self._fonts or key == (0, 0):
            self._fonts[key] = _read_font(found)
        return self._fonts[key]


class _Pen:
    """Does what the operators of a page say, as far as it moves or shows text."""

    def __init__(self, font_of: Callable[[Any], _Font]) -> None:
        self.lines = _Page()
        self._font_of = font_of
        self._states = [_State()]
        self._written = self._line_start = SAME

    def do(self, name: str, operands: Any) -> None:  # noqa: ANN401 - objects of pikepdf
        """One operator with its operands."""
        if name in ("Tj", "TJ"):
            self._show(operands[0] if name == "TJ" else [operands[0]])
        elif name in ("'", '"'):
            self._next_line(0, -self._states[-1].leading)
            self._show([operands[-1]])
        elif name in ("q", "Q", "cm"):
            self._graphics(name, operands)
        elif name in ("Tf", "TL", "Tc", "Tw"):
            self._set(name, operands)
        else:
            self._move(name, operands)

    def _graphics(self, name: str, operands: Any) -> None:  # noqa: ANN401
        states = self._states
        if name == "q":
            _require(len(states) < _DEEPEST)
            states.append(replace(states[-1]))
        elif name == "cm":
            states[-1].matrix = product(_matrix(operands), states[-1].matrix)
        elif len(states) > 1:
            states.pop()

    def _set(self, name: str, operands: Any) -> None:  # noqa: ANN401
        state = self._states[-1]
        if name == "Tf":
            state.font, state.size = self._font_of(operands[0]), float(operands[1])
        elif name == "TL":
            state.leading = float(operands[0])
        elif name == "Tc":
            state.spacing = float(operands[0])
        else:
            state.word_spacing = float(operands[0])

    def _move(self, name: str, operands: Any) -> None:  # noqa: ANN401
        if name == "Tm":
            self._written = self._line_start = _matrix(operands)
        elif name in ("Td", "TD"):
            if name == "TD":
                self._states[-1].leading = -float(operands[1])
            self._next_line(float(operands[0]), float(operands[1]))
        elif name == "T*":
            self._next_line(0, -self._states[-1].leading)
        else:  # BT, ET
            self._written = self._line_start = SAME

    def _next_line(self, x: float, y: float) -> None:
        self._written = self._line_start = product((1, 0, 0, 1, x, y), self._line_start)

    def _show(self, shown: Any) -> None:  # noqa: ANN401
        state = self._states[-1]
        if state.font is not None:
            self._written = _show(self.lines, state, state.font, self._written, shown)


def _show(lines: _Page, state: _State, font: _Font, written: Matrix, shown: Any) -> Matrix:  # noqa: ANN401
    """Add the strings of one operator to the page; answers where the text goes on."""
    texts: list[str] = []
    advance = 0.0
    for part in shown:
        if not isinstance(part, pikepdf.String):
            advance -= float(part) / 1000 * state.size
            if -float(part) > _WORD_GAP and texts and texts[-1] != " ":
                texts.append(" ")
            continue
        for code in font.codes(bytes(part)):
            texts.append(font.texts.get(code, "\ufffd"))
            advance += font.widths.get(code, font.width) / 1000 * state.size + state.spacing
            advance += state.word_spacing if font.bytes_per_code == 1 and code == 0x20 else 0
    after = product((1, 0, 0, 1, advance, 0), written)
    begin, end = product(written, state.matrix), product(after, state.matrix)
    size = abs(state.size) * max(abs(begin[0]), abs(begin[1]), 1e-6)
    lines.add("".join(texts), begin[4], begin[5], end[4], size)
    return after


def _read_font(font: Any) -> _Font:  # noqa: ANN401
    texts = _meanings(unpacked(font.ToUnicode, _LARGEST_MAP)) if "/ToUnicode" in font else {}
    if font.get("/Subtype") != "/Type0":
        first = int(font.get("/FirstChar", 0))
        listed = {first + index: float(width) for index, width in enumerate(font.get("/Widths", ()))}
        return _Font(1, {**{code: chr(code) for code in range(256)}, **texts}, listed, 0.0)
    below = font.DescendantFonts[0]
    return _Font(2, texts, _widths(below.get("/W", ())), float(below.get("/DW", 1000)))


def _widths(listed: Any) -> dict[int, float]:  # noqa: ANN401
    """The widths of a composite font: ``first [w w …]`` or ``first last w``."""
    widths: dict[int, float] = {}
    rows = iter(listed)
    for first in rows:
        second = next(rows)
        if isinstance(second, pikepdf.Array):
            widths.update({int(first) + index: float(width) for index, width in enumerate(second)})
        else:
            _require(0 <= int(second) - int(first) < _MOST_CODES)
            widths.update(dict.fromkeys(range(int(first), int(second) + 1), float(next(rows))))
        _require(len(widths) < _MOST_CODES)
    return widths


def _meanings(cmap: bytes) -> dict[int, str]:
    """Code → text of a ToUnicode map."""
    texts: dict[int, str] = {}
    for kind, body in _SECTION.findall(cmap):
        tokens = _TOKEN.finditer(body)
        for token in tokens:
            first = _number(token)
            if kind == b"bfchar":
                texts[first] = _characters(next(tokens))
            else:
                _add_range(texts, first, _number(next(tokens)), tokens)
            _require(len(texts) < _MOST_CODES)
    return texts


def _add_range(texts: dict[int, str], first: int, last: int, tokens: Iterator[re.Match[bytes]]) -> None:
    _require(0 <= last - first < _MOST_CODES)
    token = next(tokens)
    if not token[2]:
        begin = _characters(token)
        for code in range(first, last + 1):
            texts[code] = begin[:-1] + chr(ord(begin[-1]) + code - first) if begin else ""
        return
    for code in range(first, last + 1):
        texts[code] = _characters(next(tokens))
    next(tokens)  # the closing bracket


def _number(token: re.Match[bytes]) -> int:
    return int(token[1], 16)


def _characters(token: re.Match[bytes]) -> str:
    return _UNSEEN.sub("", bytes.fromhex(token[1].decode("ascii")).decode("utf-16-be", "replace"))


def _matrix(operands: Any) -> Matrix:  # noqa: ANN401
    a, b, c, d, e, f = (float(number) for number in operands)
    return a, b, c, d, e, f


def product(left: Matrix, right: Matrix) -> Matrix:
    """The matrix that does the left one first."""
    a, b, c, d, e, f = left
    g, h, i, j, k, m = right
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _require(fits: bool) -> None:
    if not fits:
        raise ValueError("A part of the page is larger than any page of a report.")
