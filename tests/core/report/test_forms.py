"""What each form of a report says, on its pages and in HTML: opinions apart from results, limits, totals, the log."""

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from core.report import as_html, pdf
from core.report.condition_words import condition_lines
from core.report.counted import images, totals
from core.report.log_words import entry_sentence
from core.report.pdf_data import report_data
from core.report.pictures import looked_at
from core.report.printed import Printer
from core.report.record import Line
from core.report.words import LANGUAGES, words
from core.store.audit import Act
from tests.core.report.records import full_record
from tests.core.report.test_pdf import flat, formed, pages_of, text_of

EN, DE = words("en"), words("de")
NOT_TAKEN = (Line("/media/stick/readme.txt", "It is no image: it begins like a text.", "not an image"),)
FORMS = ("full", "short", "plain language")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("assets")


@pytest.fixture(scope="module")
def record(folder):
    record = full_record(assets=folder)
    first = record.exhibits[0]
    custody = (replace(first.custody[0], from_party=""), replace(first.custody[1], to_party=""))
    exhibits = (
        replace(first, custody=custody, robustness=replace(first.robustness, score_of="StyleGAN2")),
        *record.exhibits[1:],
    )
    return replace(record, exhibits=exhibits, not_taken=NOT_TAKEN)


@pytest.fixture(scope="module")
def pages(record, folder):
    """The pages of each form, in English."""
    return {form: pages_of(pdf.compile_pdf(formed(record, form), folder)) for form in FORMS}


@pytest.fixture(scope="module")
def told(pages):
    return {form: flat("\n".join(found)) for form, found in pages.items()}


@pytest.fixture(scope="module")
def sheets(record, folder):
    return {form: as_html.write(formed(record, form), folder, EN).decode() for form in FORMS}


def data_of(record):
    return report_data(record, (), looked_at(record, Path("/nowhere")), Printer(EN))


def between(text, first, last):
    return text[text.index(first) : text.index(last)]


def test_the_short_form_keeps_opinions_out_of_its_results_and_prints_what_they_weigh(told, sheets):
    results = between(told["short"], "2 Results", "3 Opinion")
    assert "supports the first proposition" not in results
    opinion = between(told["short"], "3 Opinion", "4 Method")
    assert opinion.count("the image was produced by another process of the relevant set") >= opinion.count("Written by")
    overview = between(sheets["short"], 'class="overview"', "</table>")
    assert "Outcome" not in overview
    assert "supports the first proposition" not in overview
    assert "the image was produced by another process of the relevant set" in sheets["short"]


def test_the_short_form_says_why_and_under_which_threshold(told, sheets):
    results = between(told["short"], "2 Results", "3 Opinion")
    assert results.count("The top score 0.93 reaches the threshold 0.74.") == 4
    assert results.count("threshold 0.74") > 4
    overview = between(sheets["short"], 'class="overview"', "</table>")
    assert overview.count("threshold 0.74") >= 3


@pytest.mark.parametrize("form", ["short", "plain language"])
def test_work_and_limits_are_told_in_the_other_forms(told, sheets, form):
    for text in (told[form], sheets[form]):
        assert "Strong re-compression weakens it." in text
        assert "Files as received, on a USB stick with an unbroken seal." in text
        assert all(EN.say("captions", key) in text for key in ("sampling", "deviations", "external_results"))
        assert "1 file that was handed over was not taken in as an exhibit." in text
        assert "readme.txt" not in text


def test_the_full_form_lists_what_was_not_taken_in(told, sheets):
    for text in (told["full"], sheets["full"]):
        assert "Files that were handed over but not taken in" in text
        assert "readme.txt" in text
        assert "It is no image: it begins like a text." in text


def test_the_plain_form_says_who_writes_and_that_they_do_not_agree(told, sheets):
    for text in (told["plain language"], sheets["plain language"]):
        assert text.count("The two examiners do not agree. Both opinions are printed.") == 1
        assert "A. Moreau (examiner) writes:" in text
        assert "B. Okafor (second examiner) writes:" in text


def test_error_rates_tell_known_images_from_unknown_ones(told, sheets):
    for text in (told["full"], told["short"], sheets["full"], sheets["short"]):
        assert "376 images: 322 of known classes, 54 of generators the detector does not know" in text
        assert "Unknown images given a name" in text
        assert "Unknown images recognised as unknown" in text
    assert "28 of 54, 51.9 %" in told["full"]
    assert "not on likelihood ratios" in told["full"]


def test_without_unknown_images_only_the_known_ones_are_told():
    measured = full_record().detectors[0].measured[0]
    assert images(replace(measured, unknown=0), EN) == "322 images"


def test_photographs_are_counted_apart_from_generators():
    record = full_record(count=8)
    first = record.exhibits[0]
    real = replace(first, finding=replace(first.finding, architecture="real", architecture_title="Real photograph"))
    record = replace(record, exhibits=(real, *record.exhibits[1:]))
    rows = [(row.words, row.n) for row in totals(record, EN)]
    assert rows[:2] == [("attributed to a generator", 1), ("attributed to real photograph", 1)]
    of_volumes = replace(record, identity=replace(record.identity, part=1, parts=2))
    assert next(row.words for row in totals(of_volumes, EN)) == "attributed"
    counted = totals(replace(of_volumes, named_real=2), DE)
    assert next((row.words, row.n) for row in counted) == ("einem echten Foto zugeordnet", 2)


