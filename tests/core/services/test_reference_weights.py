import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from core.dna.attribute import Attributor, verdict_of
from core.dna.detector import load_detector
from core.dna.device import cpu
from core.dna.encoder import Net
from core.dna.published import LARGEST_BYTES, network_of, read_weights
from core.domain import Verdict
from core.errors import BadInput, DetectorRefused, NotFound
from core.services import reference_weights
from core.services.reference_weights import ReferenceWeights
from tests.conftest import picture

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("real", "ProGAN", "SNGAN")


def published(seed=1):
    """A network as the paper's code saves it, with the projection head of a whole training state beside it."""
    torch.manual_seed(seed)
    net = Net(3)
    net.main[2].main[1].running_var.fill_(1.5)
    return net


class Runs:
    """A pickle that runs a command when it is opened."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def convert(file, out, names=NAMES, **sizes):
    return ReferenceWeights().convert(file, names, out, **sizes).value


def test_a_published_file_becomes_a_detector_that_is_never_conclusive(tmp_path):
    net = published()
    with torch.no_grad():
        net.classification_head[1].bias.copy_(torch.tensor([300.0, 0.0, 0.0]))  # a softmax score of exactly 1
    state = {f"module.{name}": tensor for name, tensor in net.state_dict().items() if "num_batches" not in name}
    file = tmp_path / "model.pth"
    torch.save({"epoch": 30, "state_dict": {**state, "module.projection_head.0.weight": torch.zeros(512, 512)}}, file)
    made = load_detector(convert(file, tmp_path / "paper.safetensors", first_px=64, side_px=256))
    assert made.classes == NAMES
    assert (made.preprocess.kind, made.preprocess.first_px, made.preprocess.side_px) == ("paper", 64, 256)
    for name, tensor in net.state_dict().items():
        assert torch.equal(made.net.state_dict()[name], tensor), name
    reading = next(iter(Attributor(made, cpu()).read([picture(1, 200, 200)])))
    assert reading.scores.max() == 1.0
    assert verdict_of(reading, made)[0] is Verdict.INCONCLUSIVE


def test_a_file_that_runs_code_is_refused_and_runs_nothing(tmp_path):
    marker, file = tmp_path / "marker", tmp_path / "evil.pth"
    torch.save({"state_dict": Runs(marker), **published().state_dict()}, file)
    with pytest.raises(DetectorRefused, match=r"program code to be run when it is opened \((posix|nt)\.system\)"):
        convert(file, tmp_path / "out.safetensors")
    assert not marker.exists()
    torch.load(file, weights_only=False)
    assert marker.exists()  # the file would have run: the refusal is what stopped it
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize("act", ["os.system('touch {}')", "open({!r}, 'w')", "__import__('socket').socket()"])
def test_the_process_that_reads_cannot_act_even_if_code_runs(tmp_path, act):
    marker, place = tmp_path / "marker", tmp_path / "place"
    place.mkdir()
    act = act.format(str(marker))
    code = (
        "import os\nfrom pathlib import Path\nfrom core.dna.published import Forbidden, forbid_acting\n"
        f"forbid_acting(Path({str(place)!r}))\n(Path({str(place)!r}) / 'own').write_text('x')\n"
        f"try:\n    {act}\nexcept Forbidden:\n    os._exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == 7, done.stderr
    assert not marker.exists()
    assert (place / "own").exists()


def test_damaged_files_are_refused_with_a_sentence(tmp_path):
    whole, short = tmp_path / "whole.pth", tmp_path / "short.pth"
    torch.save(published().state_dict(), whole)
    short.write_bytes(whole.read_bytes()[:200_000])
    with pytest.raises(DetectorRefused, match="damaged, or no file of PyTorch weights"):
        convert(short, tmp_path / "out.safetensors")


def test_an_archive_that_unfolds_without_end_is_not_unfolded(tmp_path):
    file = tmp_path / "bomb.pth"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("archive/data/0", "w") as stream:
        for _ in range((LARGEST_BYTES >> 20) + 1):
            stream.write(bytes(1 << 20))
    assert file.stat().st_size < 1 << 20
    with pytest.raises(DetectorRefused, match="unfold to more than 512 MB"):
        read_weights(file)


def test_a_process_that_is_lost_or_slow_is_a_sentence(tmp_path, monkeypatch):
    file = tmp_path / "model.pth"
    torch.save(published().state_dict(), file)
    monkeypatch.setattr(reference_weights, "_LIMIT_S", 0.2)
    with pytest.raises(DetectorRefused, match="was not read within"):
        convert(file, tmp_path / "out.safetensors")


@pytest.mark.parametrize(
    ("change", "classes", "words"),
    [
        ({"main.0.main.0.weight": torch.zeros(64, 1, 4, 4)}, 3, "has the shape"),
        ({"main.0.main.0.weight": torch.full((64, 3, 4, 4), float("nan"))}, 3, "not finite"),
        ({"main.0.main.0.weight": torch.zeros(1).expand(10**12)}, 3, "has the shape"),
        ({"main.9.main.0.weight": torch.zeros(1)}, 3, "has an unexpected 'main.9"),
        ({"classification_head.1.bias": None}, 3, "lacks 'classification_head.1.bias'"),
        ({"main.0.main.0.weight": torch.zeros(64, 3, 4, 4).to_sparse()}, 3, "plain numbers"),
        ({}, 4, "has 3 classes, and 4 were named"),
    ],
)
def test_another_network_is_refused_with_what_differs(change, classes, words):
    state = {**published().state_dict(), **change}
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    with pytest.raises(DetectorRefused, match=words):
        network_of({"net": {"state": state}}, classes)


@pytest.mark.parametrize("content", [[1, 2], None, {"a": 1}, {"a": {"b": {"c": {"d": {"e": {"f": {}}}}}}}])
def test_a_file_without_a_network_is_refused(content):
    with pytest.raises(DetectorRefused, match="lacks"):
        network_of(content, 3)


def test_half_precision_weights_are_taken_as_numbers():
    half = {
        name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in Net(3).state_dict().items()
    }
    taken = network_of(half, 3)
    assert taken["main.0.main.0.weight"].dtype is torch.float32
    assert np.isfinite(taken["main.7.main.0.weight"].numpy()).all()


@pytest.mark.parametrize(
    "names", [(), ("real",), ("a", "a"), ("a", ""), ("a", "unknown"), ("a", "b/c"), ("a", "b\x1b")]
)
def test_classes_that_cannot_be_are_refused(tmp_path, names):
    with pytest.raises(BadInput):
        convert(tmp_path / "model.pth", tmp_path / "out.safetensors", names)


def test_paths_that_cannot_be_are_refused_before_anything_is_read(tmp_path):
    (tmp_path / "there.safetensors").touch()
    with pytest.raises(NotFound):
        convert(tmp_path / "nowhere.pth", tmp_path / "out.safetensors")
    with pytest.raises(BadInput, match="exists already"):
        convert(tmp_path / "nowhere.pth", tmp_path / "there.safetensors")
    with pytest.raises(BadInput, match=r"is a \.safetensors file"):
        convert(tmp_path / "nowhere.pth", tmp_path / "out.pth")
    with pytest.raises(BadInput, match="is a folder"):
        convert(tmp_path, tmp_path / "out.safetensors")
    large = tmp_path / "large.pth"
    with large.open("wb") as stream:
        stream.truncate(LARGEST_BYTES + 1)
    with pytest.raises(DetectorRefused, match="larger than 512 MB"):
        convert(large, tmp_path / "out.safetensors")
