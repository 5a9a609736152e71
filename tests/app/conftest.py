from pathlib import Path

import pytest

from app.jobs import Jobs
from app.main_window import MainWindow
from tests.app.stand_in import StandIn
from tests.app.window_stand_in import ROWS, waits


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close(5)


@pytest.fixture
def stand_in(tmp_path):
    return StandIn(tmp_path, 12)


@pytest.fixture
def window(stand_in, jobs, qtbot):
    made = MainWindow(stand_in, jobs, ROWS)
    qtbot.addWidget(made, before_close_func=lambda window: setattr(window, "_forced", True))
    made.resize(1280, 800)
    made.show()
    made.build_pages()
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True) and not waits(made))
    made.open = lambda **how: (made.desk.open(Path("/cases/Portraits.dnacase"), **how), made.idle())
    made.do = lambda action_id: (made.qactions[action_id].trigger(), made.idle())
    made.idle()
    return made