def test_a_side_of_custody_that_nobody_named_is_not_stated(told, sheets):
    assert "not stated → Laboratory of Digital Images" in told["full"]
    assert "Police station Exampletown → not stated" in told["full"]
    assert sheets["full"].count("not stated</bdi> → <bdi>Laboratory") == 1


def test_the_column_of_a_robustness_check_says_whose_score_it_holds(told, sheets):
    assert "Score of StyleGAN2" in told["full"]
    assert "Score of StyleGAN2" in sheets["full"]


@pytest.mark.parametrize("form", FORMS)
def test_the_end_and_the_signatures_never_stand_alone(record, folder, form):
    for extra in range(0, 9, 2):
        more = replace(record, notes=("One more line about what could not be shown.",) * extra)
        found = pages_of(pdf.compile_pdf(formed(more, form), folder))
        last = next(page for page in found if "END OF REPORT" in page)
        assert len(flat(last).split()) > 80
        signed = next(page for page in found if EN.say("headings", "signatures") in page)
        assert EN.say("captions", "made_by") in signed or EN.say("plain", "more") in flat(signed)


def test_a_hash_does_not_run_into_the_next_word(pages):
    assert not [page for page in pages["short"] if "58ed77c6Measured" in page.replace("\u200b", "")]


def test_each_entry_of_the_log_is_a_sentence_before_its_fields(told, sheets, record):
    rows = ((7, record.log.excerpt[0][1], "A. Moreau", "exhibit.take",
             '{"bytes": 74962, "id": 1, "name": "a.jpg", "sha256": "ff"}', "ab" * 32),)  # fmt: skip
    record = replace(record, log=replace(record.log, excerpt=rows))
    sentence = "A file was taken in as an exhibit: a.jpg, 74\u202f962 bytes, SHA-256 ff."
    assert data_of(record)["log"]["excerpt"][0][3] == sentence
    assert entry_sentence("exhibit.take", rows[0][4], EN) == sentence
    assert "The case was made: Portraits." in told["full"]
    assert "The case was made: Portraits." in sheets["full"]
    assert told["full"].index("The case was made: Portraits.") < told["full"].index('{"title":"Portraits"}')


def test_entries_without_the_fields_of_a_sentence_keep_their_title():
    assert entry_sentence("exhibit.take", "no json", EN) == "A file was taken in as an exhibit."
    assert entry_sentence("odd.act", "{}", EN) == "odd.act."
    cut = json.dumps({"findings": [{"exhibit": 1}, "… (16 more)"]})
    assert entry_sentence("finding.add", cut, EN) == "A detector judged exhibits: 17."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_has_words(language):
    assert {act.value for act in Act} <= set(words(language).sections["act"])


def test_conditions_have_captions_in_the_language_of_the_report():
    rows = dict(
        condition_lines({"seed": None, "precision": "float32", "voices": ["network", "spectrum"], "x_y": 1}, DE)
    )
    assert rows == {"Startwert": "keiner", "Genauigkeit": "float32", "Stimmen, die entscheiden": "Netz, Spektrum",
                    "x y": "1"}  # fmt: skip


def test_a_german_report_quotes_titles_and_says_in_which_language_the_scale_is(record, folder):
    text = flat(text_of(pdf.compile_pdf(formed(record, "full", "de"), folder)))
    assert "zugeordnet: „StyleGAN2“" in text
    assert DE.say("sentences", "scale_language") in text


NAMES = {  # fields whose text is a name of something, which may be shortened
    "uid", "number", "supersedes", "title", "form", "language", "name", "header", "footer", "marking", "contact",
    "case_title", "case_number", "case_uid", "customer", "place", "author", "reviewer", "authoriser", "group", "set",
    "version", "digest", "detector", "verdict", "architecture", "architecture_title", "device", "target",
    "target_title", "preset", "kind", "from_party", "to_party", "item", "seal", "made_by", "examiner", "role",
    "outcome", "scale", "label", "sha256", "md5", "container", "pixel_format", "credentials", "id", "error", "key",
    "public_key", "signature", "installation", "schema", "data_digest", "confusion_labels", "paths", "sections",
    "scores", "tiles", "bands", "score_of",
}  # fmt: skip


def shortened(value, printed, key=""):
    """Keys of texts that were cut on the way."""
    if isinstance(value, str):
        return {key} if " … " in printed and len(value) > 200 else set()
    if is_dataclass(value):
        names = [field.name for field in fields(value)]
        return {one for name in names for one in shortened(getattr(value, name), printed[name], name)}
    if isinstance(value, tuple) and isinstance(printed, list):
        return {one for item, shown in zip(value, printed, strict=True) for one in shortened(item, shown, key)}
    return set()


def lengthened(value):
    """The same with a long sentence in place of every text."""
    if isinstance(value, str):
        return "This sentence must be printed whole. " * 8
    if is_dataclass(value):
        return replace(value, **{one.name: lengthened(getattr(value, one.name)) for one in fields(value)})
    return tuple(map(lengthened, value)) if isinstance(value, tuple) else value


def test_no_sentence_goes_through_the_shortening_of_names():
    record = lengthened(full_record(count=1))
    parts = [record.laboratory, record.front, record.detectors, record.scale, record.exhibits, record.recheck]
    found = {key for part in parts for key in shortened(part, Printer(EN).plain(part))}
    assert found <= NAMES
    assert "name" in found
