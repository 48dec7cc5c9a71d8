"""What the tests of monitoring share: settings that hold for one test."""

from collections.abc import Callable, Iterator

import pytest
from luigi.configuration import get_config

from workflows.monitoring import lineage_sinks


@pytest.fixture
def monitoring() -> Iterator[Callable[..., None]]:
    """Set lines of ``[monitoring]`` as a file would; they are gone after the test."""
    config = get_config()
    lineage_sinks.try_again()

    def set_lines(**lines: object) -> None:
        for name, value in lines.items():
            config.set("monitoring", name, str(value))

    yield set_lines
    config.remove_section("monitoring")
    lineage_sinks.try_again()
