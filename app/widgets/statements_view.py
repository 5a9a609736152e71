"""What a file says of itself: Content Credentials, claims of its making, embedded pictures, and every other line.

All of it is hostile text. It stands beside the detector's finding and never becomes part of it: there is no score here.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.widgets import statement_words as words
from app.widgets.credentials_header import CredentialsHeader
from app.widgets.heading import heading
from app.widgets.plain_text import PlainLabel
from app.widgets.statement_section import LineSheet, StatementSection
from app.widgets.text_sheet import Bullets, Heading, TextSheet
from app.wording import visible
from core.domain import RgbImage
from core.examine import FileStatement, FileStatements

_SETTLE_MS = 150  # the search waits for a pause in typing
_PICTURE_PX = 150


class StatementsView(QWidget):
    """Shows what one file says of itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said: FileStatements | None = None
        self.search = QLineEdit(placeholderText="Find in what the file says", clearButtonEnabled=True)
        self.search.setAccessibleName("Find in what the file says")
        self.status = PlainLabel("State of reading the file")
        self.credentials = CredentialsHeader()
        self.claims = _ClaimBlock()
        self.pictures = _Pictures()
        self.remarks = TextSheet(whole=True)
        self.remarks.setAccessibleName("Remarks about reading the file")
        self.sections: list[StatementSection] = []
        self._places = QVBoxLayout()
        self._scroll = QScrollArea()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._build()
        self.set_statements(None)

    def set_statements(self, said: FileStatements | None) -> None:
        """Show what a file says, or that no exhibit is chosen."""
        self._said = said
        self.search.setEnabled(said is not None)
        self._scroll.setVisible(said is not None)
        self.say(words.NO_EXHIBIT if said is None else "")
        self._show_sections()
        if said is None:
            return
        self.credentials.set_provenance(said.provenance)
        self.claims.set_rows(words.claim_rows(said.generator, said.source_type))
        self.pictures.set_pictures(said.thumbnails)
        self.remarks.set_blocks((Heading("Remarks about reading it"), Bullets(said.remarks)) if said.remarks else ())
        self.remarks.setVisible(bool(said.remarks))
        self._scroll.verticalScrollBar().setValue(0)

    def set_busy(self, text: str = words.READING) -> None:
        """The file is being read; what another file said is taken away."""
        self.set_statements(None)
        self.say(text)

    def say(self, text: str) -> None:
        """Show a sentence above the statements, "" for none."""
        self.status.setText(visible(text))
        self.status.setVisible(bool(text))

    def _build(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(10)
        for part in (self.credentials, self.claims, self.pictures, self.remarks):
            layout.addWidget(part)
        layout.addLayout(self._places)
        layout.addStretch(1)
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(8, 8, 8, 8)
        outside.addWidget(self.search)
        outside.addWidget(self.status)
        outside.addWidget(self._scroll, 1000)
        outside.addStretch(1)  # keeps the sentence at the top while there is nothing else
        self.search.textChanged.connect(lambda _: self._settle.start())
        self._settle.timeout.connect(self._show_sections)

    def _show_sections(self) -> None:
        self._settle.stop()
        for section in self.sections:
            self._places.removeWidget(section)
            section.hide()
            section.deleteLater()
        self.sections = []
        if self._said is None:
            return
        wanted = self.search.text().strip()
        for group, lines in self._groups():
            found = [line for line in lines if words.matches(line, wanted)]
            if not found:
                continue
            is_open = bool(wanted) or len(lines) <= words.OPEN_UP_TO
            title = words.section_title(group, len(found), len(lines))
            rows = [(line.name, line.text) for line in found]
            self.sections.append(StatementSection(title, rows, is_open=is_open))
            self._places.addWidget(self.sections[-1])
            self.sections[-1].show()
        anywhere = self.sections or any(words.matches(line, wanted) for line in self._said.generator)
        self.say("" if anywhere or not wanted else words.NOT_FOUND)

    def _groups(self) -> list[tuple[str, list[FileStatement]]]:
        """Every line outside the block of claims, by group, the manifest's first."""
        assert self._said is not None
        manifest = self._said.provenance.statements if self._said.provenance is not None else ()
        lines = [line for line in (*manifest, *self._said.statements) if line.group != "Generator"]
        return [(group, list(same)) for group, same in groupby(lines, key=lambda line: line.group)]


class _ClaimBlock(QFrame):
    """The generator parameters under a heading that says what they are."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.caution = QLabel(words.CLAIM_CAUTION, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.sheet = LineSheet()
        self.sheet.setAccessibleName(words.CLAIMED)
        title = heading(words.CLAIMED)
        title.setWordWrap(True)
        layout = QVBoxLayout(self)
        for part in (title, self.sheet, self.caution):
            layout.addWidget(part)

    def set_rows(self, rows: tuple[tuple[str, str], ...]) -> None:
        """Show the claims, or that there are none."""
        self.caution.setText(words.CLAIM_CAUTION if rows else words.NO_CLAIM)
        self.sheet.set_rows(rows)
        self.sheet.setVisible(bool(rows))


class _Pictures(QWidget):
    """The pictures kept inside a file, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[QLabel] = []
        self._row = QHBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(heading("Pictures embedded in the file"))
        layout.addLayout(self._row)

    def set_pictures(self, pictures: tuple[RgbImage, ...]) -> None:
        """Show these pictures; hidden when there are none."""
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.labels = [_picture_label(picture) for picture in pictures]
        for label in self.labels:
            self._row.addWidget(label)
        self._row.addStretch(1)
        self.setVisible(bool(pictures))


def _picture_label(picture: RgbImage) -> QLabel:
    height, width = picture.pixels.shape[:2]
    pixels = np.ascontiguousarray(picture.pixels)  # must outlive the view on it
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    label = QLabel()
    if max(width, height) > _PICTURE_PX:
        side = Qt.AspectRatioMode.KeepAspectRatio
        image = image.scaled(_PICTURE_PX, _PICTURE_PX, side, Qt.TransformationMode.SmoothTransformation)
    label.setPixmap(QPixmap.fromImage(image))
    label.setAccessibleName(
        f"Embedded picture, {round(width / picture.scale)} × {round(height / picture.scale)} pixels"
    )
    label.setToolTip(label.accessibleName())
    return label
