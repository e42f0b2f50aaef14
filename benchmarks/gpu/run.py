"""The parts, one after another."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from benchmarks.gpu import compiled, figures, parity, plans, training
from benchmarks.gpu.beside import Job, in_processes
from benchmarks.gpu.networks import LANDMARKS, OWN, Net
from benchmarks.gpu.report import Report
from benchmarks.gpu.setting import Setting

PARTS = ("training", "parity", "half", "plans", "compiled", "figures")
"""In this order, but what compiles runs beside what comes before `figures`, in a process a network:
it takes up to a minute, most of it on one processor.
"""

NETS = {net.name: net for net in (*LANDMARKS, *OWN)}
COMPILED = ("ResNet50", "MobileNetV2", "EfficientNetB0", "GoogLeNet", *(net.name for net in OWN))
TIMED = ("ResNet50", "MobileNetV2", "EfficientNetB0")
NAMES = (*NETS, *plans.PLANS)

Check = Callable[[Setting, Net, Report], None]


def run(
    setting: Setting, report: Report, parts: Sequence[str] = PARTS, names: Sequence[str] = ()
) -> None:
    """Runs parts on the networks and plans with these names, on all if there are none."""

    def chosen(part: str, known: Sequence[str]) -> list[str]:
        return [name for name in known if name in (names or known)] if part in parts else []

    def check_all(part: str, check: Check, known: Sequence[str]) -> None:
        for name in chosen(part, known):
            with report.guarded(part, name):
                check(setting, NETS[name], report)
            setting.free()

    with ExitStack() as stack:
        jobs = [Job("compiled", name, 0) for name in chosen("compiled", COMPILED)]
        if len(jobs) > 1:
            # Rounds that measure nothing leave what they compile in PyTorch's cache.
            jobs += [Job("figures", name, 0) for name in chosen("figures", TIMED[:1])]
            stack.enter_context(in_processes(setting, jobs, report))
        else:
            check_all("compiled", compiled.check, COMPILED)
        check_all("training", training.check, list(NETS))
        check_all("parity", parity.check, [net.name for net in LANDMARKS if net.torchvision])
        check_all("half", training.check_half, ["ResNet50"])
        plans.check_all(setting, chosen("plans", plans.PLANS), report)
    for mode, known in (
        (figures.FLOAT32, TIMED),
        (figures.BFLOAT16, TIMED),
        (figures.COMPILED, TIMED[:1]),
    ):
        for name in chosen("figures", known):
            with report.guarded("figures", name):
                results = figures.measured(setting, NETS[name], mode)
                report.add_results("figures", name, results)
            setting.free()


def on_cuda(quick: bool) -> bool:
    """All of it; whether all is as it should be."""
    report = Report()
    setting = Setting()
    print(setting.name(), flush=True)
    run(setting._replace(rounds=3) if quick else setting, report)
    return report.ok
