"""The layout of Examine: bar, canvas with its layers, legend, and the side panel; it knows records and no workspace."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from app.widgets.consistency_grid import ConsistencyGridLayer
from app.widgets.fact_list import FactList
from app.widgets.finding_panel import FindingPanel
from app.widgets.finding_words import NO_CONTEXT, RatioContext, Titles
from app.widgets.heat_map_layer import HeatMapLayer
from app.widgets.image_canvas import ImageCanvas
from app.widgets.overlay_controls import OverlayControls
from app.widgets.picture import Picture
from app.widgets.verdict_header import VerdictHeader
from app.widgets.view_bar import ViewBar
from app.widgets.work_panel import WorkPanel
from core.domain import Exhibit, Finding

_CANVAS_PX, _SIDE_PX, _NARROWEST_SIDE_PX = 900, 380, 300


class ExhibitView(QSplitter):
    """Shows one exhibit; its parts are attributes, their signals are wishes.

    Attributes:
        bar: from exhibit to exhibit, name and zoom.
        canvas: the image; `heat_map` and `grid` are the layers on it.
        controls: switches and legend of the layers.
        header, figures: the finding.
        facts: what is known of the file.
        work: note and review.
    """

    class_wished = Signal(str)  # explain this class

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.controls = ViewBar(), OverlayControls()
        self.canvas = ImageCanvas()
        self.heat_map, self.grid = HeatMapLayer(), ConsistencyGridLayer()
        self.canvas.add_layer(self.heat_map)
        self.canvas.add_layer(self.grid)
        self.header, self.figures = VerdictHeader(), FindingPanel()
        self.facts, self.work = FactList(), WorkPanel()
        self._arrange()
        self._connect()

    def start(self) -> None:
        """Empty everything for another exhibit."""
        self.heat_map.set_map(None)
        self.grid.set_finding(None, QSize(), {})
        self.canvas.show_message("")
        self.work.start()
        self.facts.set_exhibit(None)
        self.header.set_waiting()
        self.figures.set_finding(None, {})
        self.controls.set_finding(None, {})
        self.controls.say("")
        self.bar.set_exhibit("", "")

    def show_exhibit(self, exhibit: Exhibit, *, read_only: bool) -> None:
        """Show what is known of the file and what the analyst wrote."""
        self.facts.set_exhibit(exhibit)
        self.work.set_work(reviewed=exhibit.reviewed, note=exhibit.note, read_only=read_only)

    def show_finding(
        self, finding: Finding | None, exhibit: Exhibit, titles: Titles, ratio: RatioContext = NO_CONTEXT
    ) -> None:
        """Show what the detector says."""
        self.header.set_finding(finding, titles)
        self.figures.set_finding(finding, titles, ratio)
        self.controls.set_finding(finding, titles)
        self.grid.set_finding(finding, QSize(exhibit.facts.width, exhibit.facts.height), titles)

    def show_picture(self, picture: Picture, exhibit: Exhibit) -> None:
        """Show the pixels, upright."""
        facts = exhibit.facts
        self.canvas.show_picture(picture, QSize(facts.width, facts.height), facts.orientation)

    def _arrange(self) -> None:
        middle, side, tabs = QWidget(), QWidget(), QTabWidget()
        tabs.setDocumentMode(True)
        tabs.addTab(self.figures, "Scores")
        tabs.addTab(self.facts, "File")
        _stack(middle, (self.bar, self.canvas, self.controls), growing=self.canvas)
        _stack(side, (self.header, tabs, self.work), growing=tabs)
        side.setMinimumWidth(_NARROWEST_SIDE_PX)
        self.setObjectName("examine")
        self.setChildrenCollapsible(False)
        self.addWidget(middle)
        self.addWidget(side)
        self.setStretchFactor(0, 1)
        self.setSizes([_CANVAS_PX, _SIDE_PX])

    def _connect(self) -> None:
        self.canvas.zoom_changed.connect(self.bar.set_zoom)
        self.controls.grid_switched.connect(self.grid.setVisible)
        self.controls.opacity_changed.connect(self.heat_map.set_strength)
        self.controls.colours_changed.connect(self.heat_map.set_colours)
        self.figures.class_picked.connect(self._explain)
        self.grid.setVisible(self.controls.grid.isChecked())
        self.heat_map.set_strength(self.controls.strength)

    def _explain(self, name: str) -> None:
        self.controls.choose_class(name)
        self.controls.heat_map.setChecked(True)


def _stack(owner: QWidget, parts: tuple[QWidget, ...], *, growing: QWidget) -> None:
    layout = QVBoxLayout(owner)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part, 1 if part is growing else 0)
