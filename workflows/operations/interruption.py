"""Ctrl-C, SIGTERM and a closed terminal end a command within three seconds, whatever it is doing.

The signal is met by a thread, not by an exception: the main thread may be in compiled code for minutes, and unwinding
would wait for each worker thread's partition. The thread says one line, ends the child processes, takes away the
staging of this process, and ends it where it stands. That is a kill at any moment, which publication is safe from
(`storage_tiers.versioned.on_disk.installing`), with the cleaning done at once instead of by the next run.

Code that holds Python's lock for seconds would delay the thread; Arrow, numpy, Numba and LMDB let go of it.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from joins.engine.mrjob.running_jobs import end_running_jobs
from storage_tiers.versioned.on_disk.open_staging import remove_open_staging

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_CODES = {number: 128 + number for number in _SIGNALS}  # as shells have them
BY_CTRL_C = EXIT_CODES[signal.SIGINT]
_STAGING_S, _LAST_WORDS_S, _AT_MOST_S = 0.8, 1.2, 2.7
_CURSOR_SHOWN = "\r\x1b[2K\x1b[?25h"  # the line of a progress bar is cleared, the cursor that it hid is back

# What is told before the process ends: the exit code, and what writes a line for people.
LastWords = Callable[[int, Callable[[str], None]], None]

_last_words: list[LastWords] = []
_meanings = ["what is published stays, and the same command goes on from there"]  # the last one is told
_ending = threading.Event()  # set from when on the watching thread alone ends this process


@contextmanager
def ends_on_signals() -> Iterator[None]:
    """End this process if a signal asks for it while the block is worked on; ignored signals stay ignored."""
    if threading.current_thread() is not threading.main_thread():  # where Python gives signals to nobody
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # nohup stays nohup
    handlers = {number: signal.signal(number, _leave_to_watcher) for number in heard}
    threading.Thread(target=_watch, args=(reader,), daemon=True, name="signals").start()
    try:
        yield
    finally:
        _leave_to_end()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(writer)


@contextmanager
def last_words(say_them: LastWords) -> Iterator[None]:
    """Have something told, within a second, if the process is interrupted during the block."""
    _last_words.append(say_them)
    try:
        yield
    finally:
        _leave_to_end()  # or its own would be told, of a failure
        _last_words.remove(say_them)


@contextmanager
def interrupted_means(meaning: str) -> Iterator[None]:
    """Have this told after which signal it was, if the process is interrupted during the block."""
    _meanings.append(meaning)
    try:
        yield
    finally:
        _meanings.pop()


def _leave_to_end() -> None:
    """Wait for the end of this process if a signal asked for it: what ends a block is that its staging is removed."""
    if _ending.is_set():
        time.sleep(2 * _AT_MOST_S)


def _leave_to_watcher(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing in the main thread: the number of the signal is in the pipe."""


def _watch(reader: int) -> None:
    """Wait for a signal that ends the process; other signals have handlers of their own."""
    while received := os.read(reader, 1):
        if received[0] in EXIT_CODES:
            _end(signal.Signals(received[0]))
    os.close(reader)


def _end(number: signal.Signals) -> NoReturn:
    _ending.set()
    code = EXIT_CODES[number]
    timer = threading.Timer(_AT_MOST_S, os._exit, (code,))  # a disk that hangs, a reader that doesn't read
    timer.daemon = True
    timer.start()
    say = _last_voice()
    say(f"interrupted by {number.name}; {_meanings[-1]}")
    _end_children()
    is_clean = remove_open_staging(_STAGING_S)
    if not is_clean:
        say("not all of its staging could be removed in time; the next run does that")
    tellers = [threading.Thread(target=_tell, args=(words, code, say), daemon=True) for words in _last_words]
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join(_LAST_WORDS_S)
    _end_children()  # a pool of workers replaces those that ended
    os._exit(code)


def _tell(words: LastWords, code: int, say: Callable[[str], None]) -> None:
    try:
        words(code, say)
    except Exception as error:  # noqa: BLE001 - the process ends; what its last words could not do is said
        say(f"warning: {' '.join(str(error).split())}")


def _last_voice() -> Callable[[str], None]:
    """Return what writes a line on standard error, and silence everybody else there."""
    voice = os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)

    def say(line: str) -> None:
        with suppress(OSError):  # the terminal is gone
            os.write(voice, f"{_CURSOR_SHOWN if os.isatty(voice) else ''}{line}\n".encode(errors="backslashreplace"))

    return say


def _end_children() -> None:
    for child in multiprocessing.active_children():  # picture workers
        with suppress(OSError, ValueError):
            child.kill()
    end_running_jobs()
