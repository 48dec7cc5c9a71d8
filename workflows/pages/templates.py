"""Jinja templates of a room: what they share, and how values from data are written into them.

Every value is escaped, a name that was not given is an error, and text from data is shown with what can't be seen in it
as an escape (`joins.shown_text`).
"""

import functools
import hashlib
import importlib.util
import sys
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from joins.shown_text import shown
from workflows.pages import words

_WORKFLOWS = Path(__file__).parents[1]
_SHARED = Path(__file__).parent / "templates"


class _KeptTemplates(FileSystemBytecodeCache):
    """Keeps compiled templates beside Python's own bytecode, under the same rules; each goes by its source's digest.

    How they are compiled is said in this module, so that its digest is in the names of the files, with Jinja's version.
    """

    def __init__(self) -> None:
        here = Path(__file__)
        compiled_by = hashlib.blake2b(here.read_bytes() + jinja2.__version__.encode(), digest_size=8).hexdigest()
        self._folder = Path(importlib.util.cache_from_source(here)).parent
        super().__init__(str(self._folder), f"templates-{compiled_by}-%s.jinja")

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # compiled, then
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):  # as Python does: whoever may not write compiles again
            self._folder.mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


def render(room: str, template: str, **values: object) -> str:
    """Return the HTML of a template.

    Parameters
    ----------
    room
        The folder below ``workflows/`` whose ``templates/`` has the template, such as ``"explorer"``. What isn't there
        is looked for among the shared templates (``base.html``, ``macros.html``).
    template
        File name of the template.
    **values
        What the template names. ``assets`` is where style and scripts lie, as an address without its last slash.
    """
    return environment(room).get_template(template).render(**values)


@functools.cache
def environment(room: str) -> Environment:
    """Return the Jinja environment of a room, which is made once."""
    made = Environment(
        loader=FileSystemLoader([_WORKFLOWS / room / "templates", _SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_KeptTemplates(),
    )
    made.filters |= {
        "seen": _seen,
        "value": words.value,
        "number": words.number,
        "significant": words.significant,
        "share": words.share,
        "bytes": words.n_bytes,
        "duration": words.duration,
        "moment": words.moment,
        "count": words.count,
        "category": words.category,
        "sort_key": float,  # truth values as well
    }
    return made


def _seen(value: object) -> str:
    """Return any value as text in which all can be seen."""
    return shown(str(value))
