"""The files that a report is typeset from, all in memory: templates, data, words, attachments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from core.errors import NotFound
from core.paths import resources
from core.report.attachment import Attachment
from core.report.pdf_data import report_data
from core.report.pictures import Pictures
from core.report.printed import Printer
from core.report.record import ReportRecord
from core.report.words import words

MAIN = "main.typ"
_EDITION = "1"  # to be raised when `report_data`, or what it calls, prints a record in another way
Files = Mapping[str, bytes]  # by name


def sources(
    record: ReportRecord, attachments: Sequence[Attachment], pictures: Pictures, *, strict: bool = False
) -> dict[str, bytes]:
    """Files by name. What a case says is in ``data.json`` and in attached files alone, never in a template.

    Raises:
        BadInput: the language is not one of the reports.
        NotFound: a template or font of the program is missing.
    """
    said = words(record.identity.language)
    data = report_data(record, attachments, pictures, Printer(said, strict=strict))
    data["document"]["keywords"].append(setting())
    return {
        **templates(),
        "data.json": json.dumps(data, ensure_ascii=False).encode(),
        "words.json": json.dumps(dict(said.sections), ensure_ascii=False).encode(),
        **{row["path"]: _text(one) for row, one in zip(data["attachments"], attachments, strict=True)},
    }


@cache
def templates() -> Mapping[str, bytes]:
    """The templates in ``resources/report/typst`` by name.

    Raises:
        NotFound: they are missing.
    """
    folder = resources() / "report" / "typst"
    found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.typ"))}
    if MAIN not in found:
        raise NotFound(f"The templates of the reports are not in {folder}. Reinstall the program.")
    return found


@cache
def setting() -> str:
    """A word for what sets the pages, kept with each report: the same word means the same pages for the same record.

    Raises:
        NotFound: the templates are missing.
    """
    digest = hashlib.sha256(_EDITION.encode())
    with suppress(PackageNotFoundError):
        digest.update(version("typst").encode())
    for name, template in sorted(templates().items()):
        digest.update(f" {name} {len(template)} ".encode() + template)
    for path in sorted((resources() / "report" / "words").glob("*.toml")):
        digest.update(f" {path.name} ".encode() + path.read_bytes())
    return f"set-{digest.hexdigest()[:16]}"


def _text(attachment: Attachment) -> bytes:
    """Bytes as they are where they are UTF-8, else as a list of numbers, which the template turns back."""
    try:
        attachment.data.decode("utf-8")
    except UnicodeDecodeError:
        return json.dumps(list(attachment.data)).encode()
    return attachment.data
