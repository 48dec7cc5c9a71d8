"""Plain mrjob as its manual teaches it: one JSON record a line through its own shuffle, on the ``local`` runner.

Its input is JSON lines, written beforehand; its output is JSON lines, too. mrjob runs this file by itself, without
the repository on the path: so it is a file, and nothing of ours is imported.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mrjob.job import MRJob
from mrjob.protocol import JSONProtocol, JSONValueProtocol

Pin = dict[str, Any]


class GroupPins(MRJob):  # type: ignore[misc]
    """Groups pins by picture."""

    INPUT_PROTOCOL = JSONValueProtocol
    INTERNAL_PROTOCOL = JSONProtocol
    OUTPUT_PROTOCOL = JSONValueProtocol

    def mapper(self, _: None, pin: Pin) -> Iterator[tuple[str, Pin]]:
        """Name the picture of a pin."""
        yield pin.pop("image_signature"), pin

    def reducer(self, signature: str, values: Iterable[Pin]) -> Iterator[tuple[None, Pin]]:
        """Put the pins of a picture in order and count."""
        pins = sorted(values, key=lambda pin: pin["pin_id"])
        board_ids = sorted({pin["board_id"] for pin in pins})
        n_users = len({pin["user_id"] for pin in pins})
        counts = {"n_pins": len(pins), "n_boards": len(board_ids), "n_users": n_users}
        yield None, {"image_signature": signature, "pins": pins, **counts, "board_ids": board_ids}


def group_lines(lines: Sequence[Path], output: Path) -> None:
    """Run the job on files of JSON lines."""
    options = ["-r", "local", "--python-bin", sys.executable, "--output-dir", str(output), "--no-cat-output"]
    with GroupPins(args=["--no-conf", *options, *map(str, lines)]).make_runner() as runner:
        runner.run()


if __name__ == "__main__":
    GroupPins.run()
