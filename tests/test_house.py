"""What holds the house together: who may start processes, how large files and folders are, and how they are named."""

import ast
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PURE = ("joins", "features", "pagerank", "storage_tiers")
PACKAGES = (*PURE, "serving", "workflows")
MODULES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))

# The one list of what reaches beyond tables: what it starts, reads or registers, and why.
REACHES_OUT = {
    # mrjob in a process of its own, told by its environment and ended with all that it started
    "joins/engine/mrjob/running_jobs.py": {"os.environ", "os.killpg", "signal", "subprocess"},
    # as which user tasks act in HDFS
    "joins/engine/mrjob/engine.py": {"os.environ"},
    # a variable says which disk a cluster gives its tasks
    "joins/engine/places.py": {"os.environ"},
    # Spark is told by variables which Python its workers are; its session ends with the process, and a Java that never
    # answered is let go
    "joins/engine/spark/session.py": {"atexit", "os.environ", "subprocess"},
    # it ends when asked to, with what it began, and when its driver is gone
    "joins/engine/mrjob/ending.py": {"os.killpg", "signal"},
    # Hadoop's own commands
    "joins/engine/mrjob/runners/hdfs_files.py": {"subprocess"},
    "joins/engine/mrjob/runners/on_hadoop.py": {"subprocess"},
    # the decoders of strangers' pictures may hang or die, so they run in worker processes that are kept for the run
    "features/images/worker_pools.py": {"multiprocessing", "os.register_at_fork", "pebble", "signal"},
    # what such a worker raised or ran out of is pebble's to name
    "features/images/guarded_workers.py": {"pebble"},
    # signals are met before the second that importing the commands takes
    "workflows/before_imports.py": {"atexit", "signal"},
    # a signal ends a command at once, with its children
    "workflows/operations/interruption.py": {"multiprocessing", "signal"},
    # a notice is given to a command of the user's, in variables too, and ended with what that started
    "workflows/notices/notice_command.py": {"os.environ", "os.killpg", "signal", "subprocess"},
    # a date of a backfill is built in a process of its own, which ends when its parent does
    "workflows/backfills/children.py": {"os.killpg", "signal", "subprocess"},
    "workflows/backfills/watched.py": {"os.killpg", "signal"},
    # whether a store's keys or a profile are given, which says who reads them
    "storage_tiers/stores/credentials.py": {"os.environ"},
    # two variables of Luigi's say which files it reads, and stand in its way where one of them is faulty
    "workflows/config_files.py": {"os.environ"},
    "workflows/luigi_cfg.py": {"os.environ"},
    # a query of anybody has a process of its own, with nothing of the environment but what a Python needs
    "storage_tiers/sql_batch/query_process.py": {"os.environ", "subprocess"},
    # the password of a server comes from the environment, as its own programs take it from there
    "storage_tiers/redis_server/redis_address.py": {"os.environ"},
    # a forked process must not use what LMDB opened for its parent
    "storage_tiers/random_access/environments.py": {"os.register_at_fork"},
    # a task that takes too long is interrupted where it stands
    "workflows/tasks/base.py": {"signal"},
    "workflows/checks/own/queries.py": {"signal"},  # a query that doesn't end is ended before
    # as many processes as wanted answer requests; a signal ends all of them when those in flight are answered
    "serving/server/workers/supervising.py": {"signal"},
    "serving/server/workers/worker.py": {"signal"},
    "serving/server/workers/worker_process.py": {"signal", "subprocess"},
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

FEWEST_LINES, MOST_LINES, MOST_FUNCTION_LINES, MOST_MODULES, MOST_SMALL = 50, 280, 40, 12, 19
SMALL = {
    "joins/arrow/shared_fields.py": "fields of several packages; `joins/arrow/fields.py` is how a field is declared",
    "joins/engine/sent_step.py": "how steps and probes are pickled is the same for all clusters",
    "joins/engine/shuffle/shuffle_file.py": "what waits on a disk, for the engine of one machine and for reduce tasks",
    "joins/raw/mapped/source_form.py": "the keys of a source's dialect, which the mapping names and the readers obey",
    "pagerank/errors.py": "the errors of a package have one place",
    "pagerank/layout/parallel_edges.py": "layouts with and without Numba put parallel edges in the same order",
    "serving/answer.py": "what goes over the wire, which clients import, and a client needs no plan nor store",
    "serving/plans/limits.py": "what plans, processors and settings are bounded by has one place",
    "storage_tiers/errors.py": "the errors of a package have one place",
    "storage_tiers/light.py": "the rule of what light leaves out, apart from how versions are written",
    "workflows/records/heard_log.py": "what a record keeps of a log, apart from how it is written",
    "workflows/settings/of_days.py": "a section of luigi.cfg has a module",
    "workflows/settings/of_pictures.py": "as above",
    "workflows/settings/of_tiers.py": "as above",
    "workflows/backfills/watched.py": "what a process of a backfill runs, apart from who starts it",
    "workflows/tiers_in_use.py": "which tiers are open, and where, follows from settings in one place",
    "workflows/settings/table.py": "what all sections are read by",
    "workflows/commands/options.py": "the options that commands share",
    "workflows/tasks/targets.py": "Luigi's own interface, implemented once",
}
LONG_FUNCTIONS = {"pagerank/layout/build_kernels.py: scatter"}  # a compiled loop over edges, one pass, nothing to call


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


def n_lines_of(function: ast.FunctionDef) -> int:
    """Count the lines of a function without its docstring, which may be long where the function is public."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    n_documented = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - n_documented


def named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_only_these_modules_start_processes_read_the_environment_or_register_exit_hooks() -> None:
    found = {named(path): reaches_out(ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES}
    assert {name: what for name, what in found.items() if what} == REACHES_OUT


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


def test_every_small_file_has_a_reason_and_there_are_few() -> None:
    small = {named(path) for path in MODULES if path.name != "__init__.py" and n_lines(path) < FEWEST_LINES}
    assert small - SMALL.keys() == set()
    assert len(SMALL) <= MOST_SMALL


def test_no_module_is_longer_than_a_sitting() -> None:
    assert [named(path) for path in MODULES if n_lines(path) > MOST_LINES] == []


def test_no_function_is_longer_than_a_page() -> None:
    long = {
        f"{named(path)}: {function.name}"
        for path in MODULES
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and n_lines_of(function) > MOST_FUNCTION_LINES
    }
    assert long - LONG_FUNCTIONS == set()


def test_folders_hold_few_modules() -> None:
    folders = Counter(named(path.parent) for path in MODULES if path.name != "__init__.py")
    assert {folder: n for folder, n in folders.items() if n > MOST_MODULES} == {}


def test_no_two_modules_of_a_package_share_a_name() -> None:
    names = Counter((path.relative_to(REPOSITORY).parts[0], path.stem) for path in MODULES if path.stem != "__init__")
    assert {f"{package}: {name}" for (package, name), n in names.items() if n > 1} == set()


def test_init_files_hold_a_docstring_and_exports_alone() -> None:
    for path in MODULES:
        if path.name == "__init__.py":
            docstring, *rest = ast.parse(path.read_text(encoding="utf-8")).body
            assert isinstance(docstring, ast.Expr), named(path)
            assert isinstance(docstring.value, ast.Constant), named(path)
            kinds = (ast.Import, ast.ImportFrom, ast.Assign)  # lazy_loader.attach_stub is an assignment
            assert [ast.unparse(node) for node in rest if not isinstance(node, kinds)] == [], named(path)
