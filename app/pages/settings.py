"""Settings: made from the table of settings, saved as soon as something is chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.jobs import Jobs, Lane
from app.widgets.file_field import FileField
from app.widgets.heading import heading
from app.widgets.long_text import LongText
from core.domain import Table
from core.errors import CoreError
from core.progress import Progress
from core.settings import SETTINGS, Setting

if TYPE_CHECKING:
    from core.services.workspace import Workspace

# Chosen where one sees what one chooses: on the Detectors page.
_ELSEWHERE = frozenset({"analysis.detector"})
_CHOICES = {
    "auto": "Automatic",
    "cpu": "Processor (CPU)",
    "cuda": "GPU (CUDA)",
    "system": "As the system",
    "light": "Light",
    "dark": "Dark",
    "en": "English",
    "de": "German",
}
_WIDEST_PX = 760
_CAPTION_CHARACTERS, _FIELD_CHARACTERS = 30, 30


class SettingsPage(QWidget):
    """Shows every setting with what it does.

    Args:
        workspace: holds the settings.
        jobs: where they are written.
        parent: the window.

    Signals:
        setting_changed: the key of a setting that has another value now.
        message: a sentence for the analyst.
    """

    setting_changed = Signal(str)
    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings, self._jobs = workspace.settings, jobs
        self._show_value: dict[str, Callable[[Any], None]] = {}
        inside = QWidget()
        inside.setMaximumWidth(_WIDEST_PX)
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 16, 24, 24)
        shown = [row for row in SETTINGS if row.key not in _ELSEWHERE]
        for group, rows in groupby(shown, key=lambda row: row.group):
            column.addWidget(heading(group, scale=1.15))
            column.addLayout(self._form(list(rows)))
        column.addStretch()
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def reload(self, touched: frozenset[Table]) -> None:
        """Settings are not part of a case."""

    def refresh(self) -> None:
        """Show the values as they are now; some can be changed elsewhere too."""
        for key, show in self._show_value.items():
            show(self._settings.get(key))

    def clear(self) -> None:
        """Settings outlive the case."""

    def actions_used(self) -> tuple[str, ...]:
        """This page answers no action."""
        return ()

    def trigger(self, action_id: str) -> None:
        """There is nothing to carry out."""

    def choose(self, key: str, value: Any) -> None:  # noqa: ANN401 - the row decides the type
        """Keep a new value."""
        if value == self._settings.get(key):
            return

        def write(_progress: Progress) -> None:
            self._settings.set(key, value)

        def failed(error: Exception) -> None:
            self.refresh()
            if isinstance(error, CoreError):
                self.message.emit(str(error))

        self._jobs.start(write, lambda _nothing: self.setting_changed.emit(key), failed, lane=Lane.WRITE, quiet=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the wheel scroll the page, not change a number it happens to pass."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _form(self, rows: list[Setting]) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(4)
        form.setContentsMargins(0, 0, 0, 18)
        for row in rows:
            field = self._field(row)
            field.setToolTip(row.help)
            hint = QLabel(row.help)
            hint.setWordWrap(True)
            hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            hint.setContentsMargins(0, 0, 0, 8)
            caption = QLabel("" if isinstance(field, QCheckBox) else row.label)
            caption.setBuddy(field)
            caption.setMinimumWidth(self.fontMetrics().averageCharWidth() * _CAPTION_CHARACTERS)
            if isinstance(field, (QSpinBox, QComboBox)):
                field.setMaximumWidth(self.fontMetrics().averageCharWidth() * _FIELD_CHARACTERS)
                field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                field.installEventFilter(self)
            form.addRow(caption, field)
            form.addRow("", hint)
        return form

    def _field(self, row: Setting) -> QWidget:
        value = self._settings.get(row.key)
        keep = partial(self.choose, row.key)
        if isinstance(row.default, bool):
            return self._box(row, keep, checked=value)
        if isinstance(row.default, int):
            return self._number(row, value, keep)
        if row.choices:
            return self._list(row, value, keep)
        if isinstance(row.default, tuple):
            return self._names(row, value, keep)
        if row.lines > 1:
            return self._long_text(row, value, keep)
        return self._file(row, value, keep) if row.files else self._text(row, value, keep)

    def _box(self, row: Setting, keep: Callable[[Any], None], *, checked: bool) -> QCheckBox:
        box = QCheckBox(row.label)
        box.setChecked(checked)
        box.clicked.connect(lambda: keep(box.isChecked()))
        self._show_value[row.key] = box.setChecked
        return box

    def _number(self, row: Setting, value: int, keep: Callable[[Any], None]) -> QSpinBox:
        field = QSpinBox()
        field.setRange(int(row.low or 0), int(row.high if row.high is not None else 1_000_000))
        field.setValue(value)
        field.setAccessibleName(row.label)
        field.editingFinished.connect(lambda: keep(field.value()))
        self._show_value[row.key] = field.setValue
        return field

    def _list(self, row: Setting, value: str, keep: Callable[[Any], None]) -> QComboBox:
        field = QComboBox()
        for choice in row.choices:
            field.addItem(self.tr(_CHOICES.get(choice, str(choice))), choice)
        field.setCurrentIndex(field.findData(value))
        field.setAccessibleName(row.label)
        field.activated.connect(lambda place: keep(field.itemData(place)))
        self._show_value[row.key] = lambda now: field.setCurrentIndex(field.findData(now))
        return field

    def _text(self, row: Setting, value: str, keep: Callable[[Any], None]) -> QLineEdit:
        field = QLineEdit(value)
        field.setAccessibleName(row.label)
        field.editingFinished.connect(lambda: keep(field.text().strip()))
        self._show_value[row.key] = field.setText
        return field

    def _long_text(self, row: Setting, value: str, keep: Callable[[Any], None]) -> LongText:
        field = LongText(row.lines)
        field.setPlainText(value)
        field.setAccessibleName(row.label)
        field.left.connect(lambda: keep(field.text()))
        self._show_value[row.key] = field.setPlainText
        return field

    def _file(self, row: Setting, value: str, keep: Callable[[Any], None]) -> FileField:
        field = FileField(row.label, row.files)
        field.setText(value)
        field.chosen.connect(keep)
        self._show_value[row.key] = field.setText
        return field

    def _names(self, row: Setting, value: tuple[str, ...], keep: Callable[[Any], None]) -> QWidget:
        owner = QWidget()
        grid = QGridLayout(owner)
        grid.setContentsMargins(0, 0, 0, 0)
        fields = [QLineEdit(name) for name in value]
        for place, field in enumerate(fields):
            field.setAccessibleName(f"{row.label}: {place}")
            field.editingFinished.connect(lambda: keep(tuple(each.text().strip() for each in fields)))
            grid.addWidget(QLabel(str(place)), place % 5, place // 5 * 2, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(field, place % 5, place // 5 * 2 + 1)

        def show(names: tuple[str, ...]) -> None:
            for field, name in zip(fields, names, strict=True):
                field.setText(name)

        self._show_value[row.key] = show
        return owner
