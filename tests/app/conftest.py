import pytest

from app.jobs import Jobs
from tests.app.stand_in import StandIn


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close(5)


@pytest.fixture
def stand_in(tmp_path):
    return StandIn(tmp_path, 12)
