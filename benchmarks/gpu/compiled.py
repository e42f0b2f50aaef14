"""`torch.compile` of emitted modules: one graph each, the same outputs, and they train."""

import time

import torch
from torch._dynamo.utils import counters

from benchmarks.gpu.networks import Net
from benchmarks.gpu.report import Finding, Report
from benchmarks.gpu.setting import Setting, float32
from benchmarks.gpu.training import gradients, prepared, train

MOST = 1e-4
"""By how much compiled float32 outputs may differ from eager ones, relative to the largest output:
fused operations round fewer times."""


def check(setting: Setting, net: Net, report: Report) -> None:
    """Evaluation in float32 without TF32, then training under bfloat16 autocast."""
    module, batch = prepared(setting, net)
    torch._dynamo.reset()
    counters.clear()
    compiled = torch.compile(module, backend=setting.backend, fullgraph=True)
    start = time.perf_counter()
    with torch.no_grad(), float32(tensor_cores=False):
        expected = module.eval()(batch.images)
        error = float((compiled(batch.images) - expected).abs().max() / expected.abs().max())
    seconds = time.perf_counter() - start
    findings = [_graphs("evaluation", 1), Finding(error <= MOST, f"outputs within {error:.1e}")]
    module.train()
    start = time.perf_counter()
    trained = train(setting, compiled, list(module.parameters()), batch)
    training_seconds = time.perf_counter() - start
    findings += [_graphs("both modes", 2), trained.finding(), gradients(module)]
    findings.append(Finding(True, f"took {seconds:.0f} s and {training_seconds:.0f} s"))
    figures = {"error": error, "evaluation_s": seconds, "training_s": training_seconds}
    report.add("compiled", net.name, findings, last=trained.last, **figures)


def _graphs(what: str, most: int) -> Finding:
    graphs, breaks = counters["stats"]["unique_graphs"], sum(counters["graph_break"].values())
    ok = graphs == most and not breaks
    return Finding(ok, f"{graphs} graph{'s' * (graphs > 1)} in {what}, {breaks} breaks")
