"""A case packed into one file and brought back; and archives of strangers."""

import hashlib
import json
import stat
import zipfile

import pytest

from core.errors import BadInput, Cancelled, CaseDamaged, DiskFull, NotFound
from core.progress import Progress
from core.store import blobs, opening, packing, unpacking

BYTES = tuple(f"picture {number}".encode() * 50 for number in range(3))
HASHES = tuple(hashlib.sha256(data).hexdigest() for data in BYTES)


@pytest.fixture
def case(closed_case):
    """A case at rest with evidence, a report, and things that are not packed."""
    for data, sha256 in zip(BYTES, HASHES, strict=True):
        path = blobs.evidence_path(closed_case, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    report = closed_case / "reports" / "R-0123456789ab"
    report.mkdir(parents=True)
    (report / "report.pdf").write_bytes(b"%PDF-1.7 ...")
    (closed_case / "derived" / "old.png").write_bytes(b"png")
    return closed_case


def pack(case, target, progress=None):
    return packing.pack(case, case / "case.sqlite", target, progress or Progress())


def unpack(archive, parent, name=""):
    return unpacking.unpack(archive, parent, Progress(), name)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rewritten(archive, target, change):
    """A copy of an archive whose members (name -> bytes) and list rows were changed."""
    with zipfile.ZipFile(archive) as source:
        members = {info.filename: source.read(info) for info in source.infolist()}
    about = json.loads(members.pop(packing.LIST_NAME))
    change(members, about)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name, data)
        out.writestr(packing.LIST_NAME, json.dumps(about))
    return target


def listed(about, name, data):
    about["files"].append({"path": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})


def test_there_and_back_every_byte_is_the_same(case, tmp_path):
    packed = pack(case, tmp_path / "out")
    assert packed.path == tmp_path / "out.dnacase.zip"
    assert packed.sha256 == hashlib.sha256(packed.path.read_bytes()).hexdigest()
    (tmp_path / "elsewhere").mkdir()
    back = unpack(packed.path, tmp_path / "elsewhere")
    assert back.name == "out.dnacase"
    before, after = files(case), files(back)
    assert before.keys() - after.keys() == {"derived/old.png"}
    assert all(after[name] == before[name] for name in after if name != "case.sqlite")
    with opening.open_case(back, read_only=True, actor="A").reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM exhibit").scalar() == 3
    assert stat.S_IMODE(blobs.evidence_path(back, HASHES[0]).stat().st_mode) == 0o444


def test_an_archive_is_the_same_however_often_it_is_made(case, tmp_path):
    def members(path):
        with zipfile.ZipFile(path) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist() if info.filename != "archive.json"}

    assert members(pack(case, tmp_path / "a").path) == members(pack(case, tmp_path / "b").path)


def test_changed_evidence_is_not_packed(case, tmp_path):
    blobs.evidence_path(case, HASHES[1]).write_bytes(b"something else")
    with pytest.raises(CaseDamaged, match=HASHES[1]):
        pack(case, tmp_path / "out")
    assert not [*tmp_path.glob("*.zip"), *tmp_path.glob(".*partial")]


def test_a_place_that_is_taken_inside_the_case_or_not_there(case, tmp_path):
    (tmp_path / "taken.dnacase.zip").write_bytes(b"mine")
    for target, words in (
        (tmp_path / "taken", "exists already"),
        (case / "inside", "inside the case"),
        (tmp_path / "nowhere" / "a", "no folder"),
    ):
        with pytest.raises(BadInput, match=words):
            pack(case, target)
    assert (tmp_path / "taken.dnacase.zip").read_bytes() == b"mine"


def test_cancelled_it_leaves_nothing(case, tmp_path):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        pack(case, tmp_path / "out", progress)
    assert not [*tmp_path.glob("*.zip"), *tmp_path.glob(".*partial")]


def add_climbing(members, about):
    members["../outside.txt"] = b"x"
    listed(about, "../outside.txt", b"x")


def add_absolute(members, about):
    members["/etc/cron.d/x"] = b"x"
    listed(about, "/etc/cron.d/x", b"x")


def add_program(members, about):
    members["evidence/run.exe"] = b"x"
    listed(about, "evidence/run.exe", b"x")


def add_second_case_file(members, about):
    members["CASE.sqlite"] = b"x"
    listed(about, "CASE.sqlite", b"x")


def change_evidence(members, about):
    members[f"evidence/{HASHES[0][:2]}/{HASHES[0]}"] = b"another picture"


def change_evidence_and_list(members, about):
    name = f"evidence/{HASHES[0][:2]}/{HASHES[0]}"
    members[name] = b"another picture"
    about["files"] = [row for row in about["files"] if row["path"] != name]
    listed(about, name, b"another picture")


def lose_evidence(members, about):
    del members[f"evidence/{HASHES[0][:2]}/{HASHES[0]}"]


def add_unlisted(members, about):
    data = b"unlisted"
    sha256 = hashlib.sha256(data).hexdigest()
    members[f"evidence/{sha256[:2]}/{sha256}"] = data


