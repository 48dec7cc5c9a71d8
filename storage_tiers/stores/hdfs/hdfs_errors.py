"""What HDFS says when it refuses or fails, in one line: which address, what it said, what to do about it.

A NameNode answers with a trace of its own Java; of that the first line is told.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from storage_tiers.stores.store_errors import StoreError

_EXCEPTION = re.compile(r'RPCError\("[\w.$]*?(\w+)", "(.*)', re.DOTALL)
_END_OF_LINE = re.compile(r"\\n|\n")
_PANIC = "PanicException"  # of the client library, written in Rust
_MOST_SHOWN = 200
_REMEDIES = (
    ("AccessControl", "set HADOOP_USER_NAME to a user who may write there, or let this one"),
    ("SafeMode", "wait until HDFS has left its safe mode, and run it again"),
    ("Standby", "name the NameNode that is active, or the name of both that hdfs-site.xml has"),
    ("Quota", "make room there, or raise the quota"),
    ("lookup", "mend the name of the NameNode"),
    ("Connection refused", "see that a NameNode listens there, and run it again; what is published stays"),
)
_OTHERWISE = "see that HDFS is reached from here, and run it again; what is published stays"


@contextmanager
def telling_of_hdfs(address: str) -> Iterator[None]:
    """Turn what the client library raises within the block into errors that say which address it was about.

    Raises FileNotFoundError where there is no such file, FileExistsError where a name is taken.
    """
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(address) from None
    except FileExistsError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, StoreError) or (isinstance(error, OSError) and error.filename):
            raise  # told already, or of a local file
        raise _told(address, error) from None
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise _told(address, error) from None


def _told(address: str, error: BaseException) -> StoreError:
    r"""Return the error that says what HDFS answered.

    Examples
    --------
    >>> answered = r'RPCError("org.apache.hadoop.security.AccessControlException", "no WRITE\n\tat org.apache")'
    >>> print(_told("hdfs://nn:8020/a", RuntimeError(answered)).problem)
    HDFS answered AccessControlException (no WRITE)
    """
    text = str(error)
    answered = _EXCEPTION.search(text)
    first = _END_OF_LINE.split(answered[2] if answered else text)[0].strip().removesuffix('")')[:_MOST_SHOWN]
    said = f"HDFS answered {answered[1]} ({first})" if answered else f"HDFS can't be used: {first or 'it said nothing'}"
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in text), _OTHERWISE)
    return StoreError(said, where=address, remedy=remedy)
