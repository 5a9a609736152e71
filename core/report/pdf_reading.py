"""Everything a verification needs of a report file, in one reading; to be run in a process of its own.

The file may come from anybody. Whatever is wrong with it becomes a sentence in the facts; what ends the process, or
takes more time or memory than it may, is told by whoever runs it (`core.imaging.pool`).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf

from core.errors import BadInput, CoreError, error_from_os
from core.report import as_json, manifest, pdf_drawn, pdf_plain, seal_check
from core.report.pdf_facts import FileInside, PdfFacts, PrintedFacts, RecordFacts
from core.report.pdf_lines import mark_of, printed_lines
from core.report.pdf_streams import TooMuch, unpacked
from core.report.pdf_text import TextReader
from core.report.record import SCHEMA, ReportRecord

LARGEST = 1 << 30
_MOST_PAGES, _MOST_FILES = 50_000, 1_000
_LARGEST_PAGE, _LARGEST_FILE = 64 << 20, 256 << 20  # unpacked
_CHUNK = 1 << 20
_TAIL = 1024
_NO_MARK = "?"  # of a file without a record: none of its lines is one of a report
_HEAD_DIGITS = 8  # of the log head, on every page
_SPACE = re.compile(r"\s+")
_UNREADABLE = (
    pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, StopIteration,
)  # fmt: skip
_NOT_OURS = (
    "It holds no record and no seal of this program: it is not a report of this program, or it was saved again by "
    "another one."
)
_DAMAGED = "{} is damaged: it cannot be read as a PDF file. It is not the file that was issued."


def examine(path: Path) -> PdfFacts:
    """Read a report file.

    Raises:
        NotFound, NoPermission, CoreError: the operating system does not let the file be read.
    """
    try:
        size, kind = _size(path)
        if kind:
            return PdfFacts("", size, problem=kind)
        facts = PdfFacts(_sha256(path), size, problem=_outside(path, size))
        return facts if facts.problem else _inside(path, facts)
    except OSError as error:
        raise error_from_os(error, path, doing="reading the report") from error


def _size(path: Path) -> tuple[int, str]:
    """The size of the file, and why it is none that can be read, if so; devices and folders are not opened."""
    size = path.stat().st_size
    if not path.is_file():
        return 0, f"{path} is no file. Choose the PDF file of a report."
    if size > LARGEST:
        return size, f"{path} has {size:,} bytes, more than any report of this program ({LARGEST:,})."
    return size, "" if size else f"{path} is empty: it holds no byte."


def _outside(path: Path, size: int) -> str:
    """What begin and end of the file say."""
    with path.open("rb") as stream:
        begin = stream.read(_TAIL)
        stream.seek(max(0, size - _TAIL))
        end = stream.read(_TAIL)
    if not begin.startswith(b"%PDF-"):
        return f"{path} is no PDF file."
    if b"%%EOF" not in end:
        return f"{path} is cut: the end of the PDF file is missing."
    return ""


def _inside(path: Path, facts: PdfFacts) -> PdfFacts:
    try:
        with pikepdf.open(path, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                return replace(facts, problem=f"{path} is encrypted, and a report of this program never is.")
            return _read(path, pdf, facts)
    except pikepdf.PasswordError:
        return replace(facts, problem=f"{path} is locked with a password, and a report of this program never is.")
    except TooMuch:
        sentence = f"{path} unpacks to more than any report of this program holds, or is packed as none of them is."
        return replace(facts, problem=sentence)
    except (*_UNREADABLE, zlib.error):
        return replace(facts, problem=_DAMAGED.format(path))


def _read(path: Path, pdf: pikepdf.Pdf, facts: PdfFacts) -> PdfFacts:
    pages = len(pdf.pages)
    if pages > _MOST_PAGES or len(pdf.attachments) > _MOST_FILES:
        return replace(facts, problem=f"{path} has more pages or files inside than any report of this program.")
    seal = seal_check.seal_of(path, pdf)
    facts = replace(facts, pages=pages, seal=seal)
    files, contents = [], {}
    for name, data in _attached(pdf):
        files.append(FileInside(name, len(data), hashlib.sha256(data).hexdigest()))
        if name.endswith(".json"):
            contents[name] = data
    facts = replace(facts, files=tuple(files))
    if seal.problem == seal_check.NO_SEAL and not _records(contents):
        return replace(facts, record_problem=_NOT_OURS, manifest_problem=_NOT_OURS)  # its pages may be of any kind
    facts = _with_manifest(_with_record(facts, contents), contents)
    printed, drawn = _printed(pdf, facts.record)
    return replace(facts, printed=printed, beside=(*pdf_plain.faults(pdf), *drawn))


def _attached(pdf: pikepdf.Pdf) -> Iterator[tuple[str, bytes]]:
    for name, spec in pdf.attachments.items():
        yield name, unpacked(spec.get_file().obj, _LARGEST_FILE)


def _require_drawable(page: pikepdf.Page) -> pikepdf.Page:
    content: Any = page.obj.get("/Contents", [])
    left = _LARGEST_PAGE
    for stream in content if isinstance(content, pikepdf.Array) else [content]:
        left -= len(unpacked(stream, left))
    return page


def _records(contents: dict[str, bytes]) -> list[bytes]:
    mark = f'"schema":"{SCHEMA.partition("/")[0]}/'.encode()
    return [data for data in contents.values() if mark in data]


def _with_record(facts: PdfFacts, contents: dict[str, bytes]) -> PdfFacts:
    found = _records(contents)
    if len(found) != 1:
        many = "more than one record" if found else "no record of a report"
        return replace(facts, record_problem=f"The file carries {many} inside.")
    try:
        return replace(facts, record=_record_facts(as_json.read(found[0]), mark_of(found[0])))
    except BadInput as error:
        return replace(facts, record_problem=str(error))


def _with_manifest(facts: PdfFacts, contents: dict[str, bytes]) -> PdfFacts:
    if manifest.NAME not in contents:
        return replace(facts, manifest_problem="The file carries no manifest inside.")
    try:
        return replace(facts, manifest=manifest.read(contents[manifest.NAME]).attachments)
    except CoreError as error:
        return replace(facts, manifest_problem=str(error))


def _record_facts(record: ReportRecord, mark: str) -> RecordFacts:
    identity, log = record.identity, record.log
    return RecordFacts(
        uid=identity.uid,
        number=identity.number,
        revision=identity.revision,
        supersedes=identity.supersedes,
        title=identity.title,
        issued_at=identity.issued_at,
        preview=identity.preview,
        part=identity.part,
        parts=identity.parts,
        case_uid=record.front.case_uid,
        case_title=record.front.case_title,
        log_sequence=log.sequence,
        log_digest=log.digest,
        log_key=log.key,
        log_public_key=log.public_key,
        log_signature=log.signature,
        exhibits=tuple((exhibit.label, exhibit.sha256) for exhibit in record.exhibits),
        mark=mark,
    )


def _printed(pdf: pikepdf.Pdf, record: RecordFacts | None) -> tuple[PrintedFacts | None, tuple[str, ...]]:
    """What the pages say, and what is drawn on them as on no page of a report."""
    reader, texts, drawn = TextReader(), list[str](), list[str]()
    for number, page in enumerate(pdf.pages, 1):
        instructions = pikepdf.parse_content_stream(_require_drawable(page))
        texts.append(reader.text(page, instructions))
        drawn += [f"Page {number} {fault}" for fault in pdf_drawn.faults(instructions)]
    lines = printed_lines("\n".join(texts), record.mark if record else _NO_MARK)
    uid = record.uid if record else lines.report_id
    digest = record.log_digest if record else lines.log_digest
    close = [_SPACE.sub("", text) for text in texts]
    printed = PrintedFacts(
        report_id=lines.report_id,
        log_sequence=lines.log_sequence,
        log_digest=lines.log_digest,
        exhibits=lines.exhibits,
        attachments=lines.attachments,
        without_id=_pages_without(uid, close),
        without_head=_pages_without(digest[:_HEAD_DIGITS], close),
    )
    return printed, tuple(drawn)


def _pages_without(word: str, texts: list[str]) -> tuple[int, ...]:
    return tuple(number for number, text in enumerate(texts, 1) if not word or word not in text)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
