"""A network of the same parts as the real one, for tests of how it is trained."""

import torch

from core.dna.encoder import FEATURES, Block, Net


class SmallNet(Net):
    """Two blocks instead of eight: the same parts, in a fraction of the time."""

    def __init__(self, classes):
        torch.nn.Module.__init__(self)
        self.main = torch.nn.Sequential(Block(3, 8, down=True), Block(8, FEATURES, down=True))
        self.classification_head = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(FEATURES, classes))
