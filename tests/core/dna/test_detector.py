import json
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.dna.card import read_header, reference_of, spectrum_shapes, verify_shapes
from core.dna.detector import load_detector, load_parent, rewrite_card, write_detector
from core.dna.encoder import Net
from core.dna.open_set import OpenSet
from core.dna.spectrum import FEATURES, SpectrumVoice
from core.errors import DetectorRefused, NotFound
from core.paths import resources
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


def whole(path, **changes):
    """A file of the second schema with every optional part."""
    torch.manual_seed(4)
    voice = SpectrumVoice(3)
    voice.mean.normal_()
    test = OpenSet("knn", 0.5, 0.01, 2, {"bank": np.random.default_rng(1).normal(size=(6, 512)).astype(np.float32)})
    parts = {
        "schema": 2,
        "calibration": {"net": 0.5, "spectrum": 0.25, "n": 10},
        "open_set": test.to_card(),
        "scope": {"smallest_side": 70, "flat_deviation": 1.5, "jpeg_quality_low": 55},
        "threshold": {"value": 0.5, "accusing": 0.8},
        "likelihood_ratio": {"against": "another", "classes": {}},
    }
    card = plain_card(**parts | changes)
    write_detector(path, Net(3), card, spectrum=voice, open_set=test)
    return voice, test


def test_every_part_of_the_second_schema_is_read_back(tmp_path):
    path = tmp_path / "whole.safetensors"
    voice, test = whole(path)
    loaded = load_detector(path)
    assert (loaded.calibration.net, loaded.calibration.spectrum) == (0.5, 0.25)
    assert torch.equal(loaded.spectrum.mean, voice.mean)
    assert torch.equal(loaded.spectrum.linear.weight, voice.linear.weight)
    assert not loaded.spectrum.training
    assert np.array_equal(loaded.open_set.arrays["bank"], test.arrays["bank"])
    assert (loaded.open_set.method, loaded.open_set.threshold, loaded.open_set.neighbours) == ("knn", 0.5, 2)
    assert (loaded.scope.smallest_side, loaded.scope.jpeg_quality_low) == (70, 55)
    assert (loaded.threshold, loaded.accusing) == (0.5, 0.8)
    assert loaded.likelihood["against"] == "another"


def test_a_card_of_the_first_schema_has_none_of_them(tiny_detector):
    loaded = load_detector(tiny_detector)
    assert (loaded.spectrum, loaded.calibration, loaded.open_set, loaded.likelihood) == (None, None, None, None)
    assert loaded.accusing == 0.0
    shipped = load_detector(resources() / "detectors" / "field.safetensors")
    assert len(shipped.classes) == 9


def test_a_new_card_keeps_every_tensor(tmp_path):
    path = tmp_path / "whole.safetensors"
    whole(path)
    before = load_file(path)
    rewrite_card(path, {**read_header(path).card, "measured": [{"set": "x"}]})
    after = load_file(path)
    assert before.keys() == after.keys()
    assert {"spectrum.mean", "open_set.bank"} < set(after)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert read_header(path).card["measured"] == [{"set": "x"}]


def test_a_card_may_say_why_there_is_no_test_for_unknown_architectures(tmp_path):
    path = tmp_path / "none.safetensors"
    write_detector(path, Net(3), plain_card(schema=2, open_set={"why_not": "Too few images."}))
    assert load_detector(path).open_set is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"open_set": {"method": "mahalanobis", "threshold": 1}}, r"unknown architectures .* damaged \(see open_set"),
        ({"open_set": None}, "see open_set.bank"),
        ({"open_set": {"method": "knn"}}, "test for unknown architectures on the detector's card is damaged"),
        ({"open_set": [1]}, "damaged part: open_set"),
        ({"calibration": {"net": "x"}}, "calibration"),
        ({"preprocess": {"kind": "native", "channels": "rgb", "window_px": 64, "magnify": 1}}, "not the residual"),
        ({"scope": {"smallest_side": "x"}}, "scope"),
        ({"kind": "oracle"}, "unknown kind"),
    ],
)
def test_parts_that_do_not_fit_are_refused_with_the_reason(tmp_path, change, word):
    path = tmp_path / "odd.safetensors"
    whole(path, **change)
    with pytest.raises(DetectorRefused, match=word):
        load_detector(path)


def test_a_voice_for_other_classes_is_refused(tmp_path):
    path = tmp_path / "odd.safetensors"
    write_detector(path, Net(3), plain_card(schema=2), spectrum=SpectrumVoice(4))
    with pytest.raises(DetectorRefused, match=r"spectrum voice .* does not fit its classes \(see spectrum.linear"):
        load_detector(path)
    assert spectrum_shapes(4) == {
        f"spectrum.{name}": tuple(tensor.shape) for name, tensor in SpectrumVoice(4).state_dict().items()
    }
    assert spectrum_shapes(4)["spectrum.mean"] == (FEATURES,)


def pretext(path, classes=5):
    names = [{"name": f"t{row}", "title": "", "description": ""} for row in range(classes)]
    card = plain_card(schema=2, kind="pretext", classes=names)
    del card["threshold"], card["measured"]
    net = Net(classes)
    write_detector(path, net, card)
    return net


def test_a_pretext_network_is_a_parent_and_no_detector(tmp_path):
    path = tmp_path / "pretext.safetensors"
    net = pretext(path)
    with pytest.raises(DetectorRefused, match=r"is a pretext network.*train as --parent"):
        load_detector(path)
    with pytest.raises(DetectorRefused, match="is a pretext network"):
        verify_shapes(path, read_header(path))
    state, header = load_parent(path)
    assert header.kind == "pretext"
    assert len(header.classes) == 5
    fresh = Net(5)
    fresh.load_state_dict(state)
    assert all(torch.equal(fresh.state_dict()[name], tensor) for name, tensor in net.state_dict().items())


def test_a_detector_is_a_parent_without_its_other_voices(tmp_path):
    path = tmp_path / "whole.safetensors"
    whole(path)
    state, header = load_parent(path)
    assert header.kind == "detector"
    Net(3).load_state_dict(state)


def test_a_parent_of_another_shape_or_with_changed_weights_is_refused(tmp_path):
    path = tmp_path / "pretext.safetensors"
    pretext(path)
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    with pytest.raises(DetectorRefused, match="not the ones its card was written for"):
        load_parent(path)
    write_detector(path, Net(4), {**plain_card(schema=2, kind="pretext")})
    with pytest.raises(DetectorRefused, match="no DNA-Det network for 3 classes"):
        load_parent(path)
