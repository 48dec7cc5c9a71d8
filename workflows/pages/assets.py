"""Style, scripts and Plotly's script beside pages: which files they are, and how they come into a folder.

Pages that are opened from disk need them beside themselves; a server gives them out by name.
"""

import functools
import hashlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from joins.errors import DiscoveryError

_OWN = Path(__file__).parent / "assets"
_PLOTLY = "plotly.min.js"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@functools.cache
def asset_files() -> dict[str, Path]:
    """Return where each asset lies, by its file name: our own and Plotly's script, which comes with its package.

    Raises DiscoveryError if the package plotly has no such script.
    """
    found = find_spec("plotly")  # to import it takes a second, and nothing of it is needed
    plotly = Path(found.origin).parent / "package_data" / _PLOTLY if found and found.origin else None
    if plotly is None or not plotly.is_file():
        problem = f"the package plotly, which brings {_PLOTLY}, is not there"
        raise DiscoveryError(problem, remedy="install interest-graph with its dependencies again")
    return {path.name: path for path in sorted(_OWN.iterdir())} | {_PLOTLY: plotly}


@functools.cache
def assets_digest() -> str:
    """Return the first digits of one digest over all assets: other assets have another address."""
    digest = hashlib.sha256()
    for name, path in asset_files().items():
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def write_assets(folder: Path) -> str:
    """Write the assets below a folder, unless they are there, and return the name of the folder they lie in.

    Pages beside that folder give the name as ``assets``. A folder of another version of the assets stays as it is, as
    older pages use it. The files are written to a folder beside and moved, so no page sees half of them.
    """
    name = f"assets-{assets_digest()}"
    target = folder / name
    if not target.is_dir():
        staged = folder / f".{name}.{os.getpid()}"
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for file_name, path in asset_files().items():
            shutil.copyfile(path, staged / file_name)
        try:
            staged.rename(target)
        except OSError:  # another process was faster, with the same files
            shutil.rmtree(staged, ignore_errors=True)
            if not target.is_dir():
                raise
    return name
