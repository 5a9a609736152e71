"""What a laboratory prints on each of its reports: the fields, and the logo with its picture."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPalette, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.widgets.file_field import FileField
from app.widgets.plain_text import PlainLabel
from app.widgets.report_fields import ReportFields
from app.widgets.report_words import LABORATORY, same_template
from app.wording import visible
from core.reporting import LaboratoryTemplate

_LOGO_PX = (200, 72)


class LaboratoryForm(QWidget):
    """Shows and changes the template of one report; it can be kept for later ones.

    Attributes:
        template: what was shown last; `fill` gives it with what was changed since.

    Signals:
        changed: something was typed or chosen.
        logo_wished: the path of a logo to be looked at, or "".
        keep_wished: the template is to be kept for later reports.
        kept_wished: the kept template is to be used here.
    """

    changed = Signal()
    logo_wished = Signal(str)
    keep_wished = Signal()
    kept_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = ReportFields(LABORATORY)
        self.logo = FileField(self.tr("Logo (PNG or JPEG file)"), self.tr("Pictures (*.png *.jpg *.jpeg)"))
        self.picture, self.problem = QLabel(), PlainLabel(self.tr("Problem with the logo"))
        self.keep, self.take = (
            QPushButton(self.tr("&Keep for later reports")),
            QPushButton(self.tr("&Use the kept one")),
        )
        self.template = self._kept = LaboratoryTemplate()
        self._writable = True
        self._build()

    def show_template(self, template: LaboratoryTemplate) -> None:
        """Show a template."""
        self.template = template
        self.fields.set_values({name: getattr(template, name) for name in self.fields.names})
        if self.logo.text() != template.logo:
            self.logo.setText(template.logo)
            self.logo_wished.emit(template.logo)
        self._offer()

    def set_kept(self, kept: LaboratoryTemplate) -> None:
        """What the settings keep."""
        self._kept = kept
        self._offer()

    def fill(self, template: LaboratoryTemplate) -> LaboratoryTemplate:
        """The template with what is written here; its language is chosen elsewhere."""
        return replace(template, logo=self.logo.text(), **self.fields.values())

    def set_logo(self, image: QImage | None, problem: str = "") -> None:
        """Show the picture of the logo, or what is wrong with it."""
        self.problem.setText(visible(problem))
        self.problem.setVisible(bool(problem))
        self.picture.setVisible(image is not None)
        if image is not None:
            how = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            small = QPixmap.fromImage(image)
            fits = small.width() <= _LOGO_PX[0] and small.height() <= _LOGO_PX[1]
            self.picture.setPixmap(small if fits else small.scaled(*_LOGO_PX, *how))

    def set_writable(self, writable: bool) -> None:
        """Whether anything may be changed."""
        self._writable = writable
        self.fields.set_writable(writable)
        self.logo.setEnabled(writable)
        self._offer()

    def forget(self) -> None:
        """Another case follows."""
        self.fields.forget()
        self.logo.setText("")
        self.set_logo(None)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.fields)
        column.addLayout(self._below())
        column.addStretch(1)
        self.set_logo(None)
        self.fields.changed.connect(self._change)
        self.logo.chosen.connect(self._choose_logo)
        self.keep.clicked.connect(self.keep_wished)
        self.take.clicked.connect(self.kept_wished)

    def _below(self) -> QVBoxLayout:
        caption = QLabel(self.tr("L&ogo (PNG or JPEG file)"))
        caption.setBuddy(self.logo)
        self.logo.setToolTip(self.tr("A picture that is printed on the front page."))
        self.picture.setAccessibleName(self.tr("Picture of the logo"))
        self.picture.setAutoFillBackground(True)
        self.picture.setMargin(6)
        paper = self.picture.palette()
        paper.setColor(QPalette.ColorRole.Window, Qt.GlobalColor.white)  # paper, in dark too
        self.picture.setPalette(paper)
        self.keep.setToolTip(self.tr("Write this into the settings; new reports begin with it."))
        self.take.setToolTip(self.tr("Replace what stands here by what the settings keep."))
        hint = QLabel(self.tr("This report has its own copy. Settings hold the one for new reports."))
        hint.setWordWrap(True)
        hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        below = QVBoxLayout()
        below.setContentsMargins(12, 0, 12, 12)
        below.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.picture)
        row.addStretch(1)
        below.addWidget(caption)
        below.addWidget(self.logo)
        below.addLayout(row)
        below.addWidget(self.problem)
        below.addSpacing(10)
        for part in (hint, self.keep, self.take):
            below.addWidget(part)
        return below

    def _choose_logo(self, path: str) -> None:
        self.logo_wished.emit(path)
        self._change()

    def _change(self) -> None:
        self._offer()
        self.changed.emit()

    def _offer(self) -> None:
        differs = not same_template(self.fill(self._kept), self._kept)
        self.keep.setEnabled(self._writable and differs)
        self.take.setEnabled(self._writable and differs)
