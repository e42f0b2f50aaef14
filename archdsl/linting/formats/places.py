"""Files as other programs name them."""

import os


def relative(name: str) -> str:
    """A file's path from the current folder, with forward slashes; one outside of it as it is."""
    path = os.path.relpath(name)
    return (name if path.startswith("..") else path).replace(os.sep, "/")
