"""The picture files that readers hold ready for a consumer, bounded by their bytes.

Readers may go ahead as long as there is room. What the consumer waits for next needs none, or it might wait for ever:
for room that only it can make.
"""

from threading import Condition, Lock

from storage_tiers.pictures.files import PictureFile

FILE_BYTES = 512  # what a file costs beside its content, so that statuses without content are bounded as well
_WAKING_SHARE = 3 / 4  # readers that wait for room are woken when a quarter is free, not by every file


class StoppedError(Exception):
    """The consumer has gone: readers end."""


class FilesAhead:
    """Files by their index, put there by many threads and taken by one in the order of the indices.

    Parameters
    ----------
    limit_bytes
        What may be held before the consumer asks for it.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._files: dict[int, PictureFile] = {}
        self._next_index = 0
        self._is_stopped = False
        self._error: BaseException | None = None
        self._lock = Lock()
        self._room = Condition(self._lock)  # readers wait for it
        self._arrival = Condition(self._lock)  # the consumer waits for it

    def reserve(self, index: int, n_bytes: int) -> None:
        """Wait until there is room for a file, or until it is the next, and take the room.

        Parameters
        ----------
        index
            Of the file, or of the first of several.
        n_bytes
            Room to take.

        Raises
        ------
        StoppedError
            The consumer has gone.
        """
        with self._lock:
            self._room.wait_for(
                lambda: self._is_stopped or index <= self._next_index or self._held_bytes + n_bytes <= self._limit_bytes
            )
            if self._is_stopped:
                raise StoppedError
            self._held_bytes += n_bytes

    def deliver(self, index: int, file: PictureFile, reserved_bytes: int = 0) -> None:
        """Put a file, giving back the room that was taken for it: it now takes what it weighs."""
        with self._lock:
            self._held_bytes += weight_bytes(file) - reserved_bytes
            self._files[index] = file
            self._arrival.notify()

    def release(self, n_bytes: int) -> None:
        """Give back room that was taken."""
        with self._lock:
            self._held_bytes -= n_bytes
            self._room.notify_all()

    def take(self, index: int) -> PictureFile:
        """Wait for a file and take it; files are taken one after the other, from 0 on.

        Raises
        ------
        BaseException
            What a reader broke off with.
        """
        with self._lock:
            self._next_index = index
            if index not in self._files:
                self._room.notify_all()  # its reader may be waiting for room
            self._arrival.wait_for(lambda: index in self._files or self._error is not None)
            if self._error is not None:
                raise self._error
            file = self._files.pop(index)
            self._held_bytes -= weight_bytes(file)
            if self._held_bytes <= self._limit_bytes * _WAKING_SHARE:
                self._room.notify_all()
            return file

    def stop(self, error: BaseException | None = None) -> None:
        """Let all readers end, and the consumer if there is an error."""
        with self._lock:
            self._is_stopped = True
            self._error = self._error or error
            self._room.notify_all()
            self._arrival.notify()


def weight_bytes(file: PictureFile) -> int:
    """Return what holding a file costs.

    Examples
    --------
    >>> from storage_tiers.pictures.files import whole_file
    >>> weight_bytes(whole_file(bytes(1_000)))
    1512
    """
    return FILE_BYTES + len(file.content or b"") + len(file.reason or "")
