"""What the tests of monitoring share: settings that hold for one test."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from workflows.monitoring import lineage_sinks


@pytest.fixture
def monitoring(configure: Callable[..., None]) -> Iterator[Callable[..., None]]:
    """Set lines of ``[monitoring]``; lineage that was given up is tried again, before the test and after it."""
    lineage_sinks.try_again()
    yield partial(configure, "monitoring")
    lineage_sinks.try_again()
