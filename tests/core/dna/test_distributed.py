"""Two processes on one machine, started by torchrun itself, against one process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.dna.distributed import Rank, current, gathered, group
from core.dna.losses import supervised_contrastive
from core.errors import BadInput
from tests.core.dna.two_processes import computed

HERE = Path(__file__).resolve()
ROOT = HERE.parents[3]
SCRIPT = HERE.with_name("two_processes.py")


def torchrun(out):
    """Run the script in two processes; returns what each left behind."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", SCRIPT, out]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [load_file(out / f"rank{index}.safetensors") for index in range(2)]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return torchrun(tmp_path_factory.mktemp("torchrun"))


@pytest.fixture(scope="module")
def single():
    """The same computations in this process alone."""
    return computed(Rank())


def part(results, prefix):
    return {name: tensor for name, tensor in results.items() if name.startswith(prefix)}


def test_loss_and_gradients_of_two_processes_are_those_of_one(both, single):
    for results in both:
        for name, tensor in part(single, "fixed.").items():
            assert torch.allclose(results[name], tensor, rtol=1e-9, atol=1e-12), name
    assert single["fixed.losses"][2] > 0.1


def test_each_process_learns_from_its_own_images(both):
    assert both[0]["seen.slots"].tolist() == [0, 2, 4]
    assert both[1]["seen.slots"].tolist() == [1, 3]


def test_both_processes_end_with_the_same_weights(both):
    first, second = (part(results, "trained.") for results in both)
    assert len(first) > 20
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def test_only_the_first_process_validates_and_writes(both):
    assert [int(results["seen.examined"]) for results in both] == [1, 0]


def test_both_processes_stop_when_one_is_cancelled(both):
    # The second was cancelled at its second step, the first not at all.
    assert [int(results["seen.stopped_at"]) for results in both] == [2, 2]


def test_a_process_alone_needs_no_group(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with group() as rank:
        assert rank == Rank() == current()
        assert rank.first
        assert rank.slots(5) == range(5)
        assert rank.any(True, torch.device("cpu"))
    z = torch.randn(4, 3)
    assert gathered(z, [4], rank) is z


def test_more_processes_than_images_are_refused():
    with pytest.raises(BadInput, match="cannot be shared by 8"):
        Rank(0, 8).slots(5)


def test_contrast_between_processes_matters(single):
    # Were each process to contrast only its own crops, the loss would be another.
    z, labels = single["fixed.projected"], single["fixed.labels"]
    mine = torch.arange(len(z)) // 2 % 2 == 0
    assert supervised_contrastive(z[mine], labels[mine]).item() != pytest.approx(
        float(single["fixed.losses"][2]), rel=0.01
    )
