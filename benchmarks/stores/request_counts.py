"""What went through a proxy before a store, by kind: requests, and bytes up and down."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.servers.s3_proxy import Request

KINDS = ("get", "head", "list", "put", "pieces", "delete")
_OF_METHODS = {"GET": "get", "HEAD": "head", "PUT": "put", "POST": "pieces", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests by kind, and bytes of bodies both ways."""

    requests: Counter[str] = field(default_factory=Counter)
    n_up: int = 0
    n_down: int = 0

    @property
    def n_requests(self) -> int:
        """Requests of all kinds."""
        return self.requests.total()


def counts_of(requests: Iterable[Request]) -> RequestCounts:
    """Count requests; ``pieces`` are those of files that are put in several: begun, each piece, ended."""
    seen = list(requests)
    return RequestCounts(
        Counter(map(kind_of, seen)), sum(one.n_sent for one in seen), sum(one.n_answered for one in seen)
    )


def kind_of(request: Request) -> str:
    """Return the kind of a request.

    Examples
    --------
    >>> kind_of(Request("GET", "/trial?list-type=2&prefix=a")), kind_of(Request("POST", "/trial?delete"))
    ('list', 'delete')
    >>> kind_of(Request("PUT", "/trial/part?partNumber=1&uploadId=x")), kind_of(Request("PUT", "/trial/part"))
    ('pieces', 'put')
    """
    _, _, query = request.target.partition("?")
    if "list-type=" in query:
        return "list"
    if request.method == "POST" and query.partition("=")[0] == "delete":
        return "delete"
    return "pieces" if "uploadId=" in query else _OF_METHODS[request.method]
