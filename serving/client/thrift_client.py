"""A client of the service by Thrift, which waits for each answer; it needs thriftpy2 (the extra ``serving``).

Callers in other languages make theirs of ``serving/server/thrift/serving.thrift``, with the binary protocol in frames.
"""

import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import msgspec
from thriftpy2.protocol import TCyBinaryProtocol
from thriftpy2.thrift import TApplicationException, TClient, TDecodeException
from thriftpy2.transport import TCyFramedTransport, TSocket, TTransportException

from serving.answer import Answer, Missing, ObjectList, StepTrace
from serving.client.exchange import error_named
from serving.errors import RequestError, ServingError, UnreachableError
from serving.server.thrift.spoken import definition

_MS_A_S = 1_000
_objects = msgspec.msgpack.Decoder(list[dict[str, object]])


class ThriftClient:
    """Asks a service over one connection, one request at a time; threads need a client each.

    Parameters
    ----------
    host, port
        Where it is.
    token
        What it knows the caller by; empty: it asks for none.
    timeout_s
        How long to wait for a connection, and for each part of an answer.
    """

    def __init__(self, host: str, port: int, *, token: str = "", timeout_s: float = 10.0) -> None:
        self._host, self._port, self._token, self._timeout_s = host, port, token, timeout_s
        self._client: TClient | None = None

    def ask(
        self,
        plan: str | Mapping[str, object],
        given: Mapping[str, object] | None = None,
        /,
        *,
        deadline_ms: int | None = None,
        request_id: str = "",
        trace: bool = False,
        **parameters: object,
    ) -> Answer:
        """Have a plan run; see `serving.client.client.Client.ask`."""
        types = definition()
        values = {name: _value(name, value) for name, value in {**(given or {}), **parameters}.items()}
        request = types.Request(
            parameters=values,
            deadline_ms=deadline_ms,
            id=request_id or None,
            trace=trace or None,
            token=self._token or None,
        )
        if isinstance(plan, str):
            request.plan = plan
        else:
            request.own_plan = msgspec.json.encode(plan).decode()
        try:
            return _answer(self._call("ask", request))
        except types.Refused as refused:
            after_s = None if refused.retry_after_ms is None else refused.retry_after_ms / _MS_A_S
            raise error_named(refused.error, refused.status, refused.message, after_s) from None
        except TDecodeException as error:  # said by what writes, too
            self.close()
            raise RequestError(f"a parameter, or deadline_ms, can't be sent: {error}") from None

    def is_ready(self) -> bool:
        """Return whether the service is there and can answer."""
        try:
            return bool(self._call("ready") == "ready")
        except UnreachableError:
            return False

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - of the definition
        """Call a method; once more where the connection was closed while it lay idle."""
        if self._client is not None:
            try:
                return getattr(self._client, method)(*arguments)
            except (TTransportException, BrokenPipeError, ConnectionResetError):
                self.close()
            except (OSError, TApplicationException) as error:
                self.close()
                raise self._unreachable(error) from error
        try:
            self._client = self._connected()
            return getattr(self._client, method)(*arguments)
        except (OSError, TTransportException, TApplicationException) as error:
            self.close()
            raise self._unreachable(error) from error

    def _connected(self) -> TClient:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        timeout_ms = int(self._timeout_s * _MS_A_S)
        transport = TCyFramedTransport(TSocket(self._host, self._port, socket_family=family, socket_timeout=timeout_ms))
        transport.open()
        return TClient(definition().Serving, TCyBinaryProtocol(transport))

    def _unreachable(self, error: Exception) -> ServingError:
        said = getattr(error, "message", None) or str(error) or type(error).__name__
        return UnreachableError(
            f"no answer ({said})", where=f"{self._host}:{self._port}", remedy="look whether the service runs"
        )


def _value(name: str, given: object) -> Any:  # noqa: ANN401 - a Value of the definition
    kinds = ((bool, "truth", ""), (int, "number", "numbers"), (float, "fraction", "fractions"), (str, "text", "texts"))
    is_list = isinstance(given, list | tuple)
    items = list(given) if isinstance(given, list | tuple) else [given]
    for kind, one, several in kinds:
        if items and all(isinstance(item, kind) for item in items) and (several or not is_list):
            return definition().Value(**{several if is_list else one: items if is_list else given})
    if not items:
        return definition().Value(texts=[])
    raise RequestError(
        f"parameter {name} is {given!r:.50}; by Thrift it is a text, a number, a truth, or a list of the first two"
    )


def _answer(told: Any) -> Answer:  # noqa: ANN401 - an Answer of the definition
    lists = [ObjectList(one.name, one.type, _objects.decode(one.objects), one.partial) for one in told.lists]
    return Answer(
        told.id,
        told.plan,
        told.versions,
        lists,
        told.partial,
        told.took_us,
        [Missing(one.step, one.reason, one.problem) for one in told.missing or []],
        tuple(told.slow or []),
        [StepTrace(one.step, one.began_us, one.took_us, one.n_objects, one.is_slow) for one in told.steps or []],
    )
