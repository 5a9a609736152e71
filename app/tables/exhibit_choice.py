"""The exhibits of a case with a tick for each that a report is about."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QIdentityProxyModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap

from app.tables.exhibit_table import ExhibitTable, Role
from app.wording import answer_text, counted, visible
from core.domain import ExhibitLine
from core.reporting import exhibit_label

_Index = QModelIndex | QPersistentModelIndex
_LONGEST = 80
_SIGN_PX, _MOST_SIGNS = 80, 256


class ExhibitChoiceTable(QIdentityProxyModel):
    """Adds ticks, and how many points of the checklist are about an exhibit, to a table of exhibits.

    Args:
        table: the exhibits that are listed.

    Signals:
        ticked: another choice was made.
    """

    ticked = Signal()

    def __init__(self, table: ExhibitTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._every: tuple[int, ...] = ()
        self._chosen: set[int] | None = None  # None: all of the case
        self._labels: dict[int, str] | None = None  # of the chosen ones; None: to be counted again
        self._points: Mapping[int, int] = {}
        self._signs: dict[int, QIcon] = {}  # by the cache key of the thumbnail
        self.setSourceModel(table)

    @property
    def every(self) -> tuple[int, ...]:
        """Every exhibit of the case, listed or not."""
        return self._every

    @property
    def shown(self) -> tuple[int, ...]:
        """The exhibits that are listed, row by row."""
        return self._table.ids

    @property
    def all_chosen(self) -> bool:
        """Whether the report is about the whole case, also what is added later."""
        return self._chosen is None

    @property
    def chosen(self) -> tuple[int, ...]:
        """The chosen exhibits in the order of the case; all of them where the whole case is chosen."""
        return self._every if self._chosen is None else tuple(each for each in self._every if each in self._chosen)

    def set_every(self, ids: Iterable[int]) -> None:
        """Say which exhibits the case has."""
        self._every, self._labels = tuple(ids), None
        self._repaint()

    def set_chosen(self, ids: Iterable[int] | None) -> None:
        """Tick these, or all; says nothing."""
        self._chosen, self._labels = None if ids is None else set(ids), None
        self._repaint()

    def choose(self, ids: Iterable[int], *, on: bool) -> None:
        """Tick more exhibits, or take their ticks away."""
        now = set(self._every) if self._chosen is None else set(self._chosen)
        self._chosen, self._labels = now | set(ids) if on else now - set(ids), None
        self._repaint()
        self.ticked.emit()

    def set_points(self, points: Mapping[int, int]) -> None:
        """How many points of the checklist are about each exhibit."""
        if points != self._points:
            self._points = points
            self._repaint()

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Each row has a tick."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """One aspect of a row."""
        exhibit_id = super().data(index, Role.ID)
        if exhibit_id is None:
            return None
        if role == Qt.ItemDataRole.CheckStateRole:
            ticked = self._chosen is None or exhibit_id in self._chosen
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole:
            return self._sign(super().data(index, Role.THUMBNAIL))
        if role in _SPOKEN:
            line = super().data(index, Role.LINE)
            return "…" if line is None else self._words(line, role, self._label(exhibit_id))
        return super().data(index, role)

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401
        """Tick a row, or take its tick away."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.choose((super().data(index, Role.ID),), on=Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _sign(self, image: QImage | None) -> QIcon:
        """The thumbnail in the middle of a square, so that all names begin at one place; empty while it comes."""
        key = 0 if image is None or image.isNull() else image.cacheKey()
        if key not in self._signs:
            square = QPixmap(_SIGN_PX, _SIGN_PX)
            square.fill(Qt.GlobalColor.transparent)
            if image is not None and key:
                how = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                small = image.scaled(_SIGN_PX, _SIGN_PX, *how)
                painter = QPainter(square)
                painter.drawImage((_SIGN_PX - small.width()) // 2, (_SIGN_PX - small.height()) // 2, small)
                painter.end()
            self._signs[key] = QIcon(square)
        while len(self._signs) > _MOST_SIGNS:
            del self._signs[next(iter(self._signs))]
        return self._signs[key]

    def _label(self, exhibit_id: int) -> str:
        """The number that the exhibit has in the report, "" where it is not in it."""
        if self._labels is None:
            chosen = self.chosen
            self._labels = {number: exhibit_label(place, len(chosen)) for place, number in enumerate(chosen, 1)}
        return self._labels.get(exhibit_id, "")

    def _words(self, line: ExhibitLine, role: int, label: str) -> str:
        state = [answer_text(line)]
        if points := self._points.get(line.id, 0):
            state.append(counted(points, "point", "points"))
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"<qt>{html.escape(visible(line.name))}<br>{line.sha256}</qt>"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([*([label] if label else []), visible(line.name), *state])
        name = visible(line.name, longest=_LONGEST)
        return f"{f'{label}  {name}' if label else name}\n{' · '.join(state)}"

    def _repaint(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))


_SPOKEN = frozenset({Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole})
