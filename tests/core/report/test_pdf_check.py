import io

import pikepdf
import pytest

from core.report import pdf_check
from tests.core.report.sealed import typeset


def problems_after(change):
    with pikepdf.open(io.BytesIO(typeset())) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out, static_id=False)
    return " ".join(pdf_check.problems(out.getvalue()))


def without_font(pdf):
    descriptors = [
        one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"
    ]
    for name in ("/FontFile2", "/FontFile3"):
        if name in descriptors[0]:
            del descriptors[0][name]


def compressed_metadata(pdf):
    pdf.Root.Metadata = pdf.make_stream(b"x")
    pdf.Root.Metadata.Filter = pikepdf.Name.FlateDecode


def action(pdf, kind):
    pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name(kind), JS="1"))


def annotation(pdf, **entries):
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], **entries)
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])


CHANGES = {
    "is not embedded": without_font,
    "do not say PDF/A-3": lambda pdf: setattr(pdf.Root, "Metadata", pdf.make_stream(b"<x/>")),
    "no XMP": lambda pdf: pdf.Root.__delitem__("/Metadata"),
    "output intents": lambda pdf: pdf.Root.__delitem__("/OutputIntents"),
    "no ICC profile": lambda pdf: pdf.Root.OutputIntents[0].__delitem__("/DestOutputProfile"),
    "not tagged": lambda pdf: pdf.Root.__delitem__("/StructTreeRoot"),
    "its language": lambda pdf: pdf.Root.__delitem__("/Lang"),
    "has no relationship": lambda pdf: pdf.Root.AF[0].__delitem__("/AFRelationship"),
    "is not associated": lambda pdf: pdf.Root.__delitem__("/AF"),
    "does not say its kind": lambda pdf: pdf.Root.AF[0].EF.F.__delitem__("/Subtype"),
    "an action /JavaScript": lambda pdf: action(pdf, "/JavaScript"),
    "an action /Launch": lambda pdf: action(pdf, "/Launch"),
    "is not printed": lambda pdf: annotation(pdf, F=0),
    "has no appearance": lambda pdf: annotation(pdf, F=4),
    "version /2.0": lambda pdf: setattr(pdf.Root, "Version", pikepdf.Name("/2.0")),
    "asks for appearances": lambda pdf: setattr(
        pdf.Root, "AcroForm", pikepdf.Dictionary(Fields=[], NeedAppearances=True)
    ),
}


@pytest.mark.parametrize("said", CHANGES)
def test_each_fault_is_named(said):
    assert said in problems_after(CHANGES[said])


def test_encrypted_damaged_and_longer_files_are_told():
    with pikepdf.open(io.BytesIO(typeset())) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    assert pdf_check.problems(out.getvalue()) == ("The file is encrypted (6.1.3).",)
    assert "cannot be read" in pdf_check.problems(typeset()[:5000])[0]
    assert "Something follows" in " ".join(pdf_check.problems(typeset() + b"more"))


def test_a_typeset_report_has_none():
    assert pdf_check.problems(typeset()) == ()
