import io
from subprocess import run

import pikepdf
import pytest
import typst

from core.paths import resources
from core.report.pdf_lines import mark_of, printed_lines
from core.report.pdf_text import TextReader

FONTS = typst.Fonts(include_system_fonts=False, font_paths=[resources() / "fonts"])
MARK = mark_of(b"a record")
HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def pages(source):
    data = typst.compile(source.encode(), format="pdf", font_paths=FONTS, pdf_standards=["a-3b"])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        reader = TextReader()
        return [reader.text(page) for page in pdf.pages]


def test_lines_are_lines_whatever_fonts_and_letters():
    (text,) = pages(
        """#set text(font: "Noto Sans")
        #raw("Report id R-0123456789ab") \\
        Größe Ελληνικά кириллица offline fi fl #text(font: "DejaVu Sans Mono")[mono] #strong[bold]
        """
    )
    assert [line.strip() for line in text.splitlines()] == [
        "Report id R-0123456789ab",
        "Größe Ελληνικά кириллица offline fi fl mono bold",
    ]


def test_cells_beside_each_other_do_not_run_together():
    (text,) = pages(f'#table(columns: 3, [record.json], [application/json], raw("{HASH}"), [b], [c], [d])')
    assert HASH in text.split()
    assert "record.json" in text.split()
    assert [line.split() for line in text.splitlines()][-1] == ["b", "c", "d"]


def test_the_lines_for_checking_are_read_back_from_paper(tmp_path):
    lines = [f"Log head 42 {HASH}", f"exhibit E-001 {HASH}", f"sha256 {HASH} record.json", "Report id R-1"]
    source = " \\\n".join(f'#text(size: 6pt, raw("{MARK} {line}"))' for line in lines)
    read = printed_lines("\n".join(pages(source)), MARK)
    assert (read.report_id, read.log_sequence, read.log_digest) == ("R-1", 42, HASH)
    assert read.exhibits == (("E-001", HASH),)
    assert read.attachments == (("record.json", HASH),)


def test_places_where_a_word_may_break_are_no_part_of_it():
    (text,) = pages('#"R-0123456789\\u{200b}ab" and #"e\\u{200b}nd"')
    assert "R-0123456789ab and end" in text


def test_poppler_reads_the_same_words(tmp_path):
    """Another reader as the judge, word by word over a page of prose."""
    source = "#set par(justify: true)\n#lorem(300)\n#columns(2)[#lorem(80)]"
    data = typst.compile(source.encode(), format="pdf")
    path = tmp_path / "prose.pdf"
    path.write_bytes(data)
    try:
        told = run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
    except FileNotFoundError:
        pytest.skip("poppler is not here")
    with pikepdf.open(path) as pdf:
        mine = "\n".join(TextReader().text(page) for page in pdf.pages)
    assert mine.split() == told.replace("\u00ad", "").split()


def content_page(content, fonts=None):
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    page.obj.Contents = pdf.make_stream(content)
    if fonts:
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pdf.make_indirect(fonts)))
    return page, pdf


def test_simple_fonts_and_every_operator_that_moves_text():
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, FirstChar=65, Widths=[600] * 26)
    page, _pdf = content_page(
        b"BT /F 10 Tf 14 TL 100 700 Td (AB) Tj T* (CD) Tj 0 -20 TD (EF) Tj (GH) ' 0 0 (IJ) \" ET "
        b"q 1 0 0 1 50 50 cm BT /F 10 Tf 1 0 0 1 0 0 Tm [(K) -100 (L) -2000 (M)] TJ ET Q",
        font,
    )
    assert TextReader().text(page).splitlines() == ["AB", "CD", "EF", "GH", "IJ", "KL M"]


@pytest.mark.parametrize(
    "content",
    [b"q " * 100_000, b"BT /Nowhere 10 Tf (x) Tj ET", b"1 2 cm", b"BT (text without a font) Tj ET", b"BT /F Tf ET"],
)
def test_broken_pages_raise_what_the_reader_expects_or_give_nothing(content):
    page, _pdf = content_page(content)
    try:
        text = TextReader().text(page)
    except (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError):
        return
    assert text == ""


@pytest.mark.parametrize(
    "cmap",
    [b"1 beginbfrange <0000> <FFFFFFFF> <0041> endbfrange", b"1 beginbfchar <0001> endbfchar", b"beginbfchar"],
)
def test_hostile_maps_of_glyphs_are_bounded(cmap):
    pdf = pikepdf.new()
    below = pikepdf.Dictionary(W=[0, 10_000_000, 500])
    font = pikepdf.Dictionary(Subtype=pikepdf.Name.Type0, DescendantFonts=[below], ToUnicode=pdf.make_stream(cmap))
    page, _pdf = content_page(b"BT /F 10 Tf (ab) Tj ET", None)
    page.obj.Resources = _pdf.copy_foreign(pdf.make_indirect(pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))))
    with pytest.raises((ValueError, LookupError, StopIteration)):
        TextReader().text(page)
