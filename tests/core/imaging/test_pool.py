import multiprocessing
import operator
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import wait
from pathlib import Path

import numpy as np
import pytest

from core.domain import IntakeOutcome
from core.errors import Cancelled, DiskFull
from core.imaging import examination, reader
from core.imaging.archive import list_members
from core.imaging.examination import submit_examination
from core.imaging.pool import WorkerPool, decode_for_analysis
from core.imaging.problems import Undecodable
from core.imaging.reader import ReaderUnavailable
from core.imaging.sources import Source
from tests.core.imaging import planted

ROOT = Path(__file__).resolve().parents[3]
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs signals")


@pytest.fixture(scope="module")
def pool():
    with WorkerPool(2, memory_limit_mb=512, time_limit_s=20) as pool:
        yield pool


@pytest.fixture
def hasty():
    with WorkerPool(1, memory_limit_mb=512, time_limit_s=1.0) as pool:
        yield pool


def _problem(future):
    with pytest.raises(Undecodable) as caught:
        future.result(30)
    return caught.value


def _ends_soon(pid, seconds=10):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # dead; its new parent may be slow to notice
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_values_and_their_order(pool):
    futures = [pool.submit(operator.mul, number, 2) for number in range(50)]
    assert [future.result(30) for future in futures] == list(range(0, 100, 2))


def test_work_happens_elsewhere_and_without_ballast(pool):
    assert pool.submit(os.getpid).result(30) != os.getpid()
    for name in ("torch", "PySide6", "cv2", "scipy", "sqlalchemy", "pytest"):
        assert pool.submit(planted.has_module, name).result(30) is False


def test_pixels_cross_the_border(pool, photo, encode, stored, pixels):
    found = pool.submit(decode_for_analysis, stored(encode(photo(), "PNG")), 10_000).result(30)
    assert np.array_equal(found.pixels, pixels(64, 48))
    assert _problem(pool.submit(decode_for_analysis, stored(b"words"), 10_000)).outcome is IntakeOutcome.NOT_AN_IMAGE


def test_our_errors_come_back_as_they_are(pool):
    assert str(_problem(pool.submit(planted.refuse, "a.jpg"))) == "a.jpg is damaged."
    with pytest.raises(DiskFull):
        pool.submit(planted.fill_the_disk).result(30)


@posix_only
@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (os._exit, (0,), "ended with code 0"),
        (os._exit, (7,), "ended with code 7"),
        (os.abort, (), "SIGABRT"),
        (signal.raise_signal, (signal.SIGSEGV,), "SIGSEGV"),
        (signal.raise_signal, (signal.SIGKILL,), "SIGKILL"),
        (operator.truediv, (1, 0), "ZeroDivisionError"),
        (sys.exit, (3,), "SystemExit"),
    ],
)
def test_a_planted_crash_is_an_outcome_and_the_pool_goes_on(function, arguments, words, pool):
    problem = _problem(pool.submit(function, *arguments))
    assert problem.outcome is IntakeOutcome.DECODER_CRASHED
    assert words in str(problem)
    assert pool.submit(operator.add, 1, 2).result(30) == 3


def test_the_sentence_names_the_file(pool):
    source = Source("/evidence/a.zip", "b.jpg")
    assert str(_problem(pool.submit(operator.truediv, source, 0))).startswith("/evidence/a.zip!b.jpg made the program")


@posix_only
def test_a_worker_killed_while_idle_costs_nothing(pool):
    for _ in range(2):
        pid = pool.submit(os.getpid).result(30)
        os.kill(pid, signal.SIGKILL)
        assert _ends_soon(pid)
        assert pool.submit(operator.add, 1, 2).result(30) == 3


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(time.sleep, (600,)), (re.fullmatch, ("(a+)+b", "a" * 60))],  # the second never lets go of the interpreter
    ids=["sleeping", "spinning"],
)
def test_what_never_ends_is_given_up(function, arguments, hasty):
    hasty.submit(os.getpid).result(30)
    began = time.monotonic()
    problem = _problem(hasty.submit(function, *arguments))
    assert problem.outcome is IntakeOutcome.TIMED_OUT
    assert 0.9 < time.monotonic() - began < 6
    assert hasty.submit(operator.add, 1, 2).result(30) == 3


