"""What keeps a PDF file from being PDF/A-3b, as far as its structure shows.

This is no full validation: colours, glyph widths and the syntax inside content streams and fonts are not judged, as
veraPDF does. What is checked is what typesetting, attaching and sealing can get wrong.

Source: ISO 19005-3:2012 in the reading of the veraPDF rule names; the clause is named beside each check.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

_FORBIDDEN_ACTIONS = frozenset(
    {
        "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide", "/SetOCGState",
        "/Rendition", "/Trans", "/GoTo3DView",
    }
)  # fmt: skip
_FORBIDDEN_ANNOTATIONS = frozenset({"/3D", "/Sound", "/Screen", "/Movie"})
_RELATIONS = frozenset({"/Source", "/Data", "/Alternative", "/Supplement", "/EncryptedPayload", "/Unspecified"})
_STANDARD_FONTS = ("/FontFile", "/FontFile2", "/FontFile3")
_PART = re.compile(r"pdfaid:part(?:>|=\")\s*(\d)")
_CONFORMANCE = re.compile(r"pdfaid:conformance(?:>|=\")\s*([ABU])")
_PRINTED, _NOT_SHOWN = 4, 1 | 2 | 32  # flags of an annotation: Print; Invisible, Hidden, NoView


def problems(pdf: bytes) -> tuple[str, ...]:
    """Every reason found why a file is not PDF/A-3b; empty where none was found, which proves no conformity."""
    try:
        with pikepdf.open(io.BytesIO(pdf), attempt_recovery=False, suppress_warnings=True) as opened:
            return tuple(dict.fromkeys([*_of_file(pdf, opened), *_of_catalogue(opened), *_of_objects(opened)]))
    except pikepdf.PasswordError:
        return ("The file is encrypted (6.1.3).",)
    except pikepdf.PdfError as error:
        return (f"The file cannot be read: {error}.",)


def _of_file(data: bytes, pdf: pikepdf.Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", data):
        yield "The header is not that of a PDF 1.x file with a binary mark (6.1.2)."
    if pdf.is_encrypted:
        yield "The file is encrypted (6.1.3)."
    if "/ID" not in pdf.trailer:
        yield "The file has no identifier (6.1.3)."
    if not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "Something follows the end of the file (6.1.3)."


def _of_catalogue(pdf: pikepdf.Pdf) -> Iterator[str]:
    root: Any = pdf.Root
    if str(root.get("/Version", "/1.7")) > "/1.7":
        yield f"The catalogue says version {root.Version}, and PDF/A-3 is PDF 1.7 (6.1.2)."
    yield from _of_metadata(pdf)
    yield from _of_output_intents(root)
    if root.get("/StructTreeRoot") is None or not root.get("/MarkInfo", {}).get("/Marked", False):
        yield "The file is not tagged (only level A asks for it; our reports are)."
    if not str(root.get("/Lang", "")):
        yield "The file does not say its language."
    if "/AA" in root or "/JavaScript" in root.get("/Names", {}):
        yield "The file carries actions of its own or JavaScript (6.5.1, 6.5.2)."
    form = root.get("/AcroForm", {})
    if form.get("/NeedAppearances", False) or "/XFA" in form:
        yield "The form asks for appearances to be made, or is an XFA form (6.4.1, 6.4.2)."
    if extra := set(root.get("/Perms", {}).keys()) - {"/DocMDP", "/UR3"}:
        yield f"The permissions hold {', '.join(sorted(extra))} (6.1.12)."
    yield from _of_attachments(pdf)


def _of_metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    metadata = pdf.Root.get("/Metadata")
    if metadata is None:
        yield "There is no XMP metadata (6.6.2.1)."
        return
    if "/Filter" in metadata:
        yield "The XMP metadata are compressed (6.6.2.1)."
    text = metadata.read_bytes().decode("utf-8", "replace")
    part, conformance = _PART.search(text), _CONFORMANCE.search(text)
    if not part or part[1] != "3" or not conformance:
        yield "The XMP metadata do not say PDF/A-3 with a level (6.6.4)."
    info: Any = pdf.trailer.get("/Info", {})
    for key, name in (("/Title", "dc:title"), ("/Author", "dc:creator")):
        if key in info and name not in text:
            yield f"The document information has {key}, and the XMP metadata have no {name} (6.6.3)."


def _of_output_intents(root: Any) -> Iterator[str]:  # noqa: ANN401 - objects of pikepdf
    intents = [intent for intent in root.get("/OutputIntents", ()) if intent.get("/S") == "/GTS_PDFA1"]
    if len(intents) != 1:
        yield f"There are {len(intents)} PDF/A output intents, and there must be one (6.2.3)."
        return
    profile = intents[0].get("/DestOutputProfile")
    if profile is None or profile.read_bytes()[36:40] != b"acsp":
        yield "The output intent carries no ICC profile (6.2.3)."


def _of_attachments(pdf: pikepdf.Pdf) -> Iterator[str]:
    associated = {spec.objgen for spec in pdf.Root.get("/AF", ())}
    for name, attached in pdf.attachments.items():
        spec: Any = attached.obj
        if str(spec.get("/AFRelationship")) not in _RELATIONS:
            yield f"The file {name} inside has no relationship to the document (6.8)."
        if "/F" not in spec or "/UF" not in spec:
            yield f"The file {name} inside is not named both ways (6.8)."
        if spec.objgen not in associated:
            yield f"The file {name} inside is not associated with the document (6.8)."
        if "/Subtype" not in spec.get("/EF", {}).get("/F", {}):
            yield f"The file {name} inside does not say its kind (6.8)."


def _of_objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            yield from _of_stream(thing)
        if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            yield from _of_dictionary(thing)


def _of_stream(stream: Any) -> Iterator[str]:  # noqa: ANN401
    if "/F" in stream and stream.get("/Type") != "/Filespec":
        yield "A stream lies in another file (6.1.7.1)."
    filters = stream.get("/Filter", [])
    if "/LZWDecode" in (filters if isinstance(filters, pikepdf.Array) else [filters]):
        yield "A stream is compressed with LZW (6.1.7.2)."
    if stream.get("/Subtype") == "/PS" or "/OPI" in stream or "/Alternates" in stream:
        yield "An image or form holds PostScript, OPI or alternates (6.2.8, 6.2.9)."
    if stream.get("/Subtype") == "/Image" and bool(stream.get("/Interpolate", False)):
        yield "An image asks for interpolation (6.2.8)."


def _of_dictionary(thing: Any) -> Iterator[str]:  # noqa: ANN401
    kind, subtype = str(thing.get("/Type", "")), str(thing.get("/Subtype", ""))
    if kind == "/FontDescriptor" and not any(name in thing for name in _STANDARD_FONTS):
        yield f"The font {thing.get('/FontName')} is not embedded (6.2.11.4)."
    if kind == "/Font" and subtype not in ("/Type0", "/Type3") and "/FontDescriptor" not in thing:
        yield f"The font {thing.get('/BaseFont')} is not embedded (6.2.11.4)."
    if kind == "/Font" and subtype == "/Type0" and "/ToUnicode" not in thing:
        yield f"The font {thing.get('/BaseFont')} does not say what its glyphs mean (6.2.11.7, level U)."
    if str(thing.get("/S", "")) in _FORBIDDEN_ACTIONS:
        yield f"There is an action {thing.S} (6.5.1)."
    if "/Rect" in thing and (kind == "/Annot" or "/FT" in thing):
        yield from _of_annotation(thing, subtype)


def _of_annotation(annotation: Any, subtype: str) -> Iterator[str]:  # noqa: ANN401
    if subtype in _FORBIDDEN_ANNOTATIONS:
        yield f"There is an annotation {subtype} (6.3.1)."
    flags = int(annotation.get("/F", 0))
    if subtype != "/Popup" and (not flags & _PRINTED or flags & _NOT_SHOWN):
        yield f"An annotation {subtype} is not printed (6.3.2)."
    left, bottom, right, top = (float(number) for number in annotation.Rect)
    shows = left != right and bottom != top
    if shows and subtype not in ("/Popup", "/Link") and "/N" not in annotation.get("/AP", {}):
        yield f"An annotation {subtype} has no appearance (6.3.3)."
    if "/AA" in annotation or (subtype == "/Widget" and "/A" in annotation):
        yield f"An annotation {subtype} carries actions (6.4.1)."
