import dataclasses

import numpy as np
import pytest
import torch

from core.dna.calibrate import Calibration
from core.dna.detector import load_detector
from core.dna.explain import heat_map
from core.dna.preprocess import prepare
from core.dna.spectrum import SpectrumVoice
from core.errors import BadInput
from tests.conftest import picture


@pytest.fixture(scope="module")
def detector(tiny_detector):
    return load_detector(tiny_detector)


def grad_cam_by_hand(detector, windows, layer, target):
    """Grad-CAM from its definition: gradients averaged to weights, weighted activations, ReLU."""
    x = torch.from_numpy(windows).permute(0, 3, 1, 2).requires_grad_()
    net = detector.net
    hidden = x
    for block in net.main[:layer]:
        hidden = block(hidden)
    kept = hidden.detach().requires_grad_()
    out = kept
    for block in net.main[layer:]:
        out = block(out)
    logits = net.classification_head(out.mean((2, 3)))
    logits[:, target].sum().backward()
    weights = kept.grad.mean((2, 3), keepdim=True)
    return torch.relu((weights * kept).sum(1)).detach().numpy()


@pytest.mark.parametrize("layer", [1, 4, 8])
def test_the_map_is_grad_cam_on_one_scale(detector, layer):
    image = picture(1)
    windows = prepare(image, detector.preprocess).whole
    raws = [grad_cam_by_hand(detector, windows, layer, target) for target in range(3)]
    target = max(range(3), key=lambda index: raws[index].max())
    raw = raws[target]
    map_ = heat_map(image, "0" * 64, detector, layer=layer, target=detector.classes[target])
    assert raw.max() > 0
    assert map_.peak == pytest.approx(raw.max(), rel=1e-3)
    assert max(patch.values.max() for patch in map_.patches) == pytest.approx(1.0, abs=1e-4)
    for patch, expected in zip(map_.patches, raw / raw.max(), strict=True):
        assert np.allclose(patch.values, expected, atol=1e-3)
    assert map_.size == (160, 144)
    assert len(map_.patches) == 16


def test_the_default_target_is_the_top_class(detector):
    image = picture(2)
    with torch.inference_mode():
        windows = torch.from_numpy(prepare(image, detector.preprocess).whole).permute(0, 3, 1, 2)
        top = int(detector.net(windows).softmax(1).mean(0).argmax())
    assert heat_map(image, "0" * 64, detector).target == detector.classes[top]


def test_a_map_without_evidence_is_empty_and_says_so(detector, tiny_detector):
    dead = load_detector(tiny_detector)
    dead.net.classification_head[1].weight.data.zero_()
    map_ = heat_map(picture(3), "0" * 64, dead, target="real")
    assert map_.peak == 0.0
    assert not map_.informative
    assert all(np.array_equal(patch.values, np.zeros_like(patch.values)) for patch in map_.patches)


def test_explaining_leaves_the_detector_as_it_was(detector):
    before = {name: tensor.clone() for name, tensor in detector.net.state_dict().items()}
    heat_map(picture(4), "0" * 64, detector)
    assert all(torch.equal(before[name], tensor) for name, tensor in detector.net.state_dict().items())
    assert not any(p.requires_grad for p in detector.net.parameters())


@pytest.mark.parametrize(("layer", "target"), [(0, None), (9, None), (4, "ProGAN")])
def test_wrong_choices_are_sentences(detector, layer, target):
    with pytest.raises(BadInput):
        heat_map(picture(5), "0" * 64, detector, layer=layer, target=target)


def test_the_map_of_a_mirrored_window_is_cut_to_the_image(detector):
    import dataclasses

    from core.dna.preprocess import Preprocess

    wide = dataclasses.replace(detector, preprocess=Preprocess("native", "residual", 256))
    map_ = heat_map(picture(6, 192, 128), "0" * 64, wide, layer=4, target="real")
    assert map_.patches[0].box == (0, 0, 192, 128)
    assert map_.patches[0].values.shape == (32, 48)


def test_without_a_target_the_class_that_a_finding_would_name_is_explained(detector):
    image = picture(3)
    plain = heat_map(image, "0" * 64, detector).target
    voice = SpectrumVoice(3).eval().requires_grad_(requires_grad=False)
    voice.linear.weight.zero_()
    other = (detector.classes.index(plain) + 1) % 3
    voice.linear.bias.copy_(9.0 * torch.eye(3)[other])
    voiced = dataclasses.replace(detector, spectrum=voice, calibration=Calibration(1.0, 1.0))
    assert heat_map(image, "0" * 64, voiced).target == detector.classes[other]
