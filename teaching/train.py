"""`python -m teaching.train`: teach the reader from data/teaching and the checklist's examples, and ship it to scorer/model.

Needs the `teach` extra and a base encoder (see teaching/base.py). On two cores it takes hours; going on from the shipped reader
(`--on-from scorer/model --epochs 2`) takes less, and is what added lessons ask for.
"""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor, nn

from scorer.checklist import load_checklist
from scorer.passages import Passage
from scorer.reader import Vocabulary
from teaching.base import Base, find_base
from teaching.dataset import Item, items
from teaching.model import Network
from teaching.ship import ship
from teaching.shipped import shipped_weights
from teaching.split import is_measured
from teaching.weigh import weigh

# Tokens a step, padding included: passages are as long as a section, examples as short as a sentence.
STEP_TOKENS = 1000
HEAD_FASTER = 10
# So many tokens of each lesson are hidden, others every time: what is learnt by heart helps less, what stands around it more.
HIDDEN = 0.18
# How much it weighs whose page it is, beside what its sentences state.
_WHOSE = 0.3
# A silent verdict weighs less than one that is stated: most sentences are silent on most criteria.
_CLASS_WEIGHTS = (0.6, 1.0, 1.0, 1.0)
_UNKNOWN = -100
# A passage, the classes of its sentences, and whether its page is of others (None where that is not asked).
Task = tuple[Passage, np.ndarray, bool | None]


@click.command()
@click.option("--base", "name", default="mpnet", show_default=True, type=click.Choice(["minilm", "mpnet"]))
@click.option(
    "--epochs", default=5, show_default=True, type=click.IntRange(min=0), help="0 ships what --on-from names as it is."
)
@click.option("--rate", default=5e-5, show_default=True, help="Learning rate of the encoder; the head learns faster.")
@click.option("--frozen", default=1, show_default=True, help="So many lower layers stay as they are.")
@click.option("--layers", default=6, show_default=True, help="Keep only so many layers; 0 for all.")
@click.option("--lessons", default="data/teaching", show_default=True, type=click.Path(path_type=Path))
@click.option("--to", default="scorer/model", show_default=True, type=click.Path(path_type=Path))
@click.option(
    "--on-from",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Go on from a shipped reader's folder, or from a file that --weights kept, instead of the base; from the mean of several.",
)
@click.option("--weights", type=click.Path(path_type=Path), help="Also keep the full-precision weights here.")
def main(
    name: str,
    epochs: int,
    rate: float,
    frozen: int,
    layers: int,
    lessons: Path,
    to: Path,
    on_from: tuple[Path, ...],
    weights: Path | None,
) -> None:
    """Teach the reader anew."""
    if not epochs and not on_from:
        raise click.UsageError("--epochs 0 ships what was taught before: name it with --on-from")
    torch.manual_seed(7)
    random.seed(7)
    base = find_base(name)
    checklist = load_checklist("checklist.yaml")
    pages = items(lessons, checklist, Vocabulary(base.folder / "tokenizer.json"))
    taught = [page for page in pages if not page.held_out]
    watched = [page for page in pages if page.held_out and not is_measured(page.clinic)]
    click.echo(
        f"{len(taught)} pages to learn from, {len(watched)} to watch, {len(pages) - len(taught) - len(watched)} left alone"
    )
    network = Network(base.folder, len(checklist.criteria), layers or None)
    if on_from:
        before = _mean([shipped_weights(one) if one.is_dir() else torch.load(one) for one in on_from])
        # A part of the network that those weights do not know begins anew.
        network.load_state_dict({**network.state_dict(), **before})
        click.echo(f"loss on those watched {_watched(network, watched, base):.3f}")
    learnt = network.state_dict()
    for told, learnt in _epochs(network, taught, base, epochs, rate, frozen) if epochs else ():
        click.echo(f"{told}, on those watched {_watched(network, watched, base):.3f}")
        if weights:
            torch.save(learnt, weights)
    network.float().load_state_dict(learnt)
    ship(network, base, checklist, to)
    click.echo(weigh(to, checklist))


