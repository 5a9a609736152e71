"""Whether a heat map means anything: the outcome with its reasons, two curves, and the numbers."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.widgets import sanity_words as words
from app.widgets.explained_view import ExplainedView
from app.widgets.share_curves import ShareCurves
from app.widgets.text_sheet import TextSheet
from app.widgets.verdict_header import plain_label
from core.examine import MapSanity


class SanityView(ExplainedView):
    """Shows the checks of one heat map, or offers to make them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(("Check this map", "Check again"), words.BUTTON, words.NOTHING, parent)
        self.headline, self.curves = plain_label("Outcome of the check"), ShareCurves()
        self.reasons, self.measures = TextSheet(whole=True), TextSheet(whole=True)
        self.setAccessibleName("Checks of the heat map")
        self.reasons.setAccessibleName("Reasons")
        self.measures.setAccessibleName("Measures")
        font = self.headline.font()
        font.setBold(True)
        self.headline.setFont(font)
        for part in (self.headline, self.reasons, self.curves, self.measures):
            self.room.addWidget(part)
        self.set_sanity(None, {})

    def set_sanity(self, sanity: MapSanity | None, titles: words.Titles) -> None:
        """Show the checks of another map; None: it was not checked."""
        if sanity is not None:
            self.headline.setText(words.headline(sanity, titles))
            self.reasons.set_blocks(words.reasons(sanity))
            self.measures.set_blocks(words.measures(sanity))
            self._draw(sanity)
        self.set_answered(sanity is not None)

    def _draw(self, sanity: MapSanity) -> None:
        curves = (("Deletion", sanity.deletion), ("Insertion", sanity.insertion))
        self.curves.set_curves(curves, " ".join(words.curve_text(*one) for one in curves).strip())
        self.curves.setVisible(bool(sanity.deletion))
        self.measures.setVisible(bool(sanity.deletion))
