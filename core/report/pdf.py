"""A report record as PDF/A-3b, tagged, with its attachments; and single pages of it as pictures."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pikepdf
import typst

from core.report.attachment import Attachment
from core.report.glyphs import FONTS
from core.report.pictures import looked_at
from core.report.record import ReportRecord
from core.report.typst_source import Files, sources

_compile: Callable[..., Any] = typst.compile  # its stub does not know of several files by name
_STANDARD = "a-3b"
_KEPT_FOR = 11  # typesettings after which the library drops what it kept of an older one
_LARGE = 60  # exhibits; of a larger draft nothing is kept but its pages
_WIDTH, _HEIGHT = 595.276, 841.89  # points of an A4 page
_PAGE = f"""
#set page(width: {_WIDTH}pt, height: {_HEIGHT}pt, margin: 0pt)
#for number in json(bytes(sys.inputs.pages)) {{ image("/pages.pdf", page: number, width: 100%) }}
"""


def compile_pdf(record: ReportRecord, assets: Path, attachments: Sequence[Attachment] = ()) -> bytes:
    """A report as one PDF file, not sealed yet.

    Args:
        record: the report, or one volume of it.
        assets: folder of the pictures that the record names; one that is missing or damaged is said in its place.
        attachments: files put inside, each printed with its SHA-256.

    Raises:
        BadInput: the language is not one of the reports.
        NotFound: a template or font of the program is missing.
    """
    try:
        return _typeset(record, assets, attachments, final=True)
    finally:
        _forget()


def render_pages(
    record: ReportRecord, assets: Path, first: int = 1, count: int = 2, ppi: float = 80
) -> tuple[tuple[bytes, ...], int]:
    """Some pages as PNG pictures, and how many pages there are; only the pages asked for are drawn.

    The pages of the last report are kept, so that turning a page typesets nothing anew.

    Args:
        record: the report, or one volume of it.
        assets: folder of the pictures that the record names.
        first: number of the first page, from 1; beyond the last, the last one is drawn.
        count: most pages.
        ppi: pixels to the inch.

    Raises:
        BadInput, NotFound: as for `compile_pdf`.
    """
    made = _typeset(record, assets, (), final=False)
    if len(record.exhibits) > _LARGE:
        _forget()
    total = _pages_in(made)
    start = max(1, min(first, total))
    wanted = list(range(start, min(start + max(1, count), total + 1)))
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        Path(folder, "pages.pdf").write_bytes(made)
        drawn = _compile(
            _PAGE.encode(), root=folder, ignore_system_fonts=True, format="png", ppi=ppi,
            sys_inputs={"pages": str(wanted)},
        )  # fmt: skip
    return tuple(drawn) if isinstance(drawn, list) else (drawn,), total


def _typeset(record: ReportRecord, assets: Path, attachments: Sequence[Attachment], *, final: bool) -> bytes:
    issued_at = record.identity.issued_at
    careful = False
    while True:
        pictures = looked_at(record, assets, thorough=careful)
        files = sources(record, attachments, pictures, strict=careful)
        try:
            return _final(files, assets, issued_at) if final else _draft(tuple(files.items()), assets, issued_at)
        except typst.TypstError:
            if careful:
                raise
            careful = True  # a picture that only looks whole, or letters that the fonts cannot join


def _final(files: Files, assets: Path, issued_at: str) -> bytes:
    return _compiled(files, assets, issued_at, pdf_standards=[_STANDARD], pdf_tags=True)


@lru_cache(maxsize=1)
def _draft(files: tuple[tuple[str, bytes], ...], assets: Path, issued_at: str) -> bytes:
    return _compiled(dict(files), assets, issued_at, pdf_standards=[], pdf_tags=False)


def _compiled(files: Files, assets: Path, issued_at: str, *, pdf_standards: list[str], pdf_tags: bool) -> bytes:
    made = _compile(
        dict(files),
        root=str(assets) if assets.is_dir() else None,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        timestamp=datetime.fromisoformat(issued_at) if issued_at else None,
        format="pdf",
        pdf_standards=pdf_standards,
        pdf_tags=pdf_tags,
    )
    assert isinstance(made, bytes)
    return made


@lru_cache(maxsize=1)
def _pages_in(made: bytes) -> int:
    with pikepdf.open(io.BytesIO(made)) as opened:
        return len(opened.pages)


def _forget() -> None:
    """Give back what the library keeps of the last typesetting for the next ones; over volumes it would add up."""
    for _ in range(_KEPT_FOR):
        _compile(b"", format="svg", font_paths=_fonts(), ignore_system_fonts=True)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
