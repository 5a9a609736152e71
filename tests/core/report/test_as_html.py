"""A report as HTML: one file, nothing runs, nothing is fetched, and hostile texts are read as what they are."""

import base64
import hashlib
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from core.report import as_html
from core.report.literal import one_line, visible
from core.report.words import words
from tests.core.report.records import HEAD, HOSTILE, full_record, plain_record, preview_record

WORDS = words("en")
VOID = {"meta", "img", "br", "rect", "line", "wbr"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "footer", "nav", "section", "article", "div"),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "br",
        "a",
        "i",
        "bdi",
        "strong",
        "span",
        "ol",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
    ),
    *(
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
        "img",
        "blockquote",
        "svg",
        "rect",
        "line",
    ),
}
ATTRIBUTES = {
    *(
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "id",
        "class",
        "href",
        "src",
        "alt",
        "scope",
        "role",
        "width",
    ),
    *("aria-label", "aria-hidden", "focusable", "viewbox", "preserveaspectratio", "height", "x1", "x2", "y1", "y2"),
}


class Page(HTMLParser):
    """What a browser makes of a file: tags, attributes, ids, and the text."""

    def __init__(self, data):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.open, self.odd, self.texts = [], [], [], [], []
        self.feed(data.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.odd.append(tag)

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.texts.append(data)

    def values(self, name):
        return [value for _, one, value in self.attributes if one == name]

    @property
    def text(self):
        return "".join(self.texts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("assets")


def html(record, folder):
    return as_html.write(record, folder, WORDS)


def as_form(record, form):
    return replace(record, identity=replace(record.identity, form=form))


@pytest.fixture(scope="module")
def everything(folder):
    """(record, its bytes, its page) of every form and kind of report."""
    whole, hostile = full_record(assets=folder), full_record(hostile=True, count=12, assets=folder)
    forms = [as_form(one, form) for one in (whole, hostile) for form in ("full", "short", "plain language")]
    records = [*forms, plain_record(), preview_record(hostile=True, assets=folder)]
    written = [(record, html(record, folder)) for record in records]
    return [(record, data, Page(data)) for record, data in written]


def test_nothing_runs_and_nothing_is_fetched(everything):
    for _, _, page in everything:
        assert set(page.tags) - TAGS == set()
        assert {name for _, name, _ in page.attributes} - ATTRIBUTES == set()
        assert all(re.fullmatch(r"#[\w-]+", value) for value in page.values("href"))
        assert all(re.match(r"data:image/(png|jpeg);base64,", value) for value in page.values("src"))
        assert page.open == page.odd == []


def test_the_policy_allows_this_style_alone(everything):
    for _, data, page in everything:
        policy = next(value for value in page.values("content") if "default-src" in value)
        style = re.search(rb"<style>(.*?)</style>", data, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
        assert policy == (
            f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        assert data.count(b"<style") == 1
        assert not re.search(rb"url\(|@import|expression|//|</", style)
        assert data.index(b"Content-Security-Policy") < data.index(b"<style")


def test_hostile_texts_are_shown_as_they_are(folder):
    record = full_record(hostile=True, count=12, assets=folder)
    page = Page(html(record, folder))
    for kind in ("html", "typst", "formula", "plus", "combining"):
        assert HOSTILE[kind] in page.text, kind
    for kind, text in HOSTILE.items():
        assert visible(text) in page.text or one_line(text) in page.text, kind
    assert one_line(HOSTILE["at"]) in page.text  # a name with line ends in it
    assert "invoice\\u202Egnp.exe\\u2066isolated" in page.text
    assert "broken\\uDCFF\\uDC80name.jpg" in page.text


def test_no_character_hides_or_turns_anything(everything):
    for _, data, _ in everything:
        text = data.decode("utf-8").replace("\n", "")
        assert {unicodedata.category(char) for char in set(text)} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} == set()


def test_texts_from_right_to_left_are_set_apart(folder):
    data = html(full_record(hostile=True, count=12, assets=folder), folder).decode()
    arabic = "\u0627\u0644\u0639\u0631\u0628\u064a\u0629"
    assert arabic in data
    for found in re.finditer(arabic, data):
        assert data.rfind("<bdi>", 0, found.start()) > data.rfind("</bdi>", 0, found.start())


def test_attributes_hold_their_texts(folder):
    """A text in an attribute cannot end it: a picture whose description attacks."""
    record = full_record(count=1, assets=folder)
    attack = '" onerror="alert(1)" x="\u202e<b>\n\'><script>'
    exhibit = replace(record.exhibits[0], thumbnail=replace(record.exhibits[0].thumbnail, alt=attack))
    page = Page(html(replace(record, exhibits=(exhibit,)), folder))
    assert one_line(attack) in page.values("alt")
    assert {name for _, name, _ in page.attributes} - ATTRIBUTES == set()


def test_everything_of_the_record_is_printed(folder):
    record = full_record(assets=folder)
    page = Page(html(record, folder))
    text = re.sub(r"\s+", " ", page.text)
    for said in (
        "R-0123456789ab",
        "AMENDED REPORT",
        "It replaces report R-ba9876543210",
        HEAD,
        "District Court of Exampletown",
        "58ed77c6" * 8,
        "0 / 128",
        "0.0 % – 2.9 %",
        "66.0 (95 % interval 24.0 to 150)",
        "permits at most 201",
        "13 of 16 tiles",
        "It is not proof that anything was generated or changed there",
        "The answer survives 2 of 3 steps.",
        "The file carries no Content Credentials",
        "The two examiners do not agree.",
        "The propositions were written before the answer of the detector was seen.",
        "END OF REPORT",
        "CONFIDENTIAL",
        "The results relate only to the items examined",
        "No conformity with any standard is claimed.",
    ):
        assert said in text, said
    for exhibit in record.exhibits:
        assert exhibit.sha256 in text
        assert exhibit.md5 in text
    for weakness in record.weaknesses:
        assert weakness.measured in text


def test_scores_are_never_percentages(folder):
    text = Page(html(full_record(assets=folder), folder)).text
    assert "0.930" in text
    assert not re.search(r"\b93(\.0)? ?%", text)


def test_every_true_class_has_its_own_row(folder):
    record = full_record(count=1, assets=folder)
    detector = record.detectors[0]
    labels, counts = ("real", "stylegan2", "flux1-dev", "gone"), ((3, 0, 1, 0), (7, 7, 7, 0), (7, 7, 7, 0), (0,) * 4)
    measured = replace(detector.measured[0], confusion_labels=labels, confusion=counts)
    data = html(replace(record, detectors=(replace(detector, measured=(measured,)),)), folder).decode()
    rows = re.findall(r'<tr><th scope="row"><bdi>([^<]*)</bdi></th>((?:<td class="number">\d+</td>)+)</tr>', data)
    assert [name for name, _ in rows] == ["Real photograph", "StyleGAN2", "FLUX.1 dev"]


def test_links_lead_somewhere_and_ids_are_unique(everything):
    for _, _, page in everything:
        ids = page.values("id")
        assert len(ids) == len(set(ids))
        assert {value[1:] for value in page.values("href")} <= set(ids)


def test_the_contents_list_every_chapter_in_order(everything):
    for record, data, _ in everything:
        chapters = re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', data.decode())
        listed = re.findall(r'<li><a href="#([^"]+)">(.*?)</a></li>', data.decode())
        assert listed in (chapters, [])
        assert bool(listed) == (record.identity.form != "plain language")


def test_every_picture_is_described(folder):
    page = Page(html(full_record(assets=folder), folder))
    described = [value for tag, name, value in page.attributes if (tag, name) == ("img", "alt")]
    assert len(described) == page.tags.count("img") > 5
    assert all(described)


def test_sections_that_were_left_out_are_not_there(folder):
    record = full_record(assets=folder)
    whole, short = html(record, folder).decode(), html(replace(record, sections=()), folder).decode()
    for name in ("heat_map", "consistency", "robustness", "metadata", "annotations", "similar", "weaknesses", "log"):
        heading = re.compile(f"<h[24][^>]*>{re.escape(WORDS.say('headings', name))}</h")
        assert heading.search(whole), name
        assert not heading.search(short), name
    for text in ("Compare with E-002.", WORDS.say("glossary", "cllr"), WORDS.say("headings", "weaknesses")):
        assert text in whole
        assert text not in short


def test_a_preview_says_so_and_carries_no_head(folder):
    page = Page(html(preview_record(assets=folder), folder))
    assert "PREVIEW – NOT ISSUED" in page.text
    assert "must not be handed over" in page.text
    assert "R-0123456789ab" not in page.text
    assert "PREVIEW" not in Page(html(full_record(assets=folder), folder)).text


def test_a_printed_page_names_its_report(folder):
    style = html(full_record(assets=folder), folder).split(b"<style>")[1].split(b"</style>")[0].decode()
    assert f'@bottom-left {{ content: "R-0123456789ab · 42:{HEAD[:16]}"' in style
    assert 'content: "Page " counter(page) " of " counter(pages) ""' in style


def test_a_marking_cannot_leave_the_style(folder):
    record = full_record(assets=folder)
    attack = '"; } </style><script>alert(1)</script> @import "x" \\'
    data = html(replace(record, laboratory=replace(record.laboratory, marking=attack)), folder)
    assert set(Page(data).tags) <= TAGS
    style = data.split(b"<style>")[1].split(b"</style>")[0]
    assert b"@import" not in style
    assert attack in Page(data).text


def test_a_picture_that_cannot_be_shown_is_named(tmp_path):
    record = full_record(count=1, assets=tmp_path)
    (tmp_path / "thumbnail-1.jpg").unlink()
    (tmp_path / "annotated-1.png").write_bytes(b"another picture")
    (tmp_path / "logo.png").write_bytes(b"<svg onload=alert(1)>")
    svg = replace(record.laboratory.logo, sha256=hashlib.sha256(b"<svg onload=alert(1)>").hexdigest())
    page = Page(html(replace(record, laboratory=replace(record.laboratory, logo=svg)), tmp_path))
    assert page.text.count("This picture cannot be shown.") == 3
    assert "Exhibit E-001" in page.text
    assert page.tags.count("img") == 1  # the heat map


def test_a_name_of_a_picture_never_leaves_the_folder(tmp_path):
    record = full_record(count=1, assets=tmp_path / "assets")
    (tmp_path / "secret.png").write_bytes((tmp_path / "assets" / "logo.png").read_bytes())
    logo = replace(record.laboratory.logo, name="../secret.png")
    page = Page(html(replace(record, laboratory=replace(record.laboratory, logo=logo)), tmp_path / "assets"))
    assert "This picture cannot be shown." in page.text


def test_an_exhibit_without_anything(folder):
    record = plain_record()
    text = Page(html(replace(record, front=replace(record.front, sampling="")), folder)).text
    for said in (
        "This exhibit was not analysed.",
        "No conclusions were written",
        "were not hashed again",
        "not stated",
    ):
        assert said in text, said
    assert "None" not in text


def test_a_plain_report_says_what_it_does_not_say(folder):
    text = Page(html(as_form(full_record(assets=folder), "plain language"), folder)).text
    assert "The program names StyleGAN2 as what made this image." in text
    assert "The program cannot tell." in text
    assert "The program can be wrong." in text
    assert "wrongly called 0 of them generated" in text
    assert "AUROC" not in text


def test_a_german_report_is_german(folder):
    record = full_record(assets=folder)
    page = Page(as_html.write(record, folder, words("de")))
    assert page.values("lang") == ["de"]
    assert "ENDE DES BERICHTS" in page.text
    assert "0,930" in page.text
    assert words("de").say("pdf", "machine_language") in page.text
    for english in (WORDS.say("headings", "results"), WORDS.say("notes", "items_only"), WORDS.say("values", "end")):
        assert english not in page.text


def test_volumes_are_written_one_after_the_other(folder):
    first = full_record(count=3, assets=folder)
    asked = []

    def volumes():
        for part in (1, 2):
            asked.append(part)
            label = (replace(one, label=f"P{part}-{one.id}") for one in first.exhibits)
            yield replace(first, identity=replace(first.identity, part=part, parts=2), exhibits=tuple(label))

    pieces = as_html.parts(volumes(), folder, WORDS)
    begun = b""
    while b'id="P1-3"' not in begun:
        begun += next(pieces)
    assert asked == [1]
    page = Page(begun + b"".join(pieces))
    assert page.open == page.odd == []
    assert len(page.values("id")) == len(set(page.values("id")))
    assert page.text.count("END OF REPORT") == 1
    assert "Results, part 2 of 2" in page.text
    assert "part 1." in page.text


def test_exhibits_come_in_small_pieces(folder):
    """A volume is never whole in memory: each exhibit is a piece, with its pictures."""
    few, many = (
        [len(piece) for piece in as_html.parts([full_record(count=n, assets=folder)], folder, WORDS)] for n in (10, 60)
    )
    assert len(many) - len(few) >= 50
    assert max(many) < sum(many) / 20


def test_a_report_without_records_is_a_bug(folder):
    with pytest.raises(ValueError, match="without records"):
        list(as_html.parts([], folder, WORDS))
