"""What lies over the image, and what it means: switches, opacity, layer, class, colours, legend."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from app.widgets import finding_words
from app.widgets.colour_bar import ColourBar
from app.widgets.colour_map import COLOUR_MAPS, ColourMap
from app.widgets.plain_text import tooltip
from app.widgets.verdict_header import plain_label
from app.wording import class_title
from core.domain import Finding

PAPER_LAYER = 4
OPACITY_STEP = 10  # percent
_WIDEST_PX = 220
_LAYERS = tuple(
    (layer, {1: "1, finest", PAPER_LAYER: f"{PAPER_LAYER}, the paper's", 8: "8, coarsest"}.get(layer, str(layer)))
    for layer in range(1, 9)
)
_LAYER_MEANING = (
    "The network looks at the image in eight steps. Early layers see single pixels and edges, late ones larger "
    "patterns. The paper shows layer 4."
)
_CLASS_MEANING = "Which class the map explains. At first the one with the highest score."


class OverlayControls(QWidget):
    """Switches and the legend under the canvas; it keeps its height, so that switching never moves the image."""

    heat_map_switched = Signal(bool)
    grid_switched = Signal(bool)
    opacity_changed = Signal(float)
    colours_changed = Signal(object)  # ColourMap
    question_changed = Signal()  # another layer or class was chosen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heat_map = QCheckBox("Heat map")
        self.grid = QCheckBox("Consistency grid")
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.layers, self.classes, self.colours = QComboBox(), QComboBox(), QComboBox()
        self.bar = ColourBar()
        self.legend = plain_label("What the heat map shows")
        self.warning = QLabel(finding_words.MAP_WARNING)
        self.busy = QProgressBar()
        self._fill()
        self._arrange()
        self._connect()
        self._switch()

    @property
    def layer(self) -> int:
        """The chosen encoder block, 1–8."""
        return int(self.layers.currentData())

    @property
    def strength(self) -> float:
        """The chosen opacity, 0–1."""
        return self.opacity.value() / 100

    @property
    def target(self) -> str | None:
        """The chosen class, None when there is none to choose."""
        chosen = self.classes.currentData()
        return None if chosen is None else str(chosen)

    def set_finding(self, finding: Finding | None, titles: finding_words.Titles) -> None:
        """Offer the classes of a finding, the top one chosen; without scores there is nothing to switch on."""
        scores = finding.scores if finding is not None else ()
        with QSignalBlocker(self.classes):
            self.classes.clear()
            for name, _ in scores:
                self.classes.addItem(class_title(name, titles), name)
        self.heat_map.setEnabled(bool(scores))
        self.grid.setEnabled(finding is not None and finding.grid is not None)
        self._switch()

    def choose_class(self, name: str) -> None:
        """Choose the class that the map explains."""
        self.classes.setCurrentIndex(self.classes.findData(name))

    def say(self, words: str, *, busy: bool = False) -> None:
        """Put a sentence beside the colour bar; `busy` shows that something is being computed."""
        self.legend.setText(words)
        self.legend.setToolTip(tooltip(words))
        self.busy.setVisible(busy)

    def step_opacity(self, steps: int) -> None:
        """More or less opacity."""
        self.opacity.setValue(self.opacity.value() + steps * OPACITY_STEP)

    def _fill(self) -> None:
        for layer, caption in _LAYERS:
            self.layers.addItem(caption, layer)
        self.layers.setCurrentIndex(PAPER_LAYER - 1)
        self.colours.setAccessibleName("Heat map: colours")
        self.colours.setToolTip("How values become colours")
        for row, colours in enumerate(COLOUR_MAPS):
            self.colours.addItem(colours.title, colours)
            self.colours.setItemData(row, tooltip(colours.note), Qt.ItemDataRole.ToolTipRole)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(50)
        self.opacity.setPageStep(OPACITY_STEP)
        self.opacity.setMinimumWidth(70)
        self.opacity.setMaximumWidth(_WIDEST_PX)
        self.classes.setMaximumWidth(_WIDEST_PX)
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setFixedSize(self.bar.sizeHint().width() - 30, 5)
        self.busy.hide()
        self.classes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.setMinimumContentsLength(12)
        self.classes.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heat_map.setToolTip("Colour the places that spoke for a class")
        self.grid.setToolTip("Show what each of the sixteen tiles names by itself")

    def _arrange(self) -> None:
        switches = QFlowLayout()  # wraps in a narrow window, as on a screen scaled to 200 %
        switches.setHorizontalSpacing(12)
        for control in (self.grid, self.heat_map, self.opacity):
            control.setMinimumHeight(self.classes.sizeHint().height())  # on one line with the lists
        switches.addWidget(self.grid)
        switches.addWidget(self.heat_map)
        for caption, part, meaning in (
            ("for", self.classes, _CLASS_MEANING),
            ("Layer", self.layers, _LAYER_MEANING),
            ("Opacity", self.opacity, "How much the colours cover the image."),
        ):
            label = QLabel(caption)
            label.setBuddy(part)
            part.setToolTip(tooltip(meaning))
            part.setAccessibleName(f"Heat map: {caption}")
            switches.addWidget(_pair(label, part))
        legend = QGridLayout()
        legend.setColumnStretch(1, 1)
        legend.setHorizontalSpacing(12)
        legend.setVerticalSpacing(2)
        legend.addWidget(self.bar, 0, 0, Qt.AlignmentFlag.AlignTop)
        legend.addWidget(self.busy, 1, 0, Qt.AlignmentFlag.AlignHCenter)
        legend.addWidget(self.legend, 0, 1, 2, 1, Qt.AlignmentFlag.AlignTop)
        legend.addWidget(self.colours, 0, 2, 2, 1, Qt.AlignmentFlag.AlignTop)
        # A digest in a sentence has nowhere to break; it must not push the window off the screen.
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.legend.setFixedHeight(self.fontMetrics().lineSpacing() * 3)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addLayout(switches)
        layout.addLayout(legend)
        layout.addWidget(self.warning)

    def _connect(self) -> None:
        self.heat_map.toggled.connect(self._switch)
        self.heat_map.toggled.connect(self.heat_map_switched)
        self.grid.toggled.connect(self.grid_switched)
        self.opacity.valueChanged.connect(lambda _: self.opacity_changed.emit(self.strength))
        self.colours.currentIndexChanged.connect(self._recolour)
        self.layers.currentIndexChanged.connect(lambda _: self.question_changed.emit())
        self.classes.currentIndexChanged.connect(lambda _: self.question_changed.emit())

    def _recolour(self) -> None:
        colours: ColourMap = self.colours.currentData()
        self.bar.set_colours(colours)
        self.colours_changed.emit(colours)

    def _switch(self) -> None:
        shown = self.heat_map.isEnabled() and self.heat_map.isChecked()
        for part in (self.layers, self.classes, self.opacity, self.colours, self.bar):
            part.setEnabled(shown)


def _pair(label: QLabel, part: QWidget) -> QWidget:
    """A control and its caption, kept together."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(label)
    row.addWidget(part)
    return pair
