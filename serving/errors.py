"""The errors of serving. Each says what is wrong, where, and what to do; `status` is HTTP's number of it."""

from typing import ClassVar

from joins.errors import DiscoveryError


class ServingError(DiscoveryError):
    """Base of what a request may be answered with in place of objects."""

    status: ClassVar[int] = 500


class ServingConfigError(ServingError, ValueError):
    """The service can't be started as it is configured."""


class PlanError(ServingError, ValueError):
    """A plan that can't run: a cycle, an unknown step or field, a wrong type, too much work."""

    status = 400


class RequestError(ServingError, ValueError):
    """A request that its plan can't be run with: a parameter is missing, unknown, or of the wrong type."""

    status = 400


class NotAllowedError(ServingError):
    """The caller isn't known by a token."""

    status = 401


class StrangerError(ServingError):
    """A page of a stranger asks, or the service is asked by a name that isn't its own; no token would help."""

    status = 403


class TooManyRequestsError(ServingError):
    """A caller asks more often than it may."""

    status = 429
    retry_after_s: float = 1.0


class UnreachableError(ServingError):
    """A client found no service, or the connection broke before the answer."""

    status = 502


class UnknownPlanError(RequestError):
    """No plan of this name is there."""

    status = 404


class OverloadedError(ServingError):
    """More is asked than can be answered in time, so this was not begun."""

    status = 503
    retry_after_s: float = 1.0


class TooLateError(ServingError):
    """The time of a request, or the share of it that a step had, is over."""

    status = 504


class StoreError(ServingError):
    """A store could not answer."""

    status = 502


class NothingLoadedError(StoreError):
    """The stores answer, and hold no version of all that shall be served."""


class AnswerTooLargeError(ServingError):
    """What came out is larger than an answer may be."""

    status = 507
