"""The preview of a report: its pages, a page number, zoom, and what is to be said about them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon
from app.widgets.page_sheets import PageSheets
from app.widgets.plain_text import PlainLabel, visible_lines


class ReportPreview(QWidget):
    """Pages with a bar above them.

    Signals:
        again_wished: the preview is to be made again.
    """

    again_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheets, self._words = PageSheets(), PlainLabel(self.tr("About the preview"))
        self.page, self._of = QSpinBox(), QLabel()
        self._out, self._in, self._fit, self._again = QToolButton(), QToolButton(), QPushButton(), QPushButton()
        self._size, self.state, self._fault = QLabel(), QLabel(), PlainLabel(self.tr("Problem with the preview"))
        self._stack = QStackedWidget()
        self._build()
        self.say("")

    def say(self, sentence: str) -> None:
        """Say something in place of the pages."""
        self.sheets.clear()
        self._words.setText(visible_lines(sentence))
        self._stack.setCurrentWidget(self._words)
        self._fault.hide()
        self._tell_place()

    def refuse(self, sentence: str) -> None:
        """The preview could not be made: what was shown before stays, greyed, under the sentence."""
        self.state.setText("")
        if self.sheets.total:
            self._fault.setText(visible_lines(sentence))
            self._fault.show()
        else:
            self.say(sentence)

    def set_working(self, working: bool) -> None:
        """Say that pages are on their way."""
        self.state.setText(self.tr("Renewing …") if working else "")

    def show_pages(self) -> None:
        """Pages arrived: show them."""
        self._fault.hide()
        self._stack.setCurrentWidget(self.sheets)
        self._tell_place()

    @property
    def sentence(self) -> str:
        """What stands in place of the pages or above them."""
        return self._words.text() if self._stack.currentWidget() is self._words else self._fault.text()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _build(self) -> None:
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setContentsMargins(24, 24, 24, 24)
        self._fault.setContentsMargins(12, 6, 12, 6)
        for part in (self.sheets, self._words):
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bar())
        column.addWidget(self._fault)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.sheets)
        self._tint()
        self._connect()

    def _bar(self) -> QHBoxLayout:
        self.page.setRange(0, 0)
        self.page.setKeyboardTracking(False)
        self.page.setAccessibleName(self.tr("Page"))
        self.page.setToolTip(self.tr("Number of the page; type one to go there."))
        self._tool(self._out, self.tr("Smaller pages (Ctrl and the wheel)"))
        self._tool(self._in, self.tr("Larger pages (Ctrl and the wheel)"))
        self._fit.setText(self.tr("Fit width"))
        self._fit.setToolTip(self.tr("Make the pages as wide as the pane."))
        self._again.setText(self.tr("Renew"))
        self._again.setToolTip(self.tr("Make the preview again."))
        for label in (self._of, self._size, self.state):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        caption = QLabel(self.tr("&Page"))
        caption.setBuddy(self.page)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 6)
        parts: tuple[QWidget, ...] = (caption, self.page, self._of, self.state, self._out, self._size, self._in)
        for part in (*parts, self._fit, self._again):
            bar.addWidget(part)
        bar.insertStretch(4, 1)
        bar.insertSpacing(3, 8)
        bar.insertSpacing(2, 4)
        bar.insertSpacing(1, 4)
        return bar

    def _connect(self) -> None:
        sheets = self.sheets
        self.page.valueChanged.connect(self._go)
        self._out.clicked.connect(lambda: sheets.zoom_by(-1))
        self._in.clicked.connect(lambda: sheets.zoom_by(1))
        self._fit.clicked.connect(sheets.fit_width)
        self._again.clicked.connect(self.again_wished)
        sheets.moved.connect(lambda _page: self._tell_place())
        sheets.zoomed.connect(lambda _zoom: self._tell_place())

    def _tint(self) -> None:
        self._out.setIcon(icon("zoom-out", self.palette()))
        self._in.setIcon(icon("zoom-in", self.palette()))

    def _tool(self, button: QToolButton, tip: str) -> None:
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])

    def _go(self, page: int) -> None:
        if page and page != self.sheets.page:
            self.sheets.show_page(page)

    def _tell_place(self) -> None:
        sheets = self.sheets
        self.page.blockSignals(True)
        self.page.setRange(min(1, sheets.total), sheets.total)
        self.page.setValue(sheets.page)
        self.page.blockSignals(False)
        self._of.setText(self.tr("of {}").format(f"{sheets.total:,}") if sheets.total else "")
        self._size.setText(f"{sheets.zoom * 100:.0f} %")
        for part in (self.page, self._out, self._in, self._fit):
            part.setEnabled(sheets.total > 0)
