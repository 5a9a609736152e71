import math

import pytest
import torch

from core.dna.losses import AutomaticWeighting, positives, supervised_contrastive


def by_hand(z, labels, temperature):
    """The definition, term by term (Khosla et al. 2020, Eq. 2)."""
    terms = []
    for i in range(len(z)):
        others = [a for a in range(len(z)) if a != i]
        positives = [p for p in others if labels[p] == labels[i]]
        if not positives:
            continue
        below = sum(math.exp(float(z[i] @ z[a]) / temperature) for a in others)
        logs = [math.log(math.exp(float(z[i] @ z[p]) / temperature) / below) for p in positives]
        terms.append(-sum(logs) / len(positives))
    return sum(terms) / len(terms)


def test_contrastive_loss_equals_its_definition():
    torch.manual_seed(0)
    z = torch.nn.functional.normalize(torch.randn(9, 5, dtype=torch.float64), dim=1)
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 3])  # class 3 has no second crop
    assert float(supervised_contrastive(z, labels, 0.07)) == pytest.approx(by_hand(z, labels, 0.07), rel=1e-10)


def test_contrastive_gradient_is_right():
    torch.manual_seed(1)
    labels = torch.tensor([0, 0, 1, 1, 1, 2])
    raw = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x: supervised_contrastive(torch.nn.functional.normalize(x, dim=1), labels, 0.5), (raw,)
    )


def test_no_positive_gives_zero_and_a_usable_gradient():
    z = torch.eye(3, requires_grad=True)
    loss = supervised_contrastive(z, torch.tensor([0, 1, 2]))
    loss.backward()
    assert loss.item() == 0.0
    assert torch.isfinite(z.grad).all()


def test_weighting_starts_at_a_half_and_never_exceeds_its_bound():
    weighting = AutomaticWeighting(2, largest=10.0)
    losses = torch.tensor([1.2, 0.4])
    assert weighting(losses).item() == pytest.approx(1.6 / 2 + 2 * math.log(2), rel=1e-6)
    with torch.no_grad():
        weighting.parameters_p.fill_(1e-6)
    assert weighting.weights() == pytest.approx([10.0, 10.0])


def test_weighting_settles_where_theory_says():
    # For a constant loss L the optimum solves 2 p⁴ = L (1 + p²); at L = 0.1 the weight 1/(2p²) is 2.0.
    weighting = AutomaticWeighting(1, largest=100.0)
    optimiser = torch.optim.Adam(weighting.parameters(), lr=0.02)
    for _ in range(800):
        optimiser.zero_grad()
        weighting(torch.tensor([0.1])).backward()
        optimiser.step()
    p = weighting.parameters_p.item()
    assert 2 * p**4 == pytest.approx(0.1 * (1 + p**2), rel=1e-2)
    assert weighting.weights()[0] == pytest.approx(2.0, rel=0.05)


def test_positives_from_other_sources_by_the_definition():
    generator = torch.Generator().manual_seed(5)
    images = torch.arange(8).repeat_interleave(2)
    sources = torch.randint(0, 5, (8,), generator=generator).repeat_interleave(2)
    labels = sources // 2  # sources 0, 1 are class 0; 2, 3 class 1; 4 class 2
    got = positives(labels, images, sources, "other source")
    plain = positives(labels, images, sources, "class")
    for i in range(16):
        for j in range(16):
            same = bool(labels[i] == labels[j])
            assert bool(plain[i, j]) == same
            assert bool(got[i, j]) == (same and (sources[i] != sources[j] or images[i] == images[j]))
    assert got.sum() < plain.sum()


def test_contrastive_loss_over_chosen_positives_equals_its_definition():
    torch.manual_seed(2)
    z = torch.nn.functional.normalize(torch.randn(8, 5, dtype=torch.float64), dim=1)
    labels, images = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1]), torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    sources = torch.tensor([0, 0, 0, 0, 1, 1, 2, 2])
    terms = []
    for i in range(8):
        others = [a for a in range(8) if a != i]
        mine = [p for p in others if labels[p] == labels[i] and (images[p] == images[i] or sources[p] != sources[i])]
        below = sum(math.exp(float(z[i] @ z[a]) / 0.2) for a in others)
        terms.append(-sum(float(z[i] @ z[p]) / 0.2 - math.log(below) for p in mine) / len(mine))
    pairs = positives(labels, images, sources, "other source")
    assert float(supervised_contrastive(z, labels, 0.2, positive=pairs)) == pytest.approx(sum(terms) / 8, rel=1e-10)


def test_contrastive_loss_is_float32_under_autocast():
    torch.manual_seed(3)
    z = torch.nn.functional.normalize(torch.randn(64, 32), dim=1)
    labels = torch.arange(64) % 4
    with torch.autocast("cpu", torch.bfloat16):
        assert (z @ z.T).dtype == torch.bfloat16
        inside = supervised_contrastive(z, labels)
    assert torch.equal(inside, supervised_contrastive(z, labels))


def test_weighting_is_clamped_and_its_gradient_stops_there():
    weighting = AutomaticWeighting(2, largest=10.0)
    with torch.no_grad():
        weighting.parameters_p.copy_(torch.tensor([0.01, 2.0]))
    losses = torch.tensor([3.0, 5.0])
    value = weighting(losses)
    value.backward()
    assert value.item() == pytest.approx(10 * 3 + math.log1p(0.05) + 5 / 8 + math.log(5), rel=1e-6)
    assert weighting.parameters_p.grad.tolist() == pytest.approx([0.0, -5 / 8 + 4 / 5], rel=1e-5)
