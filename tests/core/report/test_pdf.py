"""Reports as PDF: what stands on the pages, what travels inside, and what hostile records cannot do."""

import hashlib
import io
from dataclasses import replace

import numpy as np
import pikepdf
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.report import as_json, pdf, pdf_check, seal_stamp
from core.report.attachment import Attachment
from core.report.glyphs import visible
from core.report.pdf_lines import mark_of, printed_lines
from core.report.pdf_text import TextReader
from core.report.record import Line
from core.report.words import words
from tests.core.report.records import HEAD, HOSTILE, full_record, plain_record, preview_record, sha256_of

ATTACHED = (
    Attachment("record.json", "application/json", "The record", '{"a": "\u202e\x00"}\r\n'.encode()),
    Attachment("exhibits.csv", "text/csv", "A row for each exhibit", b"\xef\xbb\xbfa,b\r\n"),
    Attachment("answer.bin", "application/octet-stream", "Bytes that are no text", bytes(range(256))),
)


def formed(record, form="full", language="en", **changes):
    return replace(record, identity=replace(record.identity, form=form, language=language, **changes))


def pages_of(made):
    with pikepdf.open(io.BytesIO(made)) as opened:
        reader = TextReader()
        return [reader.text(page) for page in opened.pages]


def text_of(made):
    return "\n".join(pages_of(made))


