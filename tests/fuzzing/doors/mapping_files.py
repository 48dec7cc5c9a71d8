"""The door of mapping files: any TOML, and right mappings with keys and values changed."""

from pathlib import Path

from joins.raw.mapped.mapping import parse_mapping
from tests.fuzzing.door import Door
from tests.fuzzing.inputs.choices import Choices, built_by
from tests.fuzzing.inputs.damage import damaged
from tests.fuzzing.inputs.mappings import mapping_text, odd_toml

_ENTROPY_BYTES = 160


def _mapping(choices: Choices) -> bytes:
    if choices.chance(0.2):
        return damaged(odd_toml(choices).encode("utf-8", "surrogatepass"), choices)
    text = mapping_text(choices, "pins.csv", ("a", "b", "c"), odd=0.02)
    return damaged(text.encode("utf-8", "surrogatepass"), choices, 0.2)


def _enter(mapping: bytes, _folder: Path) -> None:
    parse_mapping(mapping.decode("utf-8", "replace"), "fuzz.toml")


def _lay(mapping: bytes, folder: Path) -> None:
    (folder / "mapping.toml").write_bytes(mapping)


MAPPING_FILES = Door("mapping files", built_by(_mapping, _ENTROPY_BYTES), _enter, 400, _lay, a_second=1500)
