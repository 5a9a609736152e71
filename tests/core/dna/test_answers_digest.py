"""What of a detector's file decides an answer, and what does not."""

import pytest
import torch

from core.dna.card import answers_digest_of, read_header
from core.dna.detector import load_detector, rewrite_card, write_detector
from core.dna.encoder import Net
from tests.conftest import CLASSES, plain_card


def write(path, card, seed=3):
    torch.manual_seed(seed)
    write_detector(path, Net(len(CLASSES)), card)
    return answers_digest_of(read_header(path))


@pytest.fixture
def plain(tmp_path):
    return write(tmp_path / "plain.safetensors", plain_card())


@pytest.mark.parametrize(
    "changes",
    [
        {"measured": [{"name": "a set", "n": 7}]},
        {"title": "Another title", "name": "renamed", "version": "2"},
        {"classes": [{"name": name, "title": "x", "description": "y"} for name in CLASSES]},
        {"threshold": {"value": 0.5, "rule": "told in other words"}},
        {"curves": [], "trained": {"steps": 3}},
    ],
)
def test_measurements_and_words_change_nothing(tmp_path, plain, changes):
    assert write(tmp_path / "other.safetensors", plain_card(**changes)) == plain


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": {"value": 0.51}},
        {"threshold": {"value": 0.5, "accusing": 0.9}},
        {"scope": {"smallest_side": 65, "flat_deviation": 2.0}},
        {"preprocess": {"kind": "native", "channels": "rgb", "window_px": 64, "magnify": 1}},
        {"calibration": {"net": 0.5, "n": 1, "set": "x"}},
        {"classes": [{"name": name, "title": "", "description": ""} for name in reversed(CLASSES)]},
    ],
)
def test_whatever_decides_an_answer_counts(tmp_path, plain, changes):
    assert write(tmp_path / "other.safetensors", plain_card(**changes)) != plain


def test_weights_count(tmp_path, plain):
    assert write(tmp_path / "other.safetensors", plain_card(), seed=4) != plain


def test_it_survives_a_rewritten_card_and_is_on_the_loaded_detector(tmp_path, plain):
    path = tmp_path / "plain.safetensors"
    rewrite_card(path, plain_card(measured=[{"name": "later"}]))
    assert answers_digest_of(read_header(path)) == plain
    assert load_detector(path).answers_digest == plain
