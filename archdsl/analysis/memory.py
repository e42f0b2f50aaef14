"""The largest set of values that are alive at once."""

from collections.abc import Iterable, Sequence

from archdsl.graph.ir import Step


def peak_elements(
    steps: Sequence[Step], elements: Sequence[int], given: Iterable[int], kept: Iterable[int]
) -> int:
    """The largest total of elements alive while a step runs, its inputs and results included.

    A value is alive from its step (`given` ones from the start) to its last reader, `kept` ones to
    the end.

    Args:
        elements: the number of elements of every value.
    """
    readers = [0] * len(elements)
    for step in steps:
        for value in step.inputs:
            readers[value] += 1
    for value in kept:
        readers[value] += 1
    alive = sum(elements[value] for value in given if readers[value])
    peak = alive
    for step in steps:
        alive += sum(elements[value] for value in step.outputs)
        peak = max(peak, alive)
        for value in step.inputs:
            readers[value] -= 1
            if not readers[value]:
                alive -= elements[value]
        for value in step.outputs:
            if not readers[value]:
                alive -= elements[value]
    return peak
