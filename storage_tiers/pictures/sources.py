"""What a source of pictures holds: a file, a folder with everything below it, or a Parquet pack, as addresses.

Addresses are listed, not read. Their order is that of the paths and, in a pack, of the rows: the order in which
`storage_tiers.pictures.read_ahead` reads them fastest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from pyarrow import fs

from storage_tiers.errors import DatasetError
from storage_tiers.pictures.addresses import Place, is_pack, is_uri, locate, split_row
from storage_tiers.pictures.files import READING_ERRORS, PictureFile
from storage_tiers.pictures.packs import PicturePack, open_pack

_ON_THE_WEB = (".apng", ".avif", ".bmp", ".gif", ".ico", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".webp")
_ELSEWHERE = (
    ".heic",
    ".heif",
    ".j2k",
    ".jp2",
    ".jpx",
    ".pbm",
    ".pfm",
    ".pgm",
    ".pnm",
    ".ppm",
    ".qoi",
    ".tga",
    ".tif",
    ".tiff",
)
PICTURE_SUFFIXES = frozenset((*_ON_THE_WEB, *_ELSEWHERE))  # in lower case; files may have them in any


class PictureSourceError(DatasetError):
    """A source of pictures isn't there, or is none."""


@dataclass(frozen=True, slots=True)
class FoundAddresses:
    """The pictures of a source: what `read_picture` takes, each once, sorted by path, rows of a pack as they stand.

    Passed over are regular files of a folder whose suffix is none of `PICTURE_SUFFIXES` (packs among them), pipes and
    devices, and files whose path would be read as a row of a pack; rows without a name, or with that of an earlier row.
    """

    addresses: tuple[str, ...]
    n_passed_over: int = 0


def picture_addresses(source: str, root: str | Path | None = None) -> list[str]:
    """Return the addresses of all pictures of a source; see `find_addresses`, which counts the rest, too.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("b.jpg", "a.PNG", "notes.txt"):
    ...     (folder / name).touch()
    >>> picture_addresses(".", folder)
    ['a.PNG', 'b.jpg']
    """
    return list(find_addresses(source, root).addresses)


def find_addresses(source: str, root: str | Path | None = None) -> FoundAddresses:
    """Return the addresses of all pictures of a source, and how many other things it holds.

    A source is a path or a URI of a file, which is its own address whatever its suffix; of a folder; or of a Parquet
    file. Addresses are relative to `root` if it is, and percent-encoded if it is a URI. Folders are listed whole, links
    followed: about 300 bytes of memory a file. Of a pack the names are read.

    Raises PictureSourceError: there is nothing, it can't be listed, or the Parquet file is no pack.

    Examples
    --------
    >>> find_addresses("no-such-folder", "/")
    Traceback (most recent call last):
    storage_tiers.pictures.sources.PictureSourceError: pictures no-such-folder: no such file or folder under /; ...
    """
    try:
        place = locate(source, root)
        path = place.path.rstrip("/") or place.path
        found = place.store.get_file_info(path)
        if found.type == fs.FileType.Directory and place.row is None:
            below = place.store.get_file_info(fs.FileSelector(path, recursive=True))
            return _files_below(source, path, below)
    except READING_ERRORS as error:
        remedy = "a source is a path or a URI that can be read"
        raise PictureSourceError(str(error), where=f"pictures {source}", remedy=remedy) from error
    if found.type == fs.FileType.NotFound:
        problem = "no such file or folder" + ("" if root is None else f" under {root}")
        remedy = "a source is a picture, a folder or a Parquet file"
        raise PictureSourceError(problem, where=f"pictures {source}", remedy=remedy)
    return _file(source, place, root)


def _file(source: str, place: Place, root: str | Path | None) -> FoundAddresses:
    if not is_pack(place.path):
        return FoundAddresses((source,))
    pack = open_pack(split_row(source)[0], root)
    if isinstance(pack, PictureFile):
        raise PictureSourceError(f"pictures {pack.reason}")
    if place.row is None:
        return _rows(source, pack)
    (row,) = pack.rows_named([place.row])
    if isinstance(row, PictureFile):
        raise PictureSourceError(f"pictures {row.reason}")
    return FoundAddresses((source,))


def _files_below(source: str, path: str, found: Iterable[fs.FileInfo]) -> FoundAddresses:
    files = [file for file in found if file.type != fs.FileType.Directory]
    prefix = path if path.endswith("/") else path + "/"  # the listing begins every path with the folder's
    below = sorted(file.path.removeprefix(prefix) for file in files if _is_picture(file))
    addresses = tuple(address for address in (_beneath(source, name) for name in below) if _is_file(address))
    return FoundAddresses(addresses, len(files) - len(addresses))


def _rows(source: str, pack: PicturePack) -> FoundAddresses:
    encode = quote if is_uri(source) else str
    names = dict.fromkeys(pack.names.drop_null().to_pylist())
    addresses = tuple(f"{source}#{encode(name)}" for name in names)
    return FoundAddresses(addresses, len(pack.names) - len(addresses))


def _is_picture(file: fs.FileInfo) -> bool:
    return file.type == fs.FileType.File and PurePosixPath(file.path).suffix.lower() in PICTURE_SUFFIXES


def _is_file(address: str) -> bool:
    return split_row(address)[1] is None


def _beneath(source: str, name: str) -> str:
    if not is_uri(source):
        return str(PurePosixPath(source) / name)
    folder, mark, query = source.partition("?")
    return f"{folder.rstrip('/')}/{quote(name)}{mark}{query}"
