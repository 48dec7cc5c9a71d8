"""What each page of the catalog shows, as pure functions of the catalog: their values are the pages' JSON twins."""

import re
from collections import Counter
from collections.abc import Iterable

from workflows.data_catalog.catalog_model import Catalog, CatalogDataset, CatalogField, Term
from workflows.data_catalog.catalog_pages.catalog_drawings import fields_drawing, neighbours_drawing, whole_drawing
from workflows.data_catalog.catalog_pages.catalog_links import PAGES, Links, Page, anchor, field_link, term_link
from workflows.data_catalog.catalog_search import MOST_HITS, Entry, entries_of, search
from workflows.data_catalog.quality import NEEDED, RULES
from workflows.pages.cells import Cell, Column, Rows
from workflows.pages.words import count, moment, n_bytes

Values = dict[str, object]

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_KIND = {"gold": "good", "silver": "", "bronze": "warn", "none": "quiet"}
_TIER_WORDS = {"none": "not published"}


def index_view(catalog: Catalog, links: Links) -> Values:
    """Show all datasets, and what is missing."""
    tiers = Counter(one.quality.tier for one in catalog.datasets)
    fields = [field for dataset in catalog.datasets for field in dataset.fields]
    return _shared(links, "index") | {
        "problems": list(catalog.problems),
        "facts": [
            ("datasets", f"{len(catalog.datasets):,}"),
            ("fields", f"{len(fields):,}, {sum(1 for one in fields if one.meaning):,} say what they mean"),
            ("terms in the glossary", f"{len(catalog.terms):,}"),
            ("quality", ", ".join(f"{tiers[tier]} {_TIER_WORDS.get(tier, tier)}" for tier in NEEDED if tiers[tier])),
            ("read by queries of the SQL box", count(sum(one.n_queries for one in catalog.datasets), "time")),
        ],
        "datasets": _datasets_table(_by_domain(catalog), links),
        "domains": Rows(
            "Domains",
            [Column("domain"), Column("owner"), Column("what it is"), Column("datasets", is_number=True)],
            [(one.name, one.owner, one.meaning, len(one.datasets)) for one in catalog.domains],
        ),
        "rules": _rules_of_tiers(catalog),
    }


def dataset_view(catalog: Catalog, dataset: CatalogDataset, links: Links) -> Values:
    """Show one dataset: how good it is, its versions, its fields, what it is made from."""
    return _shared(links, "") | {
        "dataset": dataset.name,
        "meaning": plain(dataset.meaning),
        "facts": list(_facts(dataset, links)),
        "quality": _tier_cell(dataset),
        "rules": Rows(
            f"Rules of quality of {dataset.name}",
            [Column("rule"), Column("holds"), Column("what was seen"), Column("what it asks")],
            [(one.name, _yes(one.holds), one.detail, _asked(one.name, catalog)) for one in dataset.quality.rules],
        ),
        "published": _variants_table(dataset),
        "problems": [one.problem for one in dataset.published if one.problem],
        "fields": [_field(field, catalog, links) for field in dataset.fields],
        "neighbours": neighbours_drawing(dataset, catalog, links),
        "field_lineage": fields_drawing(dataset, catalog, links),
        "checks": Rows(
            f"Checks of {dataset.name}",
            [Column("check"), Column("level"), Column("passed"), Column("what was seen")],
            [(one.name, one.level, _yes(one.passed), one.detail) for one in dataset.checks],
        ),
    }


def lineage_view(catalog: Catalog, links: Links) -> Values:
    """Show what every dataset is made from."""
    return _shared(links, "lineage") | {
        "drawing": whole_drawing(catalog, links),
        "lineage": Rows(
            "Each dataset, what it is made from, and what uses it",
            [Column("dataset"), Column("task"), Column("made"), Column("from"), Column("used by")],
            [
                (
                    Cell(one.name, links.dataset(one.name)),
                    one.task,
                    one.made,
                    ", ".join(one.made_from),
                    ", ".join(one.used_by),
                )
                for one in catalog.datasets
            ],
        ),
    }


def glossary_view(catalog: Catalog, links: Links) -> Values:
    """Show the words that people use, and the fields that hold what they mean."""
    return _shared(links, "glossary") | {
        "problems": [line for line in catalog.problems if "term " in line],
        "terms": [_term(term, links) for term in catalog.terms],
    }


def search_view(catalog: Catalog, asked: str, links: Links) -> Values:
    """Show what is found; where no server answers, all there is to find, for the page to filter."""
    found = search(catalog, asked) if links.is_served else list(entries_of(catalog))
    shown = found[:MOST_HITS] if links.is_served else found
    rows = [(one.kind, Cell(one.full_name, _link_of(one, links)), _said(one)) for one in shown]
    return _shared(links, "search") | {
        "asked": asked,
        "is_served": links.is_served,
        "hits": Rows("Found", [Column("kind"), Column("name"), Column("meaning")], rows, len(found)),
    }


def plain(words: str) -> str:
    """Return words without the marks of Markdown, in which some meanings are written for the documentation.

    Examples
    --------
    >>> plain("`repin`, or why not; see [categories.md](categories.md)")
    'repin, or why not; see categories.md'
    """
    return _LINK.sub(r"\1", words).replace("`", "")


def _shared(links: Links, here: Page | str) -> Values:
    pages = [{"title": title, "path": links.page(page), "is_here": page == here} for page, title in PAGES.items()]
    return {"pages": pages}