def lose_database(members, about):
    del members["case.sqlite"]
    about["files"] = [row for row in about["files"] if row["path"] != "case.sqlite"]


def another_schema(members, about):
    about["schema"] = "dna-det-archive/9"


def no_list(members, about):
    about["files"] = "none"


def rows_of_nothing(members, about):
    about["files"] += [{}] * 20_000  # a row takes three bytes in the file and hundreds in memory


def rows_within_rows(members, about):
    about["files"] += [[[]] * 1000] * 10


def bomb(members, about):
    members["case.sqlite"] = bytes(64 << 20)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (add_climbing, "which no case holds"),
        (add_absolute, "which no case holds"),
        (add_program, "which no case holds"),
        (add_second_case_file, "same name"),
        (change_evidence, "does not have the bytes"),
        (change_evidence_and_list, "another hash than its name"),
        (lose_evidence, "differ"),
        (add_unlisted, "differ"),
        (lose_database, "holds no case.sqlite"),
        (another_schema, "newer version"),
        (no_list, "cannot be read"),
        (rows_of_nothing, "larger than any case needs"),
        (rows_within_rows, "not as this program writes it"),
        (bomb, "times its size"),
    ],
)
def test_an_archive_that_was_tampered_with_leaves_nothing(case, tmp_path, change, words):
    bad = rewritten(pack(case, tmp_path / "good").path, tmp_path / "bad.dnacase.zip", change)
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(BadInput, match=words):
        unpack(bad, place)
    assert not [*place.iterdir()]
    assert not (tmp_path / "outside.txt").exists()


def test_links_encryption_and_strange_compression(case, tmp_path):
    good = pack(case, tmp_path / "good").path
    name = f"evidence/{HASHES[0][:2]}/{HASHES[0]}"
    for position, (attribute, value) in enumerate(
        (("external_attr", 0o120777 << 16), ("compress_type", zipfile.ZIP_BZIP2))
    ):
        bad = tmp_path / f"bad{position}.zip"
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as out:
            for info in source.infolist():
                data = source.read(info)
                if info.filename == name:
                    setattr(info, attribute, value)
                out.writestr(info, data)
        with pytest.raises(BadInput, match=r"link or a device|never uses"):
            unpack(bad, tmp_path, "x")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_cut_archives(case, tmp_path, share):
    data = pack(case, tmp_path / "good").path.read_bytes()
    bad = tmp_path / "cut.zip"
    bad.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BadInput, match="damaged"):
        unpack(bad, tmp_path, "x")


def test_one_flipped_byte_anywhere_is_found_or_harmless(case, tmp_path):
    """Whatever is unpacked is what was packed, however the archive was damaged."""
    import random

    good = pack(case, tmp_path / "good").path.read_bytes()
    expected = files(unpack(tmp_path / "good.dnacase.zip", tmp_path, "ref"))
    draw = random.Random(7)
    bad = tmp_path / "bad.zip"
    found = 0
    for number in range(60):
        position = draw.randrange(len(good))
        data = bytearray(good)
        data[position] ^= 1 << draw.randrange(8)
        bad.write_bytes(data)
        try:
            made = unpack(bad, tmp_path, f"n{number}")
        except BadInput:
            found += 1
        else:
            assert files(made) == expected
    assert found > 40


def test_places(case, tmp_path):
    archive = pack(case, tmp_path / "good").path
    (tmp_path / "taken.dnacase").mkdir()
    with pytest.raises(BadInput, match="exists already"):
        unpack(archive, tmp_path, "taken")
    with pytest.raises(BadInput, match="no name for a folder"):
        unpack(archive, tmp_path, "../x")
    with pytest.raises(NotFound):
        unpack(archive, tmp_path / "nowhere")
    with pytest.raises(NotFound):
        unpack(tmp_path / "none.zip", tmp_path)


def test_a_drive_that_is_too_small(case, tmp_path, monkeypatch):
    archive = pack(case, tmp_path / "good").path
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")(1, 1, 10)
    monkeypatch.setattr("core.store.unpacking.shutil.disk_usage", lambda path: usage)
    with pytest.raises(DiskFull, match="MB left"):
        unpack(archive, tmp_path, "x")
    assert not (tmp_path / "x.dnacase").exists()


def test_the_list_of_an_archive_is_bound_by_the_number_of_its_files(case, tmp_path, monkeypatch):
    def never(*_, **__):
        pytest.fail("The list was read before its size was known to be right.")

    def pad(members, about):
        about["files"][0]["padding"] = "x" * (66 << 10)

    packed = pack(case, tmp_path / "good")
    bad = rewritten(packed.path, tmp_path / "bad.dnacase.zip", pad)
    with monkeypatch.context() as patch:
        patch.setattr("core.store.unpacking.json.loads", never)
        with pytest.raises(BadInput, match="larger than any case needs"):
            unpack(bad, tmp_path)
    longest = f"reports/R-0123456789ab/{'x' * 121}"
    row = json.dumps({"path": longest, "sha256": "a" * 64, "size": 10**18}, indent=3)
    assert len(row) + 3 < unpacking._ROW_ROOM
