"""Where saved queries and data docs lie: ``<output>/_queries/<name>.sql`` and ``<name>.md``, and how they are written.

They may be written by hand, reviewed and committed as any file. One that holds no query is told in one line and stops
none of the others. Whoever saves says what they had before them; if that isn't there any more, somebody else saved
meanwhile, and nothing is written over. In a store, the store itself compares.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from joins.errors import DiscoveryError
from joins.shown_text import shown
from storage_tiers.bounded_files import read_bounded, words_of_unreadable
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.dated_folders import names_in
from storage_tiers.versioned.on_disk.lock_files import locked
from storage_tiers.versioned.parts import replace_text
from workflows.shared_sql.saved.data_doc import DataDoc, checked_doc, doc_of_text, text_of_doc
from workflows.shared_sql.saved.front_matter import SavedFileError
from workflows.shared_sql.saved.saved_query import SavedQuery, checked_name, checked_query, query_of_text, text_of_query

QUERIES_FOLDER = "_queries"
RESULTS_FOLDER = "results"  # of saved queries, below that

MOST_LISTED = 1_000
_MAX_BYTES = 256 * 1024
_LOCK, _IGNORE = ".lock", ".gitignore"
_NOT_COMMITTED = "# what is no query or doc, and made anew\n.*\n!.gitignore\n/results/\n/usage.*\n"

Saved = TypeVar("Saved", SavedQuery, DataDoc)


class NotSavedError(DiscoveryError, LookupError):
    """Nothing is saved under a name."""


class ConflictError(DiscoveryError):
    """Somebody else saved under the same name meanwhile."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Saved]):
    """What a file holds, and the digest of its bytes, which whoever saves over it has to give."""

    saved: Saved
    digest: str


class SavedFiles(Generic[Saved]):
    """The saved queries, or the data docs, of an output."""

    def __init__(
        self,
        root: Root,
        ending: str,
        read: Callable[[str, str], Saved],
        write: Callable[[Saved], str],
        check: Callable[[Saved], Saved],
    ) -> None:
        self.folder = root / QUERIES_FOLDER
        self._ending = ending
        self._read: Callable[[str, str], Saved] = read
        self._write: Callable[[Saved], str] = write
        self._check: Callable[[Saved], Saved] = check

    def listed(self) -> tuple[list[Saved], list[str]]:
        """Return all that are saved, by name, and a line for each file that holds none."""
        found, problems = list[Saved](), list[str]()
        names = sorted(name for name in names_in(self.folder) if name.endswith(self._ending))
        for file_name in names[:MOST_LISTED]:
            try:
                found.append(self.found(file_name.removesuffix(self._ending)).saved)
            except NotSavedError:
                continue  # it was removed meanwhile
            except DiscoveryError as error:
                problems.append(str(error))
        if len(names) > MOST_LISTED:
            problems.append(f"{self.folder}: {len(names) - MOST_LISTED:,} more files are not shown; move old ones away")
        return found, problems

    def found(self, name: str) -> Found[Saved]:
        """Return what is saved under a name.

        Raises
        ------
        SavedFileError
            If no file can be called so, or the file holds none; it names the file.
        NotSavedError
            If nothing is.
        """
        path = self._place(name)
        content = self._content(path)
        if content is None:
            problem = f"nothing is saved as {name}"
            raise NotSavedError(problem, where=str(self.folder), remedy="see the list of what is saved")
        try:
            return Found(self._read(name, content.decode()), _digest(content))
        except UnicodeDecodeError as error:
            raise SavedFileError(
                f"byte {error.start} is no UTF-8", where=str(path), remedy="write it in UTF-8"
            ) from None
        except DiscoveryError as error:
            where = f"{path}, {error.where}" if error.where else str(path)
            raise SavedFileError(error.problem, where=where, remedy=error.remedy) from None

    def save(self, saved: Saved, before: str) -> None:
        """Save under a name; `before` is the digest of what was there, empty where nothing was.

        Raises
        ------
        SavedFileError, ParameterError
            If it can't be saved as it is.
        ConflictError
            If something else is there now.
        """
        path = self._place(self._check(saved).name)
        content = self._write(saved).encode()
        if isinstance(path, StorePath):
            self._put(path, saved.name, content, before)
            return
        with _written(path), locked(Path(str(self.folder)) / _LOCK):
            there = self._content(path)
            if _digest(there) != before:
                raise _conflict(saved.name, there, before)
            ignore = Path(str(self.folder)) / _IGNORE
            if not ignore.exists():
                ignore.write_text(_NOT_COMMITTED, encoding="utf-8")
            replace_text(path, content.decode())

    def _put(self, path: StorePath, name: str, content: bytes, before: str) -> None:
        described = path.described()
        there = self._content(path)
        if _digest(there) != before or (described is None) != (there is None):
            raise _conflict(name, there, before)
        store = path.store
        is_put = store.put_over(path.key, content, described.e_tag) if described else store.put_new(path.key, content)
        if not is_put:
            raise _conflict(name, self._content(path), before)

    def _place(self, name: str) -> Root:
        return self.folder / f"{checked_name(name)}{self._ending}"

    def _content(self, path: Root) -> bytes | None:
        """Return what a file holds; None where there is none. A link could lead anywhere, and is no file here."""
        if isinstance(path, Path) and path.is_symlink():
            raise SavedFileError("it is a link", where=str(path), remedy="put the file itself there")
        try:
            content = read_bounded(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            problem = f"it can't be read ({shown(words_of_unreadable(error))})"
            raise SavedFileError(problem, where=str(path), remedy="see what lies there") from None
        if len(content) > _MAX_BYTES:
            problem = f"it has {len(content):,} bytes; allowed are {_MAX_BYTES:,}"
            raise SavedFileError(problem, where=str(path), remedy="make it shorter")
        return content


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Say of a file that can't be written what the system says: a full disk, a folder that nobody may write to."""
    try:
        yield
    except OSError as error:
        problem = f"it can't be written ({shown(words_of_unreadable(error))})"
        raise SavedFileError(problem, where=str(path), remedy="let the explorer write there, and save again") from None


def saved_queries(root: Root) -> SavedFiles[SavedQuery]:
    """Return the saved queries of an output."""
    return SavedFiles(root, ".sql", query_of_text, text_of_query, checked_query)


def data_docs(root: Root) -> SavedFiles[DataDoc]:
    """Return the data docs of an output."""
    return SavedFiles(root, ".md", doc_of_text, text_of_doc, checked_doc)


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _conflict(name: str, there: bytes | None, before: str) -> ConflictError:
    if there is not None and not before:
        problem, remedy = f"{name} is taken", "save yours under another name, or open that one and change it"
    elif there is None:
        problem, remedy = f"{name} was removed meanwhile", "save it under this name as a new one, or leave it"
    else:
        problem = f"somebody else saved {name} meanwhile"
        remedy = "open it in another window, take over what is new, or save yours under another name"
    return ConflictError(problem, where="name", remedy=remedy)
