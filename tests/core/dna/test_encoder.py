import torch

from core.dna.card import expected_shapes
from core.dna.encoder import Net, ProjectionHead


def parameters(module):
    return sum(tensor.numel() for tensor in module.parameters())


def test_counts_are_those_of_the_paper():
    assert parameters(Net(5).main) == 5_894_784
    assert parameters(Net(5)) == 5_897_349
    assert parameters(Net(11)) == 5_900_427
    assert parameters(Net(170)) == 5_981_994
    assert parameters(ProjectionHead()) == 328_320


def test_each_layer_has_the_published_size():
    x = torch.zeros(1, 3, 64, 64)
    sizes = []
    for block in Net(2).main:
        x = block(x)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == [
        (64, 32, 32), (64, 32, 32), (128, 16, 16), (128, 16, 16),
        (256, 8, 8), (256, 8, 8), (512, 4, 4), (512, 4, 4),
    ]  # fmt: skip


def test_names_and_shapes_are_those_a_detector_file_must_have():
    for classes in (2, 9):
        assert {name: tuple(t.shape) for name, t in Net(classes).state_dict().items()} == expected_shapes(classes)


def test_any_size_gives_512_features_and_unit_projections():
    net = Net(4).eval()
    features = net.features(torch.randn(2, 3, 96, 160))
    assert features.shape == (2, 512)
    assert torch.allclose(ProjectionHead()(features).norm(dim=1), torch.ones(2), atol=1e-5)
