"""The pages of the reference: one for every public class and function, found in the package."""

import inspect
from importlib import import_module
from pathlib import Path

#: Titles, and the modules whose public names stand under them.
SECTIONS = {
    "Networks": ["reservoir.esn", "reservoir.panels"],
    "Reservoirs": ["reservoir.reservoirs"],
    "Readouts": ["reservoir.readouts"],
    "Sequences to rows": ["reservoir.representations"],
    "Searches and scores": ["reservoir.model_selection", "reservoir.metrics"],
    "Diagnostics": ["reservoir.diagnostics"],
    "Pictures": ["reservoir.plotting"],
    "Data": [
        "reservoir.datasets", "reservoir.reading", "reservoir.interchange", "reservoir.baselines",
        "reservoir.series", "reservoir.sequences", "reservoir.differences", "reservoir.saving",
    ],
    "Structures": ["reservoir.topology"],
    "Underneath": ["reservoir.ridge", "reservoir.dynamics"],
}  # fmt: skip


def names_of(module_name: str) -> list[str]:
    """Return the public classes and functions of a module, by their shortest names."""
    module, top = import_module(module_name), import_module("reservoir")
    names = getattr(module, "__all__", None)
    if names is None:
        names = [
            name for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", "") == module_name
        ]  # fmt: skip
    found = []
    for name in names:
        value = getattr(module, name)
        documented = inspect.isclass(value) or inspect.isfunction(value)
        if documented and value.__doc__ and value.__module__.startswith("reservoir"):
            found.append(f"reservoir.{name}" if name in top.__all__ else f"{module_name}.{name}")
    return sorted(found, key=lambda name: name.rpartition(".")[2].lower())


def entries() -> dict[str, list[str]]:
    """Return the names under every title, each once."""
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    for title, modules in SECTIONS.items():
        names = [name for module in modules for name in names_of(module) if name not in seen]
        seen |= set(names)
        found[title] = names
    return found


def write(folder: Path) -> None:
    """Write the index of the reference, from which autosummary makes the pages."""
    lines = ["Reference", "=========", ""]
    for title, names in entries().items():
        lines += [
            title,
            "-" * len(title),
            "",
            ".. autosummary::",
            "   :toctree: .",
            "   :nosignatures:",
            "",
        ]
        lines += [f"   {name}" for name in names] + [""]
    folder.mkdir(exist_ok=True)
    page = folder / "index.rst"
    text = "\n".join(lines)
    if not page.exists() or page.read_text() != text:
        page.write_text(text)
