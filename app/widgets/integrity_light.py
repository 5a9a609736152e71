"""The light on the Case page: is every exhibit still what it was? A symbol and words, never colour alone."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.theme import colours, icon_pixmap
from app.widgets.integrity_words import Light, light
from app.widgets.plain_text import tooltip
from app.wording import tick_text
from core.custody import EvidenceStanding
from core.progress import Tick

_SIGNS = {"done": "done", "problem": "problem", "offer": "help", "note": "info"}
_ICON_PX, _EDGE_PX = 20, 4


class IntegrityLight(QFrame):
    """Shows how the evidence stands, and lets it be verified.

    Signals:
        verify_wished: verify all exhibits now.
        stop_wished: stop the verification that runs.
        problems_wished: show what is not what it was.
    """

    verify_wished = Signal()
    stop_wished = Signal()
    problems_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standing: EvidenceStanding | None = None
        self._busy = False
        self.light = Light("note", "…")
        self.words, self._sign = QLabel(), QLabel()
        self.show_button, self.verify = QPushButton(self.tr("Show…")), QPushButton()
        self._build()
        self.set_standing(None)

    def set_standing(self, standing: EvidenceStanding | None) -> None:
        """Show what is known; None while it is not known."""
        self._standing = standing
        self._show()

    def set_busy(self, busy: bool) -> None:
        """A verification begins or is over."""
        self._busy = busy
        self._show()

    def show_tick(self, tick: Tick) -> None:
        """How far the verification is."""
        if self._busy:
            self.words.setText(self.tr("Verifying: {}").format(tick_text(tick)))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the colours of the state behind the words."""
        writing, background = colours(self.palette()).notices[self.light.kind]
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(background))
        painter.fillRect(0, 0, _EDGE_PX, self.height(), QColor(writing))

    def _show(self) -> None:
        known = light(self._standing, datetime.now(UTC).astimezone())
        self.light = Light("note", self.tr("Verifying …"), known.tip) if self._busy else known
        self.words.setText(self.light.text)
        self.setToolTip(tooltip(self.light.tip))
        self.setAccessibleName(self.tr("Evidence: {}").format(self.light.text))
        self.verify.setText(self.tr("Stop") if self._busy else self.tr("&Verify now"))
        self.verify.setEnabled(self._busy or bool(self._standing and self._standing.exhibits))
        self.show_button.setVisible(bool(self._standing and self._standing.problems) and not self._busy)
        self._tint()

    def _wish(self) -> None:
        if self._busy:
            self.stop_wished.emit()
        else:
            self.verify_wished.emit()

    def _tint(self) -> None:
        writing, _ = colours(self.palette()).notices[self.light.kind]
        self._sign.setPixmap(icon_pixmap(_SIGNS[self.light.kind], writing, _ICON_PX, self.devicePixelRatioF()))
        self.words.setStyleSheet(f"color: {writing}")
        self.update()

    def _build(self) -> None:
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        font = self.words.font()
        font.setBold(True)
        self.words.setFont(font)
        self.show_button.setToolTip(self.tr("Which exhibits, where they lie, and what to do"))
        self.show_button.clicked.connect(self.problems_wished)
        self.verify.clicked.connect(self._wish)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_EDGE_PX + 10, 6, 8, 6)
        layout.setSpacing(8)
        layout.addWidget(self._sign)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.show_button)
        layout.addWidget(self.verify)
