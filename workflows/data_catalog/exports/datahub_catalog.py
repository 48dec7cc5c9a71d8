"""The catalog as metadata change proposals of DataHub, for its source ``file``: one list of JSON objects.

Datasets are of a platform of their own, ``interest-graph``, which the first proposal introduces; a dataset is named by
the path or address of its folder, so that several outputs live beside each other. Full and light are one dataset.
DataHub's package is not needed: the aspects are held in tests against the schemas that it publishes.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from storage_tiers.stores.address import Root
from workflows.data_catalog.catalog_model import RAW, Catalog, CatalogDataset, CatalogField, Domain, FieldOrigin, Term
from workflows.data_catalog.quality import NEEDED, RULES

Json = dict[str, object]

PLATFORM = "urn:li:dataPlatform:interest-graph"
_ACTOR = "urn:li:corpuser:datahub"
_TYPES = "com.linkedin.schema."
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_ODD = re.compile(r"[^a-z0-9]+")
_PLAIN = re.compile(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*")


def datahub_proposals(catalog: Catalog, output: Root, raw_root: Root) -> list[Json]:
    """Return proposals for the platform, tags, domains, terms and every dataset, published or not.

    Parameters
    ----------
    catalog
        Of the output.
    output, raw_root
        Where the datasets lie, and the raw tables.
    """
    names = _Names(str(output.absolute()), str(raw_root.absolute()))
    proposals = [_proposal("dataPlatform", PLATFORM, "dataPlatformInfo", _platform())]
    for tier, needed in NEEDED.items():
        said = "; ".join(RULES[rule] for rule in needed) or "nothing is published that can be read"
        about: Json = {"name": f"quality: {tier}", "description": said}
        proposals.append(_proposal("tag", names.tag(tier), "tagProperties", about))
    proposals += [
        _proposal("domain", names.domain(domain.name), "domainProperties", _domain(domain))
        for domain in catalog.domains
    ]
    proposals += [
        _proposal("glossaryTerm", names.term(term.name), "glossaryTermInfo", _term(term)) for term in catalog.terms
    ]
    for dataset in catalog.datasets:
        for aspect, content in _aspects(dataset, names):
            proposals.append(_proposal("dataset", names.dataset(dataset.name), aspect, content))
    return proposals


class _Names:
    """The URNs of what is told; what separates their parts is written as its code."""

    def __init__(self, output: str, raw_root: str) -> None:
        self._output, self._raw_root = output, raw_root

    def dataset(self, name: str) -> str:
        """Of a dataset, or of a raw table."""
        path = f"{self._raw_root}/{name.removeprefix(RAW)}" if name.startswith(RAW) else f"{self._output}/{name}"
        return f"urn:li:dataset:({PLATFORM},{quote(path, safe='/:._-')},PROD)"

    def field(self, origin: FieldOrigin) -> str:
        """Of a field."""
        return f"urn:li:schemaField:({self.dataset(origin.dataset)},{quote(origin.path, safe='._')})"

    @staticmethod
    def term(name: str) -> str:
        """Of a term of the glossary."""
        return f"urn:li:glossaryTerm:interest-graph.{_slug(name)}"

    @staticmethod
    def domain(name: str) -> str:
        """Of a domain."""
        return f"urn:li:domain:interest-graph-{_slug(name)}"

    @staticmethod
    def tag(tier: str) -> str:
        """Of a tier of quality."""
        return f"urn:li:tag:interest-graph-{tier}"


def _slug(name: str) -> str:
    """Return a name in letters, digits and dashes; where that would be another's as well, a digest tells them apart.

    Examples
    --------
    >>> _slug("Rank order"), _slug("Owner's category"), _slug("Größe")
    ('rank-order', 'owner-s-category-2bc95b46', 'gr-sse-b7256ba6')
    """
    plain = _ODD.sub("-", name.casefold()).strip("-")
    if _PLAIN.fullmatch(name):
        return plain
    return f"{plain}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}".strip("-")


def _proposal(entity: str, urn: str, aspect: str, content: Json) -> Json:
    return {
        "entityType": entity,
        "entityUrn": urn,
        "changeType": "UPSERT",
        "aspectName": aspect,
        "aspect": {"json": content},
    }


def _platform() -> Json:
    return {"name": "interest-graph", "displayName": "Interest graph", "type": "OTHERS", "datasetNameDelimiter": "/"}


def _domain(domain: Domain) -> Json:
    return {"name": domain.name, "description": domain.meaning}


def _term(term: Term) -> Json:
    also = {"also": ", ".join(term.also)} if term.also else {}
    return {"name": term.name, "definition": term.meaning, "termSource": "INTERNAL", "customProperties": also}


def _aspects(dataset: CatalogDataset, names: _Names) -> Iterator[tuple[str, Json]]:
    yield "datasetProperties", _properties(dataset)
    yield "schemaMetadata", _schema(dataset, names)
    yield "globalTags", {"tags": [{"tag": names.tag(dataset.quality.tier)}]}
    if dataset.ownership.owner:
        owner = f"urn:li:corpGroup:{quote(dataset.ownership.owner, safe='._-')}"
        yield "ownership", {"owners": [{"owner": owner, "type": "TECHNICAL_OWNER"}]}
    if dataset.ownership.domain:
        yield "domains", {"domains": [names.domain(dataset.ownership.domain)]}
    if dataset.made_from:
        yield "upstreamLineage", _lineage(dataset, names)
    newest = dataset.newest
    if newest and newest.published_at and newest.n_rows is not None:
        columns = sum(1 for field in dataset.fields if not field.depth)
        yield (
            "datasetProfile",
            {
                "timestampMillis": _milliseconds(newest.published_at),
                "rowCount": newest.n_rows,
                "columnCount": columns,
                "sizeInBytes": newest.n_bytes,
            },
        )


def _properties(dataset: CatalogDataset) -> Json:
    newest = dataset.newest
    said = {
        "key": dataset.key,
        "made": dataset.made,
        "task": dataset.task,
        "quality": dataset.quality.tier,
        "newest version": str(newest.newest) if newest else "",
        "digest": newest.digest if newest else "",
        "queries": str(dataset.n_queries),
        **{f"rule: {rule.name}": f"{'yes' if rule.holds else 'no'}; {rule.detail}" for rule in dataset.quality.rules},
    }
    properties: Json = {
        "name": dataset.name,
        "description": dataset.meaning,
        "customProperties": {name: value for name, value in said.items() if value},
    }
    if newest and newest.published_at:
        properties["lastModified"] = {"time": _milliseconds(newest.published_at), "actor": _ACTOR}
    return properties


def _schema(dataset: CatalogDataset, names: _Names) -> Json:
    return {
        "schemaName": dataset.name,
        "platform": PLATFORM,
        "version": 0,
        "hash": "",
        "platformSchema": {f"{_TYPES}OtherSchema": {"rawSchema": ""}},
        "primaryKeys": [dataset.key] if dataset.key and dataset.key_is_unique else [],
        "fields": [_field(one, names) for one in dataset.fields],
    }


def _field(field: CatalogField, names: _Names) -> Json:
    about = [field.meaning, f"unit: {field.unit}" if field.unit else "", "unset in light" * field.is_unset_in_light]
    content: Json = {
        "fieldPath": field.path,
        "nullable": field.is_nullable,
        "description": "; ".join(filter(None, about)),
        "type": {"type": {_type_class(field.type): {}}},
        "nativeDataType": field.type,
        "recursive": False,
        "isPartOfKey": field.is_key,
    }
    if field.terms:
        content["glossaryTerms"] = {
            "terms": [{"urn": names.term(term)} for term in field.terms],
            "auditStamp": {"time": 0, "actor": _ACTOR},
        }
    return content


def _type_class(type_: str) -> str:
    """Return DataHub's class of a type that is written in words."""
    beginnings: dict[str | tuple[str, ...], str] = {
        "list": "ArrayType",
        ("int", "uint", "float", "decimal", "double"): "NumberType",
        ("string", "large_string"): "StringType",
        "bool": "BooleanType",
        ("timestamp", "time"): "TimeType",
        "date": "DateType",
        ("struct", "small", "raw"): "RecordType",
        "null": "NullType",
    }
    found = (name for beginning, name in beginnings.items() if type_.startswith(beginning))
    return _TYPES + next(found, "BytesType")


def _lineage(dataset: CatalogDataset, names: _Names) -> Json:
    upstreams = [{"dataset": names.dataset(name), "type": "TRANSFORMED"} for name in dataset.made_from]
    return {"upstreams": upstreams, "fineGrainedLineages": list(_fine_grained(dataset, names, dataset.made_from))}


def _fine_grained(dataset: CatalogDataset, names: _Names, told: Sequence[str]) -> Iterator[Json]:
    for field in dataset.fields:
        origins = [origin for origin in field.origins if origin.dataset in told]
        if origins:
            yield {
                "upstreamType": "FIELD_SET",
                "upstreams": [names.field(origin) for origin in origins],
                "downstreamType": "FIELD",
                "downstreams": [names.field(FieldOrigin(dataset.name, field.path))],
                "transformOperation": origins[0].how,
                "confidenceScore": 1.0,
            }


def _milliseconds(at: dt.datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND
