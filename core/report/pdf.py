"""A report record as PDF/A-3b, tagged, with its attachments; and single pages of it as pictures."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typst

from core.report.attachment import Attachment
from core.report.glyphs import FONTS
from core.report.pictures import unusable
from core.report.record import ReportRecord
from core.report.typst_source import MAIN, sources

_STANDARD = "a-3b"


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
    careful = False
    for last in (False, True):
        bad = unusable(record, assets, thorough=careful)
        files = sources(record, attachments, bad, strict=careful)
        try:
            return _compiled(files, str(assets), record.identity.issued_at, standards=(_STANDARD,))
        except typst.TypstError:
            if last:
                raise
            careful = True  # a picture that only looks whole, or letters that the fonts cannot join
    raise AssertionError


def render_pages(
    record: ReportRecord, assets: Path, first: int = 1, count: int = 2, ppi: float = 80
) -> tuple[tuple[bytes, ...], int]:
    """Some pages as PNG pictures, and how many pages there are; only the pages asked for are drawn.

    Args:
        record, assets: as for `compile_pdf`.
        first: number of the first page, from 1.
        count: most pages.
        ppi: pixels to the inch.
    """
    raise NotImplementedError


def _compiled(files: Mapping[str, bytes], assets: str, issued_at: str, standards: Sequence[str]) -> bytes:
    made = typst.compile(
        dict(files),
        root=assets,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        pdf_standards=list(standards),
        timestamp=datetime.fromisoformat(issued_at) if issued_at else None,
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> Any:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
