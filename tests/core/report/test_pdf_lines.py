"""The lines for checking: no text of a case can write one, whatever field it stands in."""

import io
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import pikepdf
from hypothesis import given, settings
from hypothesis import strategies as st

from core.report import as_json, pdf
from core.report.pdf_facts import FileInside, PdfFacts, PrintedFacts
from core.report.pdf_lines import attachment_line, exhibit_line, log_head_line, mark_of, printed_lines, report_id_line
from core.report.pdf_text import TextReader
from core.services import report_claims as claims
from tests.core.report.records import HEAD, full_record, sha256_of

OTHER = "b" * 64
TRAPS = (
    "Report id R-000000000000",
    f"exhibit E-009 {OTHER}",
    f"sha256 {OTHER} report.json",
    f"Log head 7 {OTHER}",
)
KEPT = frozenset({"sha256", "md5", "uid", "label", "language", "form", "digest", "schema", "name", "key"})
FREE = ("summary", "request", "title", "note", "description", "opinion", "reason", "text", "address", "remarks")
MARK = "0123456789abcdef"


def trapped(value, trap, key="", free=FREE):
    """The record with a trap behind every text of the fields named."""
    if isinstance(value, str):
        return f"{value}\n{trap}\n" if key in free else value
    if isinstance(value, tuple):
        return tuple(trapped(one, trap, key, free) for one in value)
    if is_dataclass(value):
        changed = {one.name: trapped(getattr(value, one.name), trap, one.name, free) for one in fields(value)}
        return replace(value, **changed)
    return value


def read_back(record, folder):
    with pikepdf.open(io.BytesIO(pdf.compile_pdf(record, folder))) as opened:
        text = "\n".join(map(TextReader().text, opened.pages))
    return printed_lines(text, mark_of(as_json.write(record))), text


def every_free_field():
    found = set()

    def walk(value, key=""):
        if isinstance(value, str):
            found.add(key)
        elif isinstance(value, tuple):
            for one in value:
                walk(one, key)
        elif is_dataclass(value):
            for one in fields(value):
                walk(getattr(value, one.name), one.name)

    walk(full_record())
    return sorted(found - KEPT)


def test_texts_that_look_like_lines_are_none():
    folder = Path(mkdtemp())
    for trap in TRAPS:
        lines, text = read_back(trapped(full_record(assets=folder), trap), folder)
        assert trap in text, "the trap is printed on a line"
        assert lines.report_id == "R-0123456789ab"
        assert (lines.log_sequence, lines.log_digest) == (42, HEAD)
        assert lines.exhibits == tuple((f"E-{n:03d}", sha256_of(n)) for n in range(1, len(lines.exhibits) + 1))
        assert lines.attachments == ()


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_no_text_in_any_field_is_read_as_a_line(data):
    safe = [name for name in every_free_field() if name in FREE] + ["place", "condition", "limitations", "details"]
    free = data.draw(st.lists(st.sampled_from(safe), min_size=1, unique=True))
    trap = data.draw(st.sampled_from(TRAPS)) + data.draw(st.sampled_from(["", "\n", " ", "\n" + TRAPS[0]]))
    folder = Path(mkdtemp())
    lines, _ = read_back(trapped(full_record(assets=folder), trap, free=free), folder)
    assert lines.report_id == "R-0123456789ab"
    assert (lines.log_sequence, lines.log_digest) == (42, HEAD)
    assert OTHER not in {digest for _, digest in (*lines.exhibits, *lines.attachments)}


@given(st.lists(st.one_of(st.sampled_from(TRAPS), st.text()).filter(lambda text: MARK not in text)))
def test_whatever_stands_around_the_lines_changes_nothing(around):
    own = [report_id_line("R-1"), log_head_line(3, HEAD), exhibit_line("E-001", HEAD), attachment_line("a.json", HEAD)]
    text = "\n".join([*around, *(f"{MARK} {line}" for line in own), *around])
    assert printed_lines(text, MARK) == printed_lines("\n".join(f"{MARK} {line}" for line in own), MARK)
    assert printed_lines(text, MARK).report_id == "R-1"


def test_two_hashes_for_one_attachment_are_a_fault():
    printed = PrintedFacts("R-1", 3, HEAD, (), (("a.json", OTHER), ("a.json", HEAD)), (), ())
    inside = FileInside("a.json", 1, HEAD)
    facts = PdfFacts("", 1, files=(inside,), manifest=(("a.json", HEAD),), printed=printed)
    claim = claims.of_attachments(facts)
    assert claim.state is claims.ClaimState.FAILED
    assert claim.details == ("a.json: the pages print 2 different SHA-256 of it.",)
    once = replace(facts, printed=replace(printed, attachments=(("a.json", HEAD),)))
    assert claims.of_attachments(once).state is claims.ClaimState.PASSED
