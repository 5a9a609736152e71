"""What the analyst adds to an exhibit: the reviewed mark and a note that saves itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

_IDLE_MS = 4000  # long enough that a pause in typing does not fill the case's log with half sentences
_READ_ONLY = "The case is open read-only."


class WorkPanel(QWidget):
    """A check box and a note; both only say what is wished, the page writes it."""

    review_wished = Signal(bool)
    note_wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reviewed = QCheckBox("Reviewed")
        self.note = QPlainTextEdit()
        self._stored = ""  # what the case holds
        self._sent: str | None = None  # what was asked to be written and is not confirmed yet
        self._idle = QTimer(self, singleShot=True, interval=_IDLE_MS)
        self._build()

    def set_work(self, *, reviewed: bool, note: str, read_only: bool) -> None:
        """Show an exhibit's state; text being typed is left alone when only something else changed."""
        self.reviewed.setChecked(reviewed)
        self.reviewed.setEnabled(not read_only)
        self.reviewed.setToolTip(_READ_ONLY if read_only else "You have looked at this exhibit and are done with it")
        self.note.setReadOnly(read_only)
        self.note.setPlaceholderText(_READ_ONLY if read_only else "Your note about this exhibit; saved by itself")
        if note != self._stored:
            untouched = self.note.toPlainText() in (self._stored, self._sent)
            self._stored, self._sent = note, None
            if untouched and self.note.toPlainText() != note:
                self.note.setPlainText(note)
                self._idle.stop()

    def start(self) -> None:
        """Forget the note of the exhibit before; call `flush` first."""
        self._stored, self._sent = "", None
        self.note.clear()
        self._idle.stop()

    @property
    def unsaved(self) -> bool:
        """Whether the note differs from what the case holds."""
        return self.note.toPlainText() != self._stored

    def flush(self) -> None:
        """Have a changed note written now, once."""
        self._idle.stop()
        text = self.note.toPlainText()
        if self.unsaved and text != self._sent and not self.note.isReadOnly():
            self._sent = text
            self.note_wished.emit(text)

    def restore(self, text: str) -> None:
        """A write of `text` failed: it stands in the editor, if nothing else was typed, and is tried again."""
        self._sent = None
        if not self.unsaved and not self.note.isReadOnly():
            self.note.setPlainText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Save when the note is left."""
        if watched is self.note and event.type() == QEvent.Type.FocusOut:
            self.flush()
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.note.setAcceptDrops(False)  # dropped files belong to the window
        self.note.setTabChangesFocus(True)
        self.note.setAccessibleName("Note about this exhibit")
        self.note.setFixedHeight(self.fontMetrics().height() * 4 + 12)
        self.note.installEventFilter(self)
        self.note.textChanged.connect(self._idle.start)
        self._idle.timeout.connect(self.flush)
        self.reviewed.clicked.connect(self.review_wished)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 10)
        caption = QLabel("&Note")
        caption.setBuddy(self.note)
        for part in (caption, self.note, self.reviewed):
            layout.addWidget(part)
