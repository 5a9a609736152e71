"""Refreshing a calibration on the held-out images of a frozen split."""

import csv
import hashlib
import shutil

import pytest
import torch

from core.dna.card import read_header
from core.dna.detector import load_detector
from core.errors import BadInput, Cancelled
from core.progress import Progress
from core.services.training import Training
from core.services.training_refresh import refresh
from tests.conftest import plain_card, write_training_folder


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    """An untrained detector that was measured before."""
    from core.dna.detector import write_detector
    from core.dna.encoder import Net

    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("parent") / "tiny.safetensors"
    write_detector(path, Net(3), plain_card(measured=[{"set": "before", "n": 3}]))
    return path


@pytest.fixture
def files(tmp_path):
    data = write_training_folder(tmp_path / "data", per_class=8)
    with (tmp_path / "split.tsv").open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(["path", "sha256", "class", "source", "side"])
        for number, path in enumerate(sorted(data.glob("*/*/*.png"))):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            row = [path, digest, path.parent.parent.name, path.parent.name]
            writer.writerow([*row, "test" if number % 4 == 0 else "held out"])
    return tmp_path / "split.tsv"


def test_scores_are_fitted_anew_and_the_weights_stay(parent, files, tmp_path):
    out = tmp_path / "made.safetensors"
    shutil.copyfile(parent, tmp_path / "parent.safetensors")
    (tmp_path / "parent.rehearsal").write_bytes(b"what it remembers")
    assert refresh(tmp_path / "parent.safetensors", files, out, "cpu", Progress()).value == out
    before, after = load_detector(parent), load_detector(out)
    assert all(
        torch.equal(one, other)
        for one, other in zip(before.net.state_dict().values(), after.net.state_dict().values(), strict=True)
    )
    card = read_header(out).card
    assert card["calibration"]["net"] > 0
    assert card["measured"] == [], "figures of a detector that is no longer there"
    assert card["calibrated_on"]["image_digests"]["count"] == 18
    assert card["calibrated_on"]["command"].startswith("main.py train calibration --parent")
    assert (tmp_path / "made.rehearsal").read_bytes() == b"what it remembers"
    assert "18 held-out images" in Training().remarks(out)[0]
    assert [path.name for path in (tmp_path / "made.run").iterdir()] == ["run.json"]
    assert read_header(parent).card["measured"], "the parent is as it was"
    with pytest.raises(BadInput, match="exists"):
        refresh(parent, files, out, "cpu", Progress())


def test_cancelling_writes_nothing(parent, files, tmp_path):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        refresh(parent, files, tmp_path / "made.safetensors", "cpu", progress)
    assert not (tmp_path / "made.safetensors").exists()
    assert refresh(parent, files, tmp_path / "made.safetensors", "cpu", Progress()).value.exists()


def test_a_split_that_holds_nothing_out_is_refused(parent, files, tmp_path):
    files.write_text(files.read_text().replace("held out", "test"))
    with pytest.raises(BadInput, match="holds no image out"):
        refresh(parent, files, tmp_path / "made.safetensors", "cpu", Progress())
