"""The verb that trains, on services that only pretend to: what it asks for, refuses, prints and keeps."""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import train_verb
from app.cli import run
from core.dna.card import read_header
from core.domain import DetectorReference, DetectorSummary
from core.errors import Cancelled, DiskFull
from core.retraining import Checked, CheckFinding, CheckKind, Severity, Side, TrainingImage
from tests.conftest import plain_card, save_pictures

STOP = CheckFinding(CheckKind.TWO_CLASSES, Severity.STOP, "One image is in two classes.", "Leave one out.")
WARNING = CheckFinding(
    CheckKind.FORMAT_IS_LABEL, Severity.WARNING, "The format names the class.", "Add images.", ("new",), ("ab",)
)
NOTE = CheckFinding(CheckKind.RESOLUTION_MIX, Severity.NOTE, "Sizes differ.", "That is usual.")


class Pretending:
    """A workspace whose training copies a file, and whose checks find what they are told to."""

    def __init__(self, detector):
        self.detector, self.findings, self.asked, self.error = detector, (), [], None
        self.training = self.detectors = self.training_images = self.training_checks = self

    def find(self, wanted):
        return DetectorSummary(DetectorReference("tiny", "1", "d" * 64), self.detector, ("real",), {})

    def recipe_named(self, name):
        return Path(name) if name.endswith(".toml") else SimpleNamespace(named=name)

    def read(self, groups, folder, progress):
        folder.mkdir(exist_ok=True)  # the real one keeps what it found there
        rows = [(path, group) for group in groups for path in sorted(group.folder.iterdir())]
        return tuple(
            TrainingImage(path, group.label, group.source, f"{number:064x}", 1, hash64=number * 0x0101010101010101)
            for number, (path, group) in enumerate(rows)
        )

    def check(self, draft, images, progress, *, folder):
        self.draft = draft
        return Checked(images, self.findings)

    def train(self, recipe, data, out, **options):
        self.asked.append((recipe, tuple(data), out, options))
        if self.error:
            raise self.error
        out.with_suffix(".run").mkdir(exist_ok=True)
        shutil.copyfile(self.detector, out)

    def made(self, out):
        return DetectorSummary(DetectorReference("tiny", "1", "e" * 64), out, ("real",), read_header(out).card)

    def remarks(self, out):
        return ("One image was left out.",)


@pytest.fixture
def pretending(tiny_detector, monkeypatch):
    workspace = Pretending(tiny_detector)

    @contextmanager
    def opened():
        yield workspace

    monkeypatch.setattr(train_verb, "open_workspace", opened)
    monkeypatch.setattr("sys.stdin", None)  # nobody sends orders
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the signals of the test run stay its own
    return workspace


@pytest.fixture
def new(tmp_path):
    return save_pictures(tmp_path / "new", 12, width=80, height=80)


def train(*arguments):
    return run(["train", *map(str, arguments)])


def test_whole_folders_are_trained_on_as_ever(pretending, tmp_path, capsys):
    out = tmp_path / "made.safetensors"
    assert train("r.toml", "--data", tmp_path, "--out", out, "--resume", "--held", "real/lab", "--device", "cpu") == 0
    (recipe, data, made, options) = pretending.asked[0]
    assert (str(recipe), data, made) == ("r.toml", (tmp_path,), out)
    assert options["resume"] is True
    assert options["held_sources"] == ("real/lab",)
    assert options["parent"] is None
    said = capsys.readouterr().out
    assert "Wrote" in said
    assert "One image was left out." in said


@pytest.mark.parametrize("arguments", [(), ("--parent", "tiny")])
def test_something_to_train_on_must_be_named(pretending, tmp_path, arguments, capsys):
    assert train("quick", "--out", tmp_path / "a.safetensors", *arguments) == 2
    assert "--add NAME=DIR" in capsys.readouterr().err


def test_a_parent_goes_by_name_and_a_pretext_network_by_its_file(pretending, tmp_path):
    for wanted, path in (
        ("tiny", pretending.detector),
        (tmp_path / "start.safetensors", tmp_path / "start.safetensors"),
    ):
        train("standard", "--data", tmp_path, "--out", tmp_path / "a.safetensors", "--parent", wanted)
        assert pretending.asked.pop()[3]["parent"] == path
    train("paper", "--data", tmp_path, "--out", tmp_path / "b.safetensors")
    assert pretending.asked.pop()[0].named == "paper"


