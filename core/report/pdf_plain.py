"""Whether a PDF holds nothing but what the typesetting of a report and its seal write: plain pages.

Whatever acts or hides is told: scripts and actions, links out of the file, forms, notes, layers, parts drawn over
pages. How a page is drawn is judged in `core.report.pdf_drawn`, and what it says is not judged here.

Source: ISO 32000-1, 7.7.2 (catalogue), 7.7.3.3 (pages), 12.5 (annotations), 12.6 (actions), 9.3.6 (text rendering).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

_CATALOGUE = frozenset(
    {
        "/Type", "/Pages", "/Outlines", "/ViewerPreferences", "/Extensions", "/Names", "/StructTreeRoot", "/Lang",
        "/MarkInfo", "/Metadata", "/OutputIntents", "/Perms", "/AF", "/AcroForm", "/PageLabels", "/Version",
    }
)  # fmt: skip
_NAMES = frozenset({"/EmbeddedFiles", "/Dests"})
_FORM = frozenset({"/Fields", "/SigFlags"})
_PAGE = frozenset(
    {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/StructParents", "/Tabs", "/Annots"}
)  # fmt: skip
_RESOURCES = frozenset({"/Font", "/ColorSpace", "/ProcSet", "/Pattern", "/XObject", "/ExtGState", "/Shading"})
_LINK = frozenset(
    {"/Type", "/Subtype", "/Rect", "/F", "/Dest", "/Border", "/Contents", "/StructParent"}
)  # fmt: skip
_WIDGET = frozenset(
    {"/Type", "/Subtype", "/Rect", "/F", "/FT", "/T", "/TU", "/P", "/V", "/AP"}
)  # fmt: skip
_ACTIONS = frozenset(
    {
        "/JavaScript", "/Launch", "/URI", "/SubmitForm", "/ResetForm", "/ImportData", "/GoToR", "/GoToE", "/Named",
        "/Rendition", "/Sound", "/Movie", "/Hide", "/SetOCGState", "/Trans", "/GoTo3DView", "/Thread",
        "/RichMediaExecute",
    }
)  # fmt: skip
_ACTING = {
    "/AA": "an action that starts by itself",
    "/OpenAction": "an action at opening",
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/OC": "a layer that can be switched off",
    "/OCProperties": "layers that can be switched off",
    "/XFA": "a form",
}
_DEEPEST = 200


def faults(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """Sentences about everything in a file that no report of this program has; empty where there is nothing.

    Args:
        pdf: open; its objects may raise what `pikepdf` raises on files that are made up.
    """
    found = [*_of_catalogue(pdf), *_of_objects(pdf)]
    field = _seal_field(pdf)
    for number, page in enumerate(pdf.pages, 1):
        found += [f"Page {number} {fault}" for fault in _of_page(page.obj, number, field)]
    return tuple(dict.fromkeys(found))


def _of_catalogue(pdf: pikepdf.Pdf) -> Iterator[str]:
    root: Any = pdf.Root
    if pdf.is_encrypted:
        yield "The file is encrypted."
    for key in sorted(set(root.keys()) - _CATALOGUE):
        yield f"The file holds {_ACTING.get(key, key)}."
    for key in sorted(set(root.get("/Names", {}).keys()) - _NAMES):
        yield f"The file holds {_ACTING.get(key, key)}."
    form = root.get("/AcroForm", {})
    fields = list(form.get("/Fields", ()))
    if set(form.keys()) - _FORM or len(fields) > 1 or any(one.get("/FT") != "/Sig" for one in fields):
        yield "The file holds a form beside its seal."


def _of_objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    """What acts, wherever it lies."""
    for thing in pdf.objects:
        left: list[tuple[Any, int]] = [(thing, 0)]
        while left:
            one, depth = left.pop()
            if depth > _DEEPEST:
                yield "The file holds a part that is nested deeper than any of a report."
                continue
            if isinstance(one, (pikepdf.Dictionary, pikepdf.Stream)):
                yield from _of_dictionary(one)
                left += [(inner, depth + 1) for inner in map(one.get, one.keys()) if _is_inside(inner)]
            elif isinstance(one, pikepdf.Array):
                left += [(inner, depth + 1) for inner in one.as_list() if _is_inside(inner)]


def _is_inside(thing: object) -> bool:
    return isinstance(thing, (pikepdf.Dictionary, pikepdf.Array)) and not thing.is_indirect


def _of_dictionary(one: Any) -> Iterator[str]:  # noqa: ANN401 - objects of pikepdf
    for key, what in _ACTING.items():
        if key in one:
            yield f"The file holds {what}."
    if isinstance(kind := one.get("/S"), pikepdf.Name) and str(kind) in _ACTIONS:
        yield f"The file holds an action {kind}."
    if one.get("/Type") == "/EmbeddedFile" and one.get("/Subtype") == "/application/pdf":
        yield "The file holds another PDF file."


def _seal_field(pdf: pikepdf.Pdf) -> tuple[int, int]:
    fields = list(pdf.Root.get("/AcroForm", pikepdf.Dictionary()).get("/Fields", ()))
    return fields[0].objgen if fields else (0, 0)


def _of_page(page: Any, number: int, field: tuple[int, int]) -> Iterator[str]:  # noqa: ANN401
    for key in sorted(set(page.keys()) - _PAGE):
        yield f"has {key}, which no page of a report has."
    if isinstance(page.get("/Contents"), pikepdf.Array):
        yield "is drawn in several parts: something was drawn over it or under it."
    resources = page.get("/Resources", pikepdf.Dictionary())
    for key in sorted(set(resources.keys()) - _RESOURCES):
        yield f"uses {key}, which no page of a report uses."
    if any(
        one.get("/Subtype") != "/Image" for one in resources.get("/XObject", pikepdf.Dictionary()).as_dict().values()
    ):
        yield "is drawn with a part that is no picture."
    for note in page.get("/Annots", ()):
        yield from _of_annotation(note, number, field)


def _of_annotation(note: Any, number: int, field: tuple[int, int]) -> Iterator[str]:  # noqa: ANN401
    kind, keys = note.get("/Subtype"), set(note.keys())
    if kind == "/Link" and keys <= _LINK and "/Dest" in note:
        return
    if kind != "/Widget" or not keys <= _WIDGET or note.objgen != field or number != 1:
        yield f"carries a note or a button ({kind}) that no report has."
        return
    from core.report.seal_stamp import BOX  # its library is not needed before

    left, bottom, right, top = (float(one) for one in note.Rect)
    if (left, bottom, right, top) != BOX and (left != right or bottom != top):
        yield "shows its seal in another place than reports do."
