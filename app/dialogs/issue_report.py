"""Issuing a report: who seals it and where copies go; then how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.signing_form import SigningForm
from app.widgets.file_field import FileField
from app.widgets.heading import heading
from app.widgets.long_text import LongText
from app.widgets.plain_text import PlainLabel, visible_lines
from app.widgets.report_words import FORMATS, name_of, pdf_of
from app.wording import tick_text, visible
from core.progress import Tick
from core.reporting import IssuedReport, SigningChoice


@dataclass(frozen=True, slots=True)
class IssueWish:
    """How a report is to be issued: whose seal, where copies go, and why it is amended ("" for a new one)."""

    sign: SigningChoice | None
    out: Path | None
    reason: str = ""


class IssueDialog(QDialog):
    """Asks, then shows progress, then the result; closing it while it works lets the work go on.

    Args:
        about: what the report is about, in a few words.
        formats: which files are written.
        amends: the report that it replaces, or None.
        differing: captions of what the page says otherwise than the report that it replaces.
        folder: where copies went the last time, or "".

    Signals:
        issue_wished: an `IssueWish`.
        cancel_wished: the work is to stop.
        certificate_wished: path, name and password of a certificate to be made.
        text_wished: the text of the report that is replaced (`IssuedReport`) is to be put on the page first.
        open_wished, folder_wished, verify_wished: what is to be done with the `IssuedReport`.
    """

    issue_wished = Signal(object)
    cancel_wished = Signal()
    certificate_wished = Signal(object, str, str)
    text_wished = Signal(object)
    open_wished = Signal(object)
    folder_wished = Signal(object)
    verify_wished = Signal(object)

    def __init__(
        self,
        about: str,
        formats: tuple[str, ...],
        *,
        amends: IssuedReport | None = None,
        differing: Sequence[str] = (),
        folder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._amends = amends
        self.use_text = QPushButton(self.tr("Use its &text"))
        self._differing = tuple(differing) if amends is not None else ()
        self.issued: IssuedReport | None = None
        self.signing, self.out, self.reason = SigningForm(), FileField(self.tr("Folder for copies")), LongText(3)
        self.out.setText(folder)
        self._stack, self._problem = QStackedWidget(), PlainLabel(self.tr("What is wrong"))
        self.bar, self._how_far, self._result = QProgressBar(), PlainLabel(self.tr("How far")), PlainLabel()
        self.buttons = QDialogButtonBox()
        self.go = self.buttons.addButton(self.tr("&Issue"), QDialogButtonBox.ButtonRole.ActionRole)
        self.stop = self.buttons.addButton(self.tr("Cancel the work"), QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button = self.buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self.close_button.setIcon(QIcon())
        self._after = [QPushButton(text) for text in (self.tr("&Open"), self.tr("Show &folder"), self.tr("&Verify"))]
        self._build(about, formats)
        self._connect()
        self._show(self._ask)

    @property
    def working(self) -> bool:
        """Whether the report is being issued."""
        return self._stack.currentWidget() is self._work

    def refuse(self, sentence: str) -> None:
        """It could not be done: say why, with everything as it was typed."""
        self._problem.setText(visible_lines(sentence))
        self._show(self._ask)

    def show_tick(self, tick: Tick) -> None:
        """Show how far the work is."""
        self.bar.setRange(0, max(1, tick.total) if tick.total is not None else 0)
        self.bar.setValue(tick.done)
        self._how_far.setText(f"{visible(tick.text, longest=200)}\n{tick_text(tick)}")

    def show_done(self, issued: IssuedReport) -> None:
        """The report is there."""
        self.issued = issued
        self._result.setText(visible_lines(result_text(issued, self._out())))
        self._after[2].setVisible(pdf_of(issued) is not None)
        self._show(self._done)
        self._after[0].setFocus()

    def show_certificate(self, path: Path) -> None:
        """The certificate is there: it is chosen now."""
        self.signing.choose_file(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Passwords do not outlive the dialog."""
        self.signing.forget_passwords()
        super().closeEvent(event)

    def _out(self) -> Path | None:
        return Path(self.out.text()) if self.out.text() else None

    def _issue(self) -> None:
        problem = self.signing.problem() or self._reason_problem()
        if problem:
            self._problem.setText(problem)
            return
        self._problem.setText("")
        self.bar.setRange(0, 0)
        self._how_far.setText(self.tr("Beginning …"))
        self._show(self._work)
        self.issue_wished.emit(IssueWish(self.signing.choice(), self._out(), self.reason.text()))

    def _reason_problem(self) -> str:
        lacking = self._amends is not None and not self.reason.text()
        return self.tr("Write down why the report is amended: the new revision says so.") if lacking else ""

    def _show(self, page: QWidget) -> None:
        for other in (self._ask, self._work, self._done):  # the dialog is as high as what it shows
            policy = QSizePolicy.Policy.Preferred if other is page else QSizePolicy.Policy.Ignored
            other.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
        self._stack.setCurrentWidget(page)
        self.go.setVisible(page is self._ask)
        self.stop.setVisible(page is self._work)
        self.stop.setEnabled(True)
        self._problem.setVisible(page is self._ask and bool(self._problem.text()))
        self.close_button.setText(self.tr("Go on in the background") if page is self._work else self.tr("Close"))
        self._fit()

    def _fit(self) -> None:
        """Be no higher than needed, once the layout knows."""

        def fit() -> None:
            layout = self.layout()
            if layout is not None:
                layout.invalidate()
                layout.activate()
            self.resize(self.width(), self.minimumSizeHint().height())

        QTimer.singleShot(20, self, fit)  # after the layouts inside have settled

    def _build(self, about: str, formats: tuple[str, ...]) -> None:
        self.setWindowTitle(self.tr("Amend a report") if self._amends is not None else self.tr("Issue a report"))
        self.setMinimumWidth(560)
        self.go.setDefault(True)
        self._ask, self._work, self._done = self._question(about, formats), self._progress(), self._outcome()
        for page in (self._ask, self._work, self._done):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._problem)
        layout.addWidget(self.buttons)

    def _question(self, about: str, formats: tuple[str, ...]) -> QWidget:
        page, said, form = QWidget(), PlainLabel(), QFormLayout()
        names = ", ".join(option.caption for option in FORMATS if option.value in formats)
        said.setText(self._intention(about, names))
        self.out.setToolTip(self.tr("The report is kept in the case; copies of its files go here as well."))
        self.out.line.setPlaceholderText(self.tr("Empty: only in the case"))
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Copies go to"), self.out)
        if self._amends is not None:
            self.reason.setAccessibleName(self.tr("Reason"))
            self.reason.setToolTip(self.tr("Why the report is amended; printed on the new revision."))
            form.addRow(self.tr("&Reason"), self.reason)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(said)
        layout.addLayout(self._text_offer())
        for part in (heading(self.tr("Seal of the PDF")), self.signing):
            layout.addWidget(part)
        layout.addLayout(form)
        layout.addStretch(1)
        return page

    def _text_offer(self) -> QVBoxLayout:
        """Says that the page does not show the text of the report that is replaced, and offers it."""
        column, row, said = QVBoxLayout(), QHBoxLayout(), PlainLabel(self.tr("Text of the amended report"))
        if not self._differing:
            return column
        said.setText(
            self.tr(
                "The page is not what that report says. These differ: {}. If you did not mean to change them, use its "
                "text, change what was wrong in it, and amend it then."
            ).format(", ".join(self._differing))
        )
        self.use_text.setToolTip(self.tr("Close this, and show on the page what the report was made of."))
        self.use_text.setAutoDefault(False)
        row.addWidget(self.use_text)
        row.addStretch(1)
        column.addWidget(said)
        column.addLayout(row)
        return column

    def _wish_text(self) -> None:
        self.close()
        self.text_wished.emit(self._amends)

    def _intention(self, about: str, names: str) -> str:
        files = self.tr("Files: {}.").format(names)
        lasting = self.tr("An issued report is kept for good; a mistake is mended by an amended one.")
        if self._amends is None:
            return f"{about}.\n{files}\n{lasting}"
        replaced = self.tr("This replaces {} ({}), which is kept.").format(name_of(self._amends), self._amends.uid)
        return f"{about}.\n{files}\n{replaced}"

    def _progress(self) -> QWidget:
        page = QWidget()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the report"))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(heading(self.tr("The report is being issued")))
        layout.addWidget(self._how_far)
        layout.addWidget(self.bar)
        layout.addWidget(QLabel(self.tr("Nothing is kept of a report that is cancelled.")))
        layout.addStretch(1)
        return page

    def _outcome(self) -> QWidget:
        page, row = QWidget(), QHBoxLayout()
        tips = (
            self.tr("Open the report with the program of your system."),
            self.tr("Show the folder with the report's files."),
            self.tr("Check seal, pages, attachments, exhibits and log of this report."),
        )
        for button, tip in zip(self._after, tips, strict=True):
            button.setToolTip(tip)
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(heading(self.tr("The report is issued")))
        layout.addWidget(self._result)
        layout.addLayout(row)
        layout.addStretch(1)
        return page

    def _connect(self) -> None:
        self.go.clicked.connect(self._issue)
        self.stop.clicked.connect(self._cancel)
        self.use_text.clicked.connect(self._wish_text)
        self.close_button.clicked.connect(self.close)
        self.signing.certificate_wished.connect(self.certificate_wished)
        self.signing.changed.connect(self._fit)
        signals = (self.open_wished, self.folder_wished, self.verify_wished)
        for button, signal in zip(self._after, signals, strict=True):
            button.clicked.connect(lambda _on=False, signal=signal: signal.emit(self.issued))

    def _cancel(self) -> None:
        self.stop.setEnabled(False)
        self._how_far.setText(self.tr("Stopping …"))
        self.cancel_wished.emit()


def result_text(issued: IssuedReport, out: Path | None) -> str:
    """What was issued, where it is, and who sealed it."""
    lines = [f"{name_of(issued)} ({issued.uid}) is kept in {issued.folder}."]
    if out is not None:
        lines.append(f"Copies are in {out}.")
    if issued.signer:
        lines.append(f"Sealed by {issued.signer}.")
    return "\n".join(lines)
