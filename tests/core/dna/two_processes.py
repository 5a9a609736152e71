"""What `test_distributed.py` has torchrun start twice: the results of each process go to a file."""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

import core.dna.learn
import core.dna.train
from core.dna.batches import Batch
from core.dna.distributed import group
from core.dna.encoder import ProjectionHead
from core.dna.learn import Learner, Stepper, new_modules
from core.dna.recipe import read_recipe
from core.dna.train import Material, train
from core.errors import Cancelled
from core.progress import Progress
from tests.core.dna.small_net import SmallNet

CPU = torch.device("cpu")
VIEWS, IMAGES = 2, 5
RECIPE = (
    "[schedule]\ncrops = 2\ncrop_px = 16\naveraging = 0.5\nsteps = 3\nvalidate_every = 3\npositives = 'other source'\n"
)


class Noise:
    """Five images of two classes, so that two processes draw shares of different size."""

    classes, images = ("faint", "strong"), IMAGES

    def __init__(self, dtype=torch.float32):
        self.dtype, self.asked = dtype, None

    def draw(self, step, slots=None):
        self.asked = slots
        whole = torch.randn(IMAGES, VIEWS, 16, 16, 3, generator=torch.Generator().manual_seed(step), dtype=self.dtype)
        chosen = torch.tensor(list(slots or range(IMAGES)))
        labels = (chosen // 3).repeat_interleave(VIEWS)
        return Batch(whole[chosen].flatten(0, 1), labels, chosen.repeat_interleave(VIEWS), VIEWS)


def recipe(folder):
    path = folder / "recipe.toml"
    path.write_text(RECIPE)
    return read_recipe(path)


def computed(rank):
    """Losses and gradients of one batch with fixed batch norm and no dropout, in float64."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        plan = recipe(Path(folder))
    modules = new_modules(plan, 2, CPU, None)
    torch.manual_seed(7)
    modules.net, modules.projection = SmallNet(2), ProjectionHead()
    for module in (modules.net, modules.projection, modules.weighting):
        module.double()
    modules.net.eval()
    batch = Noise(torch.float64).draw(0, rank.slots(IMAGES))
    stepper = Stepper(modules, plan, CPU, torch.float32, rank)
    losses = stepper._whole(*stepper._inputs(batch), VIEWS)
    losses[0].backward()
    assert isinstance(stepper.learner, Learner)
    everything = Noise(torch.float64).draw(0)
    projected = modules.projection(modules.net.features(everything.crops.permute(0, 3, 1, 2)))
    named = [(f"fixed.gradient.{n}", p.grad) for n, p in stepper.learner.named_parameters()]
    return {
        **dict(named),
        "fixed.losses": torch.cat([rank.mean(losses[:1].detach()), losses[1:].detach()]),
        "fixed.projected": projected.detach(),
        "fixed.labels": everything.labels,
    }


def trained(rank, folder):
    """Two trainings, the second one cancelled; every process notes what it ended with."""
    source, examined, weights = Noise(), [], {}

    def examine(net):
        examined.append(1)
        return {"recall": 0.5}

    stepper = Stepper.take

    def watched(self, batch, step):
        losses = stepper(self, batch, step)
        named = [(f"{part}.{name}", t) for part, m in self._modules.named() for name, t in m.state_dict().items()]
        weights.update({f"trained.{name}": tensor.detach().clone().contiguous() for name, tensor in named})
        return losses

    Stepper.take = watched
    material, plan = Material((), (), "digest"), recipe(folder / f"{rank.index}")
    keywords = {"resume": False, "batches": source, "examiner": examine}
    train(plan, Noise.classes, material, folder / "run", CPU, progress=Progress(), **keywords)
    steps = []

    def report(tick):
        steps.append(tick.done)
        if rank.index == rank.world - 1 and tick.done == 2:
            progress.cancel()

    progress = Progress(report)
    try:
        train(plan, Noise.classes, material, folder / "stopped", CPU, progress=progress, **keywords)
    except Cancelled:
        stopped_at = steps[-1]
    assert (folder / "stopped" / "checkpoint.safetensors").exists() or not rank.first
    return {
        **weights,
        "seen.slots": torch.tensor(list(source.asked)),
        "seen.examined": torch.tensor(len(examined)),
        "seen.stopped_at": torch.tensor(stopped_at),
    }


def main():
    folder = Path(sys.argv[1])
    core.dna.learn.Net = core.dna.train.Net = SmallNet
    with group("cpu") as rank:
        (folder / f"{rank.index}").mkdir()
        results = {**computed(rank), **trained(rank, folder)}
        save_file({name: t.contiguous() for name, t in results.items()}, folder / f"rank{rank.index}.safetensors")


if __name__ == "__main__":
    main()
