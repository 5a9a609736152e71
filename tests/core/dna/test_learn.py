import dataclasses
import math
import time

import pytest
import torch
from torch.nn import functional

from core.dna import compiled
from core.dna.batches import Batch
from core.dna.distributed import Rank
from core.dna.encoder import Net
from core.dna.learn import Learner, Stepper, encoded, new_modules, rate_factor
from core.dna.losses import supervised_contrastive
from core.dna.recipe import Compatibility, read_recipe
from core.errors import CoreError
from tests.core.dna.small_net import SmallNet

CPU = torch.device("cpu")
VIEWS = 4


@pytest.fixture(autouse=True)
def small_net(monkeypatch):
    monkeypatch.setattr("core.dna.learn.Net", SmallNet)


@pytest.fixture(scope="module")
def plain_recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text("[schedule]\ncrops = 4\ncrop_px = 32\naveraging = 0.0\nbatch_norm = 'per view'\n")
    return read_recipe(path)


@pytest.fixture
def recipe(plain_recipe):
    def changed(*, double_softmax=False, **values):
        schedule = dataclasses.replace(plain_recipe.schedule, **values)
        return dataclasses.replace(
            plain_recipe, schedule=schedule, compatibility=Compatibility(double_softmax=double_softmax)
        )

    return changed


def modules(plan, classes=3, dtype=torch.float64):
    made = new_modules(plan, classes, CPU, None)
    for module in (made.net, made.projection, made.weighting):
        module.to(dtype)
    made.net.classification_head[0].p = 0.0  # without dropout, whose order would differ
    return made


