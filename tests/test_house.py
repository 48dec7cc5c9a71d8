"""What holds the house together: who may start processes, how large files and folders are, and how they are named."""

import ast
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PURE = ("joins", "features", "pagerank", "storage_tiers")
PACKAGES = (*PURE, "workflows")
MODULES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))

# The one list of what reaches beyond tables below workflows: what it starts, reads or registers, and why.
REACHES_OUT = {
    "joins/engine/mrjob/engine.py": {
        "os.environ",
        "os.killpg",
        "signal",
        "subprocess",
    },  # mrjob in a process of its own
    "features/images/guarded_workers.py": {"pebble"},  # pictures of strangers are decoded where they may hang or die
    "features/images/worker_pools.py": {  # their processes; a worker leaves interrupts to the one that started it
        "atexit",
        "multiprocessing",
        "os.register_at_fork",
        "pebble",
        "signal",
    },
}
_MODULES = {"atexit", "multiprocessing", "pebble", "signal", "subprocess"}
_NAMES = {
    "ProcessPoolExecutor",
    "os.environ",
    "os.fork",
    "os.getenv",
    "os.kill",
    "os.killpg",
    "os.register_at_fork",
}

FEWEST_LINES, MOST_LINES, MOST_MODULES = 50, 300, 12
SMALL = {  # with the reason why each is a file
    "joins/arrow/chunks.py",  # what the other modules of the leaf stand on
    "pagerank/errors.py",  # the package's errors in one place
    "storage_tiers/registry.py",  # the tiers by name, and nothing else
    "storage_tiers/errors.py",  # the package's errors in one place
    "storage_tiers/pictures/digests.py",
    "storage_tiers/versioned/light.py",
    "storage_tiers/versioned/parquet_shards.py",
    "workflows/commands/where_to_look.py",
    "workflows/daily.py",  # the one task that people name
    "workflows/tasks/targets.py",
    "workflows/tasks/time_limit.py",
}
LARGE_FOLDERS = {
    "workflows/commands": 13,
}
SAME_NAMES = {
    "joins: tables",  # of raw/mapped and of raw/synthetic
    "storage_tiers: tier",
    "workflows: base",
}


def reaches_out(tree: ast.AST) -> set[str]:
    """Return what a module uses to start processes, read the environment or register exit hooks."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names} & _MODULES
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module.split(".")[0]} & _MODULES
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & _NAMES
            found |= {alias.name for alias in node.names} & _NAMES
        elif isinstance(node, ast.Attribute):
            found |= {f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else "", node.attr} & _NAMES
    return found


def n_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_only_these_modules_start_processes_read_the_environment_or_register_exit_hooks() -> None:
    found = {named(path): reaches_out(ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES}
    below_workflows = {name: what for name, what in found.items() if what and not name.startswith("workflows")}
    assert below_workflows == REACHES_OUT


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("from os import environ", {"os.environ"}),
        ("import os\nos.getenv('HOME')", {"os.getenv"}),
        ("import multiprocessing.pool", {"multiprocessing"}),
        ("from concurrent import futures\nfutures.ProcessPoolExecutor()", {"ProcessPoolExecutor"}),
        ("from concurrent.futures import ThreadPoolExecutor", set()),
    ],
)
def test_every_way_of_reaching_out_is_seen(source: str, what: set[str]) -> None:
    assert reaches_out(ast.parse(source)) == what


def test_a_small_file_has_a_reason() -> None:
    small = {named(path) for path in MODULES if path.name != "__init__.py" and n_lines(path) < FEWEST_LINES}
    assert small - SMALL == set()


def test_no_module_is_longer_than_a_sitting() -> None:
    assert [named(path) for path in MODULES if n_lines(path) > MOST_LINES] == []


def test_folders_hold_few_modules() -> None:
    folders = Counter(named(path.parent) for path in MODULES if path.name != "__init__.py")
    assert {folder: n for folder, n in folders.items() if n > LARGE_FOLDERS.get(folder, MOST_MODULES)} == {}


def test_no_two_modules_of_a_package_share_a_name() -> None:
    names = Counter((path.relative_to(REPOSITORY).parts[0], path.stem) for path in MODULES if path.stem != "__init__")
    assert {f"{package}: {name}" for (package, name), n in names.items() if n > 1} - SAME_NAMES == set()


def test_init_files_hold_a_docstring_and_exports_alone() -> None:
    for path in MODULES:
        if path.name == "__init__.py":
            docstring, *rest = ast.parse(path.read_text(encoding="utf-8")).body
            assert isinstance(docstring, ast.Expr), named(path)
            assert isinstance(docstring.value, ast.Constant), named(path)
            kinds = (ast.Import, ast.ImportFrom, ast.Assign)  # lazy_loader.attach_stub is an assignment
            assert [ast.unparse(node) for node in rest if not isinstance(node, kinds)] == [], named(path)
