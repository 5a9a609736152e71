"""A bug of ours, to be copied and passed on; later bugs join the dialog that is already open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

_MOST = 20


class BugReport(QDialog):
    """Shows what happened; does not block the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._where, self._text = QLabel(), QPlainTextEdit()
        self._build()

    @property
    def text(self) -> str:
        """What would be copied."""
        return self._text.toPlainText()

    def add_bug(self, text: str, kept: Path | None) -> None:
        """Show one more bug.

        Args:
            text: the report.
            kept: the file it was kept in, None when that failed.
        """
        self._count += 1
        if self._count <= _MOST:
            self._text.appendPlainText(text + "\n")
        self._where.setText(self.tr("Kept on this computer as {}").format(kept) if kept else "")
        self._where.setVisible(kept is not None)
        self.show()

    def _build(self) -> None:
        self.setWindowTitle(self.tr("A fault in the program"))
        self.resize(760, 420)
        what = QLabel(
            self.tr(
                "Something went wrong that is our mistake, not yours. Your case is safe: every change is saved on its "
                "own, and the one that failed was not made. Nothing is sent anywhere. Look through the text before you "
                "pass it on; it may contain names of files."
            )
        )
        what.setWordWrap(True)
        self._where.setWordWrap(True)
        self._text.setReadOnly(True)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName(self.tr("Report"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton(self.tr("&Copy"))
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (what, self._text, self._where, buttons):
            layout.addWidget(part)