def test_one_stuck_worker_holds_nobody_up():
    with WorkerPool(2, time_limit_s=60) as pool:
        wait([pool.submit(time.sleep, 0.1) for _ in range(2)])
        stuck = pool.submit(time.sleep, 600)
        assert [pool.submit(operator.neg, number).result(10) for number in range(20)] == [-n for n in range(20)]
        assert not stuck.done()
        pool.kill()
        with pytest.raises(Cancelled):
            stuck.result(1)


@pytest.mark.skipif(sys.platform != "linux", reason="the memory limit holds on Linux")
def test_memory_is_limited_and_running_out_of_it_is_an_outcome(pool):
    assert pool.submit(planted.allocate, 300).result(30) == 300 << 20
    pid = pool.submit(os.getpid).result(30)
    problem = _problem(pool.submit(planted.allocate, 900))
    assert problem.outcome is IntakeOutcome.TOO_LARGE
    assert "512 MB" in str(problem)
    assert pool.submit(planted.allocate, 300).result(30) == 300 << 20
    assert not _gone(pid)


def _gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@posix_only
def test_a_worker_ignores_ctrl_c_and_leaves_no_core_dump(pool):
    pid = pool.submit(os.getpid).result(30)
    os.kill(pid, signal.SIGINT)
    assert pool.submit(planted.limits_of_process).result(30) == ((0, 0), True)
    assert not _gone(pid)


@posix_only
def test_a_worker_that_was_taken_over_gets_nothing_done(pool, tmp_path):
    problem = _problem(pool.submit(planted.attack, str(tmp_path / "owned")))
    assert problem.outcome is IntakeOutcome.DECODER_CRASHED
    assert "not allowed" in str(problem)
    assert not (tmp_path / "owned").exists()
    assert pool.submit(operator.add, 1, 2).result(30) == 3


def test_faults_of_the_caller_are_raised(pool):
    with pytest.raises((AttributeError, TypeError, ValueError), match=r"pickle|lambda"):
        pool.submit(lambda: 1).result(30)
    assert pool.submit(operator.add, 1, 2).result(30) == 3


def test_waiting_jobs_can_be_cancelled(hasty):
    hasty.submit(os.getpid).result(30)
    running, waiting = hasty.submit(time.sleep, 0.5), hasty.submit(time.sleep, 600)
    assert waiting.cancel()
    running.result(10)
    assert hasty.submit(operator.add, 1, 2).result(30) == 3


@posix_only
def test_close_finishes_the_work_and_leaves_nothing_behind():
    before = set(multiprocessing.active_children())
    pool = WorkerPool(2)
    pids = {future.result(30) for future in [pool.submit(os.getpid) for _ in range(20)]}
    late = [pool.submit(time.sleep, 0.1), pool.submit(operator.add, 1, 2)]
    pool.close()
    assert late[1].result(0) == 3
    assert all(_gone(pid) for pid in pids)
    assert set(multiprocessing.active_children()) <= before
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(os.getpid)
    pool.close()
    pool.kill()


@posix_only
def test_kill_ends_everything_at_once():
    pool = WorkerPool(1)
    pid = pool.submit(os.getpid).result(30)
    running, waiting = pool.submit(time.sleep, 600), pool.submit(time.sleep, 600)
    time.sleep(0.1)
    began = time.monotonic()
    pool.kill()
    assert time.monotonic() - began < 5
    with pytest.raises(Cancelled):
        running.result(0)
    assert waiting.cancelled()
    assert _gone(pid)


def test_a_failure_inside_the_block_kills_the_pool():
    futures = []

    def fail():
        with WorkerPool(1) as pool:
            futures.append(pool.submit(time.sleep, 600))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert futures[0].done()


def test_processes_that_cannot_start_are_a_sentence(monkeypatch):
    def fail(*_):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(reader, "WorkerProcess", fail)
    with WorkerPool(1) as pool, pytest.raises(ReaderUnavailable, match="cannot be started"):
        pool.submit(os.getpid).result(30)


@pytest.mark.parametrize("count", [1, 4])
def test_processes_are_started_when_they_are_needed(count, monkeypatch):
    started = []
    real = reader.WorkerProcess
    monkeypatch.setattr(reader, "WorkerProcess", lambda *a: (started.append(1), real(*a))[1])
    with WorkerPool(count) as pool:
        for _ in range(5):
            pool.submit(os.getpid).result(30)
            time.sleep(0.01)
    assert len(started) == 1


