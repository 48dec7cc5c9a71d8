"""Which files tasks on other machines import: those of this project, and of the distributions that tasks need.

Tasks need few of the distributions that a run needs: no DuckDB, no Luigi, no Numba, no Plotly. These few are named
here, and what they require themselves is read from what they declare. Where the files lie is asked of the environment
that runs, so it makes no difference whether this project is installed editable, and no network is needed.

Two tools that make such archives were looked at. pex builds an editable project anew, for which it wants the network.
venv-pack takes no editable project, and all of an environment.
"""

import hashlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from joins.errors import EngineError

_PROJECT = "interest-graph"
_PACKAGES = ("features", "joins", "pagerank", "storage_tiers", "workflows")
_NEEDED = ("lazy-loader", "lmdb", "msgspec", "numpy", "packaging", "pebble", "pillow", "pyarrow", "scipy")
_NEEDED_WHERE_INSTALLED = (
    "hdfs-native",
    "mrjob",
    "obstore",
    "pillow-heif",
    "setuptools",
    "simplejpeg",
    "standard-pipes",
)
_LEFT_OUT = {"__pycache__", "tests", "include"}  # folders that nothing imports
_IMPORTED_TESTS = "numpy"  # whose `numpy.testing` imports a module of its tests
_LEFT_OUT_ENDINGS = {".a", ".c", ".cpp", ".h", ".hpp", ".lib", ".pxd", ".pxi", ".pyc", ".pyx"}
_OF_AN_INSTALLATION = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}  # other bytes on each machine
_DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class ShippedFile:
    """A file of the archive: where it lies here, and a digest of its content."""

    source: Path
    digest: str


def shipped_files() -> dict[str, ShippedFile]:
    """Return all files by their names in the archive, in the order of these.

    Raises EngineError if a distribution can't be shipped, as nothing says which files are its own.
    """
    files = dict(_project_files())
    for distribution in needed_distributions().values():
        files.update(_files_of(distribution))
    return {name: files[name] for name in sorted(files)}


def needed_distributions() -> dict[str, importlib.metadata.Distribution]:
    """Return the distributions that tasks need, by name, with all that they require."""
    found: dict[str, importlib.metadata.Distribution] = {}
    waiting = [*_NEEDED, *(name for name in _NEEDED_WHERE_INSTALLED if _is_installed(name))]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found[name] = _distribution(name)
            waiting += _required(found[name])
    return found


def digest_of(files: Mapping[str, ShippedFile]) -> str:
    """Return the digest of an archive's content: of names and contents, and of the Python that can import it."""
    digest = hashlib.blake2b(repr(sys.version_info[:2]).encode(), digest_size=_DIGEST_BYTES)
    for name, file in files.items():
        digest.update(f"{name} {file.digest}\n".encode())
    return digest.hexdigest()


@cache
def project_digest() -> str:
    """Return the digest of this project's code as tasks import it; it is that of the archive on a node that has it."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name, file in sorted(_project_files()):
        if name.endswith(".py"):
            digest.update(f"{name} {file.digest}\n".encode())
    return digest.hexdigest()


def _project_files() -> Iterator[tuple[str, ShippedFile]]:
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        folder = Path(spec.origin).parent
        for path in folder.rglob("*"):
            name = f"{package}/{path.relative_to(folder).as_posix()}"
            if _is_imported(name) and path.is_file():
                yield name, ShippedFile(path, hashlib.blake2b(path.read_bytes(), digest_size=_DIGEST_BYTES).hexdigest())


def _files_of(distribution: importlib.metadata.Distribution) -> Iterator[tuple[str, ShippedFile]]:
    files = [file for file in distribution.files or () if ".." not in file.parts and _is_imported(file.as_posix())]
    if not any(file.suffix in {".py", ".so"} for file in files):
        raise EngineError(
            f"{distribution.name} can't be sent to other machines: it doesn't say which modules are its own",
            where="what tasks import",
            remedy="install it from a wheel, or set python_bin to a Python of the nodes with this project installed",
        )
    for file in files:
        source = Path(str(file.locate()))
        if source.is_file():
            known = file.hash.value if file.hash else hashlib.blake2b(source.read_bytes()).hexdigest()
            yield file.as_posix(), ShippedFile(source, known)


def _is_imported(name: str) -> bool:
    path = Path(name)
    left_out = _LEFT_OUT - ({"tests"} if path.parts[0] == _IMPORTED_TESTS else set())
    of_installation = path.parent.suffix == ".dist-info" and path.name in _OF_AN_INSTALLATION
    return not (left_out & {*path.parts} or path.suffix in _LEFT_OUT_ENDINGS or of_installation)


def _required(distribution: importlib.metadata.Distribution) -> Iterator[str]:
    """Yield the names of what a distribution requires here, without its extras."""
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _distribution(name: str) -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError as error:
        raise EngineError(
            f"{name} is not installed here, and tasks on other machines need it",
            where="what tasks import",
            remedy=f"pip install {name}",
        ) from error
