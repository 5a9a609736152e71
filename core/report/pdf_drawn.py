"""Whether a page is drawn as reports are: with the operators of their typesetting, every text shown, and none covered.

A text that is written in the colour of what lies below it is not told; setting the pages anew tells it
(`core.report.set_anew`).

Source: ISO 32000-1, 8.5 (paths), 9.3.6 (text rendering), annex A (operators).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.report.pdf_text import SAME, Matrix, product

_MOVES = "q Q cm BT ET Tf Tm Td TD T* TL Tj TJ ' \" Tc Tw Tr"
_PAINTS = "cs scn CS SCN w M d J j i gs m l c h f f* B B* S Do"
_USED = frozenset([*_MOVES.split(), *_PAINTS.split(), "BDC", "BMC", "EMC"])
_FILLS = frozenset({"f", "f*", "B", "B*"})
_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_INSIDE = 1.0  # points from the begin of a text's line, up and to the right, and that a fill must reach beyond
_MOST = 20  # faults of one page
_DEEPEST = 500
Point = tuple[float, float]


def faults(instructions: Iterable[Any]) -> tuple[str, ...]:
    """What a page of a report has not, each as the end of a sentence that begins with the page.

    Args:
        instructions: of one page, as `pikepdf.parse_content_stream` gives them.
    """
    brush, found = _Brush(), dict[str, None]()
    for instruction in instructions:
        name = str(instruction.operator)
        if name not in _USED:
            found[f"is drawn with {name}, which no page of a report is."] = None
        else:
            found.update(dict.fromkeys(brush.do(name, instruction.operands)))
        if len(found) >= _MOST:
            break
    return tuple(found)


class _Brush:
    """Where texts begin and what is filled after them."""

    def __init__(self) -> None:
        self._matrices: list[Matrix] = [SAME]
        self._text: Matrix = SAME
        self._path: list[Point] = []
        self._shown: list[Point] = []

    def do(self, name: str, operands: Any) -> Iterator[str]:  # noqa: ANN401 - objects of pikepdf
        """One operator with its operands; answers what is wrong with it."""
        if name in ("q", "Q", "cm"):
            self._graphics(name, operands)
        elif name in ("BT", "Tm", "Td", "TD"):
            self._place(name, operands)
        elif name in _SHOWS:
            self._shown.append(_at(product(self._text, self._matrices[-1]), (_INSIDE, _INSIDE)))
        elif name == "Tr" and int(operands[0]) != 0:
            yield "has text that is written and not shown."
        else:
            yield from self._paint(name, operands)

    def _paint(self, name: str, operands: Any) -> Iterator[str]:  # noqa: ANN401
        if name in ("m", "l", "c"):
            points = list(map(float, operands))
            ends = zip(points[::2], points[1::2], strict=True)
            self._path += [_at(self._matrices[-1], point) for point in ends]
        elif name == "Do":
            self._path = [_at(self._matrices[-1], corner) for corner in ((0, 0), (1, 0), (0, 1), (1, 1))]
            yield from self._filled()
        elif name in _FILLS:
            yield from self._filled()
        elif name == "S":
            self._path = []

    def _graphics(self, name: str, operands: Any) -> None:  # noqa: ANN401
        if name == "cm":
            self._matrices[-1] = product(_matrix(operands), self._matrices[-1])
        elif name == "q":
            if len(self._matrices) >= _DEEPEST:
                raise ValueError("A part of the page is larger than any page of a report.")
            self._matrices.append(self._matrices[-1])
        elif len(self._matrices) > 1:
            self._matrices.pop()

    def _place(self, name: str, operands: Any) -> None:  # noqa: ANN401
        if name == "Tm":
            self._text = _matrix(operands)
        elif name == "BT":
            self._text = SAME
        else:
            self._text = product((1, 0, 0, 1, float(operands[0]), float(operands[1])), self._text)

    def _filled(self) -> Iterator[str]:
        path, self._path = self._path, []
        if not path:
            return
        left, right = min(x for x, _ in path), max(x for x, _ in path)
        bottom, top = min(y for _, y in path), max(y for _, y in path)
        if any(left < x < right and bottom < y < top for x, y in self._shown):
            yield "has something drawn over its text."


def _matrix(operands: Any) -> Matrix:  # noqa: ANN401
    a, b, c, d, e, f = (float(number) for number in operands)
    return a, b, c, d, e, f


def _at(matrix: Matrix, point: Point) -> Point:
    (a, b, c, d, e, f), (x, y) = matrix, point
    return a * x + c * y + e, b * x + d * y + f
