import json
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.dna.card import read_header, reference_of
from core.dna.detector import load_detector, rewrite_card, write_detector
from core.dna.encoder import Net
from core.errors import DetectorRefused, NotFound
from tests.conftest import plain_card


def test_a_written_detector_loads_as_it_was(tmp_path):
    net = Net(3)
    net.main[0].main[1].running_mean.fill_(0.25)
    path = tmp_path / "a.safetensors"
    write_detector(path, net, plain_card())
    loaded = load_detector(path)
    assert loaded.classes == ("real", "nearest", "bilinear")
    assert loaded.threshold == 0.5
    assert not loaded.net.training
    for name, tensor in net.state_dict().items():
        assert torch.equal(loaded.net.state_dict()[name], tensor), name
    assert loaded.reference == reference_of(path, read_header(path))


def test_one_changed_weight_is_noticed(tiny_detector, tmp_path):
    data = bytearray(tiny_detector.read_bytes())
    data[-100] ^= 1
    path = tmp_path / "changed.safetensors"
    path.write_bytes(data)
    with pytest.raises(DetectorRefused, match="not the ones its card was written for"):
        load_detector(path)


def test_a_file_cut_short_is_refused(tiny_detector, tmp_path):
    path = tmp_path / "short.safetensors"
    path.write_bytes(tiny_detector.read_bytes()[:-1000])
    with pytest.raises(DetectorRefused):
        load_detector(path)


@pytest.mark.parametrize("content", [b"", b"abc", struct.pack("<Q", 1 << 60) + b"{}", struct.pack("<Q", 4) + b"[[[["])
def test_garbage_is_refused(tmp_path, content):
    path = tmp_path / "garbage.safetensors"
    path.write_bytes(content)
    with pytest.raises(DetectorRefused):
        read_header(path)


def test_other_suffixes_are_never_opened(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"cos\nsystem\n")
    with pytest.raises(DetectorRefused, match="may run code"):
        read_header(path)
    with pytest.raises(NotFound):
        read_header(tmp_path / "nowhere.safetensors")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"schema": 99}, "newer version"),
        ({"classes": [{"name": "one"}]}, "two or more"),
        ({"classes": [{"name": "a"}, {"name": "a"}]}, "two or more"),
        ({"threshold": {}}, "threshold"),
        ({"measured": None}, "measured"),
        ({"classes": [{"name": "a"}, {"name": "b"}]}, "DNA-Det network for 2 classes"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_with_the_reason(tiny_detector, tmp_path, change, word):
    path = tmp_path / "odd.safetensors"
    write_detector(path, Net(3), plain_card(**change))
    with pytest.raises(DetectorRefused, match=word):
        load_detector(path)


def test_foreign_safetensors_have_no_card(tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(DetectorRefused, match="no card"):
        read_header(path)


def test_a_new_card_keeps_the_weights_and_changes_the_digest(tiny_detector, tmp_path):
    path = tmp_path / "copy.safetensors"
    path.write_bytes(tiny_detector.read_bytes())
    rewrite_card(path, plain_card(measured=[{"set": "x"}]))
    assert read_header(path).card["measured"] == [{"set": "x"}]
    assert all(
        torch.equal(a, b) for a, b in zip(load_file(path).values(), load_file(tiny_detector).values(), strict=True)
    )
    assert (
        reference_of(path, read_header(path)).digest != reference_of(tiny_detector, read_header(tiny_detector)).digest
    )
    assert json.loads(json.dumps(read_header(path).card))["name"] == "tiny"
