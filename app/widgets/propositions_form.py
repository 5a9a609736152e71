"""Two propositions about an exhibit: those that stand, and a form to write others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.widgets import conclusion_words as words
from app.widgets.heading import heading
from app.widgets.plain_text import tooltip
from app.widgets.statement_card import StatementCard
from app.widgets.text_field import TextField
from app.widgets.verdict_header import plain_label
from app.wording import visible
from core.reporting import Propositions

_LEAD = "Two propositions that exclude each other. The findings are weighed under both."
_NEW, _OTHERS = "Write propositions", "Write other propositions"
_ANY = "Any image generator"
_ARCHITECTURE = (
    "The class whose likelihood ratio shall weigh the first proposition against the second, where the detector's "
    "validation supports one."
)


@dataclass(frozen=True, slots=True)
class PropositionsDraft:
    """What stands in the form."""

    first: str = ""
    second: str = ""
    population: str = ""
    background: str = ""
    architecture: str = ""


class PropositionsForm(QWidget):
    """Shows propositions and takes others down; a suggestion fills the fields that nobody has written in.

    Signals:
        propositions_wished: a `PropositionsDraft` to be written down.
        suggestion_wished: the class that was chosen for the first proposition.
    """

    propositions_wished = Signal(object)
    suggestion_wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggested = PropositionsDraft()
        self._titles: dict[str, str] = {}
        self._current: Propositions | None = None
        self._writable = self._busy = False
        self.fold, self.architecture = QToolButton(), QComboBox()
        self.first = TextField("&First proposition", 2, "What the architecture speaks for")
        self.second = TextField("Se&cond proposition", 2, "What excludes the first")
        self.population = TextField("&Relevant set", 2, "Which other processes the second one speaks of")
        self.background = TextField("&Known besides", 2, "What else is known and used, for instance the seized device")
        self.write = QPushButton("Write do&wn")
        self._lead, self._said = plain_label("What propositions are"), plain_label("What went wrong")
        self._card, self._form = QVBoxLayout(), QWidget()
        self._build()
        self.set_propositions(None, (), writable=False, hidden=False)

    @property
    def draft(self) -> PropositionsDraft:
        """What stands in the form now."""
        return PropositionsDraft(
            self.first.text,
            self.second.text,
            self.population.text,
            self.background.text,
            str(self.architecture.currentData() or ""),
        )

    @property
    def touched(self) -> bool:
        """Whether somebody has written in the form."""
        draft = self.draft
        return draft not in (PropositionsDraft(), PropositionsDraft(architecture=draft.architecture), self._suggested)

    def set_propositions(
        self, current: Propositions | None, classes: Sequence[tuple[str, str]], *, writable: bool, hidden: bool
    ) -> None:
        """Show the propositions that stand.

        Args:
            current: they, or None.
            classes: name and title of those that the first one may be about.
            writable: whether the case may be changed.
            hidden: whether the answer is hidden from this examiner.
        """
        first_sight = current is None or self._current is None or current.id != self._current.id
        self._current, self._writable = current, writable
        self._set_classes(classes)
        while (item := self._card.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if current is not None:
            title = self._titles.get(current.architecture, current.architecture)
            told = (words.propositions_circumstances(current), words.propositions_text(current, title))
            self._card.addWidget(StatementCard("", *told, kind="Propositions"))
        self._lead.setText(" ".join(filter(None, (_LEAD, words.WRITE_FIRST if hidden else ""))))
        self._lead.setVisible(current is None)
        self.fold.setText(_NEW if current is None else _OTHERS)
        self.fold.setVisible(writable)
        if first_sight:
            self.fold.setChecked(current is None or self.touched)
        self._offer()

    def set_suggestion(self, wish: Propositions) -> None:
        """Fill in a suggestion, field by field where nobody has written anything else."""
        made = PropositionsDraft(wish.first, wish.second, wish.population, wish.background, wish.architecture)
        draft, before, self._suggested = self.draft, self._suggested, made
        for field, now, then, new in (
            (self.first, draft.first, before.first, made.first),
            (self.second, draft.second, before.second, made.second),
            (self.population, draft.population, before.population, made.population),
        ):
            if now in ("", then):
                field.set_text(new)
        with QSignalBlocker(self.architecture):
            self.architecture.setCurrentIndex(max(0, self.architecture.findData(made.architecture)))
        self._offer()

    def start(self, draft: PropositionsDraft | None) -> None:
        """Another exhibit follows; what was being written about it, or nothing."""
        self._suggested, self._current = PropositionsDraft(), None
        self._fill(draft or PropositionsDraft())
        self.say("")

    def set_busy(self) -> None:
        """The wish was heard."""
        self._busy = True
        self._offer()

    def say(self, sentence: str) -> None:
        """Why nothing was written down; what was typed is still there."""
        self._busy = False
        self._said.setText(visible(sentence))
        self._said.setVisible(bool(sentence))
        self._offer()

    def written(self) -> None:
        """They are written down: the form is folded up and empty."""
        self._fill(PropositionsDraft())
        self._suggested = PropositionsDraft()
        self.fold.setChecked(False)
        self.say("")

    def _fill(self, draft: PropositionsDraft) -> None:
        for field, text in (
            (self.first, draft.first),
            (self.second, draft.second),
            (self.population, draft.population),
            (self.background, draft.background),
        ):
            field.set_text(text)
        with QSignalBlocker(self.architecture):
            self.architecture.setCurrentIndex(max(0, self.architecture.findData(draft.architecture)))

    def _set_classes(self, classes: Sequence[tuple[str, str]]) -> None:
        self._titles = dict(classes)
        wanted = [("", _ANY), *classes]
        if [self.architecture.itemData(row) for row in range(self.architecture.count())] == [
            name for name, _ in wanted
        ]:
            return
        chosen = self.architecture.currentData() or ""
        with QSignalBlocker(self.architecture):
            self.architecture.clear()
            for name, title in wanted:
                self.architecture.addItem(visible(title, longest=60), name)
            self.architecture.setCurrentIndex(max(0, self.architecture.findData(chosen)))

    def _unfold(self, opened: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        self._offer()

    def _offer(self) -> None:
        self._form.setVisible(self._writable and self.fold.isChecked())
        can = self._writable and not self._busy
        for part in (self.architecture, self.first, self.second, self.population, self.background):
            part.setEnabled(can)
        draft = self.draft
        self.write.setEnabled(can and bool(draft.first and draft.second))

    def _build(self) -> None:
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setArrowType(Qt.ArrowType.RightArrow)
        self.fold.toggled.connect(self._unfold)
        self.architecture.setAccessibleName("Architecture of the first proposition")
        self.architecture.setToolTip(tooltip(_ARCHITECTURE))
        self.architecture.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.architecture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.architecture.activated.connect(lambda _: self.suggestion_wished.emit(self.draft.architecture))
        self.write.clicked.connect(lambda: self.propositions_wished.emit(self.draft))
        for field in (self.first, self.second):
            field.edit.textChanged.connect(self._offer)
        label = QLabel("The first one is about")
        label.setBuddy(self.architecture)
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        inside = (label, self.architecture, self.first, self.second, self.population, self.background, self.write)
        for one in inside:
            form.addWidget(one)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(heading("Propositions", scale=1.1))
        layout.addWidget(self._lead)
        layout.addLayout(self._card)
        for part in (self.fold, self._form, self._said):
            layout.addWidget(part)
        self._said.hide()
        self.setAccessibleName("Propositions")
