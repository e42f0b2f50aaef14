"""`archdsl init`: write initial weights."""

from archdsl.analysis.render import megabytes
from archdsl.cli.arguments import SPEC, VALUES, Arguments, Command, CommandError, Option
from archdsl.cli.specs import one_network
from archdsl.cli.weights import SEED, drawn, seed
from archdsl.outputs import OutputError, write_parts
from archdsl.visible import shown

COMMAND = Command(
    "init",
    "SPEC -o FILE [--seed NUMBER] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Write initial weights of the one network of SPEC as a .safetensors file. They have PyTorch's\n"
    "default distributions, and are the same for the same network and seed on every machine.",
    (SPEC,),
    (
        Option(("-o", "--output"), "FILE", "the file; its name ends in .safetensors"),
        SEED,
        *VALUES,
    ),
    "  archdsl init resnet.arch:ResNet50 -o weights.safetensors\n"
    "  archdsl init net.arch -o weights.safetensors --seed 7 --set classes=10",
)


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    path, number = arguments.one("--output"), seed(arguments)
    if path is None or not path.endswith(".safetensors"):
        raise CommandError("init needs a file to write: -o weights.safetensors")
    graph = one_network(spec, arguments)
    if graph is None:
        return 1
    from archdsl.weights import safetensors_parts

    weights = drawn(graph, number)
    try:
        size = write_parts(path, safetensors_parts(graph, weights))
    except OutputError as error:
        raise CommandError(str(error)) from error
    print(f"{shown(path)}  {megabytes(size)}  {len(weights):,} tensors")
    for _, step in graph.layers():
        if step.layer.opaque_params:
            count = f"{step.layer.opaque_params:,}"
            print(f"without the {count} parameters of {step.path}, which is an extern op")
    return 0
