"""Loading published datasets into the tiers: one task for all, and its names of old, which follow from the registry."""

import json
import time
from pathlib import Path

import luigi
import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded
from storage_tiers.budget import Budget
from storage_tiers.errors import DatasetError
from storage_tiers.placement import Placement
from storage_tiers.registry import ALL_TIERS
from storage_tiers.stores.local_home import local_home
from storage_tiers.tier import Tier, TierVersion
from storage_tiers.versioned.dated_folders import dated_names, names_in
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.parts import replace_text
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import Version, version_of_folder
from workflows.catalog import DERIVATIONS
from workflows.luigi_cfg import SettingsError
from workflows.parameters import CheckedParameter, one_of
from workflows.progress import progress_of, say_step
from workflows.settings import LOADED, ON_OVER_BUDGET
from workflows.tasks.base import IterationTask
from workflows.tasks.derived import DatasetTask, task_of
from workflows.tasks.targets import DatasetTarget
from workflows.tiers_in_use import opened_tier

SPECS = {spec.name: spec for derivation in DERIVATIONS for spec in derivation.outputs}
_ALL = "all"
_RECEIPTS_FOLDER = "receipts"


def datasets_of(tier: str) -> tuple[str, ...]:
    """Return the names of the datasets that the settings load into a tier."""
    return tuple(placed.dataset for placed in LOADED[tier].value())


def placement_of(tier: str, dataset: str) -> Placement:
    """Return how the settings place a dataset in a tier; without a budget where they don't name it."""
    return next((placed for placed in LOADED[tier].value() if placed.dataset == dataset), Placement(dataset))


def budget_of(tier: str, dataset: str) -> Budget:
    """Return how much the settings let a dataset take in a tier, and what is to be done if it would take more."""
    return Budget(placement_of(tier, dataset).budget_bytes, ON_OVER_BUDGET.value())


def datasets_named(tier: str) -> tuple[tuple[str, ...], SettingsError | None]:
    """Return the same for who only looks; none, and what is wrong, where the settings name what can't be loaded."""
    try:
        return datasets_of(tier), None
    except SettingsError as error:
        return (), error


