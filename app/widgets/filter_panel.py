"""The filters of Triage with the number of exhibits each choice would show."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QSlider, QVBoxLayout, QWidget

from app.theme import icon
from app.widgets.heading import heading
from app.widgets.plain_text import tooltip
from app.widgets.score_range import ScoreRange
from app.widgets.tile_delegate import verdict_icon
from app.wording import class_title, state_text, verdict_meaning, verdict_text, visible
from core.domain import ExhibitFilter, Facets, ReviewState, Verdict

_WIDEST_PX = 236
_LONGEST_NAME = 22
_SETTLE_MS = 150  # a slider being pulled asks the database once it rests


class FilterPanel(QScrollArea):
    """Check boxes and ranges that together make an `ExhibitFilter`; its text is kept as it was given.

    Signals:
        filter_changed: the `ExhibitFilter` that the analyst wants now.
    """

    filter_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = ExhibitFilter()
        self._verdicts = _FacetGroup(self.tr("Verdict"))
        self._architectures = _FacetGroup(self.tr("Architecture"), self.tr("Named once exhibits are analysed."))
        self._states = _FacetGroup(self.tr("State"))
        self._tags = _FacetGroup(self.tr("Tags"), self.tr("Select exhibits and press a digit to tag them."))
        self._groups = _FacetGroup(self.tr("Groups"), self.tr("Select exhibits and press M to make a group."))
        self._score = ScoreRange()
        self._agreement, self._agreement_words = QSlider(Qt.Orientation.Horizontal), QLabel()
        self._inside = QWidget()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._build()
        self._connect()
        self.set_filter(self._wanted)

    def set_filter(self, wanted: ExhibitFilter) -> None:
        """Show another filter without announcing it."""
        self._wanted = wanted
        self._verdicts.set_checked(wanted.verdicts)
        self._architectures.set_checked(wanted.architectures)
        self._states.set_checked(wanted.states)
        self._tags.set_checked(wanted.tags)
        self._groups.set_checked(wanted.groups)
        self._score.set_range(wanted.score_from, wanted.score_to)
        self._agreement.blockSignals(True)
        self._agreement.setValue(wanted.agreement_from)
        self._agreement.blockSignals(False)
        self._say_agreement(wanted.agreement_from)

    def set_facets(
        self,
        facets: Facets,
        tag_names: Sequence[str],
        titles: Mapping[str, str],
        group_names: Mapping[int, str] | None = None,
    ) -> None:
        """Show how many exhibits each choice would show."""
        self._verdicts.set_rows(
            [
                _Row(verdict, verdict_text(verdict), facets.verdicts.get(verdict.value, 0), verdict_meaning(verdict))
                for verdict in Verdict
            ]
        )
        self._architectures.set_rows(_architecture_rows(facets.architectures, self._wanted.architectures, titles))
        self._states.set_rows(
            [_Row(state, state_text(state), facets.states.get(state.value, 0)) for state in ReviewState]
        )
        used = [tag for tag in range(10) if facets.tags.get(tag) or tag in self._wanted.tags]
        tags = {tag: visible(f"{tag}  {tag_names[tag]}", longest=_LONGEST_NAME) for tag in used}
        self._tags.set_rows([_Row(tag, text, facets.tags.get(tag, 0)) for tag, text in tags.items()])
        names = group_names or {}
        self._groups.set_rows(
            [
                _Row(group, visible(names[group], longest=_LONGEST_NAME), count, tooltip(names[group]))
                for group, count in facets.groups.items()
                if group in names
            ]
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay wide enough for the choices, else their counts would hide behind the scroll bar."""
        handled = super().eventFilter(watched, event)
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest:
            needed = self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(min(needed, _WIDEST_PX))
        return handled

    @property
    def _facet_groups(self) -> tuple[_FacetGroup, ...]:
        return self._verdicts, self._architectures, self._states, self._tags, self._groups

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Filters"))
        self._verdicts.icon_of = lambda verdict: verdict_icon(Verdict(verdict))
        self._agreement.setRange(0, 16)
        self._agreement.setAccessibleName(self.tr("Fewest agreeing tiles"))
        self._agreement.setToolTip(
            self.tr("The image is cut into sixteen tiles, and each is named by itself. Few agreeing tiles: be wary.")
        )
        layout = QVBoxLayout(self._inside)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(4)
        for group in self._facet_groups:
            layout.addWidget(group)
        layout.addWidget(_titled(self.tr("Score")))
        layout.addWidget(self._score)
        layout.addWidget(_titled(self.tr("Agreement")))
        layout.addWidget(self._agreement)
        layout.addWidget(self._agreement_words)
        layout.addStretch()
        self.setWidget(self._inside)

    def _connect(self) -> None:
        for group in self._facet_groups:
            group.toggled.connect(self._announce)
        self._score.range_changed.connect(lambda *_: self._settle.start())
        self._agreement.valueChanged.connect(self._say_agreement)
        self._agreement.valueChanged.connect(lambda _value: self._settle.start())
        self._settle.timeout.connect(self._announce)

    def _say_agreement(self, tiles: int) -> None:
        words = self.tr("at least {} of 16 tiles").format(tiles) if tiles else self.tr("any number of tiles")
        self._agreement_words.setText(words)

    def _announce(self) -> None:
        low, high = self._score.score_range()
        self._wanted = replace(
            self._wanted,
            verdicts=self._verdicts.checked(),
            architectures=self._architectures.checked(),
            states=self._states.checked(),
            tags=self._tags.checked(),
            groups=self._groups.checked(),
            score_from=low,
            score_to=high,
            agreement_from=self._agreement.value(),
        )
        self.filter_changed.emit(self._wanted)


