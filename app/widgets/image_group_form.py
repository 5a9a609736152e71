"""One folder of images, or several, in detail: what they are named, what their files say, and a look at some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.widgets.heading import heading
from app.widgets.picture_row import PictureRow, PictureTile
from app.widgets.plain_text import PlainLabel
from app.widgets.retraining_words import name_problem
from app.wording import counted, visible
from core.retraining import ImageGroup, TrainingImage

_MOST_SHOWN = 40
_SEVERAL = "(several)"


class ImageGroupForm(QWidget):
    """Names what is chosen in the list.

    Signals:
        label_changed: another architecture, for all that is chosen.
        source_changed: another source, for all that is chosen.
        exchange_wished: architecture and source of what is chosen are the other way round.
        remove_wished: what is chosen is to be taken out.
    """

    label_changed = Signal(str)
    source_changed = Signal(str)
    exchange_wished = Signal()
    remove_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label, self._name, self.source = QComboBox(), QLineEdit(), QLineEdit()
        self.facts, self.problem = PlainLabel("What was read of these images"), PlainLabel("What is wrong with a name")
        self.use_claim, self.remove = QPushButton(), QPushButton("Take it o&ut")
        self.exchange = QPushButton("E&xchange the two names")
        self.pictures = PictureRow("Some of these images")
        self._claim = ""
        self._build()

    def set_names(self, known: Sequence[str], given: Sequence[str]) -> None:
        """Offer names: of classes that the parent knows, and those given before."""
        with QSignalBlocker(self.label):
            text = self.label.currentText()
            self.label.clear()
            self.label.addItems(list(dict.fromkeys([*given, *known])))
            self.label.setCurrentText(text)

    def show_groups(self, groups: Sequence[ImageGroup], images: Sequence[TrainingImage] | None) -> None:
        """Show what is chosen; `images` None while they are read."""
        labels, sources = ({getattr(group, name) for group in groups} for name in ("label", "source"))
        with QSignalBlocker(self.label), QSignalBlocker(self.source):
            _show(self._name, labels)
            _show(self.source, sources)
        self.setEnabled(bool(groups))
        self._say_problem()
        sound = [image for image in images or () if not image.problem]
        self.facts.setText("Reading the images …" if images is None else facts_text(images))
        self._claim = common_claim(sound)
        self.use_claim.setText(
            f"Use the name that the &files give: {visible(self._claim, longest=36)}".replace("&&", "&")
        )
        self.use_claim.setVisible(bool(self._claim) and self._claim not in labels and not name_problem(self._claim))
        spread = sound[:: max(1, len(sound) // _MOST_SHOWN)][:_MOST_SHOWN]
        self.pictures.set_tiles([PictureTile((one.sha256,), one.path.name, _meaning(one)) for one in spread])

    def edit_name(self) -> None:
        """Give the name of the architecture the keyboard."""
        self.label.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._name.selectAll()

    def _take_label(self) -> None:
        self._say_problem()
        if self.label.currentText() != _SEVERAL:
            self.label_changed.emit(self.label.currentText().strip())

    def _take_source(self) -> None:
        self._say_problem()
        if self.source.text() != _SEVERAL:
            self.source_changed.emit(self.source.text().strip())

    def _say_problem(self) -> None:
        label, source = self.label.currentText(), self.source.text()
        problems = [name_problem(text, source=text is source) for text in (label, source) if text not in ("", _SEVERAL)]
        sentence = next(filter(None, problems), "") if self.isEnabled() else ""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _build(self) -> None:
        self.label.setEditable(True)
        self.label.setLineEdit(self._name)
        self.label.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        completer = QCompleter(self.label.model(), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.label.setCompleter(completer)
        self._name.setPlaceholderText("for instance: stable-diffusion-xl")
        for part, name in ((self.label, "Architecture"), (self._name, "Architecture"), (self.source, "Source")):
            part.setAccessibleName(name)
        self.source.setPlaceholderText("publisher or repository of the images")
        for line in (self._name, self.source):
            line.setAcceptDrops(False)  # dropped folders belong to the page
        self.source.setToolTip(
            "Images of one source share their processing; the test is made on sources not learned from."
        )
        self.label.currentTextChanged.connect(lambda _text: self._take_label())
        self.source.textChanged.connect(lambda _text: self._take_source())
        self.use_claim.setAccessibleName("Use the name that the files give")
        self.use_claim.clicked.connect(lambda: self.label.setCurrentText(self._claim))
        self.remove.clicked.connect(self.remove_wished)
        self.exchange.setToolTip("The folder of the architecture holds those of its sources, or the other way round.")
        self.exchange.clicked.connect(self.exchange_wished)
        for button in (self.use_claim, self.exchange, self.remove):
            button.setAutoDefault(False)
        self._lay_out()

    def _lay_out(self) -> None:
        self.facts.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("&Architecture", self.label)
        form.addRow("&Source", self.source)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 0, 0)
        column.addWidget(heading("What they are"))
        column.addLayout(form)
        for part in (self.problem, self.use_claim, self.facts, self.pictures):
            column.addWidget(part)
        column.addStretch()
        row = QHBoxLayout()
        row.addWidget(self.exchange)
        row.addWidget(self.remove)
        row.addStretch()
        column.addLayout(row)


def facts_text(images: Sequence[TrainingImage]) -> str:
    """How many images there are, in which formats and sizes, and what their files say of themselves."""
    sound = [image for image in images if not image.problem]
    if not sound:
        return "No image in it can be read."
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in Counter(one.container for one in sound).most_common(3))
    shorter = sorted(min(one.width, one.height) for one in sound)
    sizes = f"{shorter[0]}" if shorter[0] == shorter[-1] else f"{shorter[0]} to {shorter[-1]}"
    said = Counter(one.claim for one in sound if one.claim).most_common(1)
    claim = f" {counted(said[0][1], 'file names', 'files name')} “{visible(said[0][0], longest=60)}”." if said else ""
    return f"{counted(len(sound), 'image', 'images')}: {kinds}. Shorter side {sizes} px.{claim}"


def common_claim(images: Sequence[TrainingImage]) -> str:
    """The generator that most of the files that name one agree on, as a name of a class; "" for none."""
    said = Counter(image.claim for image in images if image.claim).most_common(1)
    return class_name(said[0][0]) if said else ""


def class_name(claim: str) -> str:
    """A claim as a name of a class: small letters, hyphens, nothing that a path minds."""
    words = "".join(sign if sign.isalnum() or sign in ".-" else " " for sign in claim.casefold()).split()
    return "-".join(words).strip("-.")[:60]


def _show(line: QLineEdit, names: set[str]) -> None:
    text = next(iter(names)) if len(names) == 1 else _SEVERAL if names else ""
    if line.text() != text and not (line.hasFocus() and line.text().strip() == text):
        line.setText(text)


def _meaning(image: TrainingImage) -> str:
    claim = f"\nThe file names: {image.claim}" if image.claim else ""
    return f"{image.path.name}\n{image.container}, {image.width} × {image.height} px{claim}"
