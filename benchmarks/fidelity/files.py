"""Data that other packages ship; they are read and not imported."""

from importlib.util import find_spec
from pathlib import Path


def path_in(package: str, path: str) -> Path:
    """Return the path of a file inside an installed package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f'this needs {package}: pip install ".[benchmarks]"')
    return Path(spec.submodule_search_locations[0], path)
