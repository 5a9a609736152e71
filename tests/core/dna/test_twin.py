import dataclasses

import numpy as np
import pytest
import torch

from core.dna.attribute import Attributor, verdict_of
from core.dna.detector import load_detector, write_detector
from core.dna.device import cpu
from core.dna.encoder import Net
from core.dna.preprocess import Preprocess
from core.dna.scope import Scope
from core.dna.spectrum import SpectrumVoice
from core.dna.twin import Twins
from tests.conftest import picture, plain_card


@pytest.fixture(scope="module")
def parent(tiny_detector):
    return load_detector(tiny_detector)


@pytest.fixture(scope="module")
def child(parent, tmp_path_factory):
    """The parent's encoder under a head of one class more."""
    torch.manual_seed(8)
    net = Net(4)
    net.main.load_state_dict(parent.net.main.state_dict())
    names = [{"name": name} for name in (*parent.classes, "fresh")]
    path = tmp_path_factory.mktemp("child") / "child.safetensors"
    write_detector(path, net, plain_card(name="child", classes=names))
    return load_detector(path)


def twins(first, second, *, shared, exact=True):
    return Twins(Attributor(first, cpu(), exact=exact), Attributor(second, cpu(), exact=exact), shared)


def same(one, other, detector):
    assert np.allclose(one.logits, other.logits, atol=1e-5)
    assert np.allclose(one.scores, other.scores, atol=1e-5)
    assert np.allclose(one.feature, other.feature, atol=1e-5)
    assert np.allclose(one.tile_voices, other.tile_voices, atol=1e-5)
    assert np.allclose(one.tile_scores, other.tile_scores, atol=1e-5)
    assert one.tile_boxes == other.tile_boxes
    assert verdict_of(one, detector) == verdict_of(other, detector)


def with_voice(detector, seed):
    torch.manual_seed(seed)
    voice = SpectrumVoice(len(detector.classes)).requires_grad_(requires_grad=False)
    return dataclasses.replace(detector, spectrum=voice)


@pytest.mark.parametrize("voices", [False, True])
@pytest.mark.parametrize("kind", ["native", "paper"])
def test_one_run_of_a_shared_encoder_says_what_two_runs_say(parent, child, voices, kind):
    if kind == "paper":
        paper = Preprocess("paper", "residual", side_px=256, first_px=64)
        parent, child = (dataclasses.replace(one, preprocess=paper) for one in (parent, child))
    if voices:
        parent, child = with_voice(parent, 1), with_voice(child, 2)
    image = picture(4)
    once, apart = (twins(child, parent, shared=shared).read(image, None) for shared in (True, False))
    same(once[0], apart[0], child)
    same(once[1], apart[1], parent)
    assert len(once[0].scores) == len(once[1].scores) + 1


def test_the_shared_encoder_runs_once(parent, child, monkeypatch):
    pair = twins(child, parent, shared=True)
    monkeypatch.setattr(pair.second, "read_prepared", lambda _: pytest.fail("the second encoder ran"))
    assert len(pair.read(picture(5), None)[1].logits) == 3


def test_each_is_asked_for_its_own_scope(parent, child):
    strict = dataclasses.replace(parent, scope=Scope(smallest_side=4000))
    inside, outside = twins(child, strict, shared=True).read(picture(6), None)
    assert not inside.out_of_scope
    assert outside.out_of_scope
    outside, inside = twins(strict, child, shared=True).read(picture(6), None)
    assert outside.out_of_scope
    assert not inside.out_of_scope


def test_without_a_second_there_is_one_reading(child):
    alone = Twins(Attributor(child, cpu(), exact=True), None, shared=False)
    first, second = alone.read(picture(7), None)
    assert len(first.scores) == 4
    assert second is None
