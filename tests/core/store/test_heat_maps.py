"""Cached heat maps come back exactly, and a damaged cache is as good as none."""

import hashlib
import io
import json
import os
import pickle
import zipfile
from operator import attrgetter

import numpy as np
import pytest

from core.domain import DetectorReference
from core.errors import BadInput, DiskFull
from core.examine import HeatMap, HeatMapPatch, MapMethod, MapQuestion, MapScore
from core.store import blobs, heat_maps, kept_files
from tests.core.store.generated import DETECTOR, sha256_of


def _heat_map(target="StyleGAN", detector=DETECTOR, peak=0.5, method=MapMethod.GRAD_CAM, score=MapScore.LOGIT, layer=4):
    draw = np.random.default_rng(1)
    patches = tuple(
        HeatMapPatch((64 * number, 0, 40, 30), draw.random((30, 40), dtype=np.float32)) for number in range(3)
    )
    return HeatMap(sha256_of(1), detector, layer, target, peak, patches, (1024, 768), method, score)


def _read(folder, target="StyleGAN", digest=DETECTOR.digest, layer=4, number=1, **how):
    return heat_maps.read(folder, sha256_of(number), digest, MapQuestion(layer, target, **how))


def _is_same(found, made):
    key = attrgetter("exhibit_sha256", "detector", "layer", "target", "peak", "size", "method", "score")
    return key(found) == key(made) and all(
        one.box == other.box and one.values.dtype == np.float32 and np.array_equal(one.values, other.values)
        for one, other in zip(found.patches, made.patches, strict=True)
    )


def test_a_heat_map_comes_back_as_it_was_computed(tmp_path):
    made = _heat_map()
    path = heat_maps.write(tmp_path, made)
    assert path.is_relative_to(tmp_path / "derived")
    assert _is_same(_read(tmp_path), made)


def test_the_file_is_an_archive_that_numpy_reads(tmp_path):
    made = _heat_map()
    with np.load(heat_maps.write(tmp_path, made), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["patch1"], made.patches[1].values)


def test_a_map_without_patches_and_without_a_peak(tmp_path):
    made = HeatMap(sha256_of(1), DETECTOR, 4, "StyleGAN", 0.0, (), (1, 1))
    heat_maps.write(tmp_path, made)
    assert _is_same(_read(tmp_path), made)
    assert not _read(tmp_path).informative


def test_every_part_of_the_key_counts(tmp_path):
    heat_maps.write(tmp_path, _heat_map())
    assert _read(tmp_path, target="real") is None
    assert _read(tmp_path, layer=5) is None
    assert _read(tmp_path, digest="e" * 64) is None
    assert _read(tmp_path, number=2) is None
    assert _read(tmp_path, method=MapMethod.LAYER_CAM) is None
    assert _read(tmp_path, score=MapScore.PROBABILITY) is None


def test_maps_of_every_method_and_score_are_kept_beside_each_other(tmp_path):
    kinds = [(method, score) for method in MapMethod for score in MapScore]
    made = [_heat_map(peak=0.1 * place, method=kind[0], score=kind[1]) for place, kind in enumerate(kinds)]
    assert len({heat_maps.write(tmp_path, one) for one in made}) == 6
    for one, (method, score) in zip(made, kinds, strict=True):
        assert _is_same(_read(tmp_path, method=method, score=score), one)


def test_a_map_of_the_time_before_there_were_methods_is_grad_cam_of_the_logit(tmp_path):
    key = json.dumps([sha256_of(1), DETECTOR.digest, 4, "StyleGAN"]).encode()
    place = blobs.derived_folder(tmp_path, "heat_maps", sha256_of(1)) / sha256_of(1)
    old = place / f"{hashlib.sha256(key).hexdigest()[:32]}.npz"
    kept_files.write(tmp_path, old, _archive(head_json=_head(), patch0_npy=_npy(MATRIX)))
    found = _read(tmp_path)
    assert (found.method, found.score) == (MapMethod.GRAD_CAM, MapScore.LOGIT)
    assert heat_maps.write(tmp_path, _heat_map()) == old


@pytest.mark.parametrize("target", ["../../x", "a/b\\c", "\x00", "é" * 500, ""])
def test_any_class_name_makes_a_harmless_path(tmp_path, target):
    made = _heat_map(target, DetectorReference("n", "v", "../../" + target))
    path = heat_maps.write(tmp_path, made)
    assert path.resolve().is_relative_to(tmp_path / "derived" / "heat_maps" / sha256_of(1)[:2])
    assert _is_same(_read(tmp_path, target, made.detector.digest), made)


def _archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def _head(**changes):
    head = {
        "exhibit": sha256_of(1),
        "detector": ["field", "1.0", DETECTOR.digest],
        "layer": 4,
        "target": "StyleGAN",
        "peak": 1.0,
        "size": [9, 9],
        "patches": [{"box": [0, 0, 2, 2], "shape": [2, 2]}],
    }
    return json.dumps(head | changes)


def _npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


