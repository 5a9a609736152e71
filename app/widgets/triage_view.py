"""The layout of Triage: filters, search and order, the grid, and the inspector; it knows records and no workspace."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon
from app.widgets.drop_area import DropArea
from app.widgets.filter_chips import FilterChips
from app.widgets.filter_panel import FilterPanel
from app.widgets.inspector import Inspector
from app.widgets.thumbnail_grid import ThumbnailGrid
from app.wording import exhibits_text, sort_text
from core.domain import SortKey

_PANEL_PX, _GRID_PX, _INSPECTOR_PX = 220, 760, 300
_NARROWEST_GRID_PX = 402  # two columns of thumbnails
_TYPED_INTO = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox)


class TriageView(QWidget):
    """Shows the exhibits of a case; its parts are attributes, their signals are wishes.

    Attributes:
        search, sort, order: what is looked for, and in which order.
        panel, chips: the filter.
        grid, inspector: the exhibits and the selected one.
        report: leads to the last intake report.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search, self.sort, self.order = QLineEdit(), QComboBox(), QToolButton()
        self.panel, self.chips = FilterPanel(), FilterChips()
        self.grid, self.inspector = ThumbnailGrid(), Inspector()
        self.report = QPushButton()
        self.splitter = QSplitter()
        self._count, self._stack, self._whole = QLabel(), QStackedWidget(), QStackedWidget()
        self._no_case = DropArea(
            self.tr("Drop images here to begin"),
            self.tr(
                "Files, folders or ZIP archives. You will be asked for a new case first; the originals are only read."
            ),
        )
        self._no_exhibits = DropArea(
            self.tr("This case has no exhibits yet"),
            self.tr("Drop images, folders or ZIP archives anywhere on this window. They are copied, never changed."),
        )
        self._no_match = DropArea(
            self.tr("No exhibit passes the filters"), self.tr("Take a filter away to see more."), sign="filter"
        )
        self._arrange()

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """The actions that stand on buttons here."""
        self._no_case.set_actions([actions["case.new"], actions["case.open"]])
        self._no_exhibits.set_actions([actions["case.add_files"], actions["case.add_folder"]])
        self._no_match.set_actions([actions["triage.clear_filter"]])
        self.inspector.set_actions(actions["triage.examine"], actions["triage.review"])
        for part in ("triage.examine", "triage.quick_look", "triage.select_all"):
            self.grid.addAction(actions[part])
        for part in ("view.filters", "view.inspector"):
            button = QToolButton()
            button.setDefaultAction(actions[part])
            button.setAutoRaise(True)
            button.setIconSize(QSize(18, 18))
            self._bar.insertWidget(0 if part == "view.filters" else self._bar.count(), button)

    def show_no_case(self) -> None:
        """No case is open."""
        self._whole.setCurrentWidget(self._no_case)

    @property
    def shows_exhibits(self) -> bool:
        """Whether the grid stands here, and not what to do without a case or without exhibits."""
        return self._whole.currentWidget() is self.splitter

    def offer_keyboard(self) -> None:
        """Exhibits have come: the grid takes the keyboard, but never from somebody who is typing."""
        focused = self.window().focusWidget()
        typing = isinstance(focused, _TYPED_INTO) and focused.isVisible()
        if self.isVisible() and not typing:
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_counts(self, shown: int, total: int) -> None:
        """How many exhibits the filter lets through; without any, what to do is said instead."""
        self._whole.setCurrentWidget(self.splitter if total else self._no_exhibits)
        self._stack.setCurrentWidget(self.grid if shown else self._no_match)
        of = "" if shown == total else self.tr(" of {}").format(f"{total:,}")
        self._count.setText(f"{shown:,}{of} " + exhibits_text(total).split(" ", 1)[1])

    def set_order(self, sort: SortKey, *, descending: bool) -> None:
        """Show an order without announcing it."""
        self.sort.blockSignals(True)
        self.sort.setCurrentIndex(list(SortKey).index(sort))
        self.sort.blockSignals(False)
        self._order_icon = "descending" if descending else "ascending"
        self.order.setIcon(icon(self._order_icon, self.palette()))
        words = self.tr("Largest or last first") if descending else self.tr("Smallest or first first")
        self.order.setToolTip(words)
        self.order.setAccessibleName(self.tr("Direction: {}").format(words))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_order_icon"):
            self.order.setIcon(icon(self._order_icon, self.palette()))

    def toggle(self, part: QWidget) -> None:
        """Show or hide the panel or the inspector."""
        part.setVisible(part.isHidden())

    def _arrange(self) -> None:
        middle = QWidget()
        middle.setMinimumWidth(_NARROWEST_GRID_PX)
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(8, 8, 8, 6)
        layout.setSpacing(6)
        self._bar = self._build_bar()
        layout.addLayout(self._bar)
        layout.addWidget(self.chips)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.report, 0, Qt.AlignmentFlag.AlignLeft)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._no_match)
        for part in (self.panel, middle, self.inspector):
            self.splitter.addWidget(part)
        self.splitter.setObjectName("triage")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([_PANEL_PX, _GRID_PX, _INSPECTOR_PX])
        for page in (self._no_case, self._no_exhibits, self.splitter):
            self._whole.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._whole)

    def _build_bar(self) -> QHBoxLayout:
        self.search.setPlaceholderText(self.tr("Search names, paths, hashes, notes"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # dropped files belong to the window
        for key in SortKey:
            self.sort.addItem(sort_text(key))
        self.sort.setAccessibleName(self.tr("Sort by"))
        self.sort.setToolTip(self.tr("Sort by"))
        self.order.setAutoRaise(True)
        self.order.setIconSize(QSize(18, 18))
        self.report.setFlat(True)
        self.report.hide()
        self._count.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.VLine)
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self.search, 1)
        bar.addWidget(self._count)
        bar.addWidget(self.sort)
        bar.addWidget(self.order)
        return bar
