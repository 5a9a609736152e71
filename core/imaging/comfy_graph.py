"""The graphs that ComfyUI writes into its images, read for the nodes that say how the image was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Claims = Iterator[tuple[str, str]]

_MOST_SAMPLERS, _MOST_VISITED, _MOST_NODES = 4, 60, 5_000
_MODEL_INPUTS = ("ckpt_name", "unet_name", "model_name", "lora_name")
_TEXT_INPUTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "string", "value")
_SETTINGS = (
    ("Seed", ("seed", "noise_seed")),
    ("Steps", ("steps",)),
    ("Sampler", ("sampler_name",)),
    ("Scheduler", ("scheduler",)),
    ("CFG scale", ("cfg",)),
)
# Where a node of the canvas keeps its values; ComfyUI writes them without names there.
_CANVAS_SETTINGS = {
    "KSampler": (("Seed", 0), ("Steps", 2), ("CFG scale", 3), ("Sampler", 4), ("Scheduler", 5)),
    "CheckpointLoaderSimple": (("Model", 0),),
    "UNETLoader": (("Model", 0),),
    "CLIPTextEncode": (("Prompt or negative prompt", 0),),
}

Node = Mapping[str, Any]


def comfy_claims(prompt: Mapping[str, Any], workflow: Mapping[str, Any]) -> Claims:
    """(name, text) pairs of the graph that ran, or of the canvas when only that is there."""
    nodes = {key: node for key, node in list(prompt.items())[:_MOST_NODES] if _is_node(node)}
    canvas = _canvas_nodes(workflow)
    if not nodes and not canvas:
        return
    yield "Program", "ComfyUI"
    yield from _ran(nodes) if nodes else _on_canvas(canvas)
    yield "Nodes", f"{len(nodes or canvas):,}"


def _is_node(node: object) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)


def _ran(nodes: Mapping[str, Node]) -> Claims:
    for key in _MODEL_INPUTS:
        used = {text for node in nodes.values() if (text := _plain(node["inputs"].get(key)))}
        yield ("LoRA" if key == "lora_name" else "Model"), ", ".join(sorted(used))
    samplers = [node for node in nodes.values() if _is_sampler(node)][:_MOST_SAMPLERS]
    for side, name in (("positive", "Prompt"), ("negative", "Negative prompt")):
        texts = {text: None for node in samplers for text in _texts_behind(node["inputs"].get(side), nodes)}
        yield name, "\n".join(texts)
    if not any("positive" in node["inputs"] for node in samplers):
        encoders = [node for node in nodes.values() if "TextEncode" in node["class_type"]]
        yield "Prompt or negative prompt", "\n".join(text for node in encoders for text in _own_texts(node))
    for name, keys in _SETTINGS:
        values = {text: None for node in nodes.values() for key in keys if (text := _plain(node["inputs"].get(key)))}
        yield name, ", ".join(list(values)[:_MOST_SAMPLERS])


def _is_sampler(node: Node) -> bool:
    return "Sampler" in node["class_type"] and any(key in node["inputs"] for key in ("positive", "seed", "noise_seed"))


def _texts_behind(link: object, nodes: Mapping[str, Node]) -> list[str]:
    """The texts that reach an input, following links backwards; cycles and endless chains end at a limit."""
    waiting, found = [link], list[str]()
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_VISITED:
        target = waiting.pop(0)
        key = str(target[0]) if isinstance(target, list) and target else ""
        node = nodes.get(key)
        if node is None or key in seen:
            continue
        seen.add(key)
        found += _own_texts(node)
        waiting += [value for value in node["inputs"].values() if isinstance(value, list)]
    return found


def _own_texts(node: Node) -> list[str]:
    return [text for key in _TEXT_INPUTS if isinstance(text := node["inputs"].get(key), str) and text.strip()]


def _canvas_nodes(workflow: Mapping[str, Any]) -> Sequence[Node]:
    nodes = workflow.get("nodes")
    found = [node for node in nodes[:_MOST_NODES] if isinstance(node, dict)] if isinstance(nodes, list) else []
    return [node for node in found if isinstance(node.get("type"), str)]


def _on_canvas(nodes: Sequence[Node]) -> Claims:
    for node in nodes:
        values = node.get("widgets_values")
        for name, place in _CANVAS_SETTINGS.get(node["type"], ()):
            if isinstance(values, list) and place < len(values):
                yield name, _plain(values[place])


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
