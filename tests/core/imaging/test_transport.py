import multiprocessing
import os
import pickle
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.domain import ImageFacts, IntakeOutcome, RgbImage
from core.errors import DiskFull
from core.imaging import transport
from core.imaging.decode import StoredPixels
from core.imaging.digest import Digest
from core.imaging.intake_worker import Examined
from core.imaging.problems import Undecodable
from core.imaging.sources import Source


@pytest.fixture
def through():
    """What arrives in the program when a worker sends a message."""
    here, there = multiprocessing.Pipe()

    def sent(message):
        sending = threading.Thread(target=transport.send, args=(there, message))
        sending.start()
        try:
            return transport.receive_from_worker(here)
        finally:
            sending.join()

    yield sent
    here.close()
    there.close()


def test_records_arrive_as_they_left(through):
    facts = ImageFacts("PNG", "RGB 8 bit", 1, 2, metadata=(("a", "b"),))
    digest = Digest("00", "11", 2)
    examined = Examined(Source("a", "b"), IntakeOutcome.TAKEN, "", digest, Path("/x/y"), facts, b"jpeg")
    assert through(("value", examined)) == ("value", examined)
    assert through([datetime.now(UTC).tzinfo, {1, 2}, frozenset({3}), bytearray(b"x"), None, 1.5])[1] == {1, 2}


@pytest.mark.parametrize("size", [(1, 1), (700, 500), (3000, 2000)])
def test_pixels_arrive_whole_and_writable(size, through):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    found = through(StoredPixels(pixels, ("remark",)))
    assert np.array_equal(found.pixels, pixels)
    assert found.pixels.flags.writeable
    assert found.remarks == ("remark",)
    assert np.array_equal(through(RgbImage(pixels[::2, ::2], 0.5)).pixels, pixels[::2, ::2])


def test_errors_arrive_with_their_sentences(through):
    problem = through(Undecodable(IntakeOutcome.TRUNCATED, "It is cut off."))
    assert (problem.outcome, str(problem)) == (IntakeOutcome.TRUNCATED, "It is cut off.")
    assert str(through(DiskFull("Full."))) == "Full."


class _Attack:
    def __init__(self, function, *arguments):
        self._call = function, arguments

    def __reduce__(self):
        return self._call


@pytest.mark.parametrize(
    "attack",
    [
        _Attack(os.system, "true"),
        _Attack(eval, "1"),
        _Attack(getattr, "x", "upper"),
        _Attack(open, "/dev/null"),
        os.system,
        pickle.loads,
        np.load,
    ],
)
def test_nothing_that_acts_is_let_in(attack, through):
    with pytest.raises(pickle.UnpicklingError, match="not allowed"):
        through(attack)


@pytest.mark.parametrize("name", ["os.system", "Path.unlink", "annotations", "opened_image", "Path", "load_stored"])
def test_our_modules_are_no_way_around(name):
    body = b"\x80\x04" + b"\x8c\x14core.imaging.opening" + b"\x8c" + bytes([len(name)]) + name.encode() + b"\x93."
    here, there = multiprocessing.Pipe()
    with here, there:
        there.send_bytes(bytes(4) + body)
        with pytest.raises(pickle.UnpicklingError):
            transport.receive_from_worker(here)


def test_absurd_sizes_are_refused():
    here, there = multiprocessing.Pipe()
    with here, there:
        there.send_bytes((1).to_bytes(4, "big") + (1 << 60).to_bytes(8, "big") + pickle.dumps(None))
        with pytest.raises(pickle.UnpicklingError, match="more pixels"):
            transport.receive_from_worker(here)


def test_a_sender_that_dies_half_way():
    here, there = multiprocessing.Pipe()
    with here:
        there.send_bytes((1).to_bytes(4, "big") + (1000).to_bytes(8, "big") + pickle.dumps(None))
        there.close()
        with pytest.raises((EOFError, OSError)):
            transport.receive_from_worker(here)
