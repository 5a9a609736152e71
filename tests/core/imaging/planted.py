"""Things that go wrong in a worker, planted by the tests; imported by name in the worker process."""

import os
import signal
import time

from core.domain import IntakeOutcome
from core.errors import DiskFull
from core.imaging.problems import Undecodable


def crash_in_the_middle(_source, copy, _limits):
    copy.write_bytes(b"half a copy")
    os.kill(os.getpid(), signal.SIGSEGV)


def never_end(_source, copy, _limits):
    copy.write_bytes(b"half a copy")
    time.sleep(600)


def refuse(path):
    raise Undecodable(IntakeOutcome.DAMAGED, f"{path} is damaged.")


def fill_the_disk():
    raise DiskFull("There is no space left.")


def allocate(megabytes):
    return len(bytearray(megabytes << 20))


def has_module(name):
    import sys

    return name in sys.modules


def limits_of_process():
    import resource

    return resource.getrlimit(resource.RLIMIT_CORE), signal.getsignal(signal.SIGINT) is signal.SIG_IGN


class Attack:
    """Unpickling it runs a command of the attacker's choice."""

    def __init__(self, command):
        self._command = command

    def __reduce__(self):
        return os.system, (self._command,)


def attack(path):
    return Attack(f"touch {path}")
