import pytest
import torch

from core.dna.history import History
from core.errors import CoreError


def losses(*values):
    return torch.tensor(values)


def test_rows_are_kept_written_and_read_back_up_to_a_step(tmp_path):
    history = History(tmp_path / "curves.csv")
    for step in (1, 2, 3):
        history.add(step, losses(9.0, step / 4, step / 8))
        if step == 2:
            history.note({"recall": 0.5})
    history.write()
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    assert lines == ["step,classification,contrast,recall", "1,0.25,0.125,", "2,0.5,0.25,0.5", "3,0.75,0.375,"]
    again = History(tmp_path / "curves.csv")
    again.read(2)
    assert again.rows == history.rows[:2]
    again.write()
    assert (tmp_path / "curves.csv").read_text().splitlines() == lines[:3]


def test_a_run_without_curves_goes_on(tmp_path):
    history = History(tmp_path / "curves.csv")
    history.read(5)
    history.add(6, losses(1.0, 0.5, 0.0))
    history.write()
    assert [row["step"] for row in history.rows] == [6]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ((1.0, float("nan"), 0.5), "classification loss became nan"),
        ((1.0, 0.5, float("inf")), "contrast loss became inf"),
        ((float("inf"), 0.5, 0.5), "weighted loss became inf"),
    ],
)
def test_a_loss_that_is_not_finite_is_named_with_its_step(tmp_path, values, name):
    history = History(tmp_path / "curves.csv")
    history.add(7, losses(1.0, 0.5, 0.5))
    history.add(8, losses(*values))
    with pytest.raises(CoreError, match=f"{name} at step 8"):
        history.write()
    assert not (tmp_path / "curves.csv").exists()
    assert [row["step"] for row in history.rows] == [7]
