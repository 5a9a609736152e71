"""Whose certificate seals a report: this installation's, a file's, or one that is made now."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.widgets.file_field import FileField
from app.widgets.plain_text import PlainLabel, visible_lines
from core.reporting import SigningChoice

_KINDS = "PKCS#12 (*.p12 *.pfx)"
_SHORTEST = 8


class SigningForm(QWidget):
    """Three choices with what each needs; passwords are never shown and never kept.

    Signals:
        certificate_wished: path, name and password of a certificate to be made.
        changed: another choice, which may need more room or less.
    """

    certificate_wished = Signal(object, str, str)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.own = QRadioButton(self.tr("Seal of &this installation"))
        self.file_choice = QRadioButton(self.tr("My &certificate (PKCS#12 file)"))
        self.new_choice = QRadioButton(self.tr("&Make a certificate in my name"))
        self.file, self.password = FileField(self.tr("Certificate file"), _KINDS), _password(self.tr("Password"))
        self.visible_box = QCheckBox(self.tr("Show the signature on the &front page"))
        self.place, self.name = QLineEdit(), QLineEdit()
        self.new_file = FileField(self.tr("New certificate file"), _KINDS, saving=True)
        self.new_password, self.again = _password(self.tr("New password")), _password(self.tr("Password again"))
        self.make, self._said = QPushButton(self.tr("Make it")), PlainLabel(self.tr("About the certificate"))
        self._meaning = QLabel()
        self._build()
        self._offer()

    def choice(self) -> SigningChoice | None:
        """What was chosen; None is the seal of this installation."""
        if not self.file_choice.isChecked():
            return None
        shown = self.visible_box.isChecked()
        return SigningChoice(Path(self.file.text()), self.password.text(), shown, place=self.place.text().strip())

    def problem(self) -> str:
        """Why the choice cannot be used as it stands, in a sentence."""
        if self.new_choice.isChecked():
            return self.tr("Make the certificate first, or choose another seal.")
        if self.file_choice.isChecked() and not self.file.text():
            return self.tr("Choose the file of your certificate, or another seal.")
        return ""

    def choose_file(self, path: Path) -> None:
        """A certificate was made: take it, with the password it was made with."""
        self.file.setText(str(path))
        self.password.setText(self.new_password.text())
        self.file_choice.setChecked(True)
        self._said.setText("")
        self._offer()

    def refuse_certificate(self, sentence: str) -> None:
        """The certificate could not be made."""
        self._said.setText(visible_lines(sentence))
        self._offer()

    def forget_passwords(self) -> None:
        """Forget every password."""
        for field in (self.password, self.new_password, self.again):
            field.clear()

    def _build(self) -> None:
        self.own.setChecked(True)
        self.own.setToolTip(self.tr("A change of the file is seen; it says which installation made it, and no person."))
        self.file_choice.setToolTip(self.tr("You sign with your own certificate."))
        self.new_choice.setToolTip(self.tr("Make a certificate that nobody else vouches for, and sign with it."))
        self.visible_box.setChecked(True)
        self.visible_box.setToolTip(self.tr("Otherwise only programs see the signature."))
        self.place.setToolTip(self.tr("Written into the signature; may stay empty."))
        self.name.setToolTip(self.tr("The name that the certificate is made out to."))
        self.make.setToolTip(self.tr("Make the file; keep it and its password in a safe place."))
        self.make.setAutoDefault(False)
        self._meaning.setWordWrap(True)
        self._meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._file_part = _form(
            (self.tr("F&ile"), self.file),
            (self.tr("&Password"), self.password),
            (self.tr("P&lace"), self.place),
            ("", self.visible_box),
        )
        self._new_part = _form(
            (self.tr("&Name"), self.name),
            (self.tr("F&ile"), self.new_file),
            (self.tr("&Password"), self.new_password),
            (self.tr("A&gain"), self.again),
            ("", self._said),
            ("", self.make),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._group = QButtonGroup(self)
        for part in (self.own, self.file_choice, self._file_part, self.new_choice, self._new_part, self._meaning):
            column.addWidget(part)
            if isinstance(part, QRadioButton):
                self._group.addButton(part)
                part.toggled.connect(self._offer)
        for field in (self.name, self.new_password, self.again):
            field.textChanged.connect(self._offer)
        self.new_file.line.textChanged.connect(self._offer)
        self.make.clicked.connect(self._wish)

    def _offer(self) -> None:
        self._file_part.setVisible(self.file_choice.isChecked())
        self._new_part.setVisible(self.new_choice.isChecked())
        self._meaning.setText(
            self.tr("“Verify” sees every change of the file. The seal names this installation and no person.")
            if self.own.isChecked()
            else self.tr("“Verify” sees every change of the file. The signature names who holds the certificate.")
        )
        self.changed.emit()
        problem = self._new_problem()
        self.make.setEnabled(not problem)
        if problem or self._said.property("mine"):
            self._said.setText(problem)
            self._said.setProperty("mine", bool(problem))

    def _new_problem(self) -> str:
        if not (self.name.text().strip() and self.new_file.text()):
            return self.tr("A name and a file are needed.")
        if len(self.new_password.text()) < _SHORTEST:
            return self.tr("The password needs at least {} characters.").format(_SHORTEST)
        return "" if self.new_password.text() == self.again.text() else self.tr("The two passwords differ.")

    def _wish(self) -> None:
        path = Path(self.new_file.text())
        path = path if path.suffix.lower() in (".p12", ".pfx") else path.with_name(f"{path.name}.p12")
        self._said.setProperty("mine", False)
        self._said.setText(self.tr("Making it …"))
        self.make.setEnabled(False)
        self.certificate_wished.emit(path, self.name.text().strip(), self.new_password.text())


def _password(caption: str) -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setAccessibleName(caption)
    field.setToolTip(caption)
    return field


def _form(*rows: tuple[str, QWidget]) -> QWidget:
    owner = QWidget()
    form = QFormLayout(owner)
    form.setContentsMargins(24, 0, 0, 6)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for caption, field in rows:
        if not field.accessibleName():
            field.setAccessibleName(caption.replace("&", ""))
        form.addRow(caption, field)
    return owner
