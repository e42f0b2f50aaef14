"""PyTorch and onnxruntime, loaded so that nothing but their own code is run and nothing is sent."""

import os
import sys


def load_torch() -> None:
    """Import PyTorch as from the root folder.

    Libraries of CUDA's that it loads look for others in the current folder too, where what a
    stranger has put there would be run. Other threads are elsewhere meanwhile as well.

    Raises:
        ImportError: it is not installed.
    """
    if "torch" in sys.modules:
        return
    try:
        here = os.getcwd()
    except FileNotFoundError:
        return  # the folder is gone, and nothing can lie in it
    os.chdir(os.sep)
    try:
        import torch  # noqa: F401
    finally:
        os.chdir(here)


def load_onnxruntime() -> None:
    """Import onnxruntime, which keeps records of its use and sends them unless told not to.

    Raises:
        ImportError: it is not installed.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime  # noqa: F401
