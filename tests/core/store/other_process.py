"""A second program that works on a case, started as a process of its own and told what to do through a pipe."""

import dataclasses
import multiprocessing
import os
import time
from contextlib import closing, contextmanager
from pathlib import Path

from core.domain import CaseDetails
from core.errors import CoreError
from core.store import cases, opening

_PATIENCE_S = 60


class Other:
    """The near end of the pipe; `ask` answers what the other program answered, an error as its class name and text."""

    def __init__(self, pipe, process):
        self._pipe, self.process = pipe, process

    def send(self, act, *arguments):
        self._pipe.send((act, *arguments))

    def answer(self):
        assert self._pipe.poll(_PATIENCE_S), "The other program says nothing."
        return self._pipe.recv()

    def ask(self, act, *arguments):
        self.send(act, *arguments)
        return self.answer()

    def kill(self):
        self.process.kill()
        self.process.join()


@contextmanager
def other_program():
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(far,), daemon=True)
    process.start()
    far.close()
    try:
        yield Other(near, process)
    finally:
        process.kill()
        process.join()
        process.close()
        near.close()


def _serve(pipe):
    open_cases = {}
    while True:
        act, *arguments = pipe.recv()
        try:
            pipe.send(_ACTS[act](open_cases, *arguments))
        except CoreError as error:
            pipe.send((type(error).__name__, str(error)))


def _open(open_cases, folder, actor="B. Other", read_only=False):
    open_cases[folder] = opening.open_case(Path(folder), read_only=read_only, actor=actor)
    return "open"


def _close(open_cases, folder):
    open_cases.pop(folder).close()
    return "closed"


def _title(open_cases, folder):
    return open_cases[folder].case.details.title


def _state(open_cases, folder, number):
    """State title and number alike: a reader that sees them differ has seen half a transaction."""
    with open_cases[folder].writing() as transaction:
        cases.update(transaction, CaseDetails(str(number), str(number)))
    return "written"


def _churn(open_cases, folder, seconds):
    """Open, write and close again and again."""
    rounds, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        rounds += 1
        with closing(opening.open_case(Path(folder), actor="B. Other")) as database:
            for number in range(20):
                with database.writing() as transaction:
                    details = CaseDetails(f"{rounds}.{number}", f"{rounds}.{number}")
                    cases.update(transaction, dataclasses.replace(details, notes="x" * 5000))
    return rounds


def _become_nobody(_, folder):
    """Give up every right; there is no way back."""
    with closing(opening.open_case(Path(folder), read_only=True, actor="Root")) as database:
        assert database.case  # loads every module that nobody may not read
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    return "nobody"


_ACTS = {
    "open": _open,
    "close": _close,
    "title": _title,
    "state": _state,
    "churn": _churn,
    "become nobody": _become_nobody,
}
