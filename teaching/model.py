"""The network that is taught: a published encoder, and a head for all criteria.

The head looks at each sentence twice: at the mean of its tokens beside the passage's, and, for each criterion, at the tokens that
criterion heeds most. A sentence that tells of a nurse, a cuff and a physician in one breath has a mean that says none of it clearly.
Beside it, it guesses from each sentence in its place whether the page tells of others' practice only.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModel

VECTOR = 256
# At first every sentence is silent, as nine in ten are: partial, stated and contradicted in the measure of how rare they are.
_PRIOR = (3.5, -1.0, 0.0, -2.0)
_MOST_HEED, _TINY = 6.0, 1e-6


class Network(nn.Module):
    """Passages in; for each sentence the logits of every verdict, the log odds that the page is of others, and a vector of unit length."""

    def __init__(self, base: Path, criteria: int, layers: int | None = None) -> None:
        super().__init__()
        # Lessons are read several times over: dropout keeps them from being learnt by heart. Of the attention it would cost too much time.
        self.encoder: Any = AutoModel.from_pretrained(
            str(base), attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.1, add_pooling_layer=False
        )
        if layers:
            self.encoder.encoder.layer = self.encoder.encoder.layer[:layers]
            self.encoder.config.num_hidden_layers = layers
        width = self.encoder.config.hidden_size
        self.drop = nn.Dropout(0.1)
        self.place = nn.Linear(2 * width, VECTOR)
        self.verdicts = nn.Linear(VECTOR, criteria * 4)
        self.others = nn.Linear(VECTOR, 1)
        # How much each criterion heeds a token, and what the token then says of its verdicts; at first nothing.
        self.heed = nn.Linear(width, criteria)
        self.word = nn.Linear(width, criteria * 4, bias=False)
        with torch.no_grad():
            self.word.weight.zero_()
            self.verdicts.weight.mul_(0.1)
            self.verdicts.bias.copy_(torch.tensor(_PRIOR).repeat(criteria))

    def forward(self, ids: Tensor, mask: Tensor, pools: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`ids`, `mask`: passages x tokens; `pools`: passages x sentences x tokens, rows that sum to one."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        means = torch.bmm(pools.to(states.dtype), states)
        whole = states[:, :1].expand(-1, means.shape[1], -1)
        hidden = nn.functional.gelu(self.place(self.drop(torch.cat([means, whole], -1))))
        logits = self.verdicts(self.drop(hidden)).float()
        vectors = nn.functional.normalize(hidden.float(), dim=-1)
        others = self.others(self.drop(hidden)).float()
        return logits.view(*means.shape[:2], -1, 4) + self._heeded(self.drop(states), pools), others, vectors

    def _heeded(self, states: Tensor, pools: Tensor) -> Tensor:
        """What the tokens of each sentence say, weighed by how much each criterion heeds them: passages x sentences x criteria x 4."""
        # Bounded, so that a quotient of sums serves as softmax over each sentence.
        heed = torch.exp(_MOST_HEED * torch.tanh(self.heed(states).float() / _MOST_HEED))
        words = self.word(states).float().view(*heed.shape, 4) * heed.unsqueeze(-1)
        said = torch.bmm(pools, words.flatten(2)).view(*pools.shape[:2], -1, 4)
        return said / torch.bmm(pools, heed).clamp_min(_TINY).unsqueeze(-1)


class Scores(nn.Module):
    """The network as it is shipped: probabilities instead of logits."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, mask: Tensor, pools: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities of every verdict (flattened a sentence), the log odds that the page is of others, and the vectors."""
        logits, others, vectors = self.network(ids, mask, pools)
        return torch.softmax(logits, -1).flatten(2), others, vectors
