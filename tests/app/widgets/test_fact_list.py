from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette

from app.widgets.fact_list import FactList
from app.widgets.text_sheet import Bullets, Facts, Grid, Heading, Paragraph, TextSheet
from core.domain import Occurrence
from tests.app.examine_fakes import AT, an_exhibit


@pytest.fixture
def facts(qtbot):
    made = FactList()
    qtbot.addWidget(made)
    made.resize(380, 500)
    return made


def _exhibit(**changes):
    exhibit = an_exhibit(size=(4000, 3000))
    return replace(exhibit, facts=replace(exhibit.facts, **changes))


def test_what_was_measured_is_there(facts):
    facts.set_exhibit(_exhibit(container="JPEG", jpeg_quality=91, orientation=6, frames=3))
    shown = facts.toPlainText()
    for words in (
        "4000 × 3000 px, 12.00 megapixels",
        "12,345 bytes",
        "about 91 of 100, from its tables",
        "turned by 90° to the right for display (EXIF 6); analysed as stored",
        "3; the first one is analysed",
        f"{1:064x}",
        f"{1:032x}",
        "/evidence/image-1.png",
        "The file holds no EXIF data and no text.",
    ):
        assert words in shown
    facts.set_exhibit(None)
    assert facts.toPlainText() == ""


def test_every_place_it_came_from_and_every_remark_is_there(facts):
    places = (Occurrence("/a/x.png", AT), Occurrence("/b/y.zip!x.png", AT))
    facts.set_exhibit(replace(_exhibit(remarks=("Alpha was composited on white.",)), occurrences=places))
    for words in ("/a/x.png", "/b/y.zip!x.png", "Alpha was composited on white."):
        assert words in facts.toPlainText()


def test_hostile_metadata_stays_plain_text(facts):
    hostile = (
        ("Software", "gpj.exe\u202e\u0007"),
        ("Comment", "<img src='http://example.invalid/x.png'><script>alert(1)</script>"),
        ("\ufdd0frame", "one\ntwo\u2028three\ufffc"),
    )
    facts.set_exhibit(_exhibit(metadata=hostile))
    shown = facts.toPlainText()
    assert "gpj.exe⟨U+202E⟩⟨U+0007⟩" in shown
    assert "<script>alert(1)</script>" in shown
    assert "⟨U+FDD0⟩frame" in shown
    assert "one\ntwo⟨U+2028⟩three" in shown
    assert not facts.document().findBlock(0).charFormat().isAnchor()


def test_floods_of_metadata_are_cut_and_counted(facts):
    facts.set_exhibit(_exhibit(metadata=tuple((f"k{n}", "x" * 9000) for n in range(350))))
    shown = facts.toPlainText()
    assert "(5,000 more characters)" in shown
    assert "50 more entries are not shown here." in shown


def test_a_sheet_shows_all_its_kinds_and_follows_the_colours(qtbot):
    sheet = TextSheet(widest_px=300)
    qtbot.addWidget(sheet)
    sheet.resize(700, 400)
    sheet.show()
    blocks = (
        Heading("Title", level=1),
        Paragraph("Strong.", strong=True),
        Bullets(("first", "second")),
        Facts((("name", "value"),)),
        Grid(("Class", "Images"), (("real", "12"),)),
        Facts(()),
    )
    sheet.set_blocks(blocks)
    for words in ("Title", "Strong.", "•  first", "name", "value", "Images", "12"):
        assert words in sheet.toPlainText()
    palette = QPalette(sheet.palette())
    palette.setColor(QPalette.ColorRole.Text, QColor("#abcdef"))
    sheet.setPalette(palette)
    sheet.changeEvent(QEvent(QEvent.Type.PaletteChange))
    block = sheet.document().findBlock(sheet.toPlainText().index("Strong."))
    assert block.begin().fragment().charFormat().foreground().color().name() == "#abcdef"