def batch(images=6, dtype=torch.float64, side=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    crops = torch.randn(images * VIEWS, side, side, 3, generator=generator, dtype=dtype)
    labels = (torch.arange(images) % 3).repeat_interleave(VIEWS)
    return Batch(crops, labels, labels, VIEWS)


def arguments(drawn):
    places = torch.arange(len(drawn.labels) // VIEWS).repeat_interleave(VIEWS)
    return drawn.crops.permute(0, 3, 1, 2), drawn.labels, drawn.groups, places, VIEWS


def gradients(made):
    named = [*made.net.named_parameters(), *made.projection.named_parameters(), *made.weighting.named_parameters()]
    return [parameter.grad.clone() for _, parameter in named]


def published(made, drawn, temperature=0.07):
    """The step as the paper's code takes it: view after view through the net, everything in view-major order."""
    made.net.train()
    features = torch.cat([made.net.features(drawn.crops[v::VIEWS].permute(0, 3, 1, 2)) for v in range(VIEWS)])
    labels = torch.cat([drawn.labels[v::VIEWS] for v in range(VIEWS)])
    classification = functional.cross_entropy(made.net.classification_head(features), labels)
    contrast = supervised_contrastive(made.projection(features), labels, temperature)
    p = made.weighting.parameters_p
    weighted = sum(
        loss / (2 * p[k] ** 2) + torch.log(1 + p[k] ** 2) for k, loss in enumerate((classification, contrast))
    )
    weighted.backward()
    return weighted.item(), classification.item(), contrast.item()


def test_per_view_batch_norm_is_the_published_loop(recipe):
    plan, drawn = recipe(), batch()
    ours, theirs = modules(plan), modules(plan)
    losses = Learner(ours, plan, torch.float32, Rank())(*arguments(drawn))
    losses[0].backward()
    assert losses.tolist() == pytest.approx(published(theirs, drawn), rel=1e-9)
    for mine, other in zip(gradients(ours), gradients(theirs), strict=True):
        assert torch.allclose(mine, other, rtol=1e-6, atol=1e-10)
    for mine, other in zip(ours.net.buffers(), theirs.net.buffers(), strict=True):
        assert torch.allclose(mine, other, rtol=1e-9)
    assert int(ours.net.main[0].main[1].num_batches_tracked) == VIEWS


def test_merged_batch_norm_takes_its_statistics_from_all_crops(recipe):
    plan, drawn = recipe(batch_norm="merged"), batch()
    ours, theirs = modules(plan), modules(plan)
    losses = Learner(ours, plan, torch.float32, Rank())(*arguments(drawn))
    logits = theirs.net.train()(drawn.crops.permute(0, 3, 1, 2))
    assert losses[1].item() == pytest.approx(functional.cross_entropy(logits, drawn.labels).item(), rel=1e-9)
    assert losses[1].item() != pytest.approx(published(modules(plan), drawn)[1], rel=1e-4)


def test_smaller_parts_give_the_same_gradients_per_view(recipe):
    plan, drawn = recipe(), batch()
    results = []
    for parts in (1, 2):
        made = modules(plan)
        learner = Learner(made, plan, torch.float32, Rank())
        learner.parts = parts
        learner(*arguments(drawn))[0].backward()
        results.append((gradients(made), list(made.net.buffers())))
    for whole, split in zip(*results, strict=True):
        for a, b in zip(whole, split, strict=True):
            assert torch.allclose(a, b, rtol=1e-12, atol=1e-14)


def test_parts_of_a_merged_batch_share_one_contrastive_loss(recipe):
    # With frozen statistics the parts must not matter at all.
    plan, drawn = recipe(batch_norm="merged"), batch()
    results = []
    for parts in (1, 3):
        made = modules(plan)
        made.net.eval()
        learner = Learner(made, plan, torch.float32, Rank())
        learner.parts = parts
        losses = learner(*arguments(drawn))
        losses[0].backward()
        results.append((losses.detach(), gradients(made)))
    assert torch.allclose(results[0][0], results[1][0], rtol=1e-12)
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(results[0][1], results[1][1], strict=True))


class Narrow:
    """An encoder on a GPU that has room for so many crops at a time."""

    def __init__(self, room, fails_late=False):
        self.room, self.seen, self.fails_late = room, 0, fails_late

    def __call__(self, net, crops, views=1):
        features = encoded(net, crops, views) if self.fails_late else None
        self.seen += len(crops)
        if self.seen > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return encoded(net, crops, views) if features is None else features


def test_a_gpu_that_is_too_small_gets_smaller_parts_and_the_same_weights(recipe):
    plan, drawn = recipe(), batch()
    outcomes = []
    for encode in (encoded, Narrow(room=10, fails_late=True)):
        made = modules(plan)
        made.average.double()
        stepper = Stepper(made, plan, CPU, torch.float32, Rank())
        stepper.learner.encode = encode
        losses = [stepper.take(drawn, step) for step in range(2)]
        outcomes.append((made.net.state_dict(), losses, stepper.learner.parts))
    assert [parts for *_, parts in outcomes] == [1, 2]
    assert all(torch.allclose(a, b, rtol=1e-8) for a, b in zip(outcomes[0][1], outcomes[1][1], strict=True))
    for name, tensor in outcomes[0][0].items():
        assert torch.allclose(tensor, outcomes[1][0][name], rtol=1e-6, atol=1e-9), name


def test_a_merged_batch_is_halved_until_it_fits(monkeypatch, recipe):
    plan, drawn = recipe(batch_norm="merged"), batch(images=64, dtype=torch.float32)
    stepper = Stepper(modules(plan, dtype=torch.float32), plan, CPU, torch.float32, Rank())

    def narrow(net, crops, views=1):
        if len(crops) > 70:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return encoded(net, crops)

    stepper.learner.encode = narrow
    monkeypatch.setattr("core.dna.learn.encoded", narrow)
    stepper.take(drawn, 0)
    assert stepper.learner.parts == 4  # 256 crops in parts of 64


def test_a_gpu_too_small_for_any_part_is_a_sentence(monkeypatch, recipe):
    def never(net, crops, views=1):
        raise torch.OutOfMemoryError("CUDA out of memory")

    plan = recipe(batch_norm="merged")
    stepper = Stepper(modules(plan, dtype=torch.float32), plan, CPU, torch.float32, Rank())
    stepper.learner.encode = never
    monkeypatch.setattr("core.dna.learn.encoded", never)
    with pytest.raises(CoreError, match="too small even for a small part"):
        stepper.take(batch(dtype=torch.float32), 0)


def test_in_place_activations_change_nothing():
    torch.manual_seed(0)
    net, x = Net(3).double().train(), torch.randn(5, 3, 32, 32, dtype=torch.float64)
    encoded(net, x).square().sum().backward()
    mine = [parameter.grad.clone() for parameter in net.main.parameters()]
    net.zero_grad()
    net.features(x).square().sum().backward()
    assert all(torch.allclose(a, p.grad, rtol=1e-9) for a, p in zip(mine, net.main.parameters(), strict=True))


def test_rates_follow_the_published_schedule_iteration_by_iteration(recipe):
    plan = recipe(lr=1e-3, lr_step=3, lr_gamma=0.9)
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([parameter], lr=1e-3)
    theirs = torch.optim.lr_scheduler.StepLR(optimiser, 3, 0.9)
    for step in range(20):
        assert 1e-3 * rate_factor(plan.schedule, step) == pytest.approx(theirs.get_last_lr()[0], rel=1e-12)
        optimiser.step()
        theirs.step()
    # lsun: 2500 steps at 0.9, 15 000 steps (dna-det.md §4)
    lsun = dataclasses.replace(plan.schedule, lr_step=2500, lr_gamma=0.9)
    assert 1e-3 * rate_factor(lsun, 15_000) == pytest.approx(5.3e-4, rel=0.01)


def test_weights_of_the_losses_have_a_rate_of_their_own(recipe):
    plan = recipe(lr=1e-4, lr_step=1, lr_gamma=0.5)
    made = modules(plan, dtype=torch.float32)
    stepper = Stepper(made, plan, CPU, torch.float32, Rank())
    before = made.weighting.parameters_p.detach().clone()
    stepper.take(batch(dtype=torch.float32), 1)
    moved = (made.weighting.parameters_p.detach() - before).abs()
    assert moved.tolist() == pytest.approx([0.005, 0.005], rel=1e-3)  # Adam's first step is the rate: 0.01 · 0.5


def test_running_average_starts_close_and_then_trails(recipe):
    plan = recipe(averaging=0.3)
    made = modules(plan, dtype=torch.float32)
    mean = made.net.main[0].main[0].weight.detach().double()
    stepper = Stepper(made, plan, CPU, torch.float32, Rank())
    for step in range(6):
        stepper.take(batch(dtype=torch.float32, seed=step), step)
        decay = min(0.3, (1 + step) / (10 + step))
        mean = decay * mean + (1 - decay) * made.net.main[0].main[0].weight.detach().double()
    assert torch.allclose(made.average.main[0].main[0].weight.double(), mean, atol=1e-6)
    assert int(made.average.main[0].main[1].num_batches_tracked) == 6 * VIEWS


@pytest.mark.parametrize("task", ["attribution", "pretext"])
def test_double_softmax_is_the_published_one_and_only_in_attribution(task, recipe):
    plan, drawn = recipe(double_softmax=True, contrastive=False, task=task), batch()
    made = modules(plan)
    with torch.no_grad():
        made.net.classification_head[1].weight.zero_()
        made.net.classification_head[1].bias.copy_(torch.tensor([60.0, 0.0, 0.0]))
    value = Learner(made, plan, torch.float32, Rank())(*arguments(drawn))[1].item()
    # A third of the crops is class 0, called with certainty: softmax gives (1, 0, 0), and that as logits once more …
    right, wrong = math.log(math.e + 2) - 1, math.log(math.e + 2)
    expected = (right + 2 * wrong) / 3 if task == "attribution" else 40.0
    assert value == pytest.approx(expected, rel=1e-6)


def test_double_softmax_has_the_known_floor():
    # dna-det.md §3.2: 0.905 for five classes, 1.543 for eleven.
    for classes, floor in ((5, 0.905), (11, 1.543)):
        certain = functional.one_hot(torch.tensor([0]), classes).double() * 1000
        assert functional.cross_entropy(certain.softmax(1), torch.tensor([0])).item() == pytest.approx(floor, abs=1e-3)


def test_losses_stay_in_float32_under_bfloat16(recipe):
    plan, drawn = recipe(), batch(dtype=torch.float32)
    made = modules(plan, dtype=torch.float32)
    half = Learner(made, plan, torch.bfloat16, Rank())(*arguments(drawn))
    full = Learner(modules(plan, dtype=torch.float32), plan, torch.float32, Rank())(*arguments(drawn))
    assert half.dtype == torch.float32
    assert half.tolist() != full.tolist()  # the convolutions were in bfloat16
    assert half.tolist() == pytest.approx(full.tolist(), rel=0.05)


def test_a_net_without_contrast_has_no_projection_to_train(recipe):
    plan = recipe(contrastive=False)
    learner = Learner(modules(plan), plan, torch.float32, Rank())
    losses = learner(*arguments(batch()))
    losses[0].backward()
    assert losses[0] == losses[1]
    assert losses[2] == 0
    assert all(parameter.grad is not None for parameter in learner.parameters())


def test_a_compiler_that_fails_leaves_the_plain_network_and_a_remark(monkeypatch):
    def broken(function, **options):
        def run(*_):
            raise RuntimeError("no C compiler\nmore lines")

        return run

    monkeypatch.setattr(torch, "compile", broken)
    encode, remark = compiled.faster(encoded, Net(3), torch.randn(4, 3, 32, 32), torch.float32)
    assert encode is encoded
    assert "uncompiled (no C compiler)" in remark


@pytest.mark.parametrize(("pause", "taken"), [(0.0, False), (0.2, True)])
def test_the_compiled_network_is_taken_only_when_it_is_faster(monkeypatch, pause, taken):
    def encoder(seconds):
        def run(net, crops, views):
            time.sleep(seconds)
            return net(crops).mean((2, 3))

        return run

    monkeypatch.setattr(torch, "compile", lambda function, **options: encoder(0.2 - pause))
    net, plain = torch.nn.BatchNorm2d(3), encoder(pause)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    encode, remark = compiled.faster(plain, net, torch.randn(2, 3, 4, 4), torch.float32)
    assert (encode is not plain) == taken
    assert remark is None
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
