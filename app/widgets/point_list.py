"""What is still to be done before a report can be issued: points with a way to each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.widgets.heading import heading
from app.widgets.link_button import LinkButton
from app.widgets.plain_text import PlainLabel, visible_lines
from app.wording import counted

_MOST = 40


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to be settled or looked at.

    Attributes:
        sentence: what, and what to do; may quote a case.
        key: of the field or place where it is settled.
        exhibit_id: the exhibit it is about, or None.
        start, length: the part of the field's text that it is about.
    """

    sentence: str
    key: str
    exhibit_id: int | None = None
    start: int = 0
    length: int = 0


class PointList(QWidget):
    """A heading with points below it; without points only a sentence, or nothing.

    Args:
        title: the heading.
        done: said where there is no point; "" hides the list then.
        numbered: whether the points carry numbers.
        offered: whether a point has a place to be led to.

    Signals:
        show_wished: a `Point` is to be led to.
    """

    show_wished = Signal(object)

    def __init__(
        self,
        title: str,
        *,
        done: str = "",
        numbered: bool = False,
        offered: Callable[[Point], bool] = lambda _point: True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._done, self._numbered, self._offered = title, done, numbered, offered
        self._points: tuple[Point, ...] = ()
        self._heading, self._words, self._rows = heading(title), QLabel(done), QVBoxLayout()
        self._words.setWordWrap(True)
        self._words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self._heading, self._words):
            column.addWidget(part)
        column.addLayout(self._rows)
        self._tell()
        if not done:
            self.hide()

    @property
    def points(self) -> tuple[Point, ...]:
        """What is listed."""
        return self._points

    def wait(self, words: str) -> None:
        """The points are not known yet: say so, instead of that there are none."""
        self.set_points(())
        self._words.setText(words)

    def set_points(self, points: Sequence[Point]) -> None:
        """List other points; the same ones keep the keyboard where it is."""
        self._words.setText(self._done)
        if tuple(points) == self._points:
            return
        self._points = tuple(points)
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for number, point in enumerate(self._points[:_MOST], start=1):
            self._rows.addWidget(self._row(number, point))
        if len(self._points) > _MOST:
            self._rows.addWidget(QLabel(self.tr("… and {} more").format(f"{len(self._points) - _MOST:,}")))
        self._tell()
        self.setVisible(bool(self._points or self._done))

    def focus_first(self) -> None:
        """Give the way to the first point the keyboard."""
        buttons = self.findChildren(QPushButton)
        if buttons:
            buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _tell(self) -> None:
        count = len(self._points)
        self._heading.setText(f"{self._title} ({count:,})" if count else self._title)
        self._words.setVisible(not count)
        self.setAccessibleName(f"{self._title}: {counted(count, 'point', 'points')}")

    def _row(self, number: int, point: Point) -> QWidget:
        row, words, sign = QWidget(), PlainLabel(), QLabel(f"{number}." if self._numbered else "•")
        words.setText(visible_lines(point.sentence, longest=600))
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        sign.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        sign.setMinimumWidth(self.fontMetrics().averageCharWidth() * 3)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for label in (sign, words):
            label.setContentsMargins(0, 2, 0, 2)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(words, 1)
        if self._offered(point):
            layout.addWidget(self._link(point), 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _link(self, point: Point) -> QPushButton:
        link = LinkButton(self.tr("Show"))
        link.setToolTip(self.tr("Go to where this is settled."))
        link.setAccessibleName(self.tr("Show: {}").format(visible_lines(point.sentence, longest=120)))
        link.clicked.connect(lambda: self.show_wished.emit(point))
        return link
