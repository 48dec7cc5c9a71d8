"""All faults other than kills, by name."""

from tests.faults.injections.changed_input import CHANGED_INPUT, CHANGED_PICTURE
from tests.faults.injections.clock import CLOCK_TURNED_BACK, WRONG_CLOCK
from tests.faults.injections.damage import DAMAGED_FILE
from tests.faults.injections.disk import FULL_DISK, READ_ONLY_DISK
from tests.faults.injections.injection import Injection
from tests.faults.injections.memory import LEAST_MEMORY, MEMORY_LIMIT
from tests.faults.injections.object_store import FAILING_STORE

_ALL: tuple[Injection, ...] = (
    *(FULL_DISK, READ_ONLY_DISK, CHANGED_INPUT, CHANGED_PICTURE),
    FAILING_STORE,
    *(DAMAGED_FILE, WRONG_CLOCK, CLOCK_TURNED_BACK, MEMORY_LIMIT, LEAST_MEMORY),
)
INJECTIONS = {injection.name: injection for injection in _ALL}