def _mean(many: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of weights of one descent, which is surer on pages that none of them was taught with (Wortsman et al. 2022)."""
    return {name: torch.stack([weights[name].float() for weights in many]).mean(0) for name in many[0]}


def _epochs(
    network: Network, pages: Sequence[Item], base: Base, epochs: int, rate: float, frozen: int
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Teach; after each epoch, what is to be told of it and the network's weights in full precision."""
    for parameter in network.encoder.embeddings.parameters():
        parameter.requires_grad = not frozen
    for layer in network.encoder.encoder.layer[:frozen]:
        for parameter in layer.parameters():
            parameter.requires_grad = False
    # Where the processor multiplies bfloat16 faster, all is computed so; what is learnt is still summed up in full precision, or it
    # would be rounded away.
    rough = {name: p for name, p in network.named_parameters() if p.requires_grad}
    kind = _quickest()
    fine = rough if kind is torch.float32 else {name: p.detach().clone() for name, p in rough.items()}
    network.to(kind)
    head = [p for name, p in fine.items() if not name.startswith("encoder")]
    body = [p for name, p in fine.items() if name.startswith("encoder")]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": rate}, {"params": head, "lr": HEAD_FASTER * rate}], weight_decay=0.01, fused=True
    )
    lessons = _lessons(pages)
    steps = epochs * len(_batches(lessons))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (0.1 * steps)) * max(0.02, 1 - step / steps)
    )
    for epoch in range(epochs):
        network.train()
        total = 0.0
        batches = _batches(lessons)
        for batch in batches:
            loss = _loss(network, batch, base)
            loss.backward()
            total += loss.item()
            if fine is not rough:
                for name, parameter in rough.items():
                    fine[name].grad = None if parameter.grad is None else parameter.grad.float()
                    parameter.grad = None
            nn.utils.clip_grad_norm_(fine.values(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            if fine is not rough:
                with torch.no_grad():
                    for name, parameter in rough.items():
                        parameter.copy_(fine[name])
        yield f"epoch {epoch + 1}: loss {total / len(batches):.3f}", {**network.state_dict(), **fine}


def _quickest() -> torch.dtype:
    """The format in which this processor multiplies faster; without AMX or AVX-512 BF16 the shorter one is many times slower."""

    def took(kind: torch.dtype) -> float:
        left, right = torch.ones(512, 768, dtype=kind), torch.ones(768, 768, dtype=kind)
        left @ right
        start = time.perf_counter()
        for _ in range(5):
            left @ right
        return time.perf_counter() - start

    return min((torch.float32, torch.bfloat16), key=took)


def _watched(network: Network, pages: Sequence[Item], base: Base) -> float:
    """The loss on pages that are not learnt from."""
    network.eval()
    batches = _batches(_lessons(pages))
    with torch.no_grad():
        return float(np.mean([_loss(network, batch, base).item() for batch in batches]))


def _lessons(pages: Sequence[Item]) -> list[Task]:
    """Every passage with the classes of its sentences and whether its page is of others."""
    return [(part, page.classes[list(part.sentences)], page.of_others) for page in pages for part in page.passages]


def _loss(network: Network, batch: Sequence[Task], base: Base) -> Tensor:
    ids, mask, pools = frame([part for part, _, _ in batch], base)
    if network.training:
        ids = _partly_hidden(ids, base)
    wanted = torch.full((len(batch), pools.shape[1], batch[0][1].shape[1]), _UNKNOWN)
    whose = torch.zeros(len(batch), pools.shape[1], 1)
    asked = torch.zeros_like(whose)
    for row, (_, classes, of_others) in enumerate(batch):
        wanted[row, : len(classes)] = torch.from_numpy(classes)
        whose[row] = float(of_others or False)
        asked[row, : len(classes)] = float(of_others is not None)
    logits, others, _ = network(ids, mask, pools)
    whole = nn.functional.cross_entropy(
        logits.reshape(-1, 4),
        wanted.reshape(-1),
        weight=torch.tensor(_CLASS_WEIGHTS),
        ignore_index=_UNKNOWN,
        reduction="sum",
    )
    guessed = nn.functional.binary_cross_entropy_with_logits(others, whose, asked, reduction="sum")
    return (whole + _WHOSE * guessed) / sum(len(classes) for _, classes, _ in batch)


def _partly_hidden(ids: Tensor, base: Base) -> Tensor:
    """The same tokens with some behind the base's mask, as it was taught to read them."""
    kept = torch.isin(ids, torch.tensor([base.pad, base.start, base.end]))
    return ids.masked_fill(~kept & (torch.rand(ids.shape) < HIDDEN), base.mask)


def _batches(lessons: list[Task]) -> list[list[Task]]:
    """Shuffled batches of passages of like length, each of about STEP_TOKENS tokens."""
    jittered = sorted(lessons, key=lambda lesson: len(lesson[0].tokens) * random.uniform(0.8, 1.2))  # noqa: S311  no secret
    batches: list[list[Task]] = [[]]
    longest = 0
    for lesson in jittered:
        longest = max(longest, len(lesson[0].tokens) + 2)
        if batches[-1] and longest * (len(batches[-1]) + 1) > STEP_TOKENS:
            batches.append([])
            longest = len(lesson[0].tokens) + 2
        batches[-1].append(lesson)
    random.shuffle(batches)
    return batches


def frame(parts: Sequence[Passage], base: Base) -> tuple[Tensor, Tensor, Tensor]:
    """Passages as tensors: token numbers, their mask, and the pools that average each sentence's tokens."""
    length = max(len(part.tokens) for part in parts) + 2
    ids = torch.full((len(parts), length), base.pad)
    mask = torch.zeros(len(parts), length, dtype=torch.long)
    pools = torch.zeros(len(parts), max(len(part.spans) for part in parts), length)
    for row, part in enumerate(parts):
        ids[row, : len(part.tokens) + 2] = torch.tensor([base.start, *part.tokens, base.end])
        mask[row, : len(part.tokens) + 2] = 1
        for place, (start, end) in enumerate(part.spans):
            pools[row, place, start + 1 : end + 1] = 1 / max(1, end - start)
    return ids, mask, pools


if __name__ == "__main__":
    main()
