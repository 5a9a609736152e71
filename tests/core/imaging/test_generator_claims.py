"""The forms in which image generators write down how they made an image."""

import json
import time

import pytest

from core.imaging.generator_claims import generator_claims

A1111 = (
    "a castle, masterpiece\nby the sea\nNegative prompt: blurry, (bad:1.2)\n"
    "Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 1234567890, Size: 512x768, Model hash: 0fc1, "
    'Model: dreamer_8, Lora hashes: "a: 1, b: 2", Version: v1.9.4'
)
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 42,
            "steps": 25,
            "cfg": 7.5,
            "sampler_name": "euler",
            "scheduler": "karras",
            "positive": ["10", 0],
            "negative": ["7", 0],
            "model": ["4", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "xl_base.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly", "clip": ["4", 1]}},
    "10": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["6", 0]}},
    "11": {"class_type": "PrimitiveString", "inputs": {"value": "a quiet harbour"}},
}


def claims_of(**texts):
    claims, remarks = generator_claims(texts)
    assert remarks == ()
    assert len({name for name, _ in claims}) == len(claims)
    return dict(claims)


@pytest.mark.parametrize("key", ["parameters", "UserComment", "ImageDescription"])
def test_automatic1111(key):
    claims = claims_of(**{key: A1111})
    assert claims["Program"].startswith("Stable Diffusion web UI (AUTOMATIC1111)")
    assert claims["Prompt"] == "a castle, masterpiece\nby the sea"
    assert claims["Negative prompt"] == "blurry, (bad:1.2)"
    assert claims["Model"] == "dreamer_8"
    assert (claims["Seed"], claims["Steps"], claims["Sampler"]) == ("1234567890", "28", "DPM++ 2M Karras")
    assert claims["Lora hashes"] == "a: 1, b: 2"
    assert claims["Size"] == "512x768"
    assert list(claims)[:3] == ["Program", "Prompt", "Negative prompt"]


def test_a_prompt_that_holds_a_line_of_settings():
    fake = "Steps: 1, Seed: 1\n" + A1111
    assert claims_of(parameters=fake)["Steps"] == "28"
    assert claims_of(parameters=fake)["Prompt"].startswith("Steps: 1, Seed: 1\na castle")


def test_relatives_of_automatic1111_that_name_themselves():
    assert claims_of(parameters="x\nSteps: 3, Seed: 1, Version: Fooocus v2.5.5")["Program"] == "Fooocus v2.5.5"
    assert claims_of(parameters="x\nSteps: 3, Seed: 1, App: SD.Next")["Program"] == "SD.Next"


def test_text_that_only_talks_about_steps_claims_nothing():
    assert generator_claims({"parameters": "In ten Steps: up", "UserComment": "holiday"}) == ((), ())


def test_comfy_follows_its_links():
    claims = claims_of(prompt=json.dumps(GRAPH), workflow="{}")
    assert claims["Program"] == "ComfyUI"
    assert claims["Model"] == "xl_base.safetensors"
    assert claims["Prompt"] == "a quiet harbour"
    assert claims["Negative prompt"] == "ugly"
    assert (claims["Seed"], claims["Steps"], claims["CFG scale"]) == ("42", "25", "7.5")
    assert (claims["Sampler"], claims["Scheduler"]) == ("euler", "karras")


def test_comfy_with_a_cycle_and_missing_nodes_ends():
    graph = {
        "1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["2", 0], "negative": ["99", 0]}},
        "2": {"class_type": "A", "inputs": {"again": ["3", 0], "text": "once"}},
        "3": {"class_type": "B", "inputs": {"again": ["2", 0], "self": ["3", 0], "odd": [], "list": [[1]]}},
        "4": "no node",
    }
    assert claims_of(prompt=json.dumps(graph))["Prompt"] == "once"


def test_comfy_samplers_without_prompts_list_every_text():
    graph = {
        "1": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise_seed": 5}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "one"}},
    }
    claims = claims_of(prompt=json.dumps(graph))
    assert (claims["Prompt or negative prompt"], claims["Seed"]) == ("one", "5")


def test_comfy_canvas_alone():
    canvas = {
        "nodes": [
            {"type": "CheckpointLoaderSimple", "widgets_values": ["v1.safetensors"]},
            {"type": "KSampler", "widgets_values": [7, "fixed", 20, 8, "ddim", "normal", 1]},
            {"type": "CLIPTextEncode", "widgets_values": ["words"]},
            {"type": "KSampler", "widgets_values": {}},
        ]
    }
    claims = claims_of(workflow=json.dumps(canvas))
    assert (claims["Model"], claims["Seed"], claims["Steps"], claims["Sampler"]) == (
        "v1.safetensors",
        "7",
        "20",
        "ddim",
    )
    assert claims["Prompt or negative prompt"] == "words"


