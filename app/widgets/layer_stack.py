"""Which layers a pane shows, how strongly, and what its heat map was asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.widgets.blending import Blend
from app.widgets.colour_map import COLOUR_MAPS, ColourMap
from core.examine import LayerKind, MapQuestion

# From the bottom to the top. The spectrum shows no places of the image, so it stands alone.
ORDER = (LayerKind.ORIGINAL, LayerKind.RESIDUAL, LayerKind.HEAT_MAP, LayerKind.GRID, LayerKind.SPECTRUM)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: whether it is shown, how strongly (0–1), and how it meets what is under it."""

    on: bool = False
    strength: float = 1.0
    blend: Blend = Blend.NORMAL


def _first() -> dict[LayerKind, Layer]:
    half = Layer(strength=0.5)
    return {kind: half if kind is LayerKind.HEAT_MAP else Layer(on=kind is LayerKind.ORIGINAL) for kind in ORDER}


@dataclass(frozen=True, slots=True)
class LayerStack:
    """The layers of one pane, and the question behind its heat map."""

    layers: dict[LayerKind, Layer] = field(default_factory=_first)
    question: MapQuestion = field(default_factory=MapQuestion)

    def __getitem__(self, kind: LayerKind) -> Layer:
        return self.layers[kind]

    def shows(self, kind: LayerKind) -> bool:
        """Whether a layer is seen; the spectrum hides all others."""
        alone = self.layers[LayerKind.SPECTRUM].on and kind is not LayerKind.SPECTRUM
        return self.layers[kind].on and not alone

    def having(self, kind: LayerKind, layer: Layer) -> LayerStack:
        """The same but for one layer; switching another one on takes the spectrum away."""
        layers = {**self.layers, kind: layer}
        if layer.on and not self.shows(kind) and kind is not LayerKind.SPECTRUM:
            layers[LayerKind.SPECTRUM] = replace(layers[LayerKind.SPECTRUM], on=False)
        return replace(self, layers=layers)

    def switched(self, kind: LayerKind) -> LayerStack:
        """With one layer shown that was not, or the other way round."""
        return self.having(kind, replace(self.layers[kind], on=not self.shows(kind)))

    def only(self, kind: LayerKind) -> LayerStack:
        """What a choice in the header of a pane means: this layer, over the image where it lies on places of it."""
        under = {LayerKind.ORIGINAL} if kind in (LayerKind.HEAT_MAP, LayerKind.GRID) else set()
        layers = {one: replace(layer, on=one in {kind, *under}) for one, layer in self.layers.items()}
        return replace(self, layers=layers)

    @property
    def top(self) -> LayerKind:
        """The uppermost layer that is shown."""
        return next((kind for kind in reversed(ORDER) if self.shows(kind)), LayerKind.ORIGINAL)

    def asking(self, question: MapQuestion) -> LayerStack:
        """With another question for the heat map."""
        return replace(self, question=question)


@dataclass(frozen=True, slots=True)
class MapLook:
    """What all heat maps have in common.

    Attributes:
        colours: how values become colours.
        locked: one colour means one raw value in all maps that are shown; else each reaches from 0 to its own peak.
    """

    colours: ColourMap = COLOUR_MAPS[0]
    locked: bool = False
