import io
import shutil
import time
import zlib
from dataclasses import replace

import pikepdf
import pytest
import typst

from core import installation
from core.custody import ClaimState
from core.errors import Cancelled, NotFound
from core.progress import Progress
from core.report import pdf_reading, seal
from core.reporting import SigningChoice
from core.services import report_claims as claims
from core.services.workspace import Workspace
from tests.core.report.test_seal import changed_bytes, is_found
from tests.core.services.issuable import issue, make_case, pdf_of, ready_draft

PASSED, FAILED, UNCHECKED = ClaimState.PASSED, ClaimState.FAILED, ClaimState.UNCHECKED


class Issued:
    """A closed case that issued a report, in a folder of its own."""

    def __init__(self, folder, home):
        self.folder, self.home = folder, home
        self.case = folder / "Portraits.dnacase"
        (self.pdf,) = self.case.glob("reports/*/*.pdf")
        (self.evidence, *_) = sorted(path for path in (self.case / "evidence").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Made once; every test works on a copy."""
    folder, home = tmp_path_factory.mktemp("issued"), tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNADET_HOME", str(home))
        with Workspace() as workspace:
            make_case(workspace, folder / "Portraits.dnacase")
            issue(workspace)
    return folder, home


@pytest.fixture
def issued(original, tmp_path, monkeypatch):
    folder, home = original
    shutil.copytree(folder, tmp_path / "work")
    shutil.copytree(home, tmp_path / "home")
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "home"))
    return Issued(tmp_path / "work", tmp_path / "home")


@pytest.fixture(scope="module")
def reader():
    """One workspace for tests that only read; its reading process serves them all."""
    with pytest.MonkeyPatch.context() as patch, Workspace() as workspace:
        patch.setitem(workspace.settings._values, "intake.memory_limit_mb", 1024)
        patch.setitem(workspace.settings._values, "intake.time_limit_s", 20)
        yield workspace


def verify(workspace, pdf, case=None):
    found = workspace.report_verification.report(pdf, case)
    for claim in found.claims:
        assert claim.sentence.strip().endswith((".", "…")), claim
        assert "Traceback" not in claim.sentence
    return {claim.name: claim for claim in found.claims}, found


def states(found):
    return {name: claim.state for name, claim in found.items()}


def failing(found):
    return {name for name, claim in found.items() if claim.state is FAILED}


def test_an_untouched_report_holds_every_claim(issued, reader):
    found, verification = verify(reader, issued.pdf, issued.case)
    assert set(states(found).values()) == {PASSED}
    assert verification.passed
    assert set(found) == {
        "file is a report", "report seal", "attachments as printed", "record and pages agree", "pages as set anew",
        "report not superseded",
        "exhibits in the case", "evidence intact", "log head in the log", "log head anchored", "issued by this case",
        "log unbroken", "log signed", "records as logged",
    }  # fmt: skip
    assert "with the seal of this installation" in found[claims.SEAL].sentence
    assert "entry" in found[claims.ISSUED].sentence


def test_without_the_case_what_can_be_checked_is(issued, reader):
    found, verification = verify(reader, issued.pdf)
    assert verification.passed
    assert {name for name, claim in found.items() if claim.state is UNCHECKED} == set(claims.OF_A_CASE)
    assert all("case" in found[name].sentence for name in claims.OF_A_CASE)


def test_another_installation_says_what_a_name_is_worth(issued, reader, own_user_folder, monkeypatch):
    monkeypatch.setenv("DNADET_HOME", str(own_user_folder))
    found, verification = verify(reader, issued.pdf, issued.case)
    assert verification.passed
    assert "the name proves nothing by itself" in found[claims.SEAL].sentence
    assert found[claims.ANCHOR].state is UNCHECKED
    assert any("SHA-256 of the certificate" in line for line in found[claims.SEAL].details)


def test_a_report_that_a_viewer_saved_again(issued, reader):
    with pikepdf.open(issued.pdf, allow_overwriting_input=True) as pdf:
        pdf.save(issued.pdf)
    found, _ = verify(reader, issued.pdf, issued.case)
    assert failing(found) == {claims.SEAL, claims.ISSUED}
    assert found[claims.ATTACHMENTS].state is PASSED, "what it says is still the same"
    assert "the SHA-256 is another one" in found[claims.ISSUED].sentence


def saved_by_ghostscript(content):
    """A PDF as Ghostscript writes it: in its map of a letter beyond the first plane stands half a pair."""
    made = typst.compile(content)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary) and "/ToUnicode" in one:
                half = b"1 beginbfrange\n<00F0> <00F1> <D835>\nendbfrange\nendcmap"
                one.ToUnicode.write(one.ToUnicode.read_bytes().replace(b"endcmap", half))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def test_a_pdf_without_our_record_and_seal_is_not_called_damaged(issued, reader):
    issued.pdf.write_bytes(saved_by_ghostscript(b"= Report"))
    found, _ = verify(reader, issued.pdf, issued.case)
    sentence = found[claims.FILE].sentence
    assert "It holds no record and no seal of this program" in sentence
    assert "or it was saved again by another one" in sentence
    assert not any("damaged" in claim.sentence for claim in found.values())
    assert {claims.FILE, claims.SEAL} <= failing(found)


def test_a_report_with_something_added_behind_it(issued, reader):
    issued.pdf.write_bytes(issued.pdf.read_bytes() + b"\n% a comment\n%%EOF\n")
    found, _ = verify(reader, issued.pdf, issued.case)
    assert "was saved again after it was signed" in found[claims.SEAL].sentence
    assert claims.ISSUED in failing(found)


def test_a_forger_with_a_certificate_of_his_own(issued, reader, own_user_folder, monkeypatch):
    """Another verdict in the record, another number of an exhibit on no page, and a good seal over it."""
    with pikepdf.open(issued.pdf) as pdf:
        del pdf.Root.AcroForm, pdf.Root.Perms
        pdf.pages[0].obj.Annots = pikepdf.Array()
        attached = pdf.attachments["report.json"]
        data = attached.get_file().read_bytes()
        digest = data.split(b'"sha256":"')[1][:64]
        attached.obj.EF.F.write(data.replace(digest, b"0" * 64))
        out = io.BytesIO()
        pdf.save(out)
    monkeypatch.setenv("DNADET_HOME", str(own_user_folder))
    forged = seal.sign(out.getvalue(), SigningChoice())
    monkeypatch.setenv("DNADET_HOME", str(issued.home))
    issued.pdf.write_bytes(forged)
    found, _ = verify(reader, issued.pdf, issued.case)
    assert found[claims.SEAL].state is UNCHECKED
    assert "the name proves nothing by itself" in found[claims.SEAL].sentence
    assert "of this installation's own seal, but it was made with another key" in found[claims.SEAL].sentence
    assert {claims.ATTACHMENTS, claims.ISSUED} <= failing(found)
    assert any("report.json" in line for line in found[claims.ATTACHMENTS].details)


def test_an_amended_report_is_named_with_the_one_that_takes_its_place(issued):
    with Workspace() as workspace:
        workspace.cases.open(issued.case)
        (first,) = workspace.reports.issued()
        second = workspace.reports.amend(first.uid, ready_draft(workspace), "The address was wrong.").value
        old, _ = verify(workspace, pdf_of(first), issued.case)
        new, verification = verify(workspace, pdf_of(second), issued.case)
    assert failing(old) == {claims.SUPERSEDED}
    assert second.uid in old[claims.SUPERSEDED].sentence
    assert verification.passed
    assert new[claims.SUPERSEDED].state is PASSED


def test_evidence_that_is_gone_or_was_changed(issued, reader):
    issued.evidence.chmod(0o600)
    issued.evidence.write_bytes(issued.evidence.read_bytes() + b"x")
    found, _ = verify(reader, issued.pdf, issued.case)
    assert failing(found) == {claims.EVIDENCE}
    assert any(str(issued.evidence) in line for line in found[claims.EVIDENCE].details)
    issued.evidence.unlink()
    found, _ = verify(reader, issued.pdf, issued.case)
    assert failing(found) == {claims.EVIDENCE}
    assert "1 of 3" in found[claims.EVIDENCE].sentence


def test_the_wrong_case(issued, tmp_path):
    with Workspace() as workspace:
        other = make_case(workspace, tmp_path / "Other.dnacase", count=1, title="Other")
        found, _ = verify(workspace, issued.pdf, other)
    assert {claims.ISSUED, claims.EXHIBITS, claims.LOG} <= failing(found)
    assert "names another case" in found[claims.ISSUED].sentence


@pytest.mark.parametrize("damage", ["cut", "gone", "no case"])
def test_a_case_that_cannot_be_read_is_a_claim_that_fails(issued, reader, damage):
    database = issued.case / "case.sqlite"
    if damage == "cut":
        database.write_bytes(database.read_bytes()[:5000])
    elif damage == "gone":
        shutil.rmtree(issued.case / "evidence")
        database.unlink()
    case = issued.folder if damage == "no case" else issued.case
    found, _ = verify(reader, issued.pdf, case)
    assert failing(found) == {claims.ISSUED}
    assert "The case cannot be read" in found[claims.ISSUED].sentence
    assert found[claims.LOG].state is UNCHECKED


def test_an_anchor_that_says_something_else(issued, reader):
    with pikepdf.open(issued.pdf) as pdf:
        record = pdf.attachments["report.json"].get_file().read_bytes().decode()
    case_uid = record.split('"case_uid":"')[1][:32]
    noted = installation.anchors_of(case_uid)
    sequence = int(record.split('"sequence":')[1].partition(",")[0])
    head = next(anchor for anchor in noted if anchor.sequence == sequence)
    other = replace(head, digest="f" * 64)
    installation.remember(other, "made up")
    found, _ = verify(reader, issued.pdf)
    assert failing(found) == {claims.ANCHOR}
    assert "noted another log head" in found[claims.ANCHOR].sentence


def test_a_part_of_the_case_knows_the_log_it_came_from(issued, tmp_path):
    with Workspace() as workspace:
        workspace.cases.open(issued.case)
        part = tmp_path / "Part.dnacase"
        ids = [line.id for line in workspace.exhibits.lines((1, 2, 3))]
        workspace.portable.export(part, ids)
        found, verification = verify(workspace, issued.pdf, part)
    assert verification.passed
    assert found[claims.ISSUED].state is UNCHECKED
    assert "taken out of" in found[claims.ISSUED].sentence
    assert found[claims.EXHIBITS].state is PASSED
    assert found[claims.LOG].state is PASSED


def bomb(kind):
    """A small PDF that unpacks to far more than a report has."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    packer = zlib.compressobj(9)
    first, again = (packer.compress(b" " * (1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    stream = pikepdf.Stream(pdf, first + again * 400)  # 6.7 GB of nothing
    stream.stream_dict.Filter = pikepdf.Name.FlateDecode
    if kind == "page":
        page.obj.Contents = pdf.make_indirect(stream)
    else:
        spec = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="bomb.json", UF="bomb.json")
        spec.EF = pikepdf.Dictionary(F=pdf.make_indirect(stream))
        pdf.Root.Names = pikepdf.Dictionary(
            EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array(["bomb.json", pdf.make_indirect(spec)]))
        )
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


def looped():
    """A tree of pages that leads back to itself, an endless chain of earlier versions, and a name tree of loops."""
    return (
        b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 3 0 R>>>> endobj\n"
        b"2 0 obj <</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>> endobj\n"
        b"3 0 obj <</Kids[3 0 R 3 0 R]>> endobj\n"
        b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000092 00000 n \n0000000156 00000 n \n"
        b"trailer <</Size 4/Root 1 0 R/Prev 194>>\nstartxref\n194\n%%EOF\n"
    )


def encrypted(data, user):
    with pikepdf.open(io.BytesIO(data)) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user=user))
    return out.getvalue()


