"""Where the pages of the catalog lie: addresses in the explorer, files beside each other where they open from disk."""

import re
from typing import Literal, Protocol
from urllib.parse import quote

Page = Literal["index", "lineage", "glossary", "search"]
# In the order of the navigation.
PAGES: dict[Page, str] = {"index": "Datasets", "lineage": "Lineage", "glossary": "Glossary", "search": "Search"}

_ODD = re.compile(r"[^A-Za-z0-9_-]")


class Links(Protocol):
    """Leads from one page to another."""

    @property
    def is_served(self) -> bool:
        """Whether a server answers, who can search; files can't."""

    def page(self, page: Page) -> str:
        """Return where a page lies."""

    def dataset(self, name: str) -> str:
        """Return where the page of a dataset lies."""

    def rows(self, name: str) -> str:
        """Return where the rows of a dataset are shown; nothing where they aren't."""


class ServedLinks:
    """In the explorer."""

    is_served = True
    base = "/catalog"

    def page(self, page: Page) -> str:
        """Return where a page lies."""
        return self.base if page == "index" else f"{self.base}/{page}"

    def dataset(self, name: str) -> str:
        """Return where the page of a dataset lies."""
        return f"{self.base}/datasets/{quote(name, safe='')}"

    def rows(self, name: str) -> str:
        """Return where the rows of a dataset are shown."""
        return f"/datasets/{quote(name, safe='')}"


class FileLinks:
    """Files of one folder.

    Examples
    --------
    >>> FileLinks().page("glossary"), FileLinks().dataset("pin_joins"), FileLinks().dataset("a b/c")
    ('glossary.html', 'dataset-pin_joins.html', 'dataset-a~20b~2fc.html')
    """

    is_served = False

    def page(self, page: Page) -> str:
        """Return where a page lies."""
        return f"{page}.html"

    def dataset(self, name: str) -> str:
        """Return where the page of a dataset lies; its name may hold what the name of a file can't."""
        return f"dataset-{_ODD.sub(lambda found: f'~{ord(found[0]):x}', name)}.html"

    def rows(self, _name: str) -> str:
        """Return nothing: files show no rows."""
        return ""


def anchor(kind: Literal["field", "term", "domain"], name: str) -> str:
    """Return the name of a place in a page.

    Examples
    --------
    >>> anchor("field", "terms.term"), anchor("term", "Gold, silver, bronze")
    ('field-terms.term', 'term-Gold~2c~20silver~2c~20bronze')
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]", lambda found: f"~{ord(found[0]):x}", name)
    return f"{kind}-{plain}"


def field_link(links: Links, dataset: str, path: str) -> str:
    """Return where a field is described."""
    return f"{links.dataset(dataset)}#{anchor('field', path)}"


def term_link(links: Links, term: str) -> str:
    """Return where a term is explained."""
    return f"{links.page('glossary')}#{anchor('term', term)}"
