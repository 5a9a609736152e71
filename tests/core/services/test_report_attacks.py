"""Reports that somebody changed to mislead a reader, and sealed anew with a certificate of his own."""

import io
import time
import zlib

import pikepdf
import pytest

from core.report import certificate, seal
from core.reporting import SigningChoice
from core.services import report_claims as claims
from tests.core.services.test_report_verification import (
    FAILED,
    PASSED,
    UNCHECKED,
    failing,
    issued,
    original,
    reader,
    verify,
)

__all__ = ["issued", "original", "reader"]
PASSWORD = "password1"
LABORATORY = "Forensic Laboratory of the State"


def forged(issued, change, name=LABORATORY):
    """The issued file with a change, sealed anew with a certificate of that name."""
    with pikepdf.open(issued.pdf) as pdf:
        del pdf.Root.AcroForm, pdf.Root.Perms
        del pdf.pages[0].obj.Annots
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    own = issued.folder / "own.p12"
    certificate.make_pkcs12(own, name, PASSWORD)
    path = issued.folder / "forged.pdf"
    path.write_bytes(seal.sign(out.getvalue(), SigningChoice(p12=own, password=PASSWORD)))
    return path


def drawn(pdf, behind=b"", before=b"", old=b"", new=b""):
    for page in pdf.pages:
        content = page.obj.Contents.read_bytes()
        page.obj.Contents = pdf.make_stream(b"q " + before + content.replace(old, new) + behind + b" Q")


def action(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def link(pdf):
    away = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org")
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 99, 99], A=away)
    pdf.pages[1].obj.Annots = pikepdf.Array([note])


def layers(pdf):
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[], D=pikepdf.Dictionary())


def stamped(pdf):
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 600, 800], DA="/F 9 Tf"
    )
    pdf.pages[0].obj.Annots = pikepdf.Array([note])


def several(pdf):
    page = pdf.pages[0].obj
    page.Contents = pikepdf.Array([page.Contents, pdf.make_stream(b"q Q")])


PAINT = b" Q q 1 0 0 1 0 0 cm 0 0 m 2000 0 l 2000 2000 l 0 2000 l h f"
ATTACKS = {
    "JavaScript": action,
    "an action /URI": link,
    "layers that can be switched off": layers,
    "carries a note or a button": stamped,
    "drawn in several parts": several,
    "is drawn with re": lambda pdf: drawn(pdf, b" Q q 1 1 1 rg 0 0 2000 2000 re f"),
    "has something drawn over its text": lambda pdf: drawn(pdf, PAINT),
    "written and not shown": lambda pdf: drawn(pdf, old=b"0 Tr", new=b"3 Tr"),
    "is drawn with W": lambda pdf: drawn(pdf, before=b"0 0 m 1 0 l 1 1 l h W n "),
}


@pytest.mark.parametrize("said", ATTACKS)
def test_what_acts_hides_or_covers_is_told(issued, reader, said):
    found, verification = verify(reader, forged(issued, ATTACKS[said]))
    assert not verification.passed
    assert any(said in line for line in found[claims.FILE].details), found[claims.FILE]
    assert found[claims.SEAL].state is UNCHECKED


def test_pages_that_look_like_another_report_differ_from_the_record_set_anew(issued, reader):
    """Nothing is added: a text has another colour."""

    def changed(pdf):
        content = pdf.pages[2].obj.Contents.read_bytes()
        begin = content.index(b" scn")
        pdf.pages[2].obj.Contents = pdf.make_stream(
            content[: content.rindex(b"\n", 0, begin) + 1] + b"1" + content[begin:]
        )

    found, _ = verify(reader, forged(issued, changed))
    assert found[claims.ANEW].state is FAILED
    assert "gives other pages" in found[claims.ANEW].sentence


def test_another_font_under_the_same_pages_is_told(issued, reader):
    def exchanged(pdf):
        for one in pdf.objects:
            for key in ("/FontFile2", "/FontFile3") if isinstance(one, pikepdf.Dictionary) else ():
                if key in one:
                    entries = {name: value for name, value in one[key].items() if name == "/Subtype"}
                    data = one[key].read_bytes()
                    one[key] = pdf.make_stream(data[:-1] + bytes([data[-1] ^ 1]), entries)

    found, _ = verify(reader, forged(issued, exchanged))
    assert failing(found) == {claims.ANEW}


def test_pages_of_another_version_are_not_compared(issued, reader):
    def older(pdf):
        pdf.docinfo["/Keywords"] = "image examination, set-0123456789abcdef"

    found, verification = verify(reader, forged(issued, older))
    assert verification.passed
    assert found[claims.ANEW].state is UNCHECKED
    assert "another version" in found[claims.ANEW].sentence


def test_the_own_name_on_another_key_is_told(issued, reader):
    name = seal.signatory(SigningChoice()).name
    found, _ = verify(reader, forged(issued, lambda _pdf: None, name))
    assert found[claims.SEAL].state is UNCHECKED
    assert "made with another key" in found[claims.SEAL].sentence
    assert found[claims.ANEW].state is PASSED
    other, _ = verify(reader, issued.pdf)
    assert other[claims.SEAL].state is PASSED


def packed_twice():
    """A file inside that unpacks to little, and that again to far more than a report has."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(1 << 24)) for _ in range(200)) + packer.flush()  # 3.3 GB of nothing
    stream = pikepdf.Stream(pdf, zlib.compress(data, 9))
    stream.stream_dict.Filter = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    spec = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="bomb.json", UF="bomb.json")
    spec.EF = pikepdf.Dictionary(F=pdf.make_indirect(stream))
    names = pikepdf.Dictionary(Names=pikepdf.Array(["bomb.json", pdf.make_indirect(spec)]))
    pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=names)
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


def test_a_file_packed_twice_is_unpacked_no_further_than_any_report(reader, tmp_path):
    path = tmp_path / "twice.pdf"
    path.write_bytes(packed_twice())
    begun = time.monotonic()
    found, _ = verify(reader, path)
    assert time.monotonic() - begun < 15
    assert "unpacks to more than any report" in found[claims.FILE].sentence
