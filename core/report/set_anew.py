"""Whether the pages of a report are those that its record gives: the record inside is set anew, and pages are compared.

The typesetting gives the same pages for the same record, files and pictures, so a page that was painted over, changed
or exchanged differs. What is compared of each page is everything that shows: what it draws, its fonts, pictures and
colours, its size and its links; left out is the seal on the first page. To be run in a process of its own.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import typst
from PIL import Image

from core.errors import CoreError
from core.report import as_json, pdf
from core.report.attachment import Attachment
from core.report.pdf_facts import SetAnew
from core.report.pdf_lines import mark_of
from core.report.pdf_streams import TooMuch, unpacked
from core.report.pictures import assets_of
from core.report.record import ReportRecord
from core.report.typst_source import setting

_LARGEST = 256 << 20
_MOST_PIXELS = 50_000_000
_LEFT_OUT = frozenset({"/Parent", "/StructParents", "/StructParent", "/P", "/Length", "/Filter", "/DecodeParms"})
_DEEPEST = 60
_UNREADABLE = (
    TooMuch, OSError, pikepdf.PdfError, typst.TypstError, zlib.error, ValueError, TypeError, LookupError,
    AttributeError, StopIteration,
)  # fmt: skip
_OTHER_VERSION = "another version of the program set them, or the note of the version was changed"


def compare(path: Path, mark: str, order: Sequence[str]) -> SetAnew:
    """Set the record of a report anew and compare the pages.

    Args:
        path: the report, found readable before.
        mark: of the record inside (`pdf_lines.mark_of`).
        order: names of the files inside as the pages list them.

    Raises:
        CoreError: the record cannot be set.
    """
    try:
        with pikepdf.open(path, attempt_recovery=False, suppress_warnings=True) as opened:
            if setting() not in str(opened.docinfo.get("/Keywords", "")):
                return SetAnew(_OTHER_VERSION)
            files = {name: _attachment(name, spec) for name, spec in opened.attachments.items()}
            if sorted(order) != sorted(files):
                return SetAnew("the files inside are not those that the pages list")
            record = as_json.read(next(one.data for one in files.values() if mark_of(one.data) == mark))
            with tempfile.TemporaryDirectory(prefix="report-") as folder:
                missing = _without(record, opened, Path(folder))
                made = pdf.compile_pdf(record, Path(folder), [files[name] for name in order])
            with pikepdf.open(io.BytesIO(made)) as anew:
                given, gives = _Shapes(opened).pages(), _Shapes(anew).pages()
    except _UNREADABLE as error:
        raise CoreError("a part of the file cannot be read, or cannot be set") from error
    most = max(len(given), len(gives))
    differing = tuple(at + 1 for at in range(most) if given[at : at + 1] != gives[at : at + 1])
    if differing and missing:  # a short form leaves pictures out; so one that is missing may be no fault
        return SetAnew(f"the picture {missing} cannot be taken out of the file as it was put in")
    return SetAnew("", len(given), len(gives), differing)


def _attachment(name: str, spec: Any) -> Attachment:  # noqa: ANN401 - objects of pikepdf
    stream = spec.get_file().obj
    kind = str(stream.get("/Subtype", "/")).removeprefix("/")
    return Attachment(name, kind, spec.description, unpacked(stream, _LARGEST))


def _without(record: ReportRecord, opened: pikepdf.Pdf, folder: Path) -> str:
    """Write every picture of the record that is in the file; answers the name of one that is not, or ""."""
    left: dict[str, list[str]] = {}
    for asset in assets_of(record):
        left.setdefault(asset.sha256, []).append(asset.name)
    for thing in opened.objects if left else ():
        if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image":
            data = _picture(thing)
            for name in left.pop(hashlib.sha256(data).hexdigest(), ()):
                if Path(name).name == name:
                    (folder / name).write_bytes(data)
    return next((name for names in left.values() for name in names), "")


def _picture(image: Any) -> bytes:  # noqa: ANN401
    """The file that a picture was made of: a JPEG as it is, pixels as the PNG that this program writes of them."""
    if image.get("/Filter") == "/DCTDecode":
        return bytes(image.read_raw_bytes())
    size = int(image.Width), int(image.Height)
    pixels = unpacked(image, _LARGEST)
    if size[0] * size[1] > _MOST_PIXELS or len(pixels) != 3 * size[0] * size[1]:
        return b""
    picture = Image.frombytes("RGB", size, pixels)
    if (mask := image.get("/SMask")) is not None:
        picture.putalpha(Image.frombytes("L", size, unpacked(mask, _LARGEST)))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


class _Shapes:
    """Digests of everything that shows on a page, whatever numbers the objects have in the file."""

    def __init__(self, opened: pikepdf.Pdf) -> None:
        self._pages = [page.obj for page in opened.pages]
        self._numbers = {page.objgen: number for number, page in enumerate(self._pages)}
        self._known: dict[tuple[int, int], bytes] = {}

    def pages(self) -> tuple[bytes, ...]:
        """One for each page."""
        return tuple(self._of_entries(page, 0) for page in self._pages)

    def _of(self, thing: Any, depth: int) -> bytes:  # noqa: ANN401 - objects of pikepdf
        if depth > _DEEPEST:
            raise ValueError("nested deeper than any report")
        if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream, pikepdf.Array)):
            return f"{type(thing).__name__} {thing}".encode("utf-8", "surrogateescape")
        if thing.is_indirect and thing.objgen in self._numbers:
            return b"page %d" % self._numbers[thing.objgen]
        key = thing.objgen if thing.is_indirect else (0, 0)
        if key in self._known:
            return self._known[key]
        made = self._of_array(thing, depth) if isinstance(thing, pikepdf.Array) else self._of_entries(thing, depth)
        if key != (0, 0):
            self._known[key] = made
        return made

    def _of_array(self, array: Any, depth: int) -> bytes:  # noqa: ANN401
        return _digest([b"array", *(self._of(one, depth + 1) for one in array)])

    def _of_entries(self, thing: Any, depth: int) -> bytes:  # noqa: ANN401
        parts = [b"entries"]
        for key in sorted(set(thing.keys()) - _LEFT_OUT):
            value = thing.get(key)
            if key == "/Annots":
                value = pikepdf.Array([one for one in value if one.get("/Subtype") != "/Widget"])
                if not len(value):
                    continue
            parts += [key.encode(), self._of(value, depth + 1)]
        if isinstance(thing, pikepdf.Stream):
            packed = str(thing.get("/Filter", ""))
            parts.append(thing.read_raw_bytes() if packed == "/DCTDecode" else unpacked(thing, _LARGEST))
        return _digest(parts)


def _digest(parts: Sequence[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
