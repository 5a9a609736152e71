"""The tools for annotations on the image, and the list of the annotations that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon
from app.widgets.heading import heading
from app.wording import visible
from core.examine import Annotation, AnnotationKind

_TOOLS: tuple[tuple[AnnotationKind | None, str, str, str], ...] = (
    (None, "annotate-select", "Choose", "Choose an annotation, or move the image"),
    (AnnotationKind.RECTANGLE, "annotate-rectangle", "Rectangle", "Draw a rectangle: pull from corner to corner"),
    (AnnotationKind.ARROW, "annotate-arrow", "Arrow", "Draw an arrow: pull towards what is meant"),
    (AnnotationKind.TEXT, "annotate-text", "Text", "Type the words below, then click where they shall stand"),
)
_LONGEST, _SHOWN_ROWS = 2_000, 5
_NEXT = "Words for the next annotation"
_EMPTY = "No annotations yet. They belong to this exhibit and can go into the report."
_READ_ONLY = "The case is open read-only."


class AnnotationBar(QWidget):
    """Says what is wished and writes nothing; text and check box are about the chosen annotation, or else the next one.

    Signals:
        tool_changed: what the mouse draws from now on, an `AnnotationKind` or None.
        chosen: the id of the annotation chosen in the list, or None.
        change_wished: an `Annotation` with another text or place in the report.
        remove_wished: the `Annotation` to take away.
        shown_toggled: whether annotations are to be seen on the image.
    """

    tool_changed = Signal(object)
    chosen = Signal(object)
    change_wished = Signal(object)
    remove_wished = Signal(object)
    shown_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._annotations: tuple[Annotation, ...] = ()
        self._chosen: Annotation | None = None
        self._examiner, self._writable = "", False
        self._group = QButtonGroup(self)
        self.tools: dict[AnnotationKind | None, QToolButton] = {kind: QToolButton() for kind, *_ in _TOOLS}
        self.text, self.in_report = QLineEdit(), QCheckBox("In the &report")
        self.remove, self.shown = QToolButton(), QCheckBox("&Show")
        self.list, self._empty, self._said = QListWidget(), QLabel(_EMPTY), QLabel()
        self._build()
        self.set_annotations((), examiner="", writable=False)

    def set_annotations(self, annotations: Sequence[Annotation], *, examiner: str, writable: bool) -> None:
        """Show the annotations of the exhibit; the chosen one stays chosen.

        Args:
            annotations: in the order they were drawn.
            examiner: who is at work; only own annotations can be changed or removed.
            writable: whether the case may be changed.
        """
        number = self._chosen.id if self._chosen is not None else None
        self._annotations, self._examiner, self._writable = tuple(annotations), examiner, writable
        self.list.blockSignals(True)
        self.list.clear()
        for annotation in self._annotations:
            row = QListWidgetItem(annotation_text(annotation))
            row.setData(Qt.ItemDataRole.UserRole, annotation.id)
            self.list.addItem(row)
        self.list.blockSignals(False)
        self.list.setVisible(bool(self._annotations))
        self._empty.setVisible(not self._annotations)
        for kind, button in self.tools.items():
            button.setEnabled(writable or kind is None)
        if not writable and self.tool is not None:
            self.tools[None].click()
        self.choose(number)

    def choose(self, number: int | None) -> None:
        """Show an annotation as the chosen one, without announcing it; None: the next annotation is meant."""
        before, self._chosen = (
            self._chosen,
            next((annotation for annotation in self._annotations if annotation.id == number), None),
        )
        row = self._annotations.index(self._chosen) if self._chosen is not None else -1
        self.list.blockSignals(True)
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        if self._chosen is not None:
            if before is None or before.id != self._chosen.id or not self.text.hasFocus():
                self.text.setText(self._chosen.text)
            self.in_report.setChecked(self._chosen.in_report)
        elif before is not None:
            self.start_next()
        self._offer()

    def remove_chosen(self) -> None:
        """Wish the chosen annotation away, if it is an own one."""
        if self._chosen is not None and self._own:
            self.remove_wished.emit(self._chosen)

    def start_next(self) -> None:
        """An annotation was drawn: the next one begins without words."""
        self.text.clear()
        self.in_report.setChecked(True)

    def say(self, words: str) -> None:
        """What went wrong, or nothing."""
        self._said.setText(visible(words))
        self._said.setVisible(bool(words))

    @property
    def tool(self) -> AnnotationKind | None:
        """What the mouse draws."""
        return next((kind for kind, button in self.tools.items() if button.isChecked()), None)

    @property
    def words(self) -> str:
        """The words for the next annotation."""
        return self.text.text().strip()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _use(self, kind: AnnotationKind | None) -> None:
        if kind is not None and self._chosen is not None:
            self.choose(None)
            self.chosen.emit(None)
        if kind is AnnotationKind.TEXT and not self.words:
            self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self._offer()
        self.tool_changed.emit(kind)

    def _follow_list(self, row: int) -> None:
        number = self._annotations[row].id if 0 <= row < len(self._annotations) else None
        self.choose(number)
        self.chosen.emit(number)

    def _send_text(self) -> None:
        annotation, words = self._chosen, self.words
        if annotation is None or annotation.text == words or not self._own:
            return
        if annotation.kind is AnnotationKind.TEXT and not words:
            self.text.setText(annotation.text)
            return
        self.change_wished.emit(replace(annotation, text=words))

    def _send_place(self, on: bool) -> None:
        if self._chosen is not None and self._chosen.in_report != on:
            self.change_wished.emit(replace(self._chosen, in_report=on))

    @property
    def _own(self) -> bool:
        return self._writable and self._chosen is not None and self._chosen.examiner == self._examiner

    def _offer(self) -> None:
        annotation = self._chosen
        self.text.setReadOnly(not (self._own if annotation is not None else self._writable))
        self.text.setPlaceholderText(_NEXT if annotation is None else "")
        self.in_report.setEnabled(self._writable)
        self.remove.setEnabled(self._own)
        whose = (
            f"Drawn by {visible(annotation.examiner, longest=80)}; only they can change it."
            if annotation is not None
            else ""
        )
        self.remove.setToolTip(
            _READ_ONLY
            if not self._writable
            else whose
            if annotation is not None and not self._own
            else "Remove the annotation"
        )
        self.text.setToolTip(whose if annotation is not None and not self._own else "")

    def _tint(self) -> None:
        for kind, sign, *_ in _TOOLS:
            self.tools[kind].setIcon(icon(sign, self.palette()))
        self.remove.setIcon(icon("delete", self.palette()))

    def _tool_row(self) -> QHBoxLayout:
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for kind, _sign, name, tip in _TOOLS:
            button = self.tools[kind]
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setIconSize(QSize(20, 20))
            button.setToolTip(tip)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _on, kind=kind: self._use(kind))
            self._group.addButton(button)
            tools.addWidget(button)
        self.tools[None].setChecked(True)
        tools.addStretch()
        tools.addWidget(self.shown)
        self.shown.setChecked(True)
        self.shown.setToolTip("Show the annotations on the image")
        self.shown.toggled.connect(self.shown_toggled)
        return tools

    def _build(self) -> None:
        self._build_fields()
        below = QHBoxLayout()
        below.addWidget(self.in_report, 1)
        below.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        layout.addWidget(heading("Annotations on the image"))
        layout.addLayout(self._tool_row())
        layout.addWidget(self.text)
        layout.addLayout(below)
        for part in (self._empty, self.list, self._said):
            layout.addWidget(part)
        layout.addStretch()
        self.setAccessibleName("Annotations on the image")
        self._tint()

    def _build_fields(self) -> None:
        self.text.setMaxLength(_LONGEST)
        self.text.setAcceptDrops(False)  # dropped files belong to the window
        self.text.setAccessibleName("Words of the annotation")
        self.text.editingFinished.connect(self._send_text)
        self.in_report.setChecked(True)
        self.in_report.setToolTip("Print this annotation in the report")
        self.in_report.clicked.connect(self._send_place)
        self.remove.setAutoRaise(True)
        self.remove.setIconSize(QSize(20, 20))
        self.remove.setAccessibleName("Remove the annotation")
        self.remove.clicked.connect(self.remove_chosen)
        self.list.setAccessibleName("Annotations")
        self.list.setMaximumHeight(self.fontMetrics().lineSpacing() * (_SHOWN_ROWS + 2))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._follow_list)
        for label in (self._empty, self._said):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._said.hide()


_NAMES = {kind: name for kind, _sign, name, _tip in _TOOLS if kind is not None}


def annotation_text(annotation: Annotation) -> str:
    """An annotation in one line: what it is, its words, who drew it, and whether it is printed."""
    words = f"“{visible(annotation.text, longest=80)}”" if annotation.text.strip() else ""
    place = "" if annotation.in_report else "not in the report"
    return " · ".join(filter(None, (_NAMES[annotation.kind], words, visible(annotation.examiner, longest=40), place)))