def test_a_class_is_added_with_a_frozen_split_and_a_record_on_the_card(pretending, tmp_path, new, capsys):
    out, digest = tmp_path / "made.safetensors", "0" * 63 + "3"
    (tmp_path / "out.txt").write_text(f"{digest.upper()} blurred\n\n" + "f" * 64 + "\n")
    pretending.findings = (NOTE, WARNING)
    status = train(
        "quick", "--parent", "tiny", "--add", f"newgan={new}", "--out", out, "--test", tmp_path / "test",
        "--left-out", tmp_path / "out.txt", "--go-on", "the only images there are", "--json", tmp_path / "a.json",
    )  # fmt: skip
    assert status == 0
    options = pretending.asked[0][3]
    split = (tmp_path / "made.run" / "split.tsv").read_text().splitlines()
    assert options["files"] == tmp_path / "made.run" / "split.tsv"
    assert {line.split("\t")[4] for line in split[1:]} == {side.value for side in Side}
    assert not any(digest in line for line in split)
    assert pretending.draft.test_data == tmp_path / "test"
    record = read_header(out).card["retraining"]
    assert record["accepted"] == {WARNING.key: "the only images there are"}
    assert record["added"] == ["newgan"]
    assert record["groups"] == [{"label": "newgan", "source": "new", "images": 12}]
    assert record["parent"]["digest"] == "d" * 64
    assert len(record["split_digest"]) == 64
    assert record["left_out"] == {"blurred": 1, "listed in out.txt": 1}
    answer = json.loads((tmp_path / "a.json").read_text())
    assert [one["severity"] for one in answer["checks"]] == ["note", "warning"]
    assert answer["card"]["retraining"] == record
    said = capsys.readouterr().out
    assert said.index("Warning: The format names the class.") < said.index("Note: Sizes differ.")


@pytest.mark.parametrize(
    ("findings", "reason", "said"),
    [((WARNING,), "", "--go-on"), ((WARNING,), "  ", "--go-on"), ((NOTE, STOP), "whatever", "--left-out")],
)
def test_checks_that_say_no_end_with_1_and_train_nothing(pretending, tmp_path, new, capsys, findings, reason, said):
    pretending.findings = findings
    out = tmp_path / "made.safetensors"
    words = ["quick", "--add", f"newgan={new}", "--out", out, "--go-on", reason]
    assert train(*words, "--json", tmp_path / "a.json") == 1
    assert not pretending.asked
    shown = capsys.readouterr()
    assert said in shown.err
    assert findings[-1].sentence in shown.out
    assert json.loads((tmp_path / "a.json").read_text())["path"] is None
    # What was in the way is dealt with: the same command goes through.
    pretending.findings = (NOTE,)
    assert train(*words) == 0


def test_an_interrupted_run_goes_on_with_its_split_without_asking_again(pretending, tmp_path, new):
    out = tmp_path / "made.safetensors"
    pretending.findings, pretending.error = (WARNING,), Cancelled("Cancelled.")
    words = ["quick", "--add", f"newgan={new}", "--out", out]
    assert train(*words, "--go-on", "because") == 3
    pretending.error = None
    assert train(*words) == 3, "without --resume the run is in the way"
    assert train(*words, "--resume") == 0
    first, second = pretending.asked
    assert second[3]["resume"] is True
    assert first[3]["files"] == second[3]["files"]
    assert read_header(out).card["retraining"]["accepted"] == {WARNING.key: "because"}


def test_a_run_goes_on_with_the_classes_it_was_begun_with_alone(pretending, tmp_path, new, capsys):
    out = tmp_path / "made.safetensors"
    words = ["quick", "--out", out, "--device", "cpu", "--quiet"]
    assert train(*words, "--add", f"newgan={new}") == 0
    out.unlink()
    assert train(*words, "--add", f"other={new}", "--resume") == 3
    assert "was begun to add newgan, not other" in capsys.readouterr().err
    record = tmp_path / "made.run" / "retraining.json"
    for damage in ("", "[1]", "{}", "[" * 100_000):
        record.write_text(damage)
        assert train(*words, "--add", f"newgan={new}", "--resume") == 3
        assert str(record) in capsys.readouterr().err
    assert len(pretending.asked) == 1


