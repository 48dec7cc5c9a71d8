"""What a module says, whatever its layout: a digest of its syntax tree, and what it imports.

Parsing all modules that shape bytes takes a quarter of a second, a tenth of a whole day of a few rows.
So what was found is kept in one file beside Python's own bytecode, under the same rules: it holds for sources of the
same content alone, nothing depends on it, and where Python writes no bytecode, or may not, it isn't written.
"""

import ast
import hashlib
import importlib.util
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded
from storage_tiers.versioned.parts import replace_text


class ModuleSyntax(msgspec.Struct, frozen=True):
    """What a module says, and of which source."""

    source: str  # digest of its bytes
    tree: str  # digest of its syntax tree
    imports: tuple[str, ...]


NOTHING_SAID = ModuleSyntax("", "", ())
_found_anew: dict[str, ModuleSyntax] = {}  # by name of the module


def syntax_of(name: str, path: Path) -> ModuleSyntax:
    """Return what a module says: as it was kept of this very source, or parsed."""
    content = path.read_bytes()
    source = _digest(content)
    kept = _kept().get(name)
    if kept and kept.source == source:
        return kept
    tree = ast.parse(content)
    _found_anew[name] = ModuleSyntax(source, tree_digest(tree), _imports_in(tree))
    return _found_anew[name]


def keep_syntax() -> None:
    """Keep what was parsed since the last call, for the processes to come."""
    if _found_anew and not sys.dont_write_bytecode:
        known = _kept()
        known |= _found_anew
        with suppress(OSError):  # as Python does: whoever may not write parses again
            _file().parent.mkdir(parents=True, exist_ok=True)
            replace_text(_file(), msgspec.json.encode(known).decode())
    _found_anew.clear()


def _file() -> Path:
    """Return where it is kept. What this module finds may change with it, so its own digest is in the name."""
    here = Path(__file__)
    folder = Path(importlib.util.cache_from_source(here)).parent
    return folder / f"module_syntax-{_digest(here.read_bytes())[:16]}.json"


@cache
def _kept() -> dict[str, ModuleSyntax]:
    try:
        return msgspec.json.decode(read_bounded(_file()), type=dict[str, ModuleSyntax])
    except UNREADABLE:  # not there yet, or torn: parsed again, and written anew
        return {}


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _imports_in(tree: ast.Module) -> tuple[str, ...]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return tuple(sorted(found))


def tree_digest(tree: ast.Module) -> str:
    r"""Return a digest of what a module says, the same on every Python that reads it.

    Examples
    --------
    >>> first = ast.parse("def f(x):\n    '''Doubles.'''\n    return 2 * x  # twice")
    >>> tree_digest(first) == tree_digest(ast.parse("def f(x): return (2*x)"))
    True
    >>> tree_digest(first) == tree_digest(ast.parse("def f(x): return 3 * x"))
    False
    """
    said: list[str] = []
    _say(tree, said)
    return hashlib.blake2b("\0".join(said).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _say(node: object, said: list[str]) -> None:
    """Write down a node; what is empty is left out, as Pythons differ in which empty fields they have."""
    if isinstance(node, ast.AST):
        said.append(type(node).__name__)
        for field in node._fields:
            value = getattr(node, field, None)
            if field == "body" and isinstance(value, list):
                value = [one for one in value if not _is_docstring(one)]
            if value is not None and value != [] and field not in ("ctx", "kind", "type_comment"):
                said.append(field)
                _say(value, said)
        said.append(")")
    elif isinstance(node, list):
        for one in node:
            _say(one, said)
    else:
        said.append(repr(node))


def _is_docstring(node: ast.AST) -> bool:
    """Return whether a statement is a text that nobody takes."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
