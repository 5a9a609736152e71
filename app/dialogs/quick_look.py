"""One exhibit large, for a moment: Space or Esc closes it, the arrow keys go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.jobs import Jobs, Lane
from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import Picture, build_picture
from app.wording import agreement_text, class_title, hidden_meaning, score_text, verdict_text, visible
from core.domain import Exhibit, ExhibitLine
from core.errors import Cancelled, CoreError
from core.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.services.workspace import Workspace

_SIDE_PX = 2048
_LOADING_AFTER_MS = 150
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class QuickLook(QDialog):
    """Shows the pixels of one exhibit and a line about it.

    Args:
        workspace: the door to the services.
        jobs: where reading and decoding run.

    Signals:
        step_wished: -1 for the exhibit before, 1 for the one after.
    """

    step_wished = Signal(int)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._canvas, self._name, self._verdict = ImageCanvas(), QLabel(), QLabel()
        self._loading = QTimer(self, singleShot=True, interval=_LOADING_AFTER_MS)
        self._loading.timeout.connect(lambda: self._canvas.show_message(self.tr("Loading the image …")))
        self.setWindowTitle(self.tr("Quick look"))
        self._build()

    def show_line(self, line: ExhibitLine, titles: Mapping[str, str]) -> None:
        """Show an exhibit: what its line says at once, its pixels as soon as they are decoded."""
        self._name.setText(visible(line.name, longest=120))
        self._verdict.setText(line_text(line, titles))
        self._loading.start()
        exhibit_id = line.id

        def read(_progress: Progress) -> tuple[Exhibit, Picture]:
            exhibits = self._workspace.exhibits
            return exhibits.get(exhibit_id), build_picture(exhibits.display(exhibit_id, max_side=_SIDE_PX))

        self._jobs.start(read, self._show_picture, self._refuse, lane=Lane.DISK, quiet=True, token=(id(self), "look"))

    def cover(self, window: QWidget) -> None:
        """Open over most of a window."""
        self.resize(QSize(window.width() * 9 // 10, window.height() * 9 // 10))
        self.move(window.mapToGlobal(window.rect().center()) - self.rect().center())
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close, or wish for a neighbour."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        elif event.key() in _STEPS:
            self.step_wished.emit(_STEPS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        for label in (self._name, self._verdict):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout()
        row.setContentsMargins(14, 8, 14, 8)
        row.addWidget(self._name, 1)
        row.addWidget(self._verdict)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._canvas, 1)
        layout.addLayout(row)

    def _show_picture(self, answer: tuple[Exhibit, Picture]) -> None:
        exhibit, picture = answer
        self._loading.stop()
        self._canvas.show_message("")
        facts = exhibit.facts
        self._canvas.show_picture(picture, QSize(facts.width, facts.height), facts.orientation)
        self._canvas.fit()

    def _refuse(self, error: Exception) -> None:
        self._loading.stop()
        if not isinstance(error, Cancelled):
            why = str(error) if isinstance(error, CoreError) else ""
            self._canvas.show_message(f"{self.tr('This image cannot be shown.')}\n{visible(why)}")


def line_text(line: ExhibitLine, titles: Mapping[str, str]) -> str:
    """Verdict, architecture, score and agreement of an exhibit in one line."""
    parts = [hidden_meaning() if line.hidden else verdict_text(line.verdict)]
    if line.architecture is not None:
        parts.append(class_title(line.architecture, titles))
        parts.append(f"score {score_text(line.score)}")
        parts.append(f"{agreement_text(line.agreement)} tiles agree")
    return " · ".join(parts)
