"""What tests of drafts share: the service itself, and a second program that works on the same drafts."""

import multiprocessing
from contextlib import contextmanager

from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.processes import Processes
from core.services.retraining import Retraining
from core.settings import Settings

_PATIENCE_S = 60


def service(name="A. Moreau"):
    """The service as the workspace makes it, with somebody at work."""
    from core import paths

    settings = Settings(paths.settings_file())
    settings.set("examiner", name)
    return Retraining(Cases(settings), Detectors(settings, Processes(settings)), settings)


class Other:
    """The near end of the pipe to the second program."""

    def __init__(self, pipe, process):
        self._pipe, self.process = pipe, process

    def ask(self, act, *arguments):
        """What the other program's service answered, an error as its class name and text."""
        self._pipe.send((act, *arguments))
        assert self._pipe.poll(_PATIENCE_S), "The other program says nothing."
        return self._pipe.recv()

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
    from core.errors import CoreError

    drafts = service("B. Other")
    while True:
        act, *arguments = pipe.recv()
        try:
            pipe.send(getattr(drafts, act)(*arguments))
        except CoreError as error:
            pipe.send((type(error).__name__, str(error)))
