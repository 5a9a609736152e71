import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pyhanko.sign.signers.pdf_signer as pyhanko_clock
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from core.errors import BadInput
from core.report import pdf_check, pdf_reading, seal, seal_check, seal_stamp
from core.reporting import SigningChoice
from core.services import report_claims as claims
from tests.core.report.sealed import sealed, typeset
from tests.core.report.test_certificate import PASSWORD, write_p12
from tests.core.report.time_stamp_authority import certificate as made_certificate

SEED = 20261121
CHANGED = "at least one byte"


def facts_of(data, folder):
    path = folder / "report.pdf"
    path.write_bytes(data)
    return pdf_reading.examine(path)


def seal_of(data, folder):
    path = folder / "sealed.pdf"
    path.write_bytes(data)
    with pikepdf.open(path) as pdf:
        return seal_check.seal_of(path, pdf)


def personal(folder, *, kind="ec", chain=0):
    """A PKCS#12 file, with `chain` certificates above its own."""
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
    above, above_key, line = None, None, []
    for number in range(chain):
        next_key = ec.generate_private_key(ec.SECP256R1())
        above = made_certificate(f"Authority {number}", next_key, above, above_key, ca=True)
        above_key = next_key
        line.insert(0, above)
    own = made_certificate("A. Moreau", key, above, above_key)
    return SigningChoice(write_p12(folder / f"{kind}{chain}.p12", key, own, chain=line or None), PASSWORD)


def test_a_sealed_report_is_the_typeset_one_with_a_signature_behind_it(tmp_path):
    before, after = typeset(), sealed()
    assert after.startswith(before)
    found = seal_of(after, tmp_path)
    assert found.problem == ""
    assert found.fingerprint == seal.signatory(SigningChoice()).fingerprint
    assert abs(found.signed_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("visible", [True, False])
def test_another_program_finds_the_signature_whole_and_good(visible):
    data = sealed(SigningChoice(visible=visible, reason="Issued", place="Hamburg"))
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[signature.signer_cert]))
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert (signature.sig_object["/Reason"], signature.sig_object["/Location"]) == ("Issued", "Hamburg")
    assert status.docmdp_ok is not False
    assert "/SigningTime" not in signature.sig_object  # PAdES keeps the time in /M alone


@pytest.mark.parametrize("visible", [True, False])
def test_sealing_keeps_what_makes_a_pdf_a(visible):
    assert pdf_check.problems(typeset()) == ()
    assert pdf_check.problems(sealed(SigningChoice(visible=visible))) == ()


def test_metadata_and_version_are_left_alone():
    with pikepdf.open(io.BytesIO(typeset())) as before, pikepdf.open(io.BytesIO(sealed())) as after:
        assert before.Root.Metadata.read_bytes() == after.Root.Metadata.read_bytes()
        assert {name: str(text) for name, text in before.docinfo.items()} == {
            name: str(text) for name, text in after.docinfo.items()
        }
        assert (before.pdf_version, "/Version" in after.Root) == (after.pdf_version, False)


def test_a_visible_seal_lies_on_the_front_page_with_its_fonts_inside():
    with pikepdf.open(io.BytesIO(sealed(SigningChoice(visible=True)))) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert [int(number) for number in field.Rect] == list(seal_stamp.BOX)
        assert field.P.objgen == pdf.pages[0].obj.objgen
        page = field.AP.N.Resources.XObject["/Box"]
        fonts = page.Resources.Font
        assert fonts.keys()
        for name in fonts:
            assert "/FontFile2" in fonts[name].DescendantFonts[0].FontDescriptor
    with pikepdf.open(io.BytesIO(sealed(SigningChoice(visible=False)))) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert [int(number) for number in field.Rect] == [0, 0, 0, 0]


def test_the_words_of_the_box_in_two_languages_and_with_hostile_names(tmp_path):
    who, at = seal.signatory(SigningChoice()), datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
    english = seal_stamp.words_of(who, at, SigningChoice(reason="Issued"), language="en")
    german = seal_stamp.words_of(who, at, SigningChoice(), language="de")
    assert "no personal signature" in english[0]
    assert "keine persönliche Unterschrift" in german[0]
    assert "by the clock of this computer" in english[1]
    assert "21.11.2026" in german[1]
    assert "Issued" in english
    assert who.fingerprint[:16] in english[-1]
    nasty = SigningChoice(reason='#import "x": * \u202e' + "long " * 100, place="a\nb")
    lines = seal_stamp.words_of(who, at, nasty, language="en")
    assert all(len(line) < 250 and line.isprintable() for line in lines)
    assert "\\u202E" in lines[2]
    assert b"%PDF" in seal_stamp.page(lines)[:10]


@pytest.mark.parametrize(("kind", "chain"), [("ec", 0), ("rsa", 0), ("ec", 2), ("rsa", 1)])
def test_a_personal_certificate_with_and_without_those_above_it(tmp_path, kind, chain):
    found = seal_of(sealed(personal(tmp_path, kind=kind, chain=chain)), tmp_path)
    assert found.problem == ""
    assert (found.name, found.self_signed) == ("A. Moreau", chain == 0)
    assert len(found.chain) == chain + 1
    assert found.issuer == (f"Authority {chain - 1}" if chain else "A. Moreau")


def test_a_certificate_that_is_exchanged_inside_the_seal_is_found(tmp_path):
    """Certificates above the signer's are not covered by the signature itself; their hashes are."""
    data = sealed(personal(tmp_path, chain=2))
    begin, end = place_of(data)
    der = bytes.fromhex(data[begin + 1 : end - 1].decode())
    at = der.index(b"Authority 0")
    for offset in range(len("Authority 0")):
        other = der[: at + offset] + bytes([der[at + offset] ^ 1]) + der[at + offset + 1 :]
        changed = data[: begin + 1] + other.hex().upper().encode() + data[end - 1 :]
        assert seal_of(changed, tmp_path).problem


