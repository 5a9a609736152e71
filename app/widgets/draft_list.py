"""Retrainings that were begun: which one to go on with, or to throw away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.widgets.plain_text import PlainLabel, tooltip, visible_lines
from app.widgets.retraining_words import draft_state, draft_title
from core.retraining import Draft, RunStatus

_ROWS_SHOWN = 3
_ASKED = (
    "Everything of this retraining is removed: its checks, its split and what was trained. Your own images stay where "
    "they are. This cannot be taken back."
)


class DraftList(QWidget):
    """Newest first.

    Signals:
        open_wished: id of a draft to go on with.
        discard_wished: id of a draft to be removed; it was asked about.
    """

    open_wished = Signal(str)
    discard_wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list, self.damaged = QListWidget(), PlainLabel("What is wrong with this retraining")
        self.go_on, self.discard = QPushButton("Go &on with it"), QPushButton("D&iscard…")
        self._ids: tuple[str, ...] = ()
        self._broken: dict[str, str] = {}
        self._build()

    def set_drafts(
        self, drafts: Sequence[Draft], runs: Mapping[str, RunStatus], damaged: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Show drafts, how far their trainings are, and by id a sentence for each that cannot be read."""
        height = self.fontMetrics().lineSpacing() * 2 + 10
        rows = {draft.id: (draft_title(draft), draft_state(draft, runs.get(draft.id))) for draft in drafts}
        rows |= dict.fromkeys(damaged, ("A retraining that cannot be read", "it can only be discarded"))
        self._ids, self._broken = tuple(rows), dict(damaged)
        self.list.clear()
        for draft_id, (title, state) in rows.items():
            item = QListWidgetItem(f"{title}\n{state}")
            item.setToolTip(tooltip(damaged.get(draft_id, title)))
            item.setSizeHint(QSize(0, height))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(min(_ROWS_SHOWN, max(1, len(rows))) * height + 8)

    @property
    def chosen(self) -> str:
        """Id of the draft that is chosen, "" for none."""
        row = self.list.currentRow()
        return self._ids[row] if 0 <= row < len(self._ids) else ""

    def _offer(self) -> None:
        sentence = self._broken.get(self.chosen, "")
        self.go_on.setEnabled(bool(self.chosen) and not sentence)
        self.damaged.setText(visible_lines(sentence))
        self.damaged.setVisible(bool(sentence))

    def _open(self) -> None:
        if self.go_on.isEnabled():
            self.open_wished.emit(self.chosen)

    def _ask_discard(self) -> None:
        draft_id, title = self.chosen, self.list.currentItem().text().partition("\n")[0]
        box = QMessageBox(QMessageBox.Icon.Warning, "Discard", f"Discard “{title}”?", parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(_ASKED)
        yes = box.addButton("&Discard it", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        yes.clicked.connect(lambda _on: self.discard_wished.emit(draft_id))
        box.open()

    def _build(self) -> None:
        self.list.setAccessibleName("Retrainings that were begun")
        self.list.setUniformItemSizes(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for button in (self.go_on, self.discard):
            button.setAutoDefault(False)
        self.go_on.clicked.connect(self._open)
        self.list.currentRowChanged.connect(lambda _row: self._offer())
        self.list.itemActivated.connect(lambda _item: self._open())
        self.discard.clicked.connect(self._ask_discard)
        buttons = QVBoxLayout()
        buttons.addWidget(self.go_on)
        buttons.addWidget(self.discard)
        buttons.addStretch()
        row = QHBoxLayout()
        row.addWidget(self.list, 1, Qt.AlignmentFlag.AlignTop)
        row.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.damaged)
