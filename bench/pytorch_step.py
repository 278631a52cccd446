"""The SASRec training step of bench/sasrec-step.mjs in PyTorch eager: same architecture, shapes, loss and
optimizer, as many threads as PyTorch takes by itself. Prints {"torch", "threads", "median", ...} in milliseconds as JSON.

Usage: pytorch_step.py BATCH TIME bce|sampledSoftmax NEGATIVES
"""

import json
import math
import sys
import time as clock

import torch
from torch import nn
from torch.nn import functional as F

batch, time, loss_kind, num_negatives = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
num_items, d, dropout, rounds, warmup = 3416, 64, 0.2, 30, 5
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm, self.feed_norm = nn.LayerNorm(d), nn.LayerNorm(d)
        self.query, self.key, self.value, self.output = (nn.Linear(d, d) for _ in range(4))
        self.inner, self.outer = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x, mask):
        n = self.attention_norm(x)
        scores = self.query(n) @ self.key(n).transpose(1, 2) / math.sqrt(d) + mask
        attended = self.output(scores.softmax(-1) @ self.value(n))
        x = x + F.dropout(attended, dropout)
        return x + F.dropout(self.outer(F.relu(self.inner(self.feed_norm(x)))), dropout)


class Sasrec(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(num_items + 1, d, padding_idx=0)
        self.positions = nn.Parameter(torch.randn(time, d) * 0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.norm = nn.LayerNorm(d)
        self.register_buffer("mask", torch.full((time, time), -1e9).triu(1))

    def forward(self, history):
        x = F.dropout(self.items(history) * math.sqrt(d) + self.positions, dropout)
        for block in self.blocks:
            x = block(x, self.mask)
        return self.norm(x)


model = Sasrec()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98))
history, targets, negatives = (torch.randint(1, num_items + 1, (batch, time)) for _ in range(3))
shared = torch.randperm(num_items)[:num_negatives] + 1
hits = targets.reshape(-1, 1) == shared


def step():
    optimizer.zero_grad()
    states = model(history)
    positive = (states * model.items(targets)).sum(-1)
    if loss_kind == "bce":
        negative = (states * model.items(negatives)).sum(-1)
        loss = (F.softplus(-positive) + F.softplus(negative)).mean()
    else:
        scores = (states.reshape(-1, d) @ model.items(shared).T).masked_fill(hits, -1e9)
        loss = F.softplus(scores.logsumexp(-1) - positive.reshape(-1)).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


times = []
for round_number in range(-warmup, rounds):
    started = clock.perf_counter()
    step()
    if round_number >= 0:
        times.append(1000 * (clock.perf_counter() - started))
times.sort()
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "median": round(times[len(times) // 2], 2),
            "p10": round(times[len(times) // 10], 2),
            "p90": round(times[9 * len(times) // 10], 2),
            "rounds": rounds,
        }
    )
)
