import pytest

from app.jobs import Jobs
from app.wizards.retraining import RetrainingWizard
from tests.app.stand_in_retraining import RetrainingStandIn


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close(5)


@pytest.fixture
def door(tmp_path):
    """A workspace whose parent carries what it rehearses from."""
    made = RetrainingStandIn(tmp_path, 12)
    made.detectors.rehearse()
    return made


@pytest.fixture
def idle(jobs, qtbot):
    return lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))


@pytest.fixture
def open_wizard(door, jobs, qtbot, idle):
    """Opens a wizard; at the end each is closed before its jobs are."""
    opened = []

    def open_(draft_id=None):
        made = RetrainingWizard(door, jobs, draft_id=draft_id)
        qtbot.addWidget(made)
        opened.append(made)
        made.resize(1120, 740)
        made.show()
        made.settle = lambda: (qtbot.wait(5), idle())
        made.settle()
        return made

    yield open_
    for each in opened:
        each.reject()
    idle()


@pytest.fixture
def wizard(open_wizard):
    return open_wizard()


@pytest.fixture
def on_images(wizard):
    """A wizard that has been led to its second page."""
    wizard.next()
    wizard.settle()
    return wizard


@pytest.fixture
def folder(tmp_path):
    """Makes an empty folder; the stand-in invents its images."""

    def make(name):
        place = tmp_path / "pictures" / name
        place.mkdir(parents=True, exist_ok=True)
        return place

    return make


@pytest.fixture
def on_checks(on_images, folder):
    """A wizard with sixty images of one new class, checked."""
    on_images.page_of("images").add_paths((folder("newgan"),))
    on_images.settle()
    on_images.settle()
    on_images.next()
    on_images.settle()
    return on_images