def test_a_process_is_replaced_after_many_jobs(monkeypatch):
    monkeypatch.setattr(reader, "_JOBS_PER_PROCESS", 3)
    with WorkerPool(1) as pool:
        pids = [pool.submit(os.getpid).result(30) for _ in range(6)]
    assert len(set(pids)) == 2


@pytest.mark.parametrize("workers", [0, 3])
def test_number_of_workers(workers):
    with WorkerPool(workers) as pool:
        assert pool.workers == workers or (workers == 0 and 1 <= pool.workers <= 16)


_SCRIPT = """
import os, sys, time
from core.imaging.pool import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(1)
    print(pool.submit(os.getpid).result(30), flush=True)
    pool.submit(time.sleep, 600)
    time.sleep(0.2)
    {end}
"""


@pytest.fixture
def program(tmp_path):
    """A program of its own with a pool and a busy worker; gives the process and the worker's id."""
    running = []

    def start(end):
        script = tmp_path / "program.py"
        script.write_text(_SCRIPT.format(end=end))
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
        )
        running.append(process)
        return process, int(process.stdout.readline())

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_die_when_the_program_is_killed(program):
    process, worker = program("time.sleep(600)")
    process.kill()
    process.wait()
    assert _ends_soon(worker, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_program_that_forgets_to_close_still_ends(program):
    process, worker = program("pass")
    assert process.wait(15) == 0
    assert _ends_soon(worker, 3)


_WATCHED = """
import multiprocessing, os, time
from core.imaging.worker_entry import _exit_after_parent

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=_exit_after_parent)
    child.start()
    time.sleep(0.5)
    print(child.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_way_without_the_kernels_help_works_too(program, monkeypatch):
    monkeypatch.setitem(globals(), "_SCRIPT", _WATCHED)
    process, worker = program("")
    assert Path(f"/proc/{worker}").exists()
    process.kill()
    process.wait()
    assert _ends_soon(worker)


def test_intake_in_the_pool(pool, photo, encode, stored, tmp_path, limits):
    (tmp_path / "incoming").mkdir()
    good = Source(str(stored(encode(photo(), "PNG"), "a.png")))
    bad = Source(str(stored(b"words", "b.png")))
    taken = submit_examination(pool, good, tmp_path / "incoming/1", limits).result(30)
    refused = submit_examination(pool, bad, tmp_path / "incoming/2", limits).result(30)
    assert taken.outcome is IntakeOutcome.TAKEN
    assert refused.outcome is IntakeOutcome.NOT_AN_IMAGE
    assert list((tmp_path / "incoming").iterdir()) == [taken.copy]


def test_archives_are_listed_in_the_pool(pool, tmp_path, limits, outcome_of):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.png", b"x")
        archive.writestr("../b.png", b"x")
    members = pool.submit(list_members, tmp_path / "a.zip", limits).result(30)
    assert [member.outcome for member in members] == [IntakeOutcome.PENDING, IntakeOutcome.UNSAFE_ARCHIVE]


@posix_only
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(planted.crash_in_the_middle, IntakeOutcome.DECODER_CRASHED), (planted.never_end, IntakeOutcome.TIMED_OUT)],
)
def test_a_file_that_kills_its_decoder_is_still_hashed(fault, outcome, hasty, stored, tmp_path, limits, monkeypatch):
    (tmp_path / "incoming").mkdir()
    source = Source(str(stored(b"poison", "a.png")))
    monkeypatch.setattr(examination, "examine", fault)
    found = submit_examination(hasty, source, tmp_path / "incoming/1", limits).result(30)
    assert found.outcome is outcome
    assert "a.png" in found.reason
    assert found.digest.size_bytes == 6
    assert found.copy is None
    assert list((tmp_path / "incoming").iterdir()) == []


@posix_only
def test_a_poisonous_file_that_vanished_meanwhile(hasty, tmp_path, limits, monkeypatch):
    (tmp_path / "incoming").mkdir()
    monkeypatch.setattr(examination, "examine", planted.crash_in_the_middle)
    found = submit_examination(hasty, Source(str(tmp_path / "gone")), tmp_path / "incoming/1", limits).result(30)
    assert (found.outcome, found.digest) == (IntakeOutcome.DECODER_CRASHED, None)
