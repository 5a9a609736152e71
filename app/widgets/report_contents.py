"""What a report contains: form, language, scale, sections and the files that are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from app.widgets.heading import heading
from app.widgets.plain_text import tooltip
from app.widgets.report_words import FORMATS, FORMS, LANGUAGES, SECTION_OPTIONS, Option
from app.wording import visible
from core.reporting import ReportDraft, ReportForm


class ReportContents(QWidget):
    """Choices about the whole report.

    Signals:
        changed: something was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form, self.language, self.scale = QComboBox(), QComboBox(), QComboBox()
        self.sections = {option.value: QCheckBox(option.caption) for option in SECTION_OPTIONS}
        self.formats = {option.value: QCheckBox(option.caption) for option in FORMATS}
        self._meaning = QLabel()
        self._build()

    def set_scales(self, scales: Sequence[tuple[str, str]]) -> None:
        """The verbal scales that can be chosen: file name and title."""
        wanted = self.scale.currentData()
        self.scale.clear()
        for name, title in scales:
            self.scale.addItem(visible(title, longest=80), name)
        self._choose(self.scale, wanted)

    def show_draft(self, draft: ReportDraft) -> None:
        """Show what a draft chose."""
        self._choose(self.form, draft.form)
        self._choose(self.language, draft.laboratory.language)
        self._choose(self.scale, draft.scale)
        for name, box in self.sections.items():
            box.setChecked(name not in draft.left_out)
        for name, box in self.formats.items():
            box.setChecked(name in draft.formats)
        self._explain()

    def fill(self, draft: ReportDraft) -> ReportDraft:
        """The draft with what is chosen here."""
        laboratory = replace(draft.laboratory, language=self.language.currentData() or draft.laboratory.language)
        return replace(
            draft,
            form=ReportForm(self.form.currentData()),
            laboratory=laboratory,
            scale=self.scale.currentData() or draft.scale,
            left_out=_in_order(draft.left_out, [name for name, box in self.sections.items() if not box.isChecked()]),
            formats=_in_order(draft.formats, [name for name, box in self.formats.items() if box.isChecked()]),
        )

    def set_writable(self, writable: bool) -> None:
        """Whether anything may be chosen."""
        for part in (self.form, self.language, self.scale, *self.sections.values(), *self.formats.values()):
            part.setEnabled(writable)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the wheel scroll the page, not change a choice it happens to pass."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        self._list(column, self.form, self.tr("&Form"), FORMS)
        self._meaning.setWordWrap(True)
        self._meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column.addWidget(self._meaning)
        self._list(column, self.language, self.tr("&Language"), LANGUAGES)
        self._list(column, self.scale, self.tr("&Scale of words for the strength of evidence"), ())
        self._boxes(column, self.tr("Sections"), self.sections, SECTION_OPTIONS)
        self._boxes(column, self.tr("Files"), self.formats, FORMATS)
        column.addStretch(1)

    def _list(self, column: QVBoxLayout, field: QComboBox, caption: str, options: Sequence[Option]) -> None:
        for option in options:
            field.addItem(option.caption, option.value)
            field.setItemData(field.count() - 1, tooltip(option.tip), Qt.ItemDataRole.ToolTipRole)
        words = QLabel(caption)
        words.setBuddy(field)
        field.setAccessibleName(caption.replace("&", ""))
        field.setToolTip(options[0].tip if len(options) == 1 else self.tr("Chosen for this report."))
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        field.installEventFilter(self)
        field.activated.connect(lambda _place: self._change())
        column.addSpacing(4)
        column.addWidget(words)
        column.addWidget(field)

    def _boxes(self, column: QVBoxLayout, title: str, boxes: dict[str, QCheckBox], options: Sequence[Option]) -> None:
        column.addSpacing(10)
        column.addWidget(heading(title))
        for option in options:
            box = boxes[option.value]
            box.setToolTip(option.tip)
            box.setAccessibleName(f"{title}: {option.caption}")
            box.clicked.connect(self._change)
            column.addWidget(box)

    def _change(self) -> None:
        self._explain()
        self.changed.emit()

    def _explain(self) -> None:
        chosen = self.form.currentData()
        self._meaning.setText(next((option.tip for option in FORMS if option.value == chosen), ""))

    @staticmethod
    def _choose(field: QComboBox, value: object) -> None:
        """Show a value; one that is not offered is shown as it is, so that nothing changes by looking at it."""
        if value is None:
            return
        if field.findData(value) < 0:
            field.addItem(visible(str(value), longest=80), value)
        field.setCurrentIndex(field.findData(value))


def _in_order(before: tuple[str, ...], now: Sequence[str]) -> tuple[str, ...]:
    """What is chosen now, in the order of before where nothing else was chosen."""
    return before if set(before) == set(now) else tuple(now)
