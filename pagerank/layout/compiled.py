"""Compiling a kernel with Numba: plain machine code that lets go of Python's lock, kept for the next run."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """Return the kernel as machine code, compiled at its first call for the types it is called with.

    Parameters
    ----------
    kernel
        Loops over arrays, in the part of Python that Numba compiles.

    Returns
    -------
    callable
        Takes and returns what `kernel` does. Float arithmetic is done in the order written (no "fast math"),
        so the bits depend on the arguments alone.

    Notes
    -----
    The machine code is kept in ``__pycache__`` beside the source, or in the user's cache folder where that
    cannot be written. Where neither can, it is compiled anew in each process.
    """
    # error_model numpy: x / 0 is inf, so that no division needs a guard. No wrapper for C, which never calls a kernel:
    # that takes a fifth off the time to compile.
    compile_ = partial(njit, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
    try:
        machine_code = compile_(cache=True)(kernel)
    except RuntimeError:  # no folder for the cache can be written
        machine_code = compile_()(kernel)
    return cast("Callable[P, R]", machine_code)
