"""The reports that were issued from a case."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from app.widgets.heading import heading
from app.widgets.plain_text import tooltip
from app.widgets.report_words import about, name_of
from core.reporting import IssuedReport

_NONE = "No report was issued from this case yet."
_LINES_IN_SIGHT = 9


class IssuedList(QWidget):
    """Lists issued reports, the newest first, with what can be done with the chosen one.

    Signals:
        open_wished, folder_wished, amend_wished, verify_wished: an `IssuedReport`.
        reuse_wished: an `IssuedReport` whose draft is to be shown, or None to show again what stood there before.
        file_wished: any report file is to be verified.
    """

    open_wished = Signal(object)
    folder_wished = Signal(object)
    amend_wished = Signal(object)
    verify_wished = Signal(object)
    reuse_wished = Signal(object)
    file_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reports: tuple[IssuedReport, ...] = ()
        self._writable, self._reused = True, False
        self.list, self._none = QListWidget(), QLabel(_NONE)
        self.open, self.folder = QPushButton(self.tr("Open")), QPushButton(self.tr("Show folder"))
        self.amend, self.verify = QPushButton(self.tr("Amend…")), QPushButton(self.tr("Verify"))
        self.reuse = QPushButton(self.tr("Use its text"))
        self.file = QPushButton(self.tr("Verify a file…"))
        self._build()
        self._connect()
        self.set_reports((), writable=True)

    @property
    def chosen(self) -> IssuedReport | None:
        """The report that is chosen."""
        row = self.list.currentRow()
        return self._reports[row] if 0 <= row < len(self._reports) else None

    def set_reports(self, reports: Sequence[IssuedReport], *, writable: bool) -> None:
        """List these."""
        chosen = self.chosen.uid if self.chosen is not None else ""
        self._reports = tuple(sorted(reports, key=lambda each: (each.issued_at, each.id), reverse=True))
        self._writable = writable
        self.list.clear()
        for report in self._reports:
            self.list.addItem(self._item(report))
        uids = [report.uid for report in self._reports]
        self.list.setCurrentRow(uids.index(chosen) if chosen in uids else 0)
        self._none.setVisible(not self._reports)
        self.list.setVisible(bool(self._reports))
        self._offer()

    def set_reused(self, reused: bool) -> None:
        """Whether the page shows the text of an issued report, and what stood there before can be put back."""
        self._reused = reused
        self._offer()

    def _item(self, report: IssuedReport) -> QListWidgetItem:
        words = about(report)
        item = QListWidgetItem(f"{name_of(report)}\n{words}")
        item.setToolTip(tooltip(f"{words}\n{report.folder}"))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name_of(report)}, {words}".replace("\n", ", "))
        item.setSizeHint(QSize(0, self.fontMetrics().lineSpacing() * (2 + words.count("\n")) + 10))
        return item

    def _offer(self) -> None:
        report = self.chosen
        for button in (self.open, self.folder, self.verify):
            button.setVisible(bool(self._reports))
            button.setEnabled(report is not None)
        for button in (self.amend, self.reuse):
            button.setVisible(bool(self._reports))
        self.reuse.setEnabled(self._writable and (report is not None or self._reused))
        self.reuse.setText(self.tr("Put my text back") if self._reused else self.tr("Use its text"))
        self.amend.setEnabled(report is not None and self._writable and not report.superseded_by)
        self.amend.setToolTip(self._why_not_amended(report))

    def _why_not_amended(self, report: IssuedReport | None) -> str:
        if not self._writable:
            return self.tr("The case is open read-only.")
        if report is not None and report.superseded_by:
            return self.tr("It was replaced by {}; amend that one.").format(report.superseded_by)
        return self.tr("Issue a new revision in place of this one; both are kept.")

    def _build(self) -> None:
        self._none.setWordWrap(True)
        self.list.setAccessibleName(self.tr("Issued reports"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES_IN_SIGHT)
        self.open.setToolTip(self.tr("Open the report with the program of your system."))
        self.folder.setToolTip(self.tr("Show the folder with the report's files."))
        self.verify.setToolTip(self.tr("Check seal, pages, attachments, exhibits and log of this report."))
        self.reuse.setToolTip(self.tr("Show on this page what the report was made of, for instance to amend it."))
        self.file.setToolTip(self.tr("Check a report file that came from elsewhere."))
        grid = QGridLayout()
        grid.setSpacing(4)
        for place, button in enumerate((self.open, self.folder, self.amend, self.verify, self.reuse, self.file)):
            button.setAutoDefault(False)
            grid.addWidget(button, place // 2, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(heading(self.tr("Issued reports")))
        column.addWidget(self._none)
        column.addWidget(self.list, 1)
        column.addLayout(grid)
        column.addStretch()

    def _connect(self) -> None:
        def wish(signal: object) -> None:
            if self.chosen is not None:
                signal.emit(self.chosen)  # type: ignore[attr-defined]

        self.open.clicked.connect(lambda: wish(self.open_wished))
        self.folder.clicked.connect(lambda: wish(self.folder_wished))
        self.amend.clicked.connect(lambda: wish(self.amend_wished))
        self.verify.clicked.connect(lambda: wish(self.verify_wished))
        self.reuse.clicked.connect(lambda: self.reuse_wished.emit(None if self._reused else self.chosen))
        self.file.clicked.connect(self.file_wished)
        self.list.currentRowChanged.connect(lambda _row: self._offer())
        self.list.itemActivated.connect(lambda _item: wish(self.open_wished))
