"""What a file says of itself on the screen: four states in words, claims apart, and hostile text shown harmless."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel

from app.widgets import statement_words as words
from app.widgets.statements_view import StatementsView
from app.widgets.text_sheet import TextSheet
from core.domain import RgbImage
from core.examine import FileStatement, FileStatements, Provenance, ProvenanceState

GENERATOR = (FileStatement("Generator", "Program", "ComfyUI"), FileStatement("Generator", "Prompt", "a fox"))
LINES = (
    *GENERATOR,
    FileStatement("EXIF", "Make", "Maker"),
    FileStatement("EXIF", "Model", "Camera 5"),
    FileStatement("XMP", "dc:creator", "Ada"),
)
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def said(**changes):
    parts = {
        "statements": LINES,
        "generator": GENERATOR,
        "source_type": "",
        "thumbnails": (),
        "provenance": Provenance(ProvenanceState.NONE),
        "remarks": (),
    }
    return FileStatements(**(parts | changes))


@pytest.fixture
def view(qtbot):
    made = StatementsView()
    qtbot.addWidget(made)
    made.resize(360, 900)
    made.show()
    return made


def shown_text(view):
    """All text that can be seen, whatever shows it."""
    labels = [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
    sheets = [sheet.toPlainText() for sheet in view.findChildren(TextSheet) if sheet.isVisible()]
    captions = [section.caption.text() for section in view.sections if section.isVisible()]
    return "\n".join((*labels, *sheets, *captions))


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        (ProvenanceState.TRUSTED, "Valid and trusted"),
        (ProvenanceState.UNTRUSTED, "Valid, untrusted signer"),
        (ProvenanceState.INVALID, "Invalid"),
        (ProvenanceState.NONE, "None present"),
    ],
)
def test_each_state_by_word_and_symbol_with_the_sentence_about_absence(state, headline, view):
    view.set_statements(said(provenance=Provenance(state)))
    assert view.credentials.headline.text() == headline
    assert view.credentials.absence.isVisible() == (state is ProvenanceState.NONE)
    assert view.credentials.absence.text().startswith("Absence means nothing")
    assert view.credentials.accessibleName() == f"Content Credentials: {headline}"


def test_problems_begin_with_plain_words_and_keep_the_code():
    told = words.problem_text("assertion.dataHash.mismatch: asset hash error")
    assert told == "The file was changed after it was signed. (assertion.dataHash.mismatch: asset hash error)"
    assert words.problem_text("signingCredential.untrusted: x").startswith("No trust list in use knows the signer.")
    assert words.problem_text("signingCredential.invalid: x").startswith("The signer's certificate is not valid.")
    assert words.problem_text("Something else") == "Something else"


def test_the_four_states_differ_without_colours():
    symbols = {words.STATES[state].icon for state in ProvenanceState}
    assert len(symbols) == 4
    assert len({words.STATES[state].headline for state in ProvenanceState}) == 4


def test_credentials_that_were_not_checked_are_none_of_the_four(view):
    view.set_statements(said(provenance=None, remarks=("Content Credentials were not checked: no library.",)))
    assert view.credentials.headline.text() == "Not checked"
    assert "no library" in shown_text(view)


def test_who_signed_and_what_is_wrong(view):
    provenance = Provenance(
        ProvenanceState.UNTRUSTED,
        "Somebody",
        "Tool 1",
        "",
        TRAINED,
        (FileStatement("C2PA", "Action", "c2pa.created"),),
        ("signingCredential.untrusted: signing certificate untrusted",),
    )
    view.set_statements(said(provenance=provenance))
    text = shown_text(view)
    assert "Somebody" in text
    assert "no time stamp" in text
    assert f"made by a trained model ({TRAINED})" in text
    assert "signingCredential.untrusted" in text
    assert view.sections[0].caption.text() == "What the credentials say · 1 line"


def test_claims_stand_in_a_block_of_their_own(view):
    view.set_statements(said(source_type=TRAINED))
    claims = view.claims.sheet.toPlainText()
    assert "a fox" in claims
    assert "made by a trained model" in claims
    assert "not part of the detector's finding" in view.claims.caution.text()
    assert all("Generator" not in section.caption.text() for section in view.sections)
    assert [section.caption.text() for section in view.sections] == ["EXIF · 2 lines", "XMP · 1 line"]


def test_a_file_without_claims_is_not_called_innocent(view):
    view.set_statements(said(generator=(), statements=LINES[2:]))
    assert view.claims.caution.text() == words.NO_CLAIM
    assert not view.claims.sheet.isVisible()


def test_the_search_keeps_matching_lines_and_opens_their_group(view, qtbot):
    many = tuple(FileStatement("EXIF", f"Tag {number}", f"value {number}") for number in range(100))
    view.set_statements(said(statements=(*LINES, *many)))
    by_title = {section.caption.text(): section for section in view.sections}
    assert not by_title["EXIF · 100 lines"].sheet.isVisible()
    view.search.setText("VALUE 77")
    qtbot.waitUntil(lambda: len(view.sections) == 1)
    assert view.sections[0].caption.text() == "EXIF · 1 of 100 lines"
    assert view.sections[0].sheet.isVisible()
    view.search.setText("nowhere")
    qtbot.waitUntil(lambda: not view.sections)
    assert view.status.text() == words.NOT_FOUND
    view.search.setText("fox")  # stands in the block of claims, which is always there
    qtbot.waitUntil(lambda: not view.status.isVisible())


def test_a_group_opens_and_closes(view):
    view.set_statements(said())
    section = view.sections[0]
    assert section.sheet.isVisible()
    section.caption.click()
    assert not section.sheet.isVisible()
    section.caption.click()
    assert section.sheet.isVisible()


def test_long_values_are_shown_in_part_and_whole_on_demand(view):
    text = "x" * 1500 + "end"
    view.set_statements(said(statements=(FileStatement("PNG", "Text workflow", text),)))
    section = view.sections[0]
    assert "(1,103 more characters)" in section.sheet.toPlainText()
    assert section.long.isVisible()
    section.long.click()
    assert "xend" in section.sheet.toPlainText()


def test_a_line_is_copied_whole_and_harmless(view):
    text = "a\u202eb" + "x" * 5_000
    view.set_statements(said(statements=(FileStatement("PNG", "Text", text), FileStatement("PNG", "Next", "n"))))
    sheet = view.sections[0].sheet
    assert sheet.row_at(QPoint(5, 5)) == 0
    assert sheet.row_at(QPoint(5, sheet.height() - 6)) == 1
    sheet.copy_row(0)
    assert QApplication.clipboard().text() == "Text: a⟨U+202E⟩b" + "x" * 5_000


def test_hostile_text_is_never_markup_and_never_invisible(view):
    evil = "<b>bold</b>\u202egnp.exe\x1b[31m\u200b<img src='file:///etc/passwd'>"
    line = FileStatement("EXIF", evil, evil)
    provenance = Provenance(
        ProvenanceState.INVALID, evil, evil, evil, evil, (FileStatement("C2PA", evil, evil),), (evil,)
    )
    view.set_statements(
        said(statements=(line,), generator=(line,), source_type=evil, provenance=provenance, remarks=(evil,))
    )
    text = shown_text(view)
    assert text.count("<b>bold</b>⟨U+202E⟩gnp.exe⟨U+001B⟩[31m⟨U+200B⟩<img src=") >= 10
    assert not {"\u202e", "\x1b", "\u200b"} & set(text)


def test_nothing_is_wider_than_the_panel_even_with_words_that_never_end(view):
    endless = "w" * 3_000
    provenance = Provenance(ProvenanceState.INVALID, endless, endless, problems=(endless,))
    view.set_statements(said(statements=(FileStatement("EXIF", endless, endless),), provenance=provenance))
    view.grab()
    assert all(sheet.width() <= view.width() for sheet in view.findChildren(TextSheet))
    assert view.width() == 360


def test_embedded_pictures_are_shown(view):
    pixels = np.zeros((600, 800, 3), np.uint8)
    pixels[..., 0] = 250
    view.set_statements(said(thumbnails=(RgbImage(pixels, 0.5), RgbImage(pixels[:20, :30], 1.0))))
    first, second = view.pictures.labels
    assert (first.pixmap().width(), first.pixmap().height()) == (150, 112)
    assert first.pixmap().toImage().pixelColor(5, 5).red() == 250
    assert first.accessibleName() == "Embedded picture, 1600 × 1200 pixels"
    assert second.pixmap().width() == 30
    view.set_statements(said())
    assert not view.pictures.isVisible()


def test_waiting_and_failing_show_nothing_of_another_file(view):
    view.set_statements(said())
    view.set_busy()
    assert shown_text(view) == words.READING
    view.say("The bytes are gone.")
    assert shown_text(view) == "The bytes are gone."
    view.set_statements(None)
    assert shown_text(view) == words.NO_EXHIBIT


def test_remarks_are_listed(view):
    view.set_statements(said(remarks=("The XMP packet is damaged and could not be read.",)))
    assert "•  The XMP packet is damaged" in shown_text(view)