MATRIX = np.ones((2, 2), np.float32)
DAMAGED = {
    "empty": b"",
    "two bytes": b"PK",
    "random": b"random bytes" * 100,
    "a pickle": pickle.dumps([1]),
    "no head": _archive(patch0_npy=_npy(MATRIX)),
    "no patch": _archive(head_json=_head()),
    "not JSON": _archive(head_json=b"{", patch0_npy=_npy(MATRIX)),
    "JSON of another kind": _archive(head_json=b"[]", patch0_npy=_npy(MATRIX)),
    "another dtype": _archive(head_json=_head(), patch0_npy=_npy(MATRIX.astype(np.float64))),
    "pickled array": _archive(head_json=_head(), patch0_npy=_npy(np.array([{}, {}], dtype=object))),
    "too short": _archive(head_json=_head(), patch0_npy=_npy(MATRIX)[:-4]),
    "too long": _archive(head_json=_head(), patch0_npy=_npy(MATRIX) + bytes(4)),
    "a huge shape": _archive(
        head_json=_head(patches=[{"box": [0, 0, 2, 2], "shape": [1 << 40, 1 << 40]}]), patch0_npy=b""
    ),
    "a box of three": _archive(head_json=_head(patches=[{"box": [0, 0, 2], "shape": [2, 2]}]), patch0_npy=_npy(MATRIX)),
    "an unknown method": _archive(head_json=_head(method="Guess-CAM"), patch0_npy=_npy(MATRIX)),
    "a method that is a list": _archive(head_json=_head(method=[]), patch0_npy=_npy(MATRIX)),
    "a score that is a number": _archive(head_json=_head(score=1), patch0_npy=_npy(MATRIX)),
    "another key": _archive(head_json=_head(patches=[{"evil": 1}]), patch0_npy=_npy(MATRIX)),
    "bomb": _archive(head_json=bytes(40 << 20)),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_no_heat_map(tmp_path, monkeypatch, content):
    monkeypatch.setattr(heat_maps, "_LARGEST_BYTES", 30 << 20)
    path = heat_maps.write(tmp_path, _heat_map())
    path.write_bytes(content)
    assert _read(tmp_path) is None
    kept_files.write(tmp_path, path, content)
    assert _read(tmp_path) is None


def test_every_truncation_and_many_a_flipped_byte_is_survived(tmp_path):
    made = _heat_map()
    path = heat_maps.write(tmp_path, made)
    content = path.read_bytes()
    for end in range(0, len(content), len(content) // 40):
        path.write_bytes(content[:end])
        assert _read(tmp_path) is None
    for place in range(0, len(content), len(content) // 150):
        flipped = bytearray(content)
        flipped[place] ^= 0x55
        path.write_bytes(flipped)
        found = _read(tmp_path)
        assert found is None, "not even a byte that ZIP ignores"


def test_values_that_are_not_finite_numbers_are_refused(tmp_path):
    values = np.full((2, 2), np.nan, dtype=np.float32)
    heat_maps.write(
        tmp_path, HeatMap(sha256_of(1), DETECTOR, 4, "StyleGAN", 1.0, (HeatMapPatch((0, 0, 2, 2), values),), (2, 2))
    )
    assert _read(tmp_path) is None


def test_a_file_under_the_name_of_another_is_refused(tmp_path):
    path = heat_maps.write(tmp_path, _heat_map("real"))
    wanted = heat_maps.path_of(tmp_path, sha256_of(1), DETECTOR.digest, MapQuestion(4, "StyleGAN"))
    kept_files.write(tmp_path, wanted, kept_files.read(tmp_path, path, 1 << 20))
    assert _read(tmp_path) is None


def test_a_map_is_believed_only_with_the_code_of_this_installation_over_its_bytes_and_its_name(tmp_path, monkeypatch):
    made = _heat_map()
    path = heat_maps.write(tmp_path, made)
    whole = path.read_bytes()
    forged = heat_maps.write(tmp_path, _heat_map(peak=9.0)).read_bytes()
    path.write_bytes(forged[:-32] + whole[-32:])
    assert _read(tmp_path) is None
    path.write_bytes(forged[:-32])
    assert _read(tmp_path) is None
    other = heat_maps.write(tmp_path, _heat_map("real"))
    other.replace(path)
    assert _read(tmp_path) is None
    path.write_bytes(whole)
    assert _is_same(_read(tmp_path), made)
    with monkeypatch.context() as patch:
        patch.setenv("DNADET_HOME", str(tmp_path / "another computer"))
        assert _read(tmp_path) is None
        heat_maps.write(tmp_path, made)
        assert _is_same(_read(tmp_path), made)
    assert _read(tmp_path) is None, "another computer's"


def test_where_no_key_can_be_kept_a_map_is_believed_by_the_program_that_wrote_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "file" / "below"))
    (tmp_path / "file").write_text("no folder")
    heat_maps.write(tmp_path, _heat_map())
    assert _is_same(_read(tmp_path), _heat_map())
    monkeypatch.setattr("core.installation._PASSING_KEY", bytes(32))
    assert _read(tmp_path) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_or_a_link_in_place_of_a_map_is_no_map(tmp_path):
    path = heat_maps.write(tmp_path, _heat_map())
    path.rename(tmp_path / "away")
    path.symlink_to(tmp_path / "away")
    assert _read(tmp_path) is None
    path.unlink()
    os.mkfifo(path)
    assert _read(tmp_path) is None


def test_a_full_drive_is_a_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(DiskFull):
        heat_maps.write(tmp_path, _heat_map())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_hash_that_is_none_is_refused(tmp_path):
    with pytest.raises(BadInput):
        heat_maps.path_of(tmp_path, "../x", DETECTOR.digest, MapQuestion(4, "real"))
    assert blobs.DERIVED == "derived"
