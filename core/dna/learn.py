"""One optimiser step of patchwise contrastive learning: crops to losses, gradients, weights and their running average.

Precision: the convolutions run in bfloat16 where the processor has it; heads and losses are always float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from core.dna import compiled
from core.dna.batches import Batch
from core.dna.distributed import Rank, average_statistics, gathered
from core.dna.encoder import FEATURES, Net, ProjectionHead
from core.dna.losses import AutomaticWeighting, positives, supervised_contrastive
from core.dna.recipe import Recipe, Schedule
from core.errors import CoreError

WEIGHTING_LR = 0.01  # its own Adam group, as in the paper's code
_FEWEST_CROPS = 32  # of a part of a batch: batch norm over fewer says little
_SEEDS_APART = 1_000_003


@dataclass(slots=True)
class Modules:
    """What is trained, and the running average of the net."""

    net: Net
    average: Net
    projection: ProjectionHead
    weighting: AutomaticWeighting
    optimiser: torch.optim.Adam

    def named(self) -> list[tuple[str, nn.Module]]:
        """The modules a checkpoint keeps."""
        return [
            ("net", self.net),
            ("average", self.average),
            ("projection", self.projection),
            ("weighting", self.weighting),
        ]


def new_modules(recipe: Recipe, classes: int, device: torch.device, parent: Net | None) -> Modules:
    """Fresh modules by the recipe's seed; tensors of a `parent` whose name and shape fit replace the net's own."""
    torch.manual_seed(recipe.schedule.seed)
    net = Net(classes)
    if parent is not None:
        own = net.state_dict()
        fitting = {name: t for name, t in parent.state_dict().items() if name in own and own[name].shape == t.shape}
        net.load_state_dict({**own, **fitting})
    for block in net.main[: recipe.schedule.frozen_blocks]:
        block.requires_grad_(requires_grad=False)
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = Net(classes).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average.load_state_dict(net.state_dict())
    projection = ProjectionHead().to(device)
    weighting = AutomaticWeighting(2).to(device)
    groups = [
        {"params": [*net.parameters(), *projection.parameters()], "lr": recipe.schedule.lr},
        {"params": [*weighting.parameters()], "lr": WEIGHTING_LR},
    ]
    return Modules(net, average, projection, weighting, torch.optim.Adam(groups, fused=True))


def rate_factor(schedule: Schedule, step: int) -> float:
    """What every learning rate is multiplied with in a step: γ^(step // lr_step), per iteration as published."""
    return schedule.lr_gamma ** (step // schedule.lr_step)


def encoded(net: Net, crops: Tensor, views: int = 1) -> Tensor:
    """The features of `Net.features`, computed in place and with batch norm over one view after the other.

    Args:
        net: its running statistics are moved once for each view.
        crops: (B, 3, h, w); with several views all crops of the first view, then all of the second, …
        views: into how many equal parts the crops fall.

    Returns:
        (B, 512).
    """
    x = crops
    for block in net.main:
        convolution, norm, activation = block.main  # type: ignore[misc]
        # Convolutions do not mix crops: one over all views is faster than one for each, and gives the same.
        x = convolution(x)
        x = norm(x) if views == 1 else torch.cat([norm(view) for view in x.chunk(views)])
        # Batch norm keeps its input for the backward pass, not its output, so the output may be overwritten.
        x = functional.leaky_relu_(x, activation.negative_slope)
    # Summed in float32 at least: bfloat16 sums lose digits.
    return x.mean((2, 3), dtype=torch.promote_types(x.dtype, torch.float32))  # (B, 512)


class Learner(nn.Module):
    """From the crops of a batch to its losses; the module `DistributedDataParallel` wraps.

    With `parts` > 1 the convolutions see the batch part by part and keep no activations: they are computed again, part
    by part, in the backward pass. The features, and so the contrastive loss, are those of the whole batch. With batch
    norm "per view" the parts are the views, so nothing changes but the time; with "merged" each part has its own batch
    statistics, which therefore come from fewer crops.

    Args:
        modules: what is trained.
        recipe: losses, batch norm and compatibility.
        precision: of the convolutions.
        rank: this process.
    """

    def __init__(self, modules: Modules, recipe: Recipe, precision: torch.dtype, rank: Rank) -> None:
        super().__init__()
        self.net = modules.net
        # Modules without a share in the loss stay outside, or the gradients of all processes would be waited for.
        self.projection = modules.projection if recipe.schedule.contrastive else None
        self.weighting = modules.weighting if recipe.schedule.contrastive else None
        self.parts = 1
        self._shares: list[int] | None = None
        self.encode: compiled.Encoder = encoded
        self._schedule, self._precision, self._rank = recipe.schedule, precision, rank
        self._double_softmax = recipe.compatibility.double_softmax and recipe.schedule.task == "attribution"

    def forward(self, crops: Tensor, labels: Tensor, groups: Tensor, images: Tensor, views: int) -> Tensor:
        """The losses of a batch.

        Args:
            crops: (M, 3, h, w), the views of an image side by side.
            labels: class of each crop (M,).
            groups: source of each crop (M,).
            images: place of each crop's image in the whole batch (M,).
            views: crops of an image.

        Returns:
            (3,): the loss to minimise, classification, contrast. Over several processes the first averages to the
            loss of the whole batch, as gradients do; the others are of the whole batch already.
        """
        features = self._features(crops, views)  # (M, 512)
        logits = self.net.classification_head(features)
        if self._double_softmax:
            logits = logits.softmax(1)
        sizes = self._sizes(labels)
        # A process with more crops than another weighs more in the mean.
        share = len(labels) * self._rank.world / sum(sizes)
        classification = functional.cross_entropy(logits, labels) * share
        if self.projection is None or self.weighting is None:
            whole = self._rank.mean(classification.detach())
            return torch.stack([classification, whole, torch.zeros_like(whole)])
        z = gathered(self.projection(features), sizes, self._rank)
        known = gathered(torch.stack([labels, images, groups], 1), sizes, self._rank)
        pairs = positives(known[:, 0], known[:, 1], known[:, 2], self._schedule.positives)
        contrast = supervised_contrastive(z, known[:, 0], self._schedule.temperature, positive=pairs)
        total = self.weighting(torch.stack([classification, contrast]))
        return torch.stack([total, self._rank.mean(classification.detach()), contrast.detach()])

    def can_split(self, crops: int) -> bool:
        """Whether smaller parts are left to try for a batch of so many crops."""
        if self._schedule.batch_norm == "per view":
            return self.parts == 1
        return crops // (2 * self.parts) >= _FEWEST_CROPS

    def _features(self, crops: Tensor, views: int) -> Tensor:
        if self._schedule.batch_norm == "merged":
            return torch.cat([self._part(part) for part in crops.chunk(self.parts)])
        by_view = crops.view(-1, views, *crops.shape[1:]).transpose(0, 1)  # (views, images, 3, h, w)
        # On a CPU all views go through each layer together; a GPU is busy with one and has less to keep this way.
        together = crops.device.type == "cpu" and self.parts == 1
        parts = [self._part(by_view.flatten(0, 1), views)] if together else [self._part(view) for view in by_view]
        return torch.cat(parts).view(views, -1, FEATURES).transpose(0, 1).flatten(0, 1)  # (images · views, 512)

    def _part(self, crops: Tensor, views: int = 1) -> Tensor:
        part = crops.contiguous(memory_format=torch.channels_last)
        with torch.autocast(crops.device.type, self._precision, enabled=self._precision != torch.float32):
            if self.parts == 1:
                return self.encode(self.net, part, views)
            again: Tensor = checkpoint(
                encoded, self.net, part, use_reentrant=False, preserve_rng_state=False, context_fn=self._contexts
            )
            return again

    def _contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        # The second time, the running statistics have seen the part already.
        return nullcontext(), _statistics_kept(self.net)

    def _sizes(self, labels: Tensor) -> list[int]:
        if self._rank.world == 1:
            return [len(labels)]
        if self._shares is None:  # they are the same in every step, so they are asked for once
            counts = labels.new_zeros(self._rank.world)
            counts[self._rank.index] = len(labels)
            torch.distributed.all_reduce(counts)
            self._shares = [int(count) for count in counts.tolist()]
        return self._shares


@contextmanager
def _statistics_kept(net: nn.Module) -> Iterator[None]:
    """Batch norm as in training, but its running statistics stay as they are."""
    norms = [module for module in net.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    before = [(norm, norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, momentum, count in before:
            norm.momentum, norm.num_batches_tracked = momentum, count


class Stepper:
    """Takes optimiser steps; when a GPU's memory is too small it goes on with smaller parts of the same batch.

    Args:
        modules: what is trained.
        recipe: the schedule.
        device: where.
        precision: of the convolutions.
        rank: this process.
    """

    def __init__(
        self, modules: Modules, recipe: Recipe, device: torch.device, precision: torch.dtype, rank: Rank
    ) -> None:
        self._modules, self._schedule, self._device, self._rank = modules, recipe.schedule, device, rank
        if rank.world > 1 and device.type == "cuda":
            modules.net = nn.SyncBatchNorm.convert_sync_batchnorm(modules.net)  # type: ignore[no-untyped-call]
        self.learner = Learner(modules, recipe, precision, rank)
        self._whole: nn.Module = self.learner
        if rank.world > 1:
            own = [device] if device.type == "cuda" else None
            self._whole = DistributedDataParallel(self.learner, device_ids=own, broadcast_buffers=False)
        self._means, self._values = _averaged(modules)

    def take(self, batch: Batch, step: int) -> Tensor:
        """One step with a batch.

        Args:
            batch: the crops of this process.
            step: number of the step, from 0.

        Returns:
            (3,) on the device: the loss minimised, classification, contrast.
        """
        modules, factor = self._modules, rate_factor(self._schedule, step)
        for group, base in zip(modules.optimiser.param_groups, (self._schedule.lr, WEIGHTING_LR), strict=True):
            group["lr"] = base * factor
        modules.net.train()
        for block in modules.net.main[: self._schedule.frozen_blocks]:
            block.eval()  # its running statistics stay as well
        losses = self._gradients(batch, step)
        modules.optimiser.step()
        if self._device.type != "cuda":
            average_statistics(modules.net, self._rank)
        self._average(step)
        return losses

    def _gradients(self, batch: Batch, step: int) -> Tensor:
        statistics = [buffer.clone() for buffer in self._modules.net.buffers()]
        while True:
            # Dropout draws from torch's generator: seeded by step, a resumed run goes on as if never interrupted.
            torch.manual_seed((self._schedule.seed * _SEEDS_APART + step) * self._rank.world + self._rank.index)
            self._modules.optimiser.zero_grad(set_to_none=True)
            try:
                losses: Tensor = self._whole(*self._inputs(batch), batch.views)
                losses[0].backward()  # type: ignore[no-untyped-call]
                return losses.detach()
            except torch.OutOfMemoryError as error:
                self._make_room(len(batch.labels), error)
            # Only now, with the error forgotten, is its memory free. It has moved some of the running statistics.
            if self._device.type == "cuda":
                torch.cuda.empty_cache()
            for buffer, kept in zip(self._modules.net.buffers(), statistics, strict=True):
                buffer.copy_(kept)

    def _inputs(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        crops, labels, groups = (part.to(self._device) for part in (batch.crops, batch.labels, batch.groups))
        places = torch.arange(len(labels) // batch.views, device=self._device) * self._rank.world + self._rank.index
        return crops.permute(0, 3, 1, 2), labels, groups, places.repeat_interleave(batch.views)

    def _make_room(self, crops: int, error: torch.OutOfMemoryError) -> None:
        if self._rank.world > 1:
            # The other processes already wait for the gradients of this one.
            raise CoreError(
                "The memory of a GPU is too small for its share of the batch. Use more GPUs, or lower "
                "schedule.images_per_class or schedule.crops in the recipe."
            ) from error
        if not self.learner.can_split(crops):
            raise CoreError(
                "The memory of the GPU is too small even for a small part of the batch. Close other programs that "
                "use it, lower schedule.images_per_class in the recipe, or train on the CPU."
            ) from error
        self.learner.parts *= 2

    @torch.no_grad()
    def _average(self, step: int) -> None:
        # Early on the running average follows closely, so that it does not drag the random start along.
        decay = self._schedule.averaging
        share = min(decay, (1 + step) / (10 + step)) if decay else 0.0
        torch._foreach_lerp_(self._means, self._values, 1.0 - share)
        for mean, value in zip(self._modules.average.buffers(), self._modules.net.buffers(), strict=True):
            if not mean.dtype.is_floating_point:
                mean.copy_(value)


def _averaged(modules: Modules) -> tuple[list[Tensor], list[Tensor]]:
    own, mean = modules.net.state_dict(), modules.average.state_dict()
    names = [name for name, tensor in own.items() if tensor.dtype.is_floating_point]
    return [mean[name] for name in names], [own[name] for name in names]