def test_a_pdf_that_is_none_is_refused():
    for data in (b"", b"hello", b"%PDF-1.7\nnothing"):
        with pytest.raises(BadInput, match="no PDF file that can be sealed"):
            seal.sign(data, SigningChoice())


def test_saved_again_with_other_software_and_with_an_addition(tmp_path):
    data = sealed()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        rewritten = io.BytesIO()
        pdf.save(rewritten)
    assert seal_of(rewritten.getvalue(), tmp_path).problem
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root["/Extra"] = writer.add_object(writer.root["/Lang"])
    writer.update_root()
    added = io.BytesIO()
    writer.write(added)
    assert added.getvalue().startswith(data)
    problem = seal_of(added.getvalue(), tmp_path).problem
    assert "was saved again after it was signed" in problem
    assert f"{len(added.getvalue()) - len(data):,} bytes were added" in problem


def test_a_second_signature_is_a_change_after_the_first(tmp_path):
    source = personal(tmp_path)
    signer = signers.SimpleSigner.load_pkcs12(str(source.p12), passphrase=PASSWORD.encode())
    again = signers.PdfSigner(signers.PdfSignatureMetadata(field_name="Second"), signer=signer)
    with pytest.raises(SigningError, match="forbids all changes"):  # other programs are told that none is allowed
        again.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(sealed())))
    with pikepdf.open(io.BytesIO(sealed())) as pdf:
        fields = pdf.Root.AcroForm.Fields
        fields.append(pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Second", V=fields[0].V)))
        twice = io.BytesIO()
        pdf.save(twice)
    assert "it was signed again" in seal_of(twice.getvalue(), tmp_path).problem


def test_certificates_that_were_not_valid_at_the_time_of_the_seal(tmp_path, monkeypatch):
    choice = personal(tmp_path)
    late = datetime.now().astimezone() + timedelta(days=60)

    class Late(datetime):
        @classmethod
        def now(cls, tz=None):
            return late if tz is None else late.astimezone(tz)

    monkeypatch.setattr(pyhanko_clock, "datetime", Late)
    data = sealed(choice)
    assert "was not valid when the file was sealed" in seal_of(data, tmp_path).problem


def place_of(data):
    """Where the signature lies: from its `<` to behind its `>`."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        _, begin, end, _ = (int(number) for number in pdf.Root.AcroForm.Fields[0].V.ByteRange)
    return begin, end


def changed_bytes(data, count, seed=SEED):
    """(place, another value) for `count` changes: half anywhere, half where the signature lies."""
    chance = random.Random(seed)
    begin, end = place_of(data)
    for number in range(count):
        place = chance.randrange(len(data)) if number % 2 else chance.randrange(begin, end)
        yield place, chance.choice([value for value in range(256) if value != data[place]])


def is_found(data, place, value, folder):
    other = bytearray(data)
    other[place] = value
    facts = facts_of(bytes(other), folder)
    found = [claims.of_file(folder / "report.pdf", facts), claims.of_seal(facts, {})]
    return any(claim.state is claims.ClaimState.FAILED for claim in found)


def test_60_changes_of_one_byte_are_all_found(tmp_path, monkeypatch):
    data = sealed(personal(tmp_path, chain=1))
    monkeypatch.setattr(
        pdf_reading, "_printed", lambda _pdf, _record: (None, ())
    )  # what the pages say is not asked here
    assert facts_of(data, tmp_path).seal.problem == ""
    missed = [change for change in changed_bytes(data, 60) if not is_found(data, *change, tmp_path)]
    assert missed == []


def test_every_digit_of_the_signature_and_of_its_padding_counts(tmp_path, monkeypatch):
    """In the place that the signature does not cover: letter case, padding and brackets, too."""
    data = sealed()
    monkeypatch.setattr(pdf_reading, "_printed", lambda _pdf, _record: (None, ()))
    begin, end = place_of(data)
    letter = next(at for at in range(begin, end) if data[at : at + 1] in (b"A", b"B", b"C", b"D", b"E", b"F"))
    assert data[end - 2 : end] == b"0>", "there is padding behind the signature"
    for place, value in ((letter, data[letter] + 32), (end - 2, ord("1")), (end - 2, ord(" ")), (begin, ord("("))):
        assert is_found(data, place, value, tmp_path)


@pytest.mark.slow
def test_1000_changes_of_one_byte_are_all_found(tmp_path):
    data = sealed(personal(tmp_path, chain=2))
    changes = list(changed_bytes(data, 1000, seed=SEED + 1))
    missed = [change for change in changes if not is_found(data, *change, tmp_path)]
    print(f"{len(changes) - len(missed)} of {len(changes)} changes of one byte found")  # noqa: T201
    assert missed == []


@pytest.mark.parametrize("hostile", [False, True])
def test_an_untouched_copy_fails_no_claim(tmp_path, hostile):
    facts = facts_of(sealed(hostile=hostile), tmp_path)
    who = seal.signatory(SigningChoice())
    own = {who.fingerprint: who.name}
    found = (
        claims.of_file(Path("report.pdf"), facts),
        claims.of_seal(facts, own),
        claims.of_attachments(facts),
        claims.of_pages(facts),
    )
    assert [claim.state.value for claim in found] == ["pass"] * 4, [claim.sentence for claim in found]
