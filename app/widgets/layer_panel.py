"""The layers of the active pane: switch, opacity and blend of each, what the heat map shows, colours and scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.widgets import finding_words
from app.widgets.blending import MEANINGS, Blend
from app.widgets.colour_map import COLOUR_MAPS
from app.widgets.layer_stack import ORDER, Layer, LayerStack, MapLook
from app.widgets.plain_text import tooltip
from app.wording import class_title
from core.domain import Finding
from core.examine import LayerKind, MapMethod, MapQuestion, MapScore

PAPER_LAYER = 4
OPACITY_STEP = 10  # percent
_BLENDED = frozenset({LayerKind.RESIDUAL, LayerKind.HEAT_MAP})
_FADED = frozenset(ORDER) - {LayerKind.SPECTRUM}
_WHAT = {
    LayerKind.ORIGINAL: "The pixels of the image.",
    LayerKind.RESIDUAL: "What is left of the pixels when a smooth image is taken away: grey is 0, eight grey levels "
    "are one level of the image.",
    LayerKind.HEAT_MAP: "Colours the places that spoke for a class.",
    LayerKind.GRID: "What each of the sixteen tiles names by itself.",
    LayerKind.SPECTRUM: "Which regular patterns the noise holds. It shows no places of the image, so it stands alone.",
}
_STEPS = tuple(
    (layer, {1: "1, finest", PAPER_LAYER: f"{PAPER_LAYER}, the paper's", 8: "8, coarsest"}.get(layer, str(layer)))
    for layer in range(1, 9)
)
_CLASS_MEANING = "Which class the map explains. At first the one with the highest score."
_STEP_MEANING = (
    "The network looks at the image in eight steps. Early layers see single pixels and edges, late ones larger "
    "patterns. The paper shows layer 4."
)
_METHODS = (
    (MapMethod.GRAD_CAM, "One weight for each pattern the network sees, the same everywhere. The paper's way."),
    (MapMethod.GRAD_CAM_PLUS_PLUS, "Weighs places where a pattern matters more; better with several of them."),
    (MapMethod.LAYER_CAM, "A weight for every place and pattern; finer in early layers."),
)
_SCORES = (
    (MapScore.LOGIT, "Logit", "The class alone, before it is weighed against the others."),
    (MapScore.PROBABILITY, "Score", "The class as it stands against the others, between 0 and 1."),
)
_LOCK = "One scale for all heat maps shown"
_LOCK_MEANING = "One colour then means one raw value in every map, so that they can be compared."
_EVERYWHERE = "The same layers in all panes"


@dataclass(frozen=True, slots=True)
class _Row:
    """The controls of one layer."""

    switch: QCheckBox
    opacity: QSlider
    blend: QComboBox


class LayerPanel(QScrollArea):
    """Controls that say what is wished; nothing is drawn here.

    Attributes:
        classes, steps, methods, scores: what the heat map shows.
        colours, lock: how all heat maps are coloured.
        everywhere: whether a change is meant for all panes.

    Signals:
        stack_changed: another `LayerStack` for the active pane.
        look_changed: another `MapLook` for all panes.
    """

    stack_changed = Signal(object)
    look_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = {
            kind: _Row(QCheckBox(kind.value), QSlider(Qt.Orientation.Horizontal), QComboBox()) for kind in ORDER
        }
        self.classes, self.steps, self.methods, self.scores = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        self.colours, self.lock, self.everywhere = QComboBox(), QCheckBox(_LOCK), QCheckBox(_EVERYWHERE)
        self._stack = LayerStack()
        self._fill()
        self._arrange()
        self._connect()
        self.set_stack(self._stack)
        self.set_finding(None, {})

    @property
    def stack(self) -> LayerStack:
        """What is chosen."""
        return self._stack

    @property
    def look(self) -> MapLook:
        """How heat maps are coloured."""
        return MapLook(self.colours.currentData(), self.lock.isChecked())

    def set_stack(self, stack: LayerStack) -> None:
        """Show the choices of a pane, without asking for anything."""
        self._stack = stack
        for kind, row in self.rows.items():
            layer = stack[kind]
            with QSignalBlocker(row.switch), QSignalBlocker(row.opacity), QSignalBlocker(row.blend):
                row.switch.setChecked(stack.shows(kind))
                row.opacity.setValue(round(layer.strength * 100))
                row.blend.setCurrentIndex(row.blend.findData(layer.blend))
            row.opacity.setEnabled(layer.on)
            row.blend.setEnabled(layer.on)
        question = stack.question
        for box, value in (
            (self.classes, question.target),
            (self.steps, question.layer),
            (self.methods, question.method),
            (self.scores, question.score),
        ):
            with QSignalBlocker(box):
                box.setCurrentIndex(max(0, box.findData(value)))

    def set_finding(self, finding: Finding | None, titles: finding_words.Titles) -> None:
        """Offer the classes of a finding; without scores there is no heat map to switch on."""
        scores = finding.scores if finding is not None else ()
        with QSignalBlocker(self.classes):
            self.classes.clear()
            if scores:
                self.classes.addItem(f"{class_title(scores[0][0], titles)} (highest score)", None)
            for name, _ in scores[1:]:
                self.classes.addItem(class_title(name, titles), name)
            self.classes.setCurrentIndex(max(0, self.classes.findData(self._stack.question.target)))
        self.rows[LayerKind.HEAT_MAP].switch.setEnabled(bool(scores))
        self.rows[LayerKind.GRID].switch.setEnabled(finding is not None and finding.grid is not None)
        for box in (self.classes, self.steps, self.methods, self.scores):
            box.setEnabled(bool(scores))

    def set_panes(self, count: int) -> None:
        """How many panes there are; with one, nothing can be meant for all."""
        self.everywhere.setEnabled(count > 1)

    def choose_class(self, name: str) -> None:
        """Explain a class: the heat map is shown, too."""
        row = max(0, self.classes.findData(name))  # the top class stands first, without a name
        question = replace(self._stack.question, target=self.classes.itemData(row))
        heat_map = replace(self._stack[LayerKind.HEAT_MAP], on=True)
        self._wish(self._stack.having(LayerKind.HEAT_MAP, heat_map).asking(question))

    def switch(self, kind: LayerKind) -> None:
        """Show a layer that was hidden, or hide it."""
        if self.rows[kind].switch.isEnabled():
            self._wish(self._stack.switched(kind))

    def step_opacity(self, steps: int) -> None:
        """More or less opacity of the uppermost layer that can have it."""
        shown = [kind for kind in ORDER if kind in _FADED and self._stack.shows(kind)]
        if shown:
            slider = self.rows[shown[-1]].opacity
            slider.setValue(slider.value() + steps * OPACITY_STEP)

    def next_colours(self) -> None:
        """Another colour map."""
        self.colours.setCurrentIndex((self.colours.currentIndex() + 1) % self.colours.count())

    def _fill(self) -> None:
        for kind, row in self.rows.items():
            row.switch.setToolTip(tooltip(_WHAT[kind]))
            row.opacity.setRange(0, 100)
            row.opacity.setPageStep(OPACITY_STEP)
            row.opacity.setMinimumWidth(48)
            row.opacity.setToolTip("How much the layer covers")
            row.opacity.setAccessibleName(f"{kind.value}: opacity")
            row.blend.setAccessibleName(f"{kind.value}: blend")
            for place, blend in enumerate(Blend):
                row.blend.addItem(blend.value, blend)
                row.blend.setItemData(place, tooltip(MEANINGS[blend]), Qt.ItemDataRole.ToolTipRole)
        for step, caption in _STEPS:
            self.steps.addItem(caption, step)
        for place, (method, meaning) in enumerate(_METHODS):
            self.methods.addItem(method.value, method)
            self.methods.setItemData(place, tooltip(meaning), Qt.ItemDataRole.ToolTipRole)
        for place, (score, caption, meaning) in enumerate(_SCORES):
            self.scores.addItem(caption, score)
            self.scores.setItemData(place, tooltip(meaning), Qt.ItemDataRole.ToolTipRole)
        for place, colours in enumerate(COLOUR_MAPS):
            self.colours.addItem(colours.title, colours)
            self.colours.setItemData(place, tooltip(colours.note), Qt.ItemDataRole.ToolTipRole)
        self.lock.setToolTip(tooltip(_LOCK_MEANING))
        self.everywhere.setToolTip("What is changed here then changes in every pane")

    def _arrange(self) -> None:
        inside = QWidget()
        layout, grid, form = QVBoxLayout(inside), QGridLayout(), QFormLayout()
        grid.setColumnStretch(1, 1)
        for place, (kind, row) in enumerate(self.rows.items()):
            grid.addWidget(row.switch, place, 0)
            if kind in _FADED:
                grid.addWidget(row.opacity, place, 1)
            if kind in _BLENDED:
                grid.addWidget(row.blend, place, 2)
        for caption, box, meaning in (
            ("C&lass", self.classes, _CLASS_MEANING),
            ("La&yer", self.steps, _STEP_MEANING),
            ("&Method", self.methods, "How the map is computed"),
            ("&Of its", self.scores, "Which number of the class is traced back to the image"),
            ("Colou&rs", self.colours, "How values become colours, in all heat maps"),
        ):
            box.setToolTip(tooltip(meaning))
            box.setAccessibleName(f"Heat map: {caption.replace('&', '')}")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            form.addRow(caption, box)
        layout.addLayout(grid)
        layout.addSpacing(6)
        layout.addWidget(QLabel("The heat map shows"))
        layout.addLayout(form)
        layout.addWidget(self.lock)
        layout.addWidget(self.everywhere)
        layout.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(inside)

    def _connect(self) -> None:
        for kind, row in self.rows.items():
            row.switch.toggled.connect(lambda on, kind=kind: self._change(kind, on=on))
            row.opacity.valueChanged.connect(lambda value, kind=kind: self._change(kind, strength=value / 100))
            row.blend.currentIndexChanged.connect(
                lambda _, kind=kind, box=row.blend: self._change(kind, blend=Blend(box.currentData()))
            )
        for box in (self.classes, self.steps, self.methods, self.scores):
            box.currentIndexChanged.connect(lambda _: self._ask())
        self.colours.currentIndexChanged.connect(lambda _: self.look_changed.emit(self.look))
        self.lock.toggled.connect(lambda _: self.look_changed.emit(self.look))

    def _change(self, kind: LayerKind, **how: object) -> None:
        layer: Layer = replace(self._stack[kind], **how)  # type: ignore[arg-type]
        self._wish(self._stack.having(kind, layer))

    def _ask(self) -> None:
        question = MapQuestion(
            layer=self.steps.currentData(),
            target=self.classes.currentData(),
            method=MapMethod(self.methods.currentData()),  # Qt gives back bare text
            score=MapScore(self.scores.currentData()),
        )
        self._wish(self._stack.asking(question))

    def _wish(self, stack: LayerStack) -> None:
        if stack != self._stack:
            self.set_stack(stack)
            self.stack_changed.emit(stack)
