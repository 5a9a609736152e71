"""Story: the same work on a machine without a display, by verbs only."""

import json

import numpy as np
from PIL import Image

from tests.conftest import picture, save_pictures
from tests.e2e.verbs import run, run_json

PROMISED = {
    "path", "sha256", "state", "reason", "verdict", "architecture", "scores", "likelihood_ratio", "consistency",
    "detector", "device", "ms",
}  # fmt: skip


def test_from_an_empty_case_to_pictures_that_explain(tmp_path, installed):
    folder = save_pictures(tmp_path / "in", 3)
    Image.fromarray(np.full((200, 200, 3), 60, np.uint8)).save(folder / "flat.png")
    (folder / "broken.jpg").write_bytes((folder / "picture-0000.jpg").read_bytes()[:900])
    case = tmp_path / "one.dnacase"

    made = run_json("case", "new", case, "--title", "One", "--number", "7", "--examiner", "E. X.", "--lab", "L")
    stated = {"title": "One", "number": "7", "examiner": "E. X.", "laboratory": "L", "notes": "", "blind": False}
    assert made["details"] == stated

    rows = run_json("analyze", case, folder, "--device", "cpu")
    assert len(rows) == 5
    assert all(set(row) == PROMISED for row in rows)
    states = {row["path"].rsplit("/", 1)[-1]: row["state"] for row in rows}
    assert states.pop("broken.jpg") == "unreadable"
    assert set(states.values()) == {"analyzed"}
    by_name = {row["path"].rsplit("/", 1)[-1]: row for row in rows}
    assert by_name["flat.png"]["verdict"] == "out of scope"
    assert by_name["flat.png"]["scores"] == {}
    finding = by_name["picture-0001.jpg"]
    assert set(finding["scores"]) == {"real", "nearest", "bilinear"}
    assert abs(sum(finding["scores"].values()) - 1) < 1e-3
    assert finding["likelihood_ratio"] is None
    assert [len(row) for row in finding["consistency"]["grid"]] == [4, 4, 4, 4]
    assert set(finding["consistency"]["grid"][0][0]) == {"architecture", "score"}
    assert finding["detector"]["digest"] == installed.reference.digest
    assert finding["device"].startswith("CPU")

    written = run_json(
        "explain", case, "--out", tmp_path / "out", "--exhibit", finding["sha256"][:12], "--method", "layer-cam",
        "--score", "probability", "--layer", "3", "--target", "nearest",
    )  # fmt: skip
    assert len(written) == 1
    assert [written[0][key] for key in ("method", "score", "layer", "target")] == [
        "Layer-CAM", "probability", 3, "nearest",
    ]  # fmt: skip
    for kind in ("heat_map", "overlay", "grid", "residual", "spectrum"):
        with Image.open(written[0][kind]) as drawn:
            assert drawn.width >= 160
        assert "scale" in written[0]["layers"][kind]
    assert json.loads((tmp_path / "out" / "explanation.json").read_text()) == written
    shown = run_json("case", "show", case)
    assert shown["counts"]["exhibits"] == 4
    assert shown["counts"]["refused"] == 1
    assert {entry["action"] for entry in shown["log"]} >= {"case.create", "exhibit.take", "finding.add"}


def test_a_second_run_finds_nothing_left_to_do(tmp_path, installed):
    folder, case = save_pictures(tmp_path / "in", 2), tmp_path / "one.dnacase"
    run("case", "new", case, "--title", "One")
    run("intake", case, folder)
    first, again = run_json("analyze", case), run_json("analyze", case)
    assert first == again
    report = run_json("intake", case, folder)
    assert [line["outcome"] for line in report["lines"]] == ["duplicate", "duplicate"]


def test_one_image_is_explained_without_a_case(tmp_path, installed):
    path = save_pictures(tmp_path / "in", 1) / "picture-0000.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(path).save(path, exif=exif, quality=92)
    rows = run_json("explain", path, "--out", tmp_path / "out", "--layer", "2", "--target", "nearest")
    assert rows[0]["orientation"] == {"exif": 6, "applied": False}
    assert (rows[0]["layer"], rows[0]["target"]) == (2, "nearest")
    assert "proves nothing by itself" in rows[0]["note"]
    before = path.read_bytes()
    assert picture(0).shape[2] == 3
    assert path.read_bytes() == before


def test_wrong_use_is_2_and_failure_is_3_with_one_sentence(tmp_path, installed):
    assert "Missing" in run("case", "new", expect=2)[1]
    run("nosuchverb", expect=2)
    for arguments in (
        ("case", "show", tmp_path / "no.dnacase"),
        ("case", "new", tmp_path / "x.dnacase", "--title", "  "),
        ("detectors", "show", "nosuch"),
        ("detectors", "install", __file__),
        ("explain", tmp_path / "no.jpg", "--out", tmp_path / "out"),
        ("train", tmp_path / "no.toml", "--data", tmp_path, "--out", tmp_path / "d.safetensors"),
    ):
        error = run(*arguments, expect=3)[1]
        assert len(error.strip().splitlines()) == 1, error
        assert error.strip().endswith((".", "."))
    case = tmp_path / "one.dnacase"
    run("case", "new", case, "--title", "One")
    assert "exists" in run("case", "new", case, "--title", "One", expect=3)[1]
    assert "CUDA" in run("analyze", case, save_pictures(tmp_path / "in", 1), "--device", "cuda", expect=3)[1]


def test_a_damaged_detector_is_listed_with_the_reason_and_not_used(tmp_path, installed):
    data = bytearray(installed.path.read_bytes())
    data[-100] ^= 1
    installed.path.write_bytes(data)
    listed = {row["path"]: row["problem"] for row in run_json("detectors", "list")}
    assert "not the ones its card was written for" in listed[str(installed.path)]
    run("detectors", "show", "tiny", expect=3)


def test_figures_of_a_detector_on_labelled_images(tmp_path, installed):
    from tests.conftest import write_training_folder

    data = write_training_folder(tmp_path / "data", per_class=2)
    (data / "unknown" / "x").mkdir(parents=True)
    Image.fromarray(picture(5)).save(data / "unknown" / "x" / "1.png")
    (data / "real" / "lab" / "broken.png").write_bytes(b"nothing")
    out = tmp_path / "figures.json"
    text, _ = run("detectors", "evaluate", "tiny", "--data", data, "--json", out)
    figures = json.loads(out.read_text())
    assert figures["n"] == 6
    assert set(figures) >= {
        "n", "accuracy", "accuracy_ci", "macro_f1", "per_class", "per_source", "false_accusation", "conclusive",
        "verdicts", "auroc_unknown", "oscr", "cllr", "ece", "confusion",
    }  # fmt: skip
    assert len(figures["skipped"]) == 1
    assert "Real called generated" in text
    (data / "stranger" / "x").mkdir(parents=True)
    Image.fromarray(picture(6)).save(data / "stranger" / "x" / "1.png")
    assert "stranger" in run("detectors", "evaluate", "tiny", "--data", data, expect=3)[1]


def test_an_answer_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    _, said = run("detectors", "list", "--json", tmp_path / "nowhere" / "list.json", expect=2)
    assert "There is no folder" in said
    assert "nowhere" in said
