"""Kept checks of heat maps come back exactly, and a damaged file is as good as none."""

import dataclasses
import json
import pickle

import pytest

from core.errors import BadInput, DiskFull
from core.examine import MapMethod, MapQuestion, MapSanity, MapScore
from core.store import kept_files, map_sanity
from tests.core.store.generated import DETECTOR, sha256_of

QUESTION = MapQuestion(4, "StyleGAN")
FAILED = ("The map is empty.", "Another sentence.")


def made(question=QUESTION, failed=()):
    return MapSanity(
        question=question,
        randomised=(("class head", 0.25), ("layer 1", -0.125)),
        deletion=((0.0, 0.875), (1.0, 0.0)),
        insertion=((0.0, 0.0), (0.5, 0.25), (1.0, 0.875)),
        deletion_area=0.1,
        insertion_area=0.3,
        random_deletion_area=0.2,
        agreement=(("Layer-CAM", 0.5),),
        informative=not failed,
        failed=failed,
    )


def keep(folder, sanity=None):
    return map_sanity.write(folder, sha256_of(1), DETECTOR.digest, sanity or made())


def read(folder, question=QUESTION, number=1, digest=DETECTOR.digest):
    return map_sanity.read(folder, sha256_of(number), digest, question)


def rewritten(folder, path, change):
    """Keep something else under the same name, with a good code."""
    values = json.loads(kept_files.read(folder, path, 1 << 20))
    kept_files.write(folder, path, json.dumps(change(values)).encode())


@pytest.mark.parametrize("failed", [(), FAILED])
def test_checks_come_back_as_they_were_made(tmp_path, failed):
    path = keep(tmp_path, made(failed=failed))
    assert path.is_relative_to(tmp_path / "derived" / "map_sanity" / sha256_of(1)[:2])
    assert read(tmp_path) == made(failed=failed)


def test_every_part_of_the_key_counts(tmp_path):
    keep(tmp_path)
    assert read(tmp_path, number=2) is None
    assert read(tmp_path, digest="e" * 64) is None
    for changes in (
        {"layer": 5},
        {"target": "real"},
        {"target": None},
        {"method": MapMethod.LAYER_CAM},
        {"score": MapScore.PROBABILITY},
    ):
        assert read(tmp_path, dataclasses.replace(QUESTION, **changes)) is None


def test_checks_of_an_older_kind_are_made_again(tmp_path, monkeypatch):
    keep(tmp_path)
    monkeypatch.setattr(map_sanity, "_CHECKS", map_sanity._CHECKS + 1)
    assert read(tmp_path) is None


@pytest.mark.parametrize("target", ["../../x", "a/b\\c", "\x00", "é" * 500, ""])
def test_any_class_name_makes_a_harmless_path(tmp_path, target):
    question = MapQuestion(4, target)
    path = keep(tmp_path, made(question))
    assert path.resolve().is_relative_to(tmp_path / "derived" / "map_sanity" / sha256_of(1)[:2])
    assert read(tmp_path, question) == made(question)


DAMAGE = {
    "not a number": {"deletion_area": "0.1"},
    "a truth value": {"insertion_area": True},
    "infinite": {"random_deletion_area": float("inf")},
    "not a curve": {"deletion": [[0.0]]},
    "a curve of words": {"insertion": [["a", "b"]]},
    "a curve without end": {"insertion": [[0.0, 1.0]] * 101},
    "rows without names": {"randomised": [[1, 0.5]]},
    "no rows": {"agreement": {"Layer-CAM": 0.5}},
    "no sentences": {"failed": [1]},
    "one sentence": {"failed": "The map is empty."},
    "another key": {"key": []},
}


@pytest.mark.parametrize("changes", DAMAGE.values(), ids=DAMAGE)
def test_a_changed_file_says_nothing(tmp_path, changes):
    rewritten(tmp_path, keep(tmp_path), lambda values: {**values, **changes})
    assert read(tmp_path) is None


def test_checks_without_a_good_code_say_nothing(tmp_path, monkeypatch):
    path = keep(tmp_path, made(failed=FAILED))
    whole = path.read_bytes()
    values = {**json.loads(whole[:-32]), "failed": []}
    for forged in (json.dumps(values).encode(), json.dumps(values).encode() + whole[-32:], whole[:-32]):
        path.write_bytes(forged)
        assert read(tmp_path) is None
    path.write_bytes(whole)
    assert read(tmp_path) == made(failed=FAILED)
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "another computer"))
    assert read(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, pickle.dumps(1), b" " * (2 << 20)],
    ids=["empty", "cut off", "a list", "null", "no text", "deep", "a pickle", "large"],
)
def test_a_file_of_another_kind_says_nothing(tmp_path, content):
    path = keep(tmp_path)
    path.write_bytes(content)
    assert read(tmp_path) is None
    kept_files.write(tmp_path, path, content)
    assert read(tmp_path) is None


def test_every_truncation_is_survived(tmp_path):
    path = keep(tmp_path)
    content = path.read_bytes()
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        assert read(tmp_path) is None


def test_a_missing_file_says_nothing_and_a_missing_part_neither(tmp_path):
    assert read(tmp_path) is None
    path = keep(tmp_path)
    for name in json.loads(kept_files.read(tmp_path, path, 1 << 20)):
        path = keep(tmp_path)
        rewritten(tmp_path, path, lambda values, gone=name: {key: values[key] for key in values if key != gone})
        assert read(tmp_path) is None


def test_a_full_drive_is_a_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(DiskFull):
        keep(tmp_path)


def test_a_hash_that_is_none_is_refused(tmp_path):
    with pytest.raises(BadInput):
        map_sanity.path_of(tmp_path, "../x", DETECTOR.digest, QUESTION)
