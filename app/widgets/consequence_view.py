"""What putting a new detector to use would mean for the cases known here, and draft notices about issued reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.widgets.consequence_words import consequence_blocks, consequence_sentence
from app.widgets.heading import heading
from app.widgets.plain_text import PlainLabel
from app.widgets.text_sheet import TextSheet
from app.widgets.waiting_strip import WaitingStrip
from app.wording import counted, visible
from core.descent import Consequences

_BEFORE = (
    "Findings keep the detector they were made with. Here you can see which of them the new detector would not make: "
    "the images of every case opened here lately are read again, without changing anything in them."
)
_NO_PARENT = "There is no parent, so no finding can rest on it."
_LIST_PX = 150
_WIDEST_PX = 860


class ConsequenceView(QWidget):
    """Offers to look, and shows what was found.

    Args:
        changed: the list of findings that would be others; filled by the page.

    Signals:
        look_wished: read the images of the cases again.
        notices_wished: write a draft notice for each issued report that is touched.
        folder_wished: show the folder of the notices.
    """

    look_wished = Signal()
    notices_wished = Signal()
    folder_wished = Signal()

    def __init__(self, changed: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look, self.notices = QPushButton("&Look what would change"), QPushButton("&Write draft notices")
        self.folder, self.waiting = QPushButton("Open the &folder"), WaitingStrip("Looking what would change")
        self.words, self.written = PlainLabel("What would change"), PlainLabel("Notices")
        self.details, self.changed = TextSheet(widest_px=_WIDEST_PX, whole=True), changed
        self._arrange()
        self.look.clicked.connect(self.look_wished)
        self.waiting.again_wished.connect(self.look_wished)
        self.notices.clicked.connect(self.notices_wished)
        self.folder.clicked.connect(self.folder_wished)
        self.set_found(None)

    def set_possible(self, possible: bool) -> None:
        """Whether there is a parent whose findings could change."""
        self.look.setEnabled(possible)
        if not possible:
            self.words.setText(_NO_PARENT)

    def set_found(self, found: Consequences | None) -> None:
        """Show what was found, or that nobody looked yet."""
        self.words.setText(consequence_sentence(found) if found is not None else _BEFORE)
        self.look.setText("&Look again" if found is not None else "&Look what would change")
        self.changed.setVisible(found is not None and bool(found.changed))
        blocks = tuple(consequence_blocks(found)) if found is not None else ()
        self.details.set_blocks(blocks)
        self.details.setVisible(bool(blocks))
        self.notices.setVisible(found is not None and any(report.changed for report in found.reports))
        self.set_notices(())

    def set_notices(self, paths: Sequence[Path]) -> None:
        """Say which notices were written."""
        reports = len({path.stem for path in paths})
        if reports:
            words = (
                f"Draft notices about {counted(reports, 'report', 'reports')} are in {visible(str(paths[0].parent))}."
            )
            self.written.setText(f"{words} Nothing is sent: read them, and decide.")
        self.written.setVisible(bool(reports))
        self.folder.setVisible(bool(reports))

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.look, self.notices, self.folder):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.details.setAccessibleName("Issued reports, and what could not be looked at")
        self.changed.setFixedHeight(_LIST_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(heading("What would change in your cases", scale=1.1))
        for part in (self.words, self.waiting, self.changed, self.details):
            layout.addWidget(part)
        layout.addLayout(buttons)
        layout.addWidget(self.written)
