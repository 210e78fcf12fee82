"""The weights of a shipped reader, back from its 8-bit file: teaching goes on from them when lessons have been added."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from scorer.reader import Reader
from teaching.ship import MODEL

_OURS = "network."


def shipped_weights(folder: Path) -> dict[str, Tensor]:
    """The network's state as near as 8 bits keep it. Raises scorer.reader.ModelError where the files are missing or altered."""
    Reader(folder)  # its digests are checked
    graph = onnx.load(folder / MODEL).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def fine(name: str) -> npt.NDArray[np.float32]:
        """A tensor that was rounded when it was shipped, by the name that it then had."""
        if name + "_8bit" in stored:
            return np.asarray(stored[name + "_8bit"] * stored[name + "_scale"])
        whole = stored[name + "_quantized"].astype(np.float32) - stored[name + "_zero_point"].astype(np.float32)
        return np.asarray(whole * stored[name + "_scale"])

    state = {}
    for name, values in stored.items():
        if name.startswith(_OURS) and values.dtype == np.float32 and not name.endswith("_scale"):
            state[name.removeprefix(_OURS)] = values
        elif name.startswith(_OURS) and name.endswith("_quantized"):
            whole = name.removesuffix("_quantized")
            state[whole.removeprefix(_OURS)] = fine(whole)
    # Products lose their weights' names on the way, but are named by their place in the network; they hold them transposed.
    for node in graph.node:
        place, _, product = node.name.rpartition("/")
        name = node.input[1].removesuffix("_quantized") if len(node.input) > 1 else ""
        if product.startswith("MatMul") and (name + "_8bit" in stored or name + "_quantized" in stored):
            state[place.strip("/").replace("/", ".").removeprefix(_OURS) + ".weight"] = fine(name).T
    return {name: torch.from_numpy(np.array(values, np.float32)) for name, values in state.items()}