HOSTILE = {
    "empty": lambda _: b"",
    "no PDF": lambda _: b"hello " * 1000,
    "zeros": lambda _: bytes(3_000_000),
    "cut in the middle": lambda data: data[: len(data) // 2],
    "cut at the end": lambda data: data[:-3],
    "only a beginning": lambda _: b"%PDF-1.7\n%%EOF",
    "without its middle": lambda data: data[:2000] + data[-2000:],
    "zeroed middle": lambda data: data[:3000] + bytes(len(data) - 6000) + data[-3000:],
    "encrypted": lambda data: encrypted(data, ""),
    "locked": lambda data: encrypted(data, "user"),
    "bomb in a page": lambda _: bomb("page"),
    "bomb in a file inside": lambda _: bomb("file"),
    "loops": lambda _: looped(),
    "nested deeply": lambda _: b"%PDF-1.7\n1 0 obj " + b"[" * 500_000 + b"\ntrailer <</Root 1 0 R>>\n%%EOF",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_fail_in_bounded_time(issued, reader, tmp_path, kind):
    path = tmp_path / "hostile.pdf"
    path.write_bytes(HOSTILE[kind](issued.pdf.read_bytes()))
    begun = time.monotonic()
    found, _ = verify(reader, path, issued.case)
    assert time.monotonic() - begun < 60
    assert claims.FILE in failing(found), states(found)
    assert found[claims.SEAL].state is not PASSED
    assert found[claims.ISSUED].state is not PASSED


def test_a_huge_sparse_file_is_refused_without_reading_it(reader, tmp_path):
    path = tmp_path / "huge.pdf"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)
    begun = time.monotonic()
    found, _ = verify(reader, path)
    assert time.monotonic() - begun < 10
    assert "more than any report" in found[claims.FILE].sentence


def test_no_file_a_folder_and_a_wish_to_stop(issued, reader, tmp_path):
    with pytest.raises(NotFound):
        reader.report_verification.report(tmp_path / "nothing.pdf")
    found, _ = verify(reader, tmp_path)
    assert "is no file" in found[claims.FILE].sentence
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        reader.report_verification.report(issued.pdf, issued.case, progress=stopped)


def test_150_changes_of_one_byte_in_an_issued_report_are_all_found(issued, tmp_path, monkeypatch):
    data = issued.pdf.read_bytes()
    monkeypatch.setattr(
        pdf_reading, "_printed", lambda _pdf, _record: (None, ())
    )  # what the pages say is not asked here
    missed = [change for change in changed_bytes(data, 150) if not is_found(data, *change, tmp_path)]
    assert missed == []


@pytest.mark.slow
def test_1000_changes_of_one_byte_in_an_issued_report_are_all_found(issued, tmp_path):
    data = issued.pdf.read_bytes()
    changes = list(changed_bytes(data, 1000))
    missed = [change for change in changes if not is_found(data, *change, tmp_path)]
    print(f"{len(changes) - len(missed)} of {len(changes)} changes of one byte in an issued report found")  # noqa: T201
    assert missed == []


def test_verifying_changes_no_byte(issued, reader):
    def bytes_of(folder):
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = bytes_of(issued.case)
    verify(reader, issued.pdf, issued.case)
    assert bytes_of(issued.case) == before
