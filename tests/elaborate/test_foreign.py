"""What other frameworks call our layers: the tables of it say what there is."""

from archdsl import ops, resources
from archdsl.elaborate import foreign


def test_foreign_names_are_none_of_ours_and_mean_ops() -> None:
    for name, own in foreign.FOREIGN_NAMES.items():
        assert own in ops.names()
        assert name == own or name not in ops.names()
        assert foreign._plain(name) == name


def test_foreign_parameters_are_parameters_of_some_op() -> None:
    own = {parameter.name for name in ops.names() for parameter in ops.op(name).parameters}
    for names in foreign.FOREIGN_PARAMETERS.values():
        assert own.issuperset(names)


def test_names_of_library_blocks_lead_to_an_import() -> None:
    imports = foreign._library()
    for name, block in foreign._LIBRARY_NAMES.items():
        assert foreign._plain(name) == name
        assert imports[foreign._plain(block)] == f"from std.blocks import {block}"
    assert imports["resnet50"] == "from zoo.resnet import ResNet50"
    assert set(resources.LIBRARIES) == {
        line.split()[1].partition(".")[0] for line in imports.values()
    }
