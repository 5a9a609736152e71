"""Making a case: what it is about, and where to keep it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
    QWizard,
    QWizardPage,
)

from app.widgets.blind_box import BlindBox
from app.wording import counted, visible
from core.domain import CaseDetails
from core.paths import CASE_SUFFIX

_LONGEST_NAME = 80
# Names that Windows keeps for devices, whatever their ending.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)$")


class NewCaseWizard(QWizard):
    """Asks for a title and a place; only says what is wished, and stays open until the case is there.

    Args:
        examiner, laboratory: suggestions.
        folder: where cases were kept so far.
        paths: what will be taken in once the case exists.

    Signals:
        create_wished: path of the case and its `CaseDetails`.
    """

    create_wished = Signal(object, object)

    def __init__(
        self, examiner: str, laboratory: str, folder: Path, paths: Sequence[Path] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._about, self._place = _About(examiner, laboratory, paths), _Place(folder)
        self.setWindowTitle(self.tr("New case"))
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.setButtonText(QWizard.WizardButton.FinishButton, self.tr("&Create case"))
        self.addPage(self._about)
        self.addPage(self._place)
        self.resize(620, 460)

    def accept(self) -> None:
        """Wish for the case; the window closes the wizard when it is there."""
        self._place.show_problem("")
        self.button(QWizard.WizardButton.FinishButton).setEnabled(False)
        self.create_wished.emit(self._place.path(), self._about.details())

    def case_folder(self) -> Path:
        """The folder that the case was put into, to be suggested next time."""
        return self._place.path().parent

    @property
    def asks_custody(self) -> bool:
        """Whether the custody form is wished for once the case is there."""
        return self._place.custody.isChecked()

    def close_created(self) -> None:
        """The case is there."""
        super().accept()

    def show_problem(self, sentence: str) -> None:
        """The case could not be made; say why and let the analyst change what was entered."""
        self.button(QWizard.WizardButton.FinishButton).setEnabled(True)
        self._place.show_problem(sentence)


class _About(QWizardPage):
    def __init__(self, examiner: str, laboratory: str, paths: Sequence[Path]) -> None:
        super().__init__()
        self.setTitle(self.tr("What is the case about?"))
        self.setSubTitle(_subtitle(paths) or self.tr("Only the title is needed; everything can be changed later."))
        self._title, self._number = QLineEdit(), QLineEdit()
        self._examiner, self._laboratory = QLineEdit(examiner), QLineEdit(laboratory)
        self._notes = QPlainTextEdit()
        self._notes.setTabChangesFocus(True)
        self._blind = BlindBox()
        self._title.setPlaceholderText(self.tr("for instance: Election portraits"))
        self._number.setPlaceholderText(self.tr("file number of your laboratory"))
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("&Title"), self._title)
        form.addRow(self.tr("&Number"), self._number)
        form.addRow(self.tr("&Examiner"), self._examiner)
        form.addRow(self.tr("&Laboratory"), self._laboratory)
        form.addRow(self.tr("N&otes"), self._notes)
        form.addRow("", self._blind)
        self.registerField("title*", self._title)

    def isComplete(self) -> bool:
        """A case needs a title."""
        return bool(self._title.text().strip())

    def details(self) -> CaseDetails:
        return CaseDetails(
            self._title.text().strip(),
            self._number.text().strip(),
            self._examiner.text().strip(),
            self._laboratory.text().strip(),
            self._notes.toPlainText().strip(),
            self._blind.isChecked(),
        )


class _Place(QWizardPage):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.setTitle(self.tr("Where shall it be kept?"))
        self.setSubTitle(self.tr("A case is one folder with a copy of every image. Choose a place with enough space."))
        self._name, self._folder = QLineEdit(), QLineEdit(str(folder))
        self._whole, self._problem = QLabel(), QLabel()
        self.custody = QCheckBox(self.tr("Then write down from &whom the items were received"))
        self.custody.setToolTip(self.tr("The form opens when the case is there; it can be filled in later as well."))
        for label in (self._whole, self._problem):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._whole.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        choose = QPushButton(self.tr("&Choose…"))
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.addWidget(self._folder, 1)
        row.addWidget(choose)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        where = QLabel(self.tr("&Folder"))
        where.setBuddy(self._folder)
        form.addRow(where, row)
        form.addRow(self.tr("&Name"), self._name)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._whole)
        layout.addWidget(self.custody)
        layout.addWidget(self._problem)
        layout.addStretch()
        for field in (self._name, self._folder):
            field.textChanged.connect(self._show_path)

    def initializePage(self) -> None:
        """Suggest a name after the title."""
        self._name.setText(file_name(str(self.field("title"))))
        self._show_path()

    def isComplete(self) -> bool:
        """A path needs a name and a folder that says where it is."""
        return bool(file_name(self._name.text())) and Path(self._folder.text()).is_absolute()

    def path(self) -> Path:
        return Path(self._folder.text()) / f"{file_name(self._name.text())}{CASE_SUFFIX}"

    def show_problem(self, sentence: str) -> None:
        self._problem.setText(visible(sentence))

    def _show_path(self) -> None:
        self._whole.setText(visible(str(self.path())) if self.isComplete() else "")
        self._problem.clear()
        self.completeChanged.emit()

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for the case"), self._folder.text())
        if folder:
            self._folder.setText(folder)


def file_name(title: str) -> str:
    """A title as a name that every file system takes; empty when nothing is left of it."""
    name = re.sub(r"\s*[^\w .()-]+\s*", " - ", title.strip()).strip(" .-")[:_LONGEST_NAME].strip(" .-")
    name = name.removesuffix(CASE_SUFFIX)
    return f"{name}-case" if _RESERVED.match(name) else name


def _subtitle(paths: Sequence[Path]) -> str:
    if not paths:
        return ""
    return f"What you dropped ({counted(len(paths), 'path', 'paths')}) is taken in as soon as the case is there."
