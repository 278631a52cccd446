"""Writes pytorch.json: values computed by PyTorch that the tests of layers and optimizers compare with.

Run with Python 3 and PyTorch: python packages/core/golden/pytorch_golden.py && npm run format
The version of PyTorch that made the file is in the file. Everything is computed in float64 from
inputs of three decimals, which are in the file as well.
"""

import json
from pathlib import Path

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.sparse.check_sparse_tensor_invariants.enable()
generator = torch.Generator().manual_seed(20)


def draw(*shape, scale=1.0):
    return (torch.randn(*shape, generator=generator) * scale * 1000).round() / 1000


def plain(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def fill(module, scale=0.5):
    """Replaces every parameter by a draw and returns them by name."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(*parameter.shape, scale=scale))
    return {name: plain(parameter) for name, parameter in module.named_parameters()}


def case(module, x, output, **extra):
    """The gradient of sum(above * output) for the input and every parameter."""
    above = draw(*output.shape)
    (above * output).sum().backward()
    return {
        "x": plain(x),
        "above": plain(above),
        "output": plain(output),
        "gradientOfX": plain(x.grad),
        "gradients": {name: plain(parameter.grad) for name, parameter in module.named_parameters()},
        **extra,
    }


def layer_norm():
    x = draw(2, 3, 5, scale=2).requires_grad_()
    module = nn.LayerNorm(5)
    parameters = fill(module)
    return case(module, x, module(x), shape=[2, 3, 5], parameters=parameters)


def attention(causal, padding):
    batch, time, width, heads = 2, 4, 6, 2
    x = draw(batch, time, width).requires_grad_()
    module = nn.MultiheadAttention(width, heads, batch_first=True)
    parameters = fill(module)
    # The second sequence ends with two padded keys.
    ignored = torch.tensor([[False] * time, [False, False, True, True]])
    future = torch.triu(torch.ones(time, time, dtype=torch.bool), diagonal=1)
    output, _ = module(
        x,
        x,
        x,
        key_padding_mask=ignored if padding else None,
        attn_mask=future if causal else None,
        need_weights=False,
    )
    return case(
        module,
        x,
        output,
        shape=[batch, time, width],
        heads=heads,
        causal=causal,
        keyMask=[0 if skip else 1 for skip in ignored.flatten().tolist()] if padding else None,
        parameters=parameters,
    )


def gru():
    x = draw(2, 5, 3).requires_grad_()
    module = nn.GRU(3, 4, batch_first=True)
    parameters = fill(module)
    return case(module, x, module(x)[0], shape=[2, 5, 3], hidden=4, parameters=parameters)


def batch_norm():
    x = draw(6, 3, scale=2).requires_grad_()
    module = nn.BatchNorm1d(3)
    parameters = fill(module)
    output = module(x)
    return case(
        module,
        x,
        output,
        shape=[6, 3],
        parameters=parameters,
        runningMean=plain(module.running_mean),
        runningVariance=plain(module.running_var),
    )


def optimizer(make, steps=8, size=5):
    parameter = nn.Parameter(draw(size))
    start, gradients, trajectory = plain(parameter), [], []
    optimizer = make([parameter])
    for _ in range(steps):
        parameter.grad = draw(size)
        gradients.append(plain(parameter.grad))
        optimizer.step()
        trajectory.append(plain(parameter))
    return {"start": start, "gradients": gradients, "trajectory": trajectory}


def sparse_adam(rows=5, width=2):
    table = nn.Parameter(draw(rows, width))
    start, steps, trajectory = plain(table), [], []
    optimizer = torch.optim.SparseAdam([table], lr=0.05)
    # Row 4 is never touched, row 0 late, row 2 twice within one step.
    for ids in [[1, 2], [3, 3], [2, 2], [1, 3], [0, 2], [3, 1], [1, 0], [2, 1]]:
        values = draw(len(ids), width)
        table.grad = torch.sparse_coo_tensor(torch.tensor([ids]), values, (rows, width))
        steps.append({"ids": ids, "values": plain(values)})
        optimizer.step()
        trajectory.append(plain(table))
    return {"shape": [rows, width], "start": start, "steps": steps, "trajectory": trajectory}


golden = {
    "torch": torch.__version__,
    "layerNorm": layer_norm(),
    "attention": {
        "causal": attention(causal=True, padding=False),
        "padded": attention(causal=False, padding=True),
        "causal and padded": attention(causal=True, padding=True),
    },
    "gru": gru(),
    "batchNorm": batch_norm(),
    "optimizers": {
        "sgd": optimizer(lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.1)),
        "adam": optimizer(lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1)),
        "adamw": optimizer(lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1)),
        "rmsprop": optimizer(lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9, weight_decay=0.1)),
    },
    "sparseAdam": sparse_adam(),
}
path = Path(__file__).with_name("pytorch.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
