"""Which boxes and lines the drawings of the catalog have: the whole, one dataset among its neighbours, its fields."""

from workflows.data_catalog.catalog_model import RAW, Catalog, CatalogDataset
from workflows.data_catalog.catalog_pages.catalog_links import Links, field_link
from workflows.data_catalog.catalog_pages.lineage_drawing import Box, Drawing, Line
from workflows.data_catalog.catalog_pages.lineage_layout import layout_of, without_implied


def whole_drawing(catalog: Catalog, links: Links) -> Drawing:
    """Draw every dataset behind all that it is made from, without the lines that others imply."""
    layout = layout_of(without_implied({one.name: one.made_from for one in catalog.datasets}))
    names = {one for way in layout.ways.values() for one in (way[0], way[-1])} | {one.name for one in catalog.datasets}
    columns = tuple(
        tuple(_box(name, catalog, links) if name in names else Box(name, "") for name in column)
        for column in layout.columns
    )
    return Drawing(
        "What every dataset is made from", columns, tuple(map(Line, layout.ways.values())), gap_px=34, is_down=True
    )


def neighbours_drawing(dataset: CatalogDataset, catalog: Catalog, links: Links) -> Drawing:
    """Draw a dataset between what it is made from and what is made from it."""
    before, after = dataset.made_from, dataset.used_by
    columns = (
        tuple(_box(name, catalog, links) for name in before),
        (Box(dataset.name, dataset.name, is_focus=True),),
        tuple(_box(name, catalog, links) for name in after),
    )
    lines = [*(Line((name, dataset.name)) for name in before), *(Line((dataset.name, name)) for name in after)]
    return Drawing(f"What {dataset.name} is made from, and what is made from it", columns, tuple(lines))


def fields_drawing(dataset: CatalogDataset, catalog: Catalog, links: Links) -> Drawing | None:
    """Draw the fields of a dataset beside those that they are made from; None where nothing of that is known."""
    known = [field for field in dataset.fields if field.origins]
    if not known:
        return None
    met = dict[tuple[str, str], list[int]]()
    for number, field in enumerate(known):
        for origin in field.origins:
            met.setdefault((origin.dataset, origin.path), []).append(number)
    in_order = sorted(met, key=lambda pair: sum(met[pair]) / len(met[pair]))  # beside what is made from it
    sources = tuple(_field_box(of, path, catalog, links) for of, path in in_order)
    targets = tuple(
        Box(_target(dataset, field.path), field.path, field_link(links, dataset.name, field.path)) for field in known
    )
    lines = tuple(
        Line(
            (str(origin), _target(dataset, field.path)),
            origin.how == "computed",
            f"{field.path}: {origin.how} from {origin}",
        )
        for field in known
        for origin in field.origins
    )
    return Drawing(f"What the fields of {dataset.name} are made from", (sources, targets), lines, gap_px=180)


def _box(name: str, catalog: Catalog, links: Links) -> Box:
    if name.startswith(RAW):
        return Box(name, f"raw {name.removeprefix(RAW)}")
    return Box(name, name, links.dataset(name) if catalog.dataset(name) else "")


def _field_box(of: str, path: str, catalog: Catalog, links: Links) -> Box:
    is_there = catalog.dataset(of) is not None
    words = f"{of.replace(RAW, 'raw ')}.{path}"
    return Box(f"{of}.{path}", words, field_link(links, of, path) if is_there else "")


def _target(dataset: CatalogDataset, path: str) -> str:
    """Return the name of a field's box on the right, as one on the left may be called the same."""
    return f"→ {dataset.name}.{path}"
