"""The restrictions of a filter as chips that can be taken away one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget
from superqt import QFlowLayout

from app.theme import icon
from app.wording import class_title, score_text, state_text, verdict_text, visible
from core.domain import ExhibitFilter


@dataclass(frozen=True, slots=True)
class Chip:
    """One restriction in words, and the filter without it."""

    text: str
    without: ExhibitFilter


class FilterChips(QWidget):
    """Shows what a filter leaves out; hidden when it leaves out nothing.

    Signals:
        filter_changed: the `ExhibitFilter` that is left when a chip was taken away.
    """

    filter_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QFlowLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.setAccessibleName(self.tr("Filters in use"))
        self.hide()

    def set_filter(
        self,
        wanted: ExhibitFilter,
        tag_names: Sequence[str],
        titles: Mapping[str, str],
        group_names: Mapping[int, str] | None = None,
    ) -> None:
        """Show the restrictions of a filter."""
        while (item := self._layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        chips = chips_of(wanted, tag_names, titles, group_names)
        for chip in chips:
            self._layout.addWidget(self._button(chip.text, chip.without))
        if len(chips) > 1:
            clear = self._button(self.tr("Show all"), ExhibitFilter())
            clear.setFlat(True)
            self._layout.addWidget(clear)
        self.setVisible(bool(chips))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self.findChildren(QPushButton):
                button.setIcon(icon("close", self.palette()))

    def _button(self, text: str, without: ExhibitFilter) -> QPushButton:
        button = QPushButton(icon("close", self.palette()), text.replace("&", "&&"))
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross stands behind the words
        button.setAccessibleName(self.tr("Remove filter: {}").format(text))
        button.setToolTip(self.tr("Remove this filter"))
        button.clicked.connect(lambda: self.filter_changed.emit(without))
        return button


def chips_of(
    wanted: ExhibitFilter,
    tag_names: Sequence[str],
    titles: Mapping[str, str],
    group_names: Mapping[int, str] | None = None,
) -> tuple[Chip, ...]:
    """The restrictions of a filter, each with the filter that is left without it."""

    def without(field: str, value: object, text: str) -> Chip:
        return Chip(text, replace(wanted, **{field: getattr(wanted, field) - {value}}))

    chips = [without("verdicts", verdict, verdict_text(verdict)) for verdict in sorted(wanted.verdicts)]
    chips += [without("architectures", name, class_title(name, titles)) for name in sorted(wanted.architectures)]
    chips += [without("states", state, state_text(state)) for state in sorted(wanted.states)]
    chips += [without("tags", tag, f"{tag}  {visible(tag_names[tag], longest=40)}") for tag in sorted(wanted.tags)]
    names = group_names or {}
    chips += [
        without("groups", group, f"group {visible(names.get(group, '(removed)'), longest=40)}")
        for group in sorted(wanted.groups)
    ]
    if wanted.text:
        chips.insert(0, Chip(f"“{visible(wanted.text, longest=40)}”", replace(wanted, text="")))
    if (wanted.score_from, wanted.score_to) != (0.0, 1.0):
        text = f"score {score_text(wanted.score_from)} – {score_text(wanted.score_to)}"
        chips.append(Chip(text, replace(wanted, score_from=0.0, score_to=1.0)))
    if wanted.agreement_from:
        chips.append(Chip(f"≥ {wanted.agreement_from}/16 tiles", replace(wanted, agreement_from=0)))
    return tuple(chips)