def _by_domain(catalog: Catalog) -> list[CatalogDataset]:
    """Return the datasets in the order of the domains, which begin with what most people look for."""
    place = {domain.name: number for number, domain in enumerate(catalog.domains)}
    return sorted(catalog.datasets, key=lambda one: place.get(one.ownership.domain, len(place)))


def _datasets_table(datasets: Iterable[CatalogDataset], links: Links) -> Rows:
    columns = [
        *(Column(name) for name in ("dataset", "what it holds", "domain, owner", "quality", "newest")),
        Column("published", "UTC", is_number=True),
        *(Column(name, is_number=True) for name in ("rows", "size", "queries")),
    ]
    rows = []
    for one in datasets:
        newest = one.newest
        version = f"{newest.newest.date} / {newest.newest.iteration}" if newest else "–"
        at = newest.published_at if newest else None
        size = newest.n_bytes if newest else None
        rows.append(
            (
                Cell(one.name, links.dataset(one.name)),
                plain(one.meaning) or Cell("", words="nothing is said of it", kind="quiet"),
                ", ".join(filter(None, (one.ownership.domain, one.ownership.owner or "nobody yet"))),
                _tier_cell(one),
                version,
                Cell(at.timestamp() if at else None, words=moment(at).removesuffix(" UTC")),
                newest.n_rows if newest else None,
                Cell(size, words=n_bytes(size)),
                one.n_queries,
            )
        )
    return Rows("Datasets", columns, rows)


def _rules_of_tiers(catalog: Catalog) -> Rows:
    rows = [(tier, "; ".join(_asked(rule, catalog) for rule in needed)) for tier, needed in NEEDED.items() if needed]
    return Rows("What gold, silver and bronze mean", [Column("tier"), Column("all of these hold")], rows)


def _asked(rule: str, catalog: Catalog) -> str:
    return RULES[rule].replace("[monitoring] fresh_within_h", f"{catalog.fresh_within_h:g} hours")


def _facts(dataset: CatalogDataset, links: Links) -> Iterable[tuple[str, object]]:
    yield "key", dataset.key + ("" if dataset.key_is_unique else ", several rows each")
    yield "domain", dataset.ownership.domain or Cell("", words="none", kind="quiet")
    yield "owner", dataset.ownership.owner or Cell("", words="nobody yet", kind="quiet")
    yield "made", f"{dataset.made}, by the task {dataset.task}" if dataset.task else "by another version or tool"
    yield "fields", f"{len(dataset.fields)}, {dataset.n_documented} say what they mean"
    last = f", last {moment(dataset.last_query_at)}" if dataset.last_query_at else ""
    yield "queries of the SQL box", f"{dataset.n_queries:,}{last}"
    if dataset.published and links.rows(dataset.name):
        yield "rows", Cell("rows", links.rows(dataset.name), words="values, sample, facets")


def _variants_table(dataset: CatalogDataset) -> Rows:
    columns = [
        *(Column(name) for name in ("variant", "newest version")),
        *(Column(name, is_number=True) for name in ("published", "versions", "rows", "size", "files")),
        Column("digest"),
    ]
    rows = [
        (
            one.variant,
            str(one.newest),
            Cell(one.published_at.timestamp() if one.published_at else None, words=moment(one.published_at)),
            one.n_versions,
            one.n_rows,
            Cell(one.n_bytes, words=n_bytes(one.n_bytes)),
            one.n_files,
            one.digest[:12],
        )
        for one in dataset.published
    ]
    return Rows(f"Newest versions of {dataset.name}", columns, rows)


def _field(field: CatalogField, catalog: Catalog, links: Links) -> Values:
    origins = [
        Cell(str(one), field_link(links, one.dataset, one.path) if catalog.dataset(one.dataset) else "")
        for one in field.origins
    ]
    return {
        "path": field.path,
        "anchor": anchor("field", field.path),
        "depth": field.depth,
        "type": field.type,
        "is_nullable": field.is_nullable,
        "is_key": field.is_key,
        "is_unset_in_light": field.is_unset_in_light,
        "unit": field.unit,
        "meaning": plain(field.meaning),
        "source": field.source,
        "terms": [Cell(term, term_link(links, term)) for term in field.terms],
        "origins": origins,
        "how": field.origins[0].how if field.origins else "",
        "n_queries": field.n_queries,
    }


def _term(term: Term, links: Links) -> Values:
    fields = [Cell(field, field_link(links, *field.split(".", 1))) for field in term.fields]
    return {
        "name": term.name,
        "anchor": anchor("term", term.name),
        "meaning": term.meaning,
        "also": list(term.also),
        "fields": fields,
        "glossary": term.glossary,
        "said": count(len(fields), "field"),
    }


def _link_of(entry: Entry, links: Links) -> str:
    if entry.kind == "field":
        return field_link(links, entry.dataset, entry.name)
    if entry.kind == "term":
        return term_link(links, entry.name)
    return links.dataset(entry.name) if entry.kind == "dataset" else links.page("index")


def _said(entry: Entry) -> str:
    return " · ".join(filter(None, (plain(entry.meaning), ", ".join(entry.also))))


def _tier_cell(dataset: CatalogDataset) -> Cell:
    tier = dataset.quality.tier
    return Cell(list(NEEDED).index(tier), words=_TIER_WORDS.get(tier, tier), kind=_KIND[tier])


def _yes(holds: bool) -> Cell:
    return Cell(holds, words="yes" if holds else "no", kind="good" if holds else "warn")
