"""The right-hand side of Triage: what is known of the selected exhibit, its tags and its note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.action_button import ActionButton
from app.widgets.fact_list import FactList
from app.widgets.scrolling import scrolling
from app.widgets.tag_bar import TagBar
from app.widgets.verdict_header import VerdictHeader
from app.widgets.work_panel import WorkPanel
from app.wording import agreement_text, class_title, exhibits_text, score_text, visible
from core.domain import Exhibit, ExhibitLine, Finding, Verdict


class Inspector(QWidget):
    """Shows one exhibit, or how many are selected; says what is wished and writes nothing itself.

    Signals:
        tag_wished: a tag to give or take.
        review_wished: whether the exhibit is to be marked as reviewed.
        note_wished: the exhibit's new note; always about the exhibit shown last.
    """

    tag_wished = Signal(int)
    review_wished = Signal(bool)
    note_wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._figures, self._tags_title = QLabel(), QLabel(), QLabel(self.tr("Tags"))
        self._header, self._facts, self._work = VerdictHeader(), FactList(), WorkPanel()
        self._tags = TagBar()
        self._examine, self._review = QWidget(), QWidget()
        self._build()
        self.show_nothing()

    def set_actions(self, examine: QAction, review: QAction) -> None:
        """The actions behind the two buttons."""
        for place, action in ((self._examine, examine), (self._review, review)):
            layout = QHBoxLayout(place)
            layout.setContentsMargins(12, 4, 12, 0)
            layout.addWidget(ActionButton(action))

    def set_tag_names(self, names: Sequence[str]) -> None:
        """Show the names of the ten tags."""
        self._tags.set_names(names)

    def show_nothing(self) -> None:
        """No exhibit is selected."""
        self._start(self.tr("Nothing is selected"), self.tr("Click an exhibit, or use the arrow keys."))

    def show_many(self, count: int, everywhere: frozenset[int], somewhere: frozenset[int], *, writable: bool) -> None:
        """Several exhibits are selected; tags that all or some of them have."""
        words = self.tr("Digits tag all of them, R marks them as reviewed.") if writable else ""
        self._start(self.tr("{} selected").format(exhibits_text(count)), words)
        self._tags.set_tags(everywhere, somewhere)
        for part in (self._tags_title, self._tags, self._review):
            part.setVisible(True)
            part.setEnabled(writable)

    def show_refusal(self, name: str, words: str) -> None:
        """What is selected cannot be read: its name and why, and nothing of what was shown before."""
        self._start(visible(name, longest=200), visible(words))

    def start_exhibit(self, line: ExhibitLine | None) -> None:
        """Another exhibit is selected; the rest of it follows by `show_exhibit`."""
        self.flush()
        self._work.start()
        if line is not None:
            self._name.setText(visible(line.name, longest=200))

    def show_exhibit(
        self,
        exhibit: Exhibit,
        finding: Finding | None,
        titles: Mapping[str, str],
        *,
        writable: bool,
        hidden: bool = False,
    ) -> None:
        """Show one exhibit with its finding, or that a blind case hides it."""
        for part in (self._header, self._tags_title, self._tags, self._work, self._facts, self._examine):
            part.setVisible(True)
        self._review.setVisible(False)
        self._tags.setEnabled(writable)
        self._name.setText(visible(exhibit.name, longest=200))
        if hidden:
            self._header.set_hidden()
        else:
            self._header.set_finding(finding, titles)
        self._header.offer.hide()
        self._figures.setText(_figures(finding, titles))
        self._figures.setVisible(bool(self._figures.text()))
        self._tags.set_tags(frozenset(exhibit.tags), frozenset())
        self._work.set_work(reviewed=exhibit.reviewed, note=exhibit.note, read_only=not writable)
        self._facts.set_exhibit(exhibit)

    def restore_note(self, text: str) -> None:
        """Put a note that could not be saved back into the editor."""
        self._work.restore(text)

    def edit_note(self) -> None:
        """Put the cursor into the note."""
        self._work.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def flush(self) -> None:
        """Have a note that is being written saved now."""
        self._work.flush()

    def _start(self, title: str, words: str) -> None:
        self.start_exhibit(None)
        for part in (self._header, self._tags_title, self._tags, self._work, self._facts, self._examine, self._review):
            part.setVisible(False)
        self._facts.set_exhibit(None)
        self._name.setText(title)
        self._figures.setText(words)
        self._figures.setVisible(bool(words))

    def _build(self) -> None:
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        for label in (self._name, self._figures):
            _wrap(label)
        self._figures.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._tags_title.setContentsMargins(12, 8, 12, 0)
        self._tags.setContentsMargins(12, 2, 12, 2)
        self._tags.tag_wished.connect(self.tag_wished)
        self._work.review_wished.connect(self.review_wished)
        self._work.note_wished.connect(self.note_wished)
        self.setAccessibleName(self.tr("Inspector"))
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 10, 0, 4)
        layout.setSpacing(4)
        for part in (self._name, self._header, self._figures, self._tags_title, self._tags, self._work):
            layout.addWidget(part)
        layout.addWidget(self._facts, 1)
        layout.addWidget(self._review)
        layout.addStretch()
        self._facts.setMinimumHeight(self.fontMetrics().lineSpacing() * 9)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 8)
        whole.addWidget(scrolling(inside), 1)
        whole.addWidget(self._examine)
        self.setMinimumWidth(220)


def _wrap(label: QLabel) -> None:
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setContentsMargins(12, 0, 12, 0)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)


def _figures(finding: Finding | None, titles: Mapping[str, str]) -> str:
    if finding is None or not finding.scores:
        return ""
    name, score = finding.scores[0]
    tiles = agreement_text(finding.grid.agreeing) if finding.grid is not None else "–"
    if finding.verdict is Verdict.UNKNOWN:
        return f"No class is named: top score {score_text(score)}"
    closest = "" if finding.verdict is Verdict.ATTRIBUTED else "closest: "
    return f"{closest}{class_title(name, titles)}: score {score_text(score)}, {tiles} tiles agree"