def test_invokeai():
    data = {
        "app_version": "4.2.9",
        "generation_mode": "txt2img",
        "positive_prompt": "a tree",
        "negative_prompt": "leaves",
        "model": {"key": "k", "name": "juggernaut"},
        "seed": 9,
        "steps": 30,
        "scheduler": "euler_a",
        "cfg_scale": 7,
    }
    claims = claims_of(invokeai_metadata=json.dumps(data))
    assert claims == {
        "Program": "InvokeAI 4.2.9",
        "Model": "juggernaut",
        "Prompt": "a tree",
        "Negative prompt": "leaves",
        "Seed": "9",
        "Steps": "30",
        "Sampler": "euler_a",
        "CFG scale": "7",
        "Mode": "txt2img",
    }
    data["model"] = {"model_name": "older"}
    assert claims_of(invokeai_metadata=json.dumps(data))["Model"] == "older"


def test_invokeai_2():
    data = {
        "app_id": "invoke-ai/InvokeAI",
        "app_version": "2.2.5",
        "model_weights": "stable-diffusion-1.5",
        "image": {"prompt": [{"prompt": "a boat", "weight": 1.0}], "steps": 50, "seed": 3, "sampler": "k_lms"},
    }
    claims = claims_of(**{"sd-metadata": json.dumps(data)})
    assert claims["Program"] == "invoke-ai/InvokeAI 2.2.5"
    assert (claims["Prompt"], claims["Seed"], claims["Sampler"]) == ("a boat", "3", "k_lms")


def test_dream_line():
    claims = claims_of(Dream='"a "quoted" fox -S 1" -s 50 -S 1337 -W512 -H768 -C7.5 -A k_lms')
    assert claims["Prompt"] == 'a "quoted" fox -S 1'
    assert (claims["Steps"], claims["Seed"], claims["Sampler"]) == ("50", "1337", "k_lms")
    assert (claims["Width"], claims["Height"], claims["CFG scale"]) == ("512", "768", "7.5")


def test_novelai():
    comment = {"prompt": "1girl", "steps": 28, "seed": 55, "sampler": "k_euler", "scale": 5.0, "uc": "lowres"}
    texts = {
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4",
        "Description": "shown",
        "Comment": json.dumps(comment),
    }
    claims = claims_of(**texts)
    assert claims == {
        "Program": "NovelAI",
        "Model": "NovelAI Diffusion V4",
        "Prompt": "1girl",
        "Negative prompt": "lowres",
        "Seed": "55",
        "Steps": "28",
        "Sampler": "k_euler",
        "CFG scale": "5.0",
    }
    del texts["Comment"]
    assert claims_of(**texts)["Prompt"] == "shown"


def test_midjourney():
    claims = claims_of(Description="a fox --v 6 Job ID: 0b1c2d3e-0000-1111-2222-333344445555")
    assert claims["Prompt"] == "a fox --v 6"
    assert claims["Job"] == "0b1c2d3e-0000-1111-2222-333344445555"


def test_several_programs_in_one_file_all_stand_there():
    claims, _ = generator_claims({"parameters": A1111, "prompt": json.dumps(GRAPH)})
    assert [text for name, text in claims if name == "Program"][1] == "ComfyUI"


@pytest.mark.parametrize(
    "broken", ['{"a": ', '{"a":' * 100_000, "[1]", '{"a": ' + "9" * 5000 + "}", '{"prompt": 1, "image": 5}', "null", ""]
)
@pytest.mark.parametrize("key", ["prompt", "workflow", "invokeai_metadata", "sd-metadata", "Comment"])
def test_broken_and_nested_json_is_a_remark_at_most(key, broken):
    texts = {"parameters": A1111, "Software": "NovelAI", key: broken}
    claims, remarks = generator_claims(texts)
    assert dict(claims)["Sampler"] == "DPM++ 2M Karras"  # the others are read all the same
    assert len(remarks) <= 1
    assert all(sentence.endswith("could not be read.") for sentence in remarks)


def test_a_nested_text_is_told():
    _, remarks = generator_claims({"prompt": '{"a":' * 100_000})
    assert remarks == ("The parameters in the form of ComfyUI are damaged or too deeply nested and could not be read.",)


def test_texts_made_to_be_slow_are_not():
    began = time.process_time()
    slow = "Steps: 1, " + "a " * 200_000
    assert claims_of(parameters=slow)["Steps"] == "1"
    assert generator_claims({"parameters": "Steps: 1, \n" * 50_000})[1] == ()
    assert generator_claims({"Dream": '"x"' + " -a" * 200_000})[1] == ()
    assert time.process_time() - began < 3