class LoadTier(IterationTask):
    """Loads datasets into a tier and makes them current together, except where newer ones are."""

    tier = CheckedParameter(name="tier", allowed=one_of(*(tier.name for tier in ALL_TIERS)), description="the tier")
    dataset = CheckedParameter(
        name="dataset",
        allowed=one_of(_ALL, *SPECS),
        description="the dataset; all: those that [tiers] names",
        read_default=lambda: _ALL,
    )

    def requires(self) -> list[DatasetTask]:
        """Need the datasets."""
        return [self.sibling(task_of(spec)) for spec in self._specs()]

    def output(self) -> list["ReceiptTarget"]:
        """Return a receipt for each dataset."""
        tier = self._opened()
        return [ReceiptTarget(tier, made.spec.name, made.version, made) for made in self._made()]

    def run(self) -> None:
        """Load one after the other, switch all at once, and write the receipts."""
        started = time.monotonic()
        tier = self._opened()
        loaded = [self._load(tier, made) for made in self._made()]
        tier.advance({one.dataset: one.version for one in loaded})
        if not tier.copies:
            _tell(tier, f"{', '.join(one.dataset for one in loaded)} of {self.version}", started)
        for one, receipt in zip(loaded, self.output(), strict=True):
            receipt.write(one)

    def _load(self, tier: Tier, made: DatasetTarget) -> TierVersion:
        started = time.monotonic()
        dataset = made.open()
        n_rows = max(1, dataset.n_rows)
        with progress_of(self, f"{tier.title} {dataset.name}", n_rows, "rows") as progress:
            budget = budget_of(tier.name, dataset.name)
            loaded = tier.load(dataset, lambda done, total: progress(n_rows * done // max(1, total)), budget)
        if tier.copies:
            keys = "key" if loaded.n_rows == 1 else "keys"
            more = "".join(f"; {one}" for one in (loaded.trimmed, *loaded.notes) if one)
            said = f"{loaded.dataset}: {loaded.n_rows:,} {keys}, {loaded.n_bytes / 1e6:,.1f} MB{more}"
            _tell(tier, said, started)
        return loaded

    def _specs(self) -> list[DatasetSpec]:
        return [SPECS[name] for name in (datasets_of(self.tier) if self.dataset == _ALL else [self.dataset])]

    def _opened(self) -> Tier:
        return opened_tier(self.tier, self.root, self.n_cores)

    def _made(self) -> list[DatasetTarget]:
        """Return what the datasets' tasks publish of them, in the variant that the tier takes."""
        made = []
        for spec in self._specs():
            task = self.sibling(task_of(spec))
            wanted = placement_of(self.tier, spec.name).variant or self._opened().variant
            is_light = wanted == "light" and task.derivation.has_light
            made.append(self.target(spec, task.version, "light" if is_light else "full"))
        return made


class ReceiptTarget(luigi.LocalTarget):
    """A file that says that a version was loaded and switched to; it counts while the tier has the version.

    Where ``made`` is given, the published version that settings want there, it counts for its variant and budget alone.
    """

    def __init__(self, tier: Tier, dataset: str, version: Version, made: DatasetTarget | None = None) -> None:
        self._tier, self._dataset, self._version, self._made = tier, dataset, version, made
        folder = _receipts_folder(tier) / dataset
        super().__init__(str((folder / version.folder).with_suffix(".json")))  # type: ignore[no-untyped-call]

    def exists(self) -> bool:
        """Return whether the file is there, the tier holds what it says, and what serves is in order."""
        try:
            loaded = self._tier.validate(self._dataset, self._version)
            self._tier.check_serving(self._dataset)
        except DatasetError:  # loading it again mends it, or says why not
            return False
        return self.digest == loaded.source_digest and self._is_as_wanted(loaded)

    def loaded(self) -> tuple[str, TierVersion]:
        """Return the name of the tier, and the version as it holds it; DatasetError if it doesn't."""
        return self._tier.name, self._tier.validate(self._dataset, self._version)

    @property
    def digest(self) -> str:
        """The digest of the published version that was loaded; empty where the file isn't there or says none."""
        try:
            return msgspec.json.decode(read_bounded(self.path), type=dict[str, str]).get(self._dataset, "")
        except UNREADABLE:
            return ""

    def write(self, loaded: TierVersion) -> None:
        """Write down what was loaded; Luigi's own file would print a trace on a full disk when it is let go of."""
        replace_text(Path(self.path), json.dumps({loaded.dataset: loaded.source_digest}, indent=1))

    def _is_as_wanted(self, loaded: TierVersion) -> bool:
        if self._made is None:
            return True
        published = manifest_there(self._made.place)
        if published and published.digest != loaded.source_digest:  # that of the other variant
            return False
        budget = budget_of(self._tier.name, self._dataset)
        return budget.would_make(loaded.n_bytes, loaded.trimmed) if self._tier.copies else budget.n_bytes is None


def receipts_in(tier: Tier) -> dict[str, set[Version]]:
    """Return the versions of which a receipt says that they were loaded into a tier, by dataset."""
    home, found = _receipts_folder(tier), dict[str, set[Version]]()
    for name in names_in(home):
        for date, entries in dated_names(home / name):
            folder = Path(f"date={date}")
            noted = (
                version_of_folder(folder / entry.removesuffix(".json")) for entry in entries if entry.endswith(".json")
            )
            found.setdefault(name, set()).update(filter(None, noted))
    return found


def _receipts_folder(tier: Tier) -> Path:
    return local_home(tier.root) / f"_{tier.name}" / _RECEIPTS_FOLDER


def _tell(tier: Tier, what: str, started: float) -> None:
    """Say in one line what was loaded."""
    say_step(tier.title, what, time.monotonic() - started)


def _load_task(tier: type[Tier]) -> type[LoadTier]:
    name = "Load" + tier.name.title().replace("_", "")
    about = f"Loads datasets into the tier {tier.name}; the same as LoadTier --tier {tier.name}."
    return type(name, (LoadTier,), {"__doc__": about, "__module__": __name__, "tier": tier.name})


LOADS = {tier.name: _load_task(tier) for tier in ALL_TIERS}
globals().update({load.__name__: load for load in LOADS.values()})  # where pickle and importers look for them
