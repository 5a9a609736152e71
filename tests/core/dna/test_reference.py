"""Reference images: chosen evenly, kept in the detector's file, and how far a feature is from them."""

import dataclasses

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.dna.card import read_header, verify_shapes
from core.dna.detector import load_detector, rewrite_card, write_detector
from core.dna.reference import MOST_PER_CLASS, Reference, gathered, read_reference
from core.errors import DetectorRefused
from tests.conftest import CLASSES, plain_card


def three(scale=1.0):
    """One reference image of "real" along the first axis, two of "bilinear" along the second and third."""
    return Reference(np.eye(3, 512, dtype=np.float32) * scale, np.array([0, 2, 2]))


def test_the_nearest_image_of_each_class_counts_and_lengths_do_not():
    features = np.zeros((2, 512), np.float32)
    features[0, :2] = 30, 40
    features[1, 2] = -7
    near, far = three().nearest(features, CLASSES)
    assert [name for name, _ in near] == ["bilinear", "real"]
    assert [distance for _, distance in near] == pytest.approx([0.2, 0.4])
    assert dict(far) == pytest.approx({"bilinear": 1.0, "real": 1.0})  # the other bilinear image is at 2


def test_a_class_without_reference_images_is_not_named_and_a_zero_feature_is_survived():
    (row,) = three().nearest(np.zeros((1, 512)), CLASSES)
    assert [name for name, _ in row] == ["real", "bilinear"]
    assert all(np.isfinite(distance) for _, distance in row)


def test_images_are_gathered_evenly_over_the_sources_of_each_class():
    rng = np.random.default_rng(1)
    sources = ["a"] * 100 + ["b"] * 5 + ["c"] * 30 + ["d"] * 7
    labels = np.array([0] * 135 + [2] * 7)
    features = rng.normal(size=(142, 512))
    made = gathered(features, labels, sources)
    assert [int((made.labels == label).sum()) for label in range(3)] == [MOST_PER_CLASS, 0, 7]
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    rows = [int(np.argmax(units @ one)) for one in made.features]
    taken = [sources[row] for row in rows]
    assert [taken.count(name) for name in "abcd"] == [18, 5, 17, 7]
    assert len(set(rows)) == 47
    assert min(rows) == 0
    assert 99 in rows  # spread from the first image of a source to its last
    assert np.allclose(np.linalg.norm(made.features, axis=1), 1, atol=1e-3)


def written(path, net, **parts):
    write_detector(path, net, plain_card(), reference_images=Reference(three().features, three().labels), **parts)
    return path


def test_they_come_back_from_the_file_with_and_without_torch(tmp_path, tiny_detector):
    path = written(tmp_path / "made.safetensors", load_detector(tiny_detector).net)
    assert load_file(path)["reference.features"].dtype == torch.float16
    for found in (load_detector(path).reference_images, read_reference(path)):
        assert found.features.dtype == np.float32
        assert np.array_equal(found.features, three().features)
        assert np.array_equal(found.labels, three().labels)
    rewrite_card(path, {**read_header(path).card, "title": "Another"})
    assert np.array_equal(load_detector(path).reference_images.labels, three().labels)


def test_an_older_file_has_none(tiny_detector):
    detector = load_detector(tiny_detector)
    assert detector.reference_images is None
    assert detector.agreement is None


@pytest.mark.parametrize(
    "damaged",
    [
        {"labels": np.array([0, 1])},
        {"labels": np.array([0, 1, 3])},
        {"labels": np.array([0, -1, 1])},
        {"features": np.ones((3, 511), np.float32)},
        {"features": np.full((3, 512), np.nan, np.float32)},
        {"features": np.ones((0, 512), np.float32), "labels": np.zeros(0, np.int64)},
    ],
    ids=["too few labels", "no such class", "a negative class", "short features", "not a number", "nothing"],
)
def test_damaged_ones_are_refused(tmp_path, tiny_detector, damaged):
    path = tmp_path / "damaged.safetensors"
    reference = dataclasses.replace(three(), **damaged)
    write_detector(path, load_detector(tiny_detector).net, plain_card(), reference_images=reference)
    with pytest.raises(DetectorRefused, match="reference images"):
        load_detector(path)


def test_only_they_may_be_of_half_precision(tmp_path, tiny_detector):
    net = load_detector(tiny_detector).net
    path = tmp_path / "half.safetensors"
    write_detector(path, net.half(), plain_card())
    with pytest.raises(DetectorRefused, match="unexpected kind"):
        verify_shapes(path, read_header(path))
