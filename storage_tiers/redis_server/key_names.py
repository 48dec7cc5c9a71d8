"""The keys that an output has on the server; all begin with the namespace of its address.

===========================  ======  ===================================================================================
key                          kind    what it holds
===========================  ======  ===================================================================================
``<namespace>:output``       string  the output folder that the keys belong to
``<namespace>:loads``        string  how many loads were begun; a load is known by its number
``<namespace>:lease:<n>``    string  what load ``n`` is doing; gone soon after whoever loads is
``<namespace>:rows:<n>``     hash    its rows: the bytes of a key, and those of its value
``<namespace>:trimmed:<n>``  hash    hashes of the keys that didn't fit into its budget
``<namespace>:records``      hash    ``<dataset>/<version>``, and the record of its load, which is written last
``<namespace>:current``      hash    a dataset, and the version that serves
``<namespace>:dropped``      set     ``<dataset>/<version>`` of what was dropped on purpose
===========================  ======  ===================================================================================

The rows of a version are one hash. So their number is known at once, a version is removed whole by one command, whose
memory the server frees aside, and a row takes the bytes of its key alone, without a prefix. The hash has one field more
than rows: the empty one, which no row can have. A reader asks for it each time, and where it isn't there the version is
gone; otherwise a key that isn't found would be taken for one that never was.
"""

from dataclasses import dataclass
from pathlib import Path

from storage_tiers.versioned.versions import Version, version_of_folder

MARK = b""  # the field of `rows` that says which published version they were loaded from


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The names of the keys of a namespace.

    Examples
    --------
    >>> KeyNames("trial").rows(7)
    'trial:rows:7'
    """

    namespace: str

    @property
    def output(self) -> str:
        """Whose keys these are."""
        return f"{self.namespace}:output"

    @property
    def loads(self) -> str:
        """The counter of loads."""
        return f"{self.namespace}:loads"

    @property
    def records(self) -> str:
        """The records of all versions."""
        return f"{self.namespace}:records"

    @property
    def current(self) -> str:
        """The pointers."""
        return f"{self.namespace}:current"

    @property
    def dropped(self) -> str:
        """What was dropped on purpose."""
        return f"{self.namespace}:dropped"

    def lease(self, number: int) -> str:
        """Return the key that lives as long as a load."""
        return f"{self.namespace}:lease:{number}"

    def rows(self, number: int) -> str:
        """Return the key of a load's rows."""
        return f"{self.namespace}:rows:{number}"

    def trimmed(self, number: int) -> str:
        """Return the key of the hashes of what a load left out."""
        return f"{self.namespace}:trimmed:{number}"

    def of_load(self, number: int) -> tuple[str, str]:
        """Return the keys that a load fills."""
        return self.rows(number), self.trimmed(number)

    def load_number(self, key: bytes) -> int | None:
        """Return which load fills a key; None for other keys."""
        kind, _, number = key.decode(errors="replace").removeprefix(f"{self.namespace}:").partition(":")
        is_ours = kind in {"rows", "trimmed"} and number.isascii() and number.isdecimal()
        return int(number) if is_ours and key.decode(errors="replace") == f"{self.namespace}:{kind}:{number}" else None


def version_field(name: str, version: Version) -> str:
    """Return what a version of a dataset is called in `records` and `dropped`."""
    return f"{name}/{version.path}"


def read_version(text: bytes) -> Version | None:
    """Return the version that a pointer names; None if it names none."""
    return version_of_folder(Path(text.decode(errors="replace")))


def read_version_field(text: bytes) -> tuple[str, Version] | None:
    """Return dataset and version of a field; None if it is no such field."""
    name, _, path = text.partition(b"/")
    version = read_version(path)
    return (name.decode(errors="replace"), version) if version else None
