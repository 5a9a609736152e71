"""Stories: verbs meet missing evidence, a blind case, a second detector and wrong wishes, and say what is the case."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from app import cli
from core.domain import CaseDetails, ExhibitFilter
from core.errors import Cancelled, NotFound
from core.progress import Progress
from core.services.workspace import Workspace
from tests.conftest import picture, save_pictures
from tests.e2e.test_detector_verbs import write


def _quiet(*, quiet):
    assert quiet in (True, False)
    return Progress()


@pytest.fixture
def verb(capsys, monkeypatch):
    """Runs a verb in this process; returns its status and what it said on both streams."""
    monkeypatch.setattr(cli, "console_progress", _quiet)  # leaves the signals of pytest alone

    def run(*arguments):
        status = cli.run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return status, said.out, said.err

    return run


def made(tmp_path, folder, *, blind=False, analysed=True):
    case = tmp_path / "one.dnacase"
    with Workspace() as workspace:
        workspace.cases.create(case, CaseDetails("One", blind=blind))
        workspace.intake.take([folder])
        if analysed:
            workspace.analysis.attribute(device="cpu")
    return case


def evidence_of(case, path):
    """Where the bytes of a file that was taken in lie."""
    from core.imaging.digest import digests_of
    from core.imaging.sources import file_chunks

    sha256 = digests_of(file_chunks(path, str(path))).sha256
    place = case / "evidence" / sha256[:2] / sha256
    place.chmod(0o600)
    return place


def test_a_path_that_does_not_exist_leaves_no_trace_in_the_case(verb, tmp_path):
    case = made(tmp_path, save_pictures(tmp_path / "in", 1), analysed=False)
    before, never = counted(case), tmp_path / "never" / "existed"
    status, out, err = verb("intake", case, never, tmp_path / "nor this")
    assert (status, out) == (3, "")
    assert err.startswith(f"{never}, {tmp_path / 'nor this'} do not exist. Check how they are written")
    assert counted(case) == before
    status, out, err = verb("analyze", case, never)
    assert (status, counted(case)) == (3, before)
    status, out, err = verb("intake", case, never, save_pictures(tmp_path / "more", 3))
    assert status == 0
    assert err.startswith(f"Note: {never} does not exist.")
    assert str(never) not in out
    exhibits, refused, said = counted(case)
    assert (exhibits, refused) == (3, 0)
    assert not any("never" in text for text in said)
    with Workspace() as workspace:
        workspace.cases.open(case)
        with pytest.raises(NotFound, match="does not exist"):  # as the window drops it
            workspace.intake.take([never])


def counted(case):
    """Exhibits, files not taken in, and what the log says of intakes."""
    with Workspace() as workspace:
        workspace.cases.open(case, read_only=True)
        counts, log = workspace.cases.counts(), workspace.cases.log(100)
    return counts.exhibits, counts.refused, [str(one.payload) for one in log if one.action.startswith("intake.")]


def test_a_new_case_takes_name_and_laboratory_from_the_settings(verb, tmp_path):
    with Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        workspace.settings.set("laboratory", "Laboratory of Images")
    for name, more, expected in (
        ("a", (), ("A. Moreau", "Laboratory of Images")),
        ("b", ("--examiner", "B. Brandt"), ("B. Brandt", "Laboratory of Images")),
        ("c", ("--examiner", "", "--lab", "Other"), ("", "Other")),
    ):
        case = tmp_path / f"{name}.dnacase"
        assert verb("case", "new", case, "--title", "One", *more)[0] == 0
        with Workspace() as workspace:
            details = workspace.cases.open(case, read_only=True).details
        assert (details.examiner, details.laboratory) == expected
    said = " ".join(verb("case", "new", "--help")[1].replace("│", " ").split())
    assert "without it, the name in your settings" in said


def by_name(rows, key="path"):
    return {row[key].rsplit("/", 1)[-1]: row for row in rows}


def test_a_blind_case_hides_answers_and_no_failures(tmp_path, installed, verb):
    folder = save_pictures(tmp_path / "in", 3)
    case = made(tmp_path, folder, blind=True, analysed=False)
    evidence_of(case, folder / "picture-0000.jpg").unlink()
    evidence_of(case, folder / "picture-0001.jpg").write_bytes(b"other")
    status, out, _ = verb("analyze", case, "--device", "cpu", "--json", "-")
    rows = by_name(json.loads(out))
    assert status == 0
    assert [rows[f"picture-{n:04d}.jpg"]["state"] for n in range(3)] == ["unreadable", "unreadable", "hidden"]
    assert "not there any more" in rows["picture-0000.jpg"]["reason"]
    assert "SHA-256" in rows["picture-0001.jpg"]["reason"]


def test_what_cannot_be_explained_is_said_and_the_rest_explained(tmp_path, installed, verb):
    folder, out = save_pictures(tmp_path / "in", 3), tmp_path / "out"
    Image.fromarray(np.full((200, 200, 3), 60, np.uint8)).save(folder / "flat.png")
    case = made(tmp_path, folder)
    Image.fromarray(picture(9)).save(tmp_path / "later.png")
    with Workspace() as workspace:
        workspace.cases.open(case)
        workspace.intake.take([tmp_path / "later.png"])
    evidence_of(case, folder / "picture-0000.jpg").unlink()
    evidence_of(case, folder / "picture-0001.jpg").write_bytes(b"other")
    status, said, error = verb("explain", case, "--out", out)
    assert (status, error) == (0, "")
    listed = json.loads((out / "explanation.json").read_text())
    rows = by_name(listed, "image")
    assert [row["image"] for row in listed] == [
        *(str(folder / name) for name in ("flat.png", *(f"picture-{n:04d}.jpg" for n in range(3)))),
        str(tmp_path / "later.png"),
    ]
    reasons = {name: row["reason"] for name, row in rows.items()}
    assert reasons.pop("picture-0002.jpg") == ""
    assert "overlay" in rows["picture-0002.jpg"]
    assert "not there any more" in reasons["picture-0000.jpg"]
    assert "SHA-256" in reasons["picture-0001.jpg"]
    assert "not analysed yet" in reasons["later.png"]
    assert "flat" in reasons["flat.png"]
    for reason in reasons.values():
        assert reason in said

    gone = rows["picture-0000.jpg"]["sha256"]
    status, said, error = verb("explain", case, "--out", out, "--exhibit", gone, "--json", "-")
    assert status == 3
    assert error.strip() == reasons["picture-0000.jpg"]
    assert json.loads(said) == json.loads((out / "explanation.json").read_text())
    assert [row["reason"] for row in json.loads(said)] == [error.strip()]


def test_a_cancelled_explanation_keeps_the_rows_of_what_was_finished(tmp_path, installed):
    case, out = made(tmp_path, save_pictures(tmp_path / "in", 2)), tmp_path / "out"
    progress = Progress(lambda tick: progress.cancel() if tick.done == 1 else None)
    with Workspace() as workspace, pytest.raises(Cancelled):
        workspace.explanations.write(case, out, progress=progress)
    (row,) = json.loads((out / "explanation.json").read_text())
    assert row["image"].endswith("picture-0000.jpg")
    assert len(list(out.glob("*-overlay.png"))) == 1


def test_evidence_of_a_blind_case_is_not_explained_as_a_file(tmp_path, installed, verb):
    folder = save_pictures(tmp_path / "in", 1)
    case = made(tmp_path, folder, blind=True)
    image = evidence_of(case, folder / "picture-0000.jpg")
    (tmp_path / "link.jpg").symlink_to(image)
    for path in (image, tmp_path / "link.jpg"):
        status, out, error = verb("explain", path, "--out", tmp_path / "out")
        assert (status, out) == (3, "")
        assert error.strip() == (f"This image lies inside the case {case}; explain the case and name the exhibit.")
    assert not list(tmp_path.glob("out/*"))
    status, _, error = verb("explain", case, "--out", tmp_path / "out")
    assert status == 3
    assert "main.py view" in error


def test_rows_are_of_the_detector_that_was_asked_for(tmp_path, installed, verb, own_user_folder):
    folder = save_pictures(tmp_path / "in", 1)
    other = write(tmp_path / "leaning.safetensors", lean=2.0, name="leaning")
    case = made(tmp_path, folder)
    for _ in range(2):  # the other one's finding is the newest from the first time on
        rows = json.loads(verb("analyze", case, "--detector", other, "--device", "cpu", "--json", "-")[1])
        assert [row["detector"]["name"] for row in rows] == ["leaning"]
    status, out, _ = verb("analyze", case, "--robustness", "--device", "cpu", "--json", "-")
    (row,) = json.loads(out)
    assert (status, row["detector"]["name"]) == (0, "tiny")
    assert row["robustness"]["steps"]
    assert row["robustness"]["reason"] == ""


def test_a_case_that_may_not_be_written_to_or_is_open_elsewhere_is_explained(tmp_path, installed, verb):
    case, out = made(tmp_path, save_pictures(tmp_path / "in", 1)), tmp_path / "out"
    with Workspace() as workspace:
        workspace.cases.open(case)
        status, _, error = verb("explain", case, "--out", out)
        assert (status, error) == (0, "")
    assert len(list(out.glob("*-overlay.png"))) == 1
    assert not list(case.glob("derived/heat_maps/**/*.npz"))


def test_a_check_that_failed_has_no_number_and_ends_with_3(tmp_path, installed, verb):
    folder = save_pictures(tmp_path / "in", 2)
    Image.fromarray(np.full((200, 200, 3), 60, np.uint8)).save(folder / "flat.png")  # no answer, so nothing to check
    case = made(tmp_path, folder)
    for path in sorted(folder.glob("*.jpg")):
        evidence_of(case, path).unlink()
    status, out, error = verb("analyze", case, "--robustness", "--device", "cpu", "--json", "-")
    checks = [row["robustness"] for row in json.loads(out)]
    assert status == 3
    assert error.strip() == "2 of 2 robustness checks could not be made."
    assert [check["survived"] for check in checks] == [None, None, None]
    shutil.rmtree(folder)


def test_wrong_wishes_are_sentences(tmp_path, installed, verb):
    image = save_pictures(tmp_path / "in", 1) / "picture-0000.jpg"
    explain = ("explain", image, "--out", tmp_path / "out")
    for wrong, word in (
        (("--exhibit", "ab"), "--exhibit"),
        (("--layer", "9"), "--layer"),
        (("--layer", "0"), "--layer"),
        (("--target", "nosuch"), "nosuch"),
    ):
        status, _, error = verb(*explain, *wrong)
        assert status == 2, wrong
        assert word in error
    status, _, error = verb("analyze", tmp_path / "no.dnacase", "--preset", "yu2019")
    assert status == 2
    assert "--preset" in error
    assert "needs --robustness" in error
    assert verb("case") == (2, verb("case")[1], "")  # the help, and no sentence without words
    status, _, error = verb("explain", image, "--out", image)
    assert status == 3
    assert error.strip() == f"{image} is a file, and the pictures need a folder. Choose another --out."
    assert not (tmp_path / "out").exists()


def test_no_exhibit_of_a_case_is_left_out_of_its_rows(tmp_path, installed):
    case, out = made(tmp_path, save_pictures(tmp_path / "in", 2), analysed=False), tmp_path / "out"
    with Workspace() as workspace:
        rows = workspace.explanations.write(case, out)
        workspace.cases.open(case, read_only=True)
        assert [row["sha256"] for row in rows] == [
            workspace.exhibits.get(number).sha256 for number in workspace.exhibits.ids(ExhibitFilter())
        ]
    assert json.loads((out / "explanation.json").read_text()) == rows
