"""The commands that compare pictures: same-picture, group-pictures, merge-groups."""

from typing import Annotated

import typer

from storage_tiers.stores.address import root_of
from workflows import settings
from workflows.commands.options import CoresOption, DateOption, OutputOption
from workflows.commands.pictures import compared_files, grouped_sources, merged_groups, picture_signer
from workflows.output_console import print_text
from workflows.parameters import option

_DIFFERENT = 1

DistanceOption = Annotated[int, settings.MAX_DISTANCE.option()]
BridgeOption = Annotated[
    int,
    option(
        "max_distance",
        settings.MAX_DISTANCE.allowed,
        "merge groups whose bridge is so near to both, bits of 256",
        shown_default="16",
    ),
]


def same_picture(
    file_a: Annotated[str, typer.Argument(help="path or URI of a picture")],
    file_b: Annotated[str, typer.Argument(help="path or URI of another")],
    max_distance: DistanceOption,
) -> None:
    """Say whether two files show the same picture: the distance, the views that met, the verdict."""
    is_same, text = compared_files(file_a, file_b, picture_signer(n_workers=1), max_distance)
    print_text(text)
    raise typer.Exit(0 if is_same else _DIFFERENT)


def group_pictures(
    sources: Annotated[list[str], typer.Argument(help="files, folders, Parquet packs, or URIs of these")],
    max_distance: DistanceOption,
    cores: CoresOption,
) -> None:
    """Say which of some pictures are the same, as a run would group them."""
    print_text(grouped_sources(sources, picture_signer(cores), max_distance))


def merge_groups(
    date: DateOption,
    output_root: OutputOption,
    max_distance: BridgeOption = 16,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be merged")] = False,
) -> None:
    """Make one group of each pair that a picture bridges, up to a date; runs of later dates go by it."""
    print_text(merged_groups(root_of(output_root), date, max_distance, dry_run=dry_run))