def test_a_split_is_never_there_without_its_record(pretending, tmp_path, new, monkeypatch):
    def full(*_):
        raise DiskFull("There is no space left.")

    monkeypatch.setattr("core.services.training_split.freeze", full)
    assert train("quick", "--out", tmp_path / "made.safetensors", "--add", f"newgan={new}") == 3
    run = tmp_path / "made.run"
    assert (run / "retraining.json").exists()
    assert not (run / "split.tsv").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a/b", "it contains '/'"),
        ("a\nb", "it contains"),
        ("x" * 81, "more than 80 characters"),
        ("Unknown", "stands for test images"),
        ("con", "keep that name for a device"),
        ("Real", "is called like 'real', but for capital letters"),
    ],
)
def test_names_that_no_class_can_have_are_refused_before_anything_is_read(
    pretending, tmp_path, new, capsys, name, said
):
    out = tmp_path / "made.safetensors"
    assert train("quick", "--parent", "tiny", "--out", out, "--add", f"{name}={new}") == 3
    assert said in capsys.readouterr().err
    assert not out.with_suffix(".run").exists()


def test_two_added_classes_differ_by_more_than_capital_letters(pretending, tmp_path, new, capsys):
    words = ("--add", f"newgan={new}", "--add", f"NewGAN={new}")
    assert train("quick", "--out", tmp_path / "made.safetensors", *words) == 3
    assert "'NewGAN' is called like 'newgan'" in capsys.readouterr().err


def test_a_folder_that_cannot_be_searched_is_named(pretending, tmp_path, new, capsys, monkeypatch):
    def refused(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refused)
    assert train("quick", "--out", tmp_path / "made.safetensors", "--add", f"newgan={new}") == 3
    said = capsys.readouterr().err
    assert "No permission" in said
    assert str(new) in said


def test_odd_wishes_are_refused_with_a_sentence(pretending, tmp_path, new, capsys):
    out = tmp_path / "made.safetensors"
    (tmp_path / "bad.txt").write_text("abc\n")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty").mkdir()
    for words, said in (
        (("--add", str(new)), "NAME=DIR"),
        (("--add", f"={new}"), "NAME=DIR"),
        (("--add", f"newgan={tmp_path / 'no'}"), "does not exist"),
        (("--add", f"newgan={tmp_path / 'empty'}"), "no images of the class"),
        (("--add", f"newgan={new}", "--files", tmp_path / "split.tsv"), "does not go with --add"),
        (("--add", f"newgan={new}", "--left-out", tmp_path / "bad.txt"), "Line 1 of"),
        (("--add", f"newgan={new}", "--left-out", tmp_path / "bytes.txt"), "UTF-8"),
        (("--add", f"newgan={new}", "--left-out", tmp_path / "no.txt"), "does not exist"),
    ):
        assert train("quick", "--out", out, *words) == 3
        assert said in capsys.readouterr().err
    assert train("quick", "--out", tmp_path / "made", "--add", f"newgan={new}") == 3
    assert "must end in .safetensors" in capsys.readouterr().err
    assert train("calibration", "--out", out, "--files", tmp_path / "split.tsv") == 3
    assert "--parent" in capsys.readouterr().err
    assert not pretending.asked


def test_folders_in_a_class_folder_are_its_sources(pretending, tmp_path, monkeypatch):
    for source in ("one", "two"):
        save_pictures(tmp_path / "class" / source, 6, width=80, height=80)
    save_pictures(tmp_path / "class" / ".thumbnails", 2, width=80, height=80)
    monkeypatch.chdir(tmp_path)
    train("quick", "--add", "newgan=class", "--out", "a.safetensors")
    # From wherever it is gone on with, the images are found.
    assert (tmp_path / "a.run" / "split.tsv").read_text().splitlines()[1].startswith(str(tmp_path))
    assert [(one.label, one.source) for one in pretending.draft.groups] == [("newgan", "one"), ("newgan", "two")]


def test_who_follows_is_told_of_a_failure(pretending, tmp_path):
    pretending.error = DiskFull("There is no space left.")
    words = ["r.toml", "--data", tmp_path, "--out", tmp_path / "a.safetensors", "--device", "cpu"]
    status = tmp_path / "status.json"
    assert train(*words, "--follow", status) == 3
    kept = json.loads(status.read_text())
    assert (kept["status"], kept["problem"]) == ("failed", "There is no space left.")
    pretending.error = None
    assert train(*words, "--follow", status, "--quiet") == 0
    kept = json.loads(status.read_text())
    assert (kept["status"], kept["remarks"]) == ("finished", ["One image was left out."])


def test_a_card_without_added_classes_has_no_record(pretending, tmp_path):
    train("r.toml", "--data", tmp_path, "--out", tmp_path / "a.safetensors")
    assert "retraining" not in read_header(tmp_path / "a.safetensors").card
    assert "retraining" not in plain_card()