def flat(text):
    return " ".join(text.replace("\u200b", "").replace("\u2068", "").replace("\u2069", "").split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("assets")


@pytest.fixture(scope="module")
def record(folder):
    return full_record(assets=folder)


@pytest.fixture(scope="module")
def made(record, folder):
    return pdf.compile_pdf(record, folder, ATTACHED)


def lines_of(record, text):
    """The lines for checking, read back."""
    return printed_lines(text, mark_of(as_json.write(record)))


def test_it_is_a_tagged_archive_file_with_bookmarks(made):
    assert pdf_check.problems(made) == ()
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == "en"
        assert str(opened.docinfo["/Title"]) == "Examination of images – 2026/17-R1"
        assert str(opened.docinfo["/Author"]) == "A. Moreau"
        with opened.open_outline() as outline:
            titles = [item.title for item in outline.root]
            results = outline.root[titles.index("6 Results")]
            assert [child.title for child in results.children][1].startswith("E-001")
        assert "Opinion" in " ".join(titles)


def test_attached_files_are_the_same_bytes_and_their_hashes_are_printed(record, made):
    with pikepdf.open(io.BytesIO(made)) as opened:
        inside = {name: opened.attachments[name].get_file().read_bytes() for name in opened.attachments}
    assert inside == {one.name: one.data for one in ATTACHED}
    lines = lines_of(record, text_of(made))
    assert lines.attachments == tuple((one.name, hashlib.sha256(one.data).hexdigest()) for one in ATTACHED)
    assert (lines.report_id, lines.log_sequence, lines.log_digest) == ("R-0123456789ab", 42, HEAD)
    assert lines.exhibits == tuple((f"E-{n:03d}", sha256_of(n)) for n in range(1, 5))


def test_every_page_says_which_report_it_is_of(made):
    pages = pages_of(made)
    for number, page in enumerate(pages, 1):
        assert "R-0123456789ab" in page
        assert f"log entry 42 {HEAD}" in " ".join(page.split())
        assert f"Page {number} of {len(pages)}" in page
        assert page.count("CONFIDENTIAL") == 2
        assert "2026/17-R1" in page
        assert "PREVIEW" not in page
    assert "END OF REPORT" in pages[-1]
    assert not any("END OF REPORT" in page for page in pages[:-1])
    assert words("en").say("notes", "items_only") in flat(pages[0])


def test_results_say_scores_ratio_and_why_there_is_none(made):
    text = flat(text_of(made))
    for said in (
        "attributed: StyleGAN2",
        "unknown architecture",
        "inconclusive",
        "out of scope",
        "Score 0.930 · Threshold 0.740",
        "Likelihood ratio: 66.0 (95 % interval 24.0 to 150), against: another of the processes validated.",
        "permits at most 201.",
        "(ENFSI 2015, 1)",
        "No likelihood ratio: The verdict is not attributed, so that nothing is weighed.",
        words("en").say("sentences", "map_note"),
        "The two examiners do not agree. Both opinions are printed.",
        "E-003: No conclusion was written for this exhibit.",
        "0 of 128, 0.0 % (0.0 % to 2.9 %)",
        "Tried, gave nothing",
        "E-001 to E-004",
    ):
        assert said in text, said
    assert "93 %" not in text


def test_opinion_has_pages_of_its_own(made):
    pages = [flat(page) for page in pages_of(made)]
    opinions = [number for number, page in enumerate(pages) if "Strong compression was not examined." in page]
    assert opinions
    for number in opinions:
        assert "This part holds what the program computed." not in pages[number]
        assert "Score 0.930" not in pages[number]


def test_sections_left_out_are_not_printed_and_said(record, folder):
    left = replace(record, sections=("log",))
    text = flat(text_of(pdf.compile_pdf(left, folder)))
    assert "Left out of this report by choice: Heat map, Consistency grid, Robustness check" in text
    for gone in ("Grad-CAM", "The ears differ with", "JPEG quality 75", "X-100", "Uneven pupils", "Glossary "):
        assert gone not in text, gone
    assert "Annex: log of the case" in text


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("form", ["full", "short", "plain language"])
def test_forms_and_languages(folder, form, language):
    shown = formed(full_record(assets=folder), form, language)
    text = text_of(pdf.compile_pdf(shown, folder, ATTACHED))
    said = words(language)
    assert said.say("values", "end") in text
    assert said.say("notes", "in_full") in flat(text)
    assert (said.say("plain", "inconclusive") in flat(text)) == (form == "plain language")
    assert ("Grad-CAM" in text) == (form == "full")
    lines = lines_of(shown, text)
    assert lines.report_id == "R-0123456789ab"
    assert len(lines.attachments) == 3
    assert ("0,930" in text, "0.930" in text) == (
        language == "de" and form != "plain language",
        language == "en" and form != "plain language",
    )


def test_a_volume_says_which_it_is_and_ends_as_one(record, folder):
    text = text_of(pdf.compile_pdf(formed(record, "short", part=2, parts=5), folder))
    assert "Part 2 of 5 · Page 1 of" in text
    assert "END OF PART 2 OF 5" in text
    assert "END OF REPORT" not in text


def test_the_least_record_and_empty_words_typeset(folder):
    text = flat(text_of(pdf.compile_pdf(plain_record(), folder)))
    assert "This exhibit was not analysed." in text
    assert "No custody event was recorded in this case." in text
    assert "The exhibits were not hashed again for this report." in text


@pytest.mark.parametrize("form", ["full", "short", "plain language"])
def test_hostile_text_is_shown_and_never_read_as_markup(folder, form):
    hostile = formed(full_record(hostile=True, count=8, assets=folder), form)
    text = flat(text_of(pdf.compile_pdf(hostile, folder)))
    assert HOSTILE["typst"] in text
    assert HOSTILE["html"] in text
    assert "root:" not in text
    assert "invoice⟨U+202E⟩gnp.exe⟨U+2066⟩isolated" in text
    if form == "full":
        assert "broken⟨U+DCFF⟩⟨U+DC80⟩name.jpg" in text
        assert "escape⟨U+001B⟩[31m" in text
        assert "漢字" in text


def test_a_long_name_is_short_in_tables_and_whole_in_the_annex(record, folder):
    name = "B" * 3990 + ".jpg"
    long = replace(record.exhibits[0], name=name)
    text = text_of(pdf.compile_pdf(replace(record, exhibits=(long,)), folder))
    before, after = text.split("Annex: long names in full\n")[-2:]
    assert before.count("B") < 1500
    assert after.replace("\u200b", "").replace("\n", "").count("B") >= 3990


def test_a_preview_is_marked_on_every_page_and_has_no_id(folder):
    shown = formed(preview_record(assets=folder), "short")
    pages = pages_of(pdf.compile_pdf(shown, folder))
    assert all("PREVIEW – NOT ISSUED" in page and "No report id: not issued" in page for page in pages)
    assert lines_of(shown, "\n".join(pages)).report_id == "none"
    assert lines_of(shown, "\n".join(pages)).log_digest == ""


def test_missing_and_broken_pictures_are_said_in_their_place(record, tmp_path):
    def said():
        return flat(text_of(pdf.compile_pdf(formed(record, "short"), tmp_path)))

    assert "The picture cannot be shown: its file is missing." in said()
    full_record(assets=tmp_path)
    assert "The picture cannot be shown" not in said()
    (tmp_path / record.exhibits[0].thumbnail.name).write_bytes(b"other")
    assert "its file is not the one that was made for this report." in said()


def test_a_picture_that_only_looks_whole_is_left_out(record, folder, tmp_path):
    data = (folder / "logo.png").read_bytes()
    (tmp_path / "logo.png").write_bytes(data[:-300])
    logo = replace(record.laboratory.logo, sha256=hashlib.sha256(data[:-300]).hexdigest())
    broken = replace(plain_record(), laboratory=replace(record.laboratory, logo=logo))
    assert "its file is no picture that can be read." in flat(text_of(pdf.compile_pdf(broken, tmp_path)))


def test_text_that_the_fonts_cannot_join_is_printed_as_code_points(folder, monkeypatch):
    greek = replace(plain_record(), notes=("Ελληνικά",))
    final = pdf._final
    calls = []

    def refusing(files, *rest):
        calls.append(files)
        if len(calls) == 1:
            raise typst.TypstError("could not be displayed", "")
        return final(files, *rest)

    monkeypatch.setattr(pdf, "_final", refusing)
    assert "⟨U+0395⟩" in flat(text_of(pdf.compile_pdf(greek, folder)))


def test_the_same_record_gives_the_same_bytes(folder):
    record = plain_record()
    assert pdf.compile_pdf(record, folder, ATTACHED) == pdf.compile_pdf(record, folder, ATTACHED)


TEXT = st.text(
    st.characters() | st.sampled_from("\u202e\u2066\x00\ud800\n\r#$*_`[]{}\\<@\u0301\u200d\ufe0f אا"), max_size=60
)


@given(TEXT, TEXT, TEXT)
@settings(max_examples=12, deadline=None)
def test_any_text_typesets(name, prose, meta):
    record = plain_record()
    exhibit = replace(
        record.exhibits[0],
        name=name,
        note=prose,
        paths=(name, prose),
        metadata=(Line(name, meta, prose),),
        remarks=(meta,),
    )
    front = replace(record.front, summary=prose, request=meta, author=name, customer=name)
    identity = replace(record.identity, title=name, number=meta, reason=prose)
    record = replace(record, exhibits=(exhibit,), front=front, identity=identity, sections=("metadata", "notes"))
    text = flat(text_of(pdf.compile_pdf(record, FOLDERLESS)))
    for word in prose.split()[:3]:
        if word.isascii() and word.isprintable():
            assert flat(visible(word)) in text


FOLDERLESS = pdf.Path("no such folder")


def test_pages_are_drawn_one_by_one_and_not_typeset_again(record, folder, monkeypatch):
    pages, total = pdf.render_pages(record, folder, 1, 2, 50)
    assert len(pages) == 2
    assert total > 10
    monkeypatch.setattr(pdf, "_compiled", None)  # would fail if it was typeset again
    later, same = pdf.render_pages(record, folder, 3, 1, 50)
    assert same == total
    assert later[0] not in pages
    assert Image.open(io.BytesIO(later[0])).size == (413, 585)
    assert len(pdf.render_pages(record, folder, total, 5, 30)[0]) == 1
    assert len(pdf.render_pages(record, folder, 9999, 5, 30)[0]) == 1
    assert len(pdf.render_pages(record, folder, -3, 0, 30)[0]) == 1


def test_another_text_is_another_preview(record, folder):
    first, _ = pdf.render_pages(formed(record, "short"), folder, 1, 1, 40)
    other, _ = pdf.render_pages(formed(record, "short", title="Another title"), folder, 1, 1, 40)
    assert first != other


def test_the_frame_on_the_front_is_where_the_seal_is_put(folder):
    (page,), _ = pdf.render_pages(plain_record(), folder, 1, 1, 72)
    grey = np.asarray(Image.open(io.BytesIO(page)).convert("L"), np.int16)
    left, bottom, right, top = seal_stamp.BOX
    dark = grey < 240
    middle = slice(left + 10, right - 10)
    for edge in (842 - top, 842 - bottom):
        assert any(dark[row, middle].all() for row in range(edge - 2, edge + 3)), edge
    assert not dark[842 - top + 4 : 842 - bottom - 4, left + 6 : right - 6].any()


@pytest.mark.slow
@pytest.mark.parametrize("count", [200, 400])
def test_large_reports_are_typeset_in_time(tmp_path, count):
    import time

    record = full_record(count=count, assets=tmp_path)
    started = time.perf_counter()
    made = pdf.compile_pdf(record, tmp_path, ATTACHED)
    assert time.perf_counter() - started < 60
    assert len(lines_of(record, text_of(made)).exhibits) == count
