"""The taught network to files that the product reads: ONNX with 8-bit weights, tokenizer, manifest with digests."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from scorer.checklist import Checklist
from scorer.examples import example_digest
from teaching.base import Base
from teaching.model import Network, Scores

MODEL = "reader.onnx"


def ship(network: Network, base: Base, checklist: Checklist, to: Path) -> None:
    """Write model, tokenizer and manifest. The phrases' weight stands until teaching.calibrate chooses it."""
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
        output_names=["scores", "vectors"], opset_version=17, dynamo=False,
        dynamic_axes={**names, "scores": {0: "passages", 1: "sentences"}, "vectors": {0: "passages", 1: "sentences"}},
    )  # fmt: skip
    quantize_dynamic(
        whole, to / MODEL, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"], per_channel=True
    )
    whole.unlink()
    shutil.copyfile(base.folder / "tokenizer.json", to / "tokenizer.json")
    files = {name: sha256((to / name).read_bytes()).hexdigest() for name in (MODEL, "tokenizer.json")}
    manifest = {
        "version": files[MODEL][:12],
        "base": base.name,
        "model": MODEL,
        "files": files,
        "frame": {"start": base.start, "end": base.end, "pad": base.pad},
        "criteria": [criterion.id for criterion in checklist.criteria],
        "taught": sorted(example_digest(c.id, example) for c in checklist.criteria for example in c.examples),
        "phrase_weight": 3.0,
    }
    (to / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
