"""How a worker process that decodes pictures of strangers is set up before it sees the first one."""

import signal
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import AvifImagePlugin, Image

from features.images.cosine_signature import THUMB_PX, sign_thumbs
from features.images.one_signature import SignatureAlgorithm

_MB = 2**20


def set_up_worker(memory_mb: int, algorithm: SignatureAlgorithm) -> None:
    """Make this process a worker: it may be killed at any moment, and takes no more memory than it is given.

    Parameters
    ----------
    memory_mb
        MiB of address space beyond what the process has at the end of its setting up. Linux only.
    algorithm
        What the worker will make of pictures.
    """
    # Pebble's own handler waits for Python to be reached again, and a decoder in C may not get there for a while.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    warnings.simplefilter("ignore")  # Pillow warns of much in files of strangers; what counts becomes a status
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the workers are the threads
    # What is loaded at first use must not count as the time and memory of a picture.
    if algorithm == "phash64":
        from imagehash import phash  # noqa: PLC0415

        phash(Image.new("L", (THUMB_PX, THUMB_PX)))  # SciPy
    else:
        sign_thumbs(np.zeros((2, THUMB_PX, THUMB_PX), np.uint8))  # BLAS
    _limit_memory(memory_mb)


def _limit_memory(memory_mb: int) -> None:
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - not on Windows

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit_bytes = pages * resource.getpagesize() + memory_mb * _MB
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit_bytes = min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))
    # A picture that crashes its worker leaves no file of its memory.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
