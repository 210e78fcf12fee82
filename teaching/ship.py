"""The taught network to files that the product reads: ONNX with 8-bit weights, tokenizer, manifest with digests."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnx.external_data_helper import set_external_data
from onnxruntime.quantization import QuantType, quantize_dynamic

from scorer.checklist import Checklist
from scorer.examples import example_digest
from teaching.base import Base
from teaching.model import Network, Scores

MODEL = "reader.onnx"
# What a phrase adds to the reader's word, in log odds. Less for a flag, whose false alarm can harm: `python -m teaching.weigh` tells how
# flags fare with each weight.
PHRASE_WEIGHT = {"practice": 3.0, "flag": 2.0}
# Bytes: the most that one file of weights holds, and what stays in the model's own file.
_MOST, _SMALL = 45 << 20, 4096


def ship(network: Network, base: Base, checklist: Checklist, to: Path) -> None:
    """Write model, tokenizer and manifest."""
    to.mkdir(parents=True, exist_ok=True)
    whole = to / "whole.onnx"
    ids = torch.ones(2, 16, dtype=torch.long)
    pools = torch.full((2, 3, 16), 1 / 16)
    names = {
        "ids": {0: "passages", 1: "tokens"},
        "mask": {0: "passages", 1: "tokens"},
        "pools": {0: "passages", 1: "sentences", 2: "tokens"},
    }
    torch.onnx.export(
        Scores(network).eval().float(), (ids, torch.ones_like(ids), pools), str(whole), input_names=list(names),
        output_names=["scores", "others", "vectors"], opset_version=17, dynamo=False,
        dynamic_axes={**names, "scores": {0: "passages", 1: "sentences"},
            "others": {0: "passages", 1: "sentences"}, "vectors": {0: "passages", 1: "sentences"}},
    )  # fmt: skip
    rounded = to / "rounded.onnx"
    wild = [node.name for node in onnx.load(whole).graph.node if _meets_outliers(node)]
    # Seven bits of the eight: processors without VNNI add products in 16 bits, and the full range overflows there without a word.
    quantize_dynamic(
        whole, rounded, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"], per_channel=True,
        reduce_range=True, nodes_to_exclude=wild,
    )  # fmt: skip
    model = onnx.load(rounded)
    _round_weights(model, frozenset(wild))
    parts = _in_parts(model, to)
    whole.unlink()
    rounded.unlink()
    shutil.copyfile(base.folder / "tokenizer.json", to / "tokenizer.json")
    files = {name: sha256((to / name).read_bytes()).hexdigest() for name in (MODEL, *parts, "tokenizer.json")}
    manifest = {
        "version": sha256("".join(files[name] for name in (MODEL, *parts)).encode()).hexdigest()[:12],
        "base": base.name,
        "model": MODEL,
        "files": files,
        "frame": {"start": base.start, "end": base.end, "pad": base.pad},
        "criteria": [criterion.id for criterion in checklist.criteria],
        "taught": sorted(example_digest(c.id, example) for c in checklist.criteria for example in c.examples),
        "phrase_weight": PHRASE_WEIGHT,
    }
    (to / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _meets_outliers(node: onnx.NodeProto) -> bool:
    """The second product of each feed-forward part: a few of its inputs are so large that 8 bits leave nothing of the others."""
    return node.op_type == "MatMul" and "/output/dense/" in node.name and "/attention/" not in node.name


def _round_weights(model: onnx.ModelProto, nodes: frozenset[str]) -> None:
    """Keep the weights of these products in 8 bits, a scale a column; they are multiplied in full precision."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [node for node in model.graph.node if node.name in nodes]:
        name = node.input[1]
        fine = numpy_helper.to_array(weights[name])
        scale = np.abs(fine).max(axis=0) / 127
        model.graph.initializer.remove(weights[name])
        model.graph.initializer.append(numpy_helper.from_array(np.rint(fine / scale).astype(np.int8), name + "_8bit"))
        model.graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), name + "_scale"))
        model.graph.node.insert(
            0, helper.make_node("DequantizeLinear", [name + "_8bit", name + "_scale"], [name], axis=1)
        )


def _in_parts(model: onnx.ModelProto, to: Path) -> list[str]:
    """Save the model with its weights in files beside it, each of a size that code hosts take; their names."""
    names: list[str] = []
    room = 0
    for tensor in model.graph.initializer:
        weights = numpy_helper.to_array(tensor).tobytes()
        if len(weights) < _SMALL:
            continue
        if len(weights) > room:
            names.append(f"weights-{len(names) + 1}.bin")
            (to / names[-1]).write_bytes(b"")
            room = _MOST
        place = to / names[-1]
        tensor.raw_data = weights
        set_external_data(tensor, names[-1], offset=place.stat().st_size, length=len(weights))
        with place.open("ab") as stream:
            stream.write(weights)
        tensor.ClearField("raw_data")
        room -= len(weights)
    (to / MODEL).write_bytes(model.SerializeToString())
    return names
