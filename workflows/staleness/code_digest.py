"""One digest of the code that shapes a dataset, so that a change of it is seen without a new version number.

It goes over the modules that hold the dataset's function, and over all that these import below the packages that shape
bytes. Comments, docstrings and layout are left out: what counts is the syntax tree. What only carries rows about (the
engine, staging, Luigi) is left out as well, as it gives the same bytes in any way it is written. So a digest that
differs says that rows may differ, not that they do.
"""

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path

from workflows.derivations import Derivation, Reads, Shared, Shuffled
from workflows.staleness.module_syntax import NOTHING_SAID, ModuleSyntax, keep_syntax, syntax_of

CODE_DIGEST = "code_digest"  # what manifests call it, among the parameters
_SHAPING = ("joins", "features", "pagerank", "storage_tiers.pictures", "storage_tiers.foreign_files")
_CARRYING = ("joins.engine", "joins.errors", "features.images.worker_pools", "pagerank.errors")
_READING_RAW = ("workflows.tasks.raw_input.raw_snapshot", "workflows.tasks.raw_input.snapshot_folder")
_ORDERING = "features.shared_columns"  # what gives rows their order among all
_HEX_CHARACTERS = 64


def code_digest(derivation: Derivation, task_module: str) -> str:
    """Return the digest of the code that makes what a derivation publishes, in hex.

    `task_module` is where its task is, which counts where the task has a run of its own.
    """
    roots = _modules_of(derivation, task_module)
    digest = _digest_of(tuple(sorted(set(roots))))
    keep_syntax()
    return digest


def modules_behind(roots: Iterable[str]) -> list[str]:
    """Return the names of some modules and of all that they import, at any depth, that shape bytes; sorted."""
    found: set[str] = set()
    waiting = [*roots]
    while waiting:
        name = waiting.pop()
        if name not in found and _path_of(name) is not None:
            found.add(name)
            waiting += [other for other in _syntax_of(name).imports if _shapes_bytes(other)]
    return sorted(found)


def _modules_of(derivation: Derivation, task_module: str) -> Iterator[str]:
    if derivation.build is None:
        yield task_module
    functions: list[object] = [derivation.build, *([derivation.counts.of] if derivation.counts else [])]
    for reads in derivation.reads():
        functions += _functions_of(reads)
    for function in functions:
        made_of = function.func if isinstance(function, partial) else function
        module = getattr(made_of, "__module__", None)
        if module and _shapes_bytes(module):
            yield module
    if derivation.is_ordered:
        yield _ORDERING


def _functions_of(reads: Reads) -> list[object]:
    if isinstance(reads, Shared):
        return [reads.prepare]
    return [reads.of] if isinstance(reads, Shuffled) else []


def _shapes_bytes(name: str) -> bool:
    return name in _READING_RAW or (_is_below(name, _SHAPING) and not _is_below(name, _CARRYING))


def _is_below(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@cache
def _digest_of(roots: tuple[str, ...]) -> str:
    combined = hashlib.blake2b(digest_size=_HEX_CHARACTERS // 2)
    for name in modules_behind(roots):
        combined.update(f"{name} {_tree_digest(name)}\n".encode())
    return combined.hexdigest()


@cache
def _path_of(name: str) -> Path | None:
    """Return the source of a module or package; None for what is none, or has none."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:  # a name that is imported from a module, not a module
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


@cache
def _syntax_of(name: str) -> ModuleSyntax:
    path = _path_of(name)
    return syntax_of(name, path) if path else NOTHING_SAID


def _tree_digest(name: str) -> str:
    return _syntax_of(name).tree