class _Row:
    """One choice of a group: its value, caption, count and explanation."""

    def __init__(self, value: Any, text: str, count: int, tip: str = "") -> None:  # noqa: ANN401 - enum, name or digit
        self.value, self.text, self.count, self.tip = value, text, count, tip


class _FacetGroup(QWidget):
    """A heading and a check box with a count for every choice; boxes are reused, so that nothing flickers."""

    toggled = Signal()

    def __init__(self, title: str, empty: str = "") -> None:
        self._boxes: dict[Hashable, tuple[QWidget, QCheckBox, QLabel]] = {}
        super().__init__()
        self.icon_of: Callable[[Any], str] = lambda _value: ""
        self._checked: set[Hashable] = set()
        self._empty = QLabel(empty)
        self._empty.setWordWrap(True)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 6)
        self._layout.setSpacing(1)
        self._layout.addWidget(_titled(title))
        self._layout.addWidget(self._empty)
        self._empty.setVisible(bool(empty))

    def checked(self) -> frozenset[Any]:
        return frozenset(self._checked)

    def set_checked(self, values: frozenset[Any]) -> None:
        self._checked = set(values)
        for value, (_row, box, _count) in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(value in values)
            box.blockSignals(False)

    def set_rows(self, rows: Sequence[_Row]) -> None:
        wanted = [row.value for row in rows]
        for value in [value for value in self._boxes if value not in wanted]:
            self._boxes.pop(value)[0].deleteLater()
        for place, row in enumerate(rows, start=1):
            line, box, count = self._boxes.get(row.value) or self._add(row)
            self._layout.insertWidget(place, line)
            box.setText(row.text.replace("&", "&&"))
            box.setIcon(icon(self.icon_of(row.value), self.palette()))
            count.setText(f"{row.count:,}")
            faint = not row.count and not box.isChecked()
            box.setForegroundRole(QPalette.ColorRole.PlaceholderText if faint else QPalette.ColorRole.WindowText)
            box.setAccessibleName(f"{row.text}, {row.count}")
        self._empty.setVisible(bool(self._empty.text()) and not rows)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for value, (_line, box, _count) in self._boxes.items():
                box.setIcon(icon(self.icon_of(value), self.palette()))

    def _add(self, row: _Row) -> tuple[QWidget, QCheckBox, QLabel]:
        line, box, count = QWidget(), QCheckBox(), QLabel()
        box.setToolTip(row.tip)
        box.setChecked(row.value in self._checked)
        box.toggled.connect(lambda on: self._toggle(row.value, on))
        count.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.addWidget(box, 1)
        layout.addWidget(count)
        self._boxes[row.value] = (line, box, count)
        return self._boxes[row.value]

    def _toggle(self, value: Hashable, on: bool) -> None:
        (self._checked.add if on else self._checked.discard)(value)
        self.toggled.emit()


def _architecture_rows(counts: Mapping[str, int], chosen: frozenset[str], titles: Mapping[str, str]) -> list[_Row]:
    names = sorted({*counts, *chosen}, key=lambda name: (-counts.get(name, 0), name))
    return [
        _Row(name, visible(class_title(name, titles), longest=_LONGEST_NAME), counts.get(name, 0), tip)
        for name, tip in ((name, tooltip(titles.get(name) or name)) for name in names)
    ]


def _titled(text: str) -> QLabel:
    label = heading(text)
    label.setContentsMargins(0, 6, 0, 2)
    return label
