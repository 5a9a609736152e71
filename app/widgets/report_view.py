"""The layout of the report page: what is chosen and written, the preview, and what is still to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QAbstractItemModel, Qt, Signal
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.widgets.drop_area import DropArea
from app.widgets.exhibit_choice import ExhibitChoice, Ticks
from app.widgets.issued_list import IssuedList
from app.widgets.laboratory_form import LaboratoryForm
from app.widgets.point_list import Point, PointList
from app.widgets.report_contents import ReportContents
from app.widgets.report_fields import DraftFields
from app.widgets.report_preview import ReportPreview
from app.widgets.report_words import (
    CHECKING,
    FIELDS,
    LABORATORY,
    NO_CASE,
    NO_CASE_WAY,
    NO_EXHIBITS,
    NO_EXHIBITS_WAY,
    NOT_ANALYSED,
    NOT_ANALYSED_WAY,
    PAGES_BY_KEY,
    PARTS,
    PARTS_BY_KEY,
    field_rows,
)
from app.widgets.scrolling import scrolling
from app.widgets.sections import Sections
from core.reporting import ReportDraft

_LEFT_PX, _MIDDLE_PX, _RIGHT_PX = 330, 560, 300
_WRITTEN = ("front", "request", "work", "text")
_PART_OF = {row.name: row.part for row in FIELDS} | {f"laboratory.{row.name}": "laboratory" for row in LABORATORY}


class ReportView(QWidget):
    """Shows a draft and says what is wished; it knows records and no workspace.

    Args:
        model, ticks: the exhibits with their ticks.

    Attributes:
        parts: the left side, part by part.
        exhibits, contents, laboratory, fields: what is in them; `fields` by the key of the part.
        preview: the pages.
        blocking, advice, wording: points of the checklist and of the language check.
        issue, why_not: the button and why it cannot be pressed.
        issued: the reports that exist.

    Signals:
        changed: the analyst chose or wrote something.
        page_wished: another page ("case", "examine", …) settles a point.
        examine_wished: an exhibit (its id) is to be seen on Examine.
    """

    changed = Signal()
    page_wished = Signal(str)
    examine_wished = Signal(int)

    def __init__(self, model: QAbstractItemModel, ticks: Ticks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts, self.preview, self.issued = Sections(), ReportPreview(), IssuedList()
        self.exhibits, self.contents, self.laboratory = ExhibitChoice(model, ticks), ReportContents(), LaboratoryForm()
        self.fields = {part: DraftFields(field_rows(part)) for part in _WRITTEN}
        self.blocking = PointList(
            self.tr("To be settled first"), done=self.tr("Nothing is missing."), numbered=True, offered=self.leads
        )
        self.advice = PointList(self.tr("Worth a look"), offered=self.leads)
        self.wording = PointList(self.tr("Wording"), offered=self.leads)
        self.issue, self.why_not = QPushButton(self.tr("&Issue report…")), QLabel()
        self._draft = ReportDraft()
        self._whole = QSplitter()
        self._empty = {
            "no case": DropArea(NO_CASE, NO_CASE_WAY, sign="report"),
            "no exhibits": DropArea(NO_EXHIBITS, NO_EXHIBITS_WAY, sign="report"),
            "not analysed": DropArea(NOT_ANALYSED, NOT_ANALYSED_WAY, sign="report"),
        }
        self._stack = QStackedLayout(self)
        self._arrange()
        self._connect()
        self.forget()
        self.show_empty("no case")

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """The ways out of an empty page."""
        self._empty["no case"].set_actions([actions["case.open"], actions["case.new"]])
        self._empty["no exhibits"].set_actions([actions["case.add_files"], actions["case.add_folder"]])
        self._empty["not analysed"].set_actions([actions["case.analyse"]])

    @property
    def shown(self) -> str:
        """Which empty page is shown, or "report"."""
        current = self._stack.currentWidget()
        return next((name for name, page in self._empty.items() if page is current), "report")

    def show_empty(self, name: str) -> None:
        """Show why there is nothing to report."""
        self._stack.setCurrentWidget(self._empty[name])

    def show_whole(self) -> None:
        """Show the draft."""
        self._stack.setCurrentWidget(self._whole)

    def show_draft(self, draft: ReportDraft) -> None:
        """Show what a draft says; fields that say so already are left alone."""
        self._draft = draft
        self.contents.show_draft(draft)
        self.exhibits.set_chosen(draft.exhibit_ids)
        self.laboratory.show_template(draft.laboratory)
        for part in self.fields.values():
            part.show_draft(draft)

    def draft(self) -> ReportDraft:
        """The draft as it stands on the page now; without a tick it keeps the exhibits it had, as none means all."""
        ticks, values = self.exhibits.table, {}
        for part in self.fields.values():
            values.update(part.values())
        draft = replace(self._draft, laboratory=self.laboratory.fill(self._draft.laboratory), **values)
        chosen = () if ticks.all_chosen else ticks.chosen or self._draft.exhibit_ids
        return replace(self.contents.fill(draft), exhibit_ids=chosen)

    def set_writable(self, writable: bool) -> None:
        """Whether the draft may be changed."""
        self.exhibits.set_writable(writable)
        self.contents.set_writable(writable)
        self.laboratory.set_writable(writable)
        for part in self.fields.values():
            part.set_writable(writable)

    def forget(self) -> None:
        """Another case follows: nothing of this one stays."""
        self.laboratory.forget()
        for part in self.fields.values():
            part.forget()
        self.exhibits.search.clear()
        self.preview.say("")
        self.blocking.wait(CHECKING)
        for points in (self.advice, self.wording):
            points.set_points(())

    def offer_issue(self, why_not: str) -> None:
        """Offer to issue the report, or say why that cannot be done."""
        self.issue.setEnabled(not why_not)
        self.issue.setToolTip(why_not or self.tr("Check, seal and keep the report; it cannot be changed afterwards."))
        self.why_not.setText(why_not)
        self.why_not.setVisible(bool(why_not))

    def leads(self, point: Point) -> bool:
        """Whether there is a place where a point is settled."""
        known = point.key in _PART_OF or point.key in PARTS_BY_KEY or point.key in PAGES_BY_KEY
        return known or point.exhibit_id is not None

    def lead(self, point: Point) -> None:
        """Lead to where a point is settled."""
        if point.key in _PART_OF:
            self._show_field(point)
        elif point.key == "laboratory.logo":
            self.show_part("laboratory")
            self.laboratory.logo.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif point.exhibit_id is not None:
            self.examine_wished.emit(point.exhibit_id)
        elif point.key in PARTS_BY_KEY:
            self.show_part(PARTS_BY_KEY[point.key]).setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif point.key in PAGES_BY_KEY:
            self.page_wished.emit(PAGES_BY_KEY[point.key])

    def show_part(self, key: str) -> QWidget:
        """Show a part of the left side; its first control is returned."""
        places = {
            "exhibits": (self.exhibits, self.exhibits.list),
            "contents": (self.contents, self.contents.form),
            "laboratory": (self.laboratory, self.laboratory.fields.field("name")),
        }
        part, first = places.get(key) or (self.fields[key], self.fields[key].field(self.fields[key].names[0]))
        self.parts.show_section(part)
        return first

    def _show_field(self, point: Point) -> None:
        part = _PART_OF[point.key]
        self.show_part(part)
        fields = self.laboratory.fields if part == "laboratory" else self.fields[part]
        fields.show_field(point.key.removeprefix("laboratory."), point.start, point.length)

    def _arrange(self) -> None:
        widgets: dict[str, QWidget] = {"exhibits": self.exhibits, "contents": self.contents}
        widgets |= {"laboratory": self.laboratory, **self.fields}
        for part in PARTS:
            self.parts.add(widgets[part.key], part.caption, part.tip)
        self.parts.setMinimumWidth(280)
        side = self._side()
        self.preview.setMinimumWidth(360)
        self._whole.setObjectName("report")
        self._whole.setChildrenCollapsible(False)
        for widget in (self.parts, self.preview, side):
            self._whole.addWidget(widget)
        self._whole.setStretchFactor(1, 1)
        self._whole.setSizes([_LEFT_PX, _MIDDLE_PX, _RIGHT_PX])
        for page in (self._whole, *self._empty.values()):
            self._stack.addWidget(page)

    def _side(self) -> QWidget:
        side, points = QWidget(), QWidget()
        inner = QVBoxLayout(points)
        inner.setContentsMargins(12, 8, 12, 8)
        inner.setSpacing(14)
        for part in (self.blocking, self.advice, self.wording):
            inner.addWidget(part)
        inner.addStretch(1)
        area = scrolling(points)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        font = self.issue.font()
        font.setBold(True)
        self.issue.setFont(font)
        self.issue.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.why_not.setWordWrap(True)
        self.why_not.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        below = QVBoxLayout()
        below.setContentsMargins(12, 4, 12, 12)
        below.setSpacing(6)
        below.addWidget(self.issue)
        below.addWidget(self.why_not)
        below.addSpacing(6)
        below.addWidget(self.issued)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addLayout(below)
        side.setMinimumWidth(260)
        return side

    def _connect(self) -> None:
        for changed in (self.exhibits.changed, self.contents.changed, self.laboratory.changed):
            changed.connect(self._take_change)
        for part in self.fields.values():
            part.changed.connect(self._take_change)
        self.exhibits.opened.connect(self.examine_wished)
        for points in (self.blocking, self.advice, self.wording):
            points.show_wished.connect(self.lead)

    def _take_change(self) -> None:
        self._draft = self.draft()
        for part in self.fields.values():
            part.language = self._draft.laboratory.language
        self.changed.emit()
