"""The layout of Examine: bar, panes, inspector and legend, and the side panel; it knows records and no workspace."""

from __future__ import annotations

from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.widgets.compare_view import CompareView
from app.widgets.fact_list import FactList
from app.widgets.finding_panel import FindingPanel
from app.widgets.finding_words import NO_CONTEXT, RatioContext, Titles
from app.widgets.image_canvas import ImageCanvas
from app.widgets.layer_panel import LayerPanel
from app.widgets.map_legend import MapLegend
from app.widgets.pane import Pane
from app.widgets.pixel_inspector import PixelInspector
from app.widgets.sections import Sections
from app.widgets.verdict_header import VerdictHeader
from app.widgets.view_bar import ViewBar
from app.widgets.work_panel import WorkPanel
from core.domain import Exhibit, Finding

_CANVAS_PX, _SIDE_PX, _NARROWEST_SIDE_PX = 900, 380, 320


class ExhibitView(QSplitter):
    """Shows exhibits in panes; its parts are attributes, their signals are wishes.

    Attributes:
        bar: from exhibit to exhibit, arrangement and zoom.
        compare: the panes; `pane` and `canvas` are those of the active one.
        inspector: what stands at one place.
        legend: what the colours of a map mean.
        layers: switches of the layers, in a tab.
        header, figures: the finding.
        facts: what is known of the file.
        work: note and review.
        tabs: the sections of the side panel; `add_tab` puts more of them there.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.compare = ViewBar(), CompareView()
        self.inspector, self.legend, self.layers = PixelInspector(), MapLegend(), LayerPanel()
        self.header, self.figures = VerdictHeader(), FindingPanel()
        self.facts, self.work, self.tabs = FactList(), WorkPanel(), Sections()
        self._arrange()
        self.figures.class_picked.connect(self.layers.choose_class)

    @property
    def pane(self) -> Pane:
        """The active pane."""
        return self.compare.active

    @property
    def canvas(self) -> ImageCanvas:
        """The canvas that the keyboard moves."""
        return self.compare.canvas

    def add_tab(self, widget: QWidget, caption: str, meaning: str = "") -> None:
        """Put one more section into the side panel, behind those that are there."""
        self.tabs.add(widget, caption, meaning)

    def start(self) -> None:
        """Empty the side panel for another exhibit."""
        self.work.start()
        self.facts.set_exhibit(None)
        self.header.set_waiting()
        self.figures.set_finding(None, {})
        self.layers.set_finding(None, {})
        self.bar.set_exhibit("")

    def show_exhibit(self, exhibit: Exhibit, *, read_only: bool) -> None:
        """Show what is known of the file and what the analyst wrote."""
        self.facts.set_exhibit(exhibit)
        self.work.set_work(reviewed=exhibit.reviewed, note=exhibit.note, read_only=read_only)

    def show_finding(self, finding: Finding | None, titles: Titles, ratio: RatioContext = NO_CONTEXT) -> None:
        """Show what the detector says."""
        self.header.set_finding(finding, titles)
        self.figures.set_finding(finding, titles, ratio)
        self.layers.set_finding(finding, titles)

    def _arrange(self) -> None:
        middle, side = QWidget(), QWidget()
        self.add_tab(self.figures, "Scores", "What the detector says, in numbers")
        self.add_tab(self.layers, "Layers", "What lies over the image")
        self.add_tab(self.facts, "File", "Name, size, hash and where the image came from")
        _stack(middle, (self.bar, self.compare, self.inspector, self.legend), growing=self.compare)
        _stack(side, (self.header, self.tabs, self.work), growing=self.tabs)
        side.setMinimumWidth(_NARROWEST_SIDE_PX)
        self.setObjectName("examine")
        self.setChildrenCollapsible(False)
        self.addWidget(middle)
        self.addWidget(side)
        self.setStretchFactor(0, 1)
        self.setSizes([_CANVAS_PX, _SIDE_PX])


def _stack(owner: QWidget, parts: tuple[QWidget, ...], *, growing: QWidget) -> None:
    layout = QVBoxLayout(owner)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part, 1 if part is growing else 0)
