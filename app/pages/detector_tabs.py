"""The right-hand side of Detectors: card, measurements, training curves and comparison of the chosen detector."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from app.dialogs.file_questions import ask_test_images
from app.jobs import Jobs, Lane
from app.pages.detector_measuring import DetectorMeasuring
from app.tables.record_table import Column, RecordTable
from app.widgets.card_fields import text, titles
from app.widgets.card_words import card_blocks, title_of
from app.widgets.comparison_view import ComparisonView
from app.widgets.comparison_words import answer_text, differing
from app.widgets.curves_view import CurvesView
from app.widgets.measurement_words import measured_sets, trained_sets
from app.widgets.measurements_view import MeasuredSet, MeasurementsView
from app.widgets.record_view import RecordView
from app.widgets.text_sheet import Paragraph, TextSheet
from app.wording import class_title, visible
from core.domain import DetectorSummary

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_WIDEST_LINE_PX = 820  # longer lines are hard to read
_PLOT_MODULE = "app.widgets.curve_plot"


class DetectorTabs(QTabWidget):
    """Shows one detector; a tab is only filled when it is looked at.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.
        parent: the page.

    Signals:
        message: a sentence for the analyst.
    """

    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self.measuring = jobs, DetectorMeasuring(workspace, jobs, self)
        self._summary: DetectorSummary | None = None
        self._others: dict[str, DetectorSummary] = {}
        self._in_use = False
        self._recorded = ""  # name of the set that was written onto a card last; it stays in view
        self._comparison: tuple[str, str, Mapping[str, Any]] | None = None
        self._images = RecordTable(
            (
                Column("Image", lambda row: text(row, "path")),
                Column("Is", lambda row: class_title(text(row, "truth"), self._titles)),
                Column("First says", lambda row: answer_text(row.get("a"), self._titles)),
                Column("Second says", lambda row: answer_text(row.get("b"), self._titles)),
            ),
            self,
        )
        images = RecordView(self._images, stretched=0)
        images.setAccessibleName("Images about which the two detectors differ")
        images.set_widths((30, 18, 34, 34))
        images.cut_at_end(2)
        images.cut_at_end(3)
        self.card = TextSheet(widest_px=_WIDEST_LINE_PX)
        self.measurements, self.curves, self.comparison = MeasurementsView(), CurvesView(), ComparisonView(images)
        self._fill: dict[QWidget, Callable[[DetectorSummary], None]] = {
            self.card: self._fill_card,
            self.measurements: self._fill_measurements,
            self.curves: lambda summary: self.curves.set_card(summary.card),
            self.comparison: self._fill_comparison,
        }
        self._stale: set[QWidget] = set()
        self._arrange()
        self._connect()

    def show_words(self, words: str) -> None:
        """Show a sentence and no detector."""
        self._summary = None
        self._offer_tabs(usable=False)
        self.card.set_blocks((Paragraph(words),))

    def show_detector(self, summary: DetectorSummary, known: Sequence[DetectorSummary], *, in_use: bool) -> None:
        """Show a detector; `known` are all that it can be compared with."""
        self._summary, self._in_use = summary, in_use
        own = summary.reference.digest
        self._others = {one.reference.digest: one for one in known if not one.problem and one.reference.digest != own}
        self._offer_tabs(usable=not summary.problem)
        self._stale = set(self._fill)
        self._fill_current()

    @property
    def _titles(self) -> dict[str, str]:
        """Titles of the classes of all detectors; those of the chosen one win."""
        cards = [one.card for one in self._others.values()]
        cards += [self._summary.card] if self._summary is not None else []
        return {name: title for card in cards for name, title in titles(card).items()}

    def _arrange(self) -> None:
        self.setDocumentMode(True)
        self.card.setAccessibleName("Card of the detector")
        for part, title in (
            (self.card, "Card"),
            (self.measurements, "Measurements"),
            (self.curves, "Training curves"),
            (self.comparison, "Compare"),
        ):
            self.addTab(part, title)

    def _connect(self) -> None:
        measuring, shown = self.measuring, self.measurements
        self.currentChanged.connect(lambda _: self._fill_current())
        self.curves.plot_wanted.connect(self._import_plot)
        shown.measure_wished.connect(self._measure)
        shown.record_wished.connect(self._record)
        self.comparison.compare_wished.connect(self._compare)
        measuring.busy_changed.connect(shown.set_busy)
        measuring.busy_changed.connect(self.comparison.set_busy)
        measuring.measured.connect(self._show_measured)
        measuring.compared.connect(self._show_compared)
        measuring.recorded.connect(self.message)
        measuring.refused.connect(self.message)

    def _offer_tabs(self, *, usable: bool) -> None:
        if not usable:
            self.setCurrentWidget(self.card)
        for place in range(1, self.count()):
            self.setTabEnabled(place, usable)

    def _fill_current(self) -> None:
        part = self.currentWidget()
        if self._summary is not None and part in self._stale:
            self._stale.discard(part)
            self._fill[part](self._summary)

    def _fill_card(self, summary: DetectorSummary) -> None:
        self.card.set_blocks(card_blocks(summary, in_use=self._in_use))

    def _fill_measurements(self, summary: DetectorSummary) -> None:
        on_card = (MeasuredSet(test) for test in (*measured_sets(summary.card), *trained_sets(summary.card)))
        sets = (*self.measuring.sets(summary), *on_card)
        names = [one.figures.get("set") for one in sets if one.recorded]
        first = len(sets) - len(names) + names.index(self._recorded) if self._recorded in names else 0
        self.measurements.set_sets(sets, titles(summary.card), shown=first)

    def _fill_comparison(self, summary: DetectorSummary) -> None:
        digest = summary.reference.digest
        self.comparison.set_others([(key, _listed(one)) for key, one in self._others.items()])
        known = self._comparison
        fitting = known is not None and digest in known[:2] and {*known[:2]} <= {digest, *self._others}
        found = known[2] if known is not None and fitting else {}
        self._images.set_records(differing(found))
        self.comparison.set_comparison(found, self._titles)

    def _measure(self, trained: bool) -> None:
        folder = ask_test_images(self, self.measuring.folder)
        if folder is not None and self._summary is not None:
            self.measuring.measure(self._summary, folder, trained=trained)

    def _record(self, place: int, name: str) -> None:
        if self._summary is not None:
            self._recorded = name
            measured = self.measuring.kept(self._summary.reference.digest)[place]
            self.measuring.record(self._summary, measured, name)

    def _compare(self, digest: str, trained: bool) -> None:
        folder = ask_test_images(self, self.measuring.folder)
        if folder is not None and self._summary is not None and digest in self._others:
            self.measuring.compare(self._summary, self._others[digest], folder, trained=trained)

    def _show_measured(self, digest: str) -> None:
        if self._summary is not None and self._summary.reference.digest == digest:
            self._recorded = ""
            self._stale.add(self.measurements)
            self._fill_current()
        else:
            self.message.emit("The detector was measured. Choose it in the list and look under “Measurements”.")

    def _show_compared(self, first: str, second: str, found: Mapping[str, Any]) -> None:
        self._comparison = (first, second, found)
        self._stale.add(self.comparison)
        self._fill_current()

    def _import_plot(self) -> None:
        self._jobs.start(
            lambda _: importlib.import_module(_PLOT_MODULE),
            lambda _: self.curves.add_plot(),
            lane=Lane.DISK,
            quiet=True,
        )


def _listed(summary: DetectorSummary) -> str:
    name = visible(title_of(summary), longest=60)
    return " · ".join(filter(None, (name, summary.reference.version, summary.reference.digest[:8])))
