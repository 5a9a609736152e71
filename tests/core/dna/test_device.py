import platform
import subprocess
import sys

import pytest
import torch

from core.dna.device import choose_device, training_precision
from core.errors import DeviceUnavailable

CPU = torch.device("cpu")
RESIDENT = """
import torch
from core.dna.device import freed_memory_kept

def resident_after_free():
    block = torch.ones(64 * 2**20 // 4)
    del block
    return int(open("/proc/self/statm").read().split()[1]) * 4096

resident_after_free()
print(resident_after_free())
with freed_memory_kept(torch.device("cpu")):
    print(resident_after_free())
print(resident_after_free())
"""


def pretend_gpus(monkeypatch, count, bfloat16=True):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"GPU {index}")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: bfloat16)


def test_each_process_of_torchrun_has_its_own_gpu(monkeypatch):
    pretend_gpus(monkeypatch, 2)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert choose_device("auto").torch_device == torch.device("cuda", 1)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(DeviceUnavailable, match="more processes than GPUs on this machine \\(2\\)"):
        choose_device("cuda")
    assert choose_device("cpu").is_cpu


def test_no_gpu_is_a_sentence(monkeypatch):
    pretend_gpus(monkeypatch, 0)
    assert choose_device("auto").is_cpu
    with pytest.raises(DeviceUnavailable, match="No CUDA GPU"):
        choose_device("cuda")


@pytest.mark.parametrize("has_it", [True, False])
def test_training_is_in_bfloat16_where_the_processor_has_it(monkeypatch, has_it):
    pretend_gpus(monkeypatch, 1, bfloat16=has_it)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has_it)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    expected = torch.bfloat16 if has_it else torch.float32
    assert training_precision(CPU) == training_precision(torch.device("cuda", 0)) == expected


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of the GNU libc")
def test_freed_memory_is_kept_for_the_next_step_and_given_back_in_the_end():
    # In a process of its own: what earlier tests left in the heap would be used first.
    run = subprocess.run([sys.executable, "-c", RESIDENT], capture_output=True, text=True, check=True, timeout=120)
    before, kept, after = (int(word) for word in run.stdout.split())
    assert kept > before + 32 * 2**20
    assert after < before + 32 * 2**20
