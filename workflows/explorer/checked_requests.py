"""What holds for every address of every room, checked once in front of them all.

The output must be there, and so must the version that an address names. What a route raises, whatever it is, becomes a
page that says what is wrong, or its twin; no answer of the explorer is without the headers of all.
"""

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workflows.explorer.page_routes import asked_of, problem_of, problem_response
from workflows.explorer.versions_there import check_asked

_ASSETS = ("/assets/", "/sql/assets/")  # style and scripts, which the page of a problem needs as well


class CheckedRequests:
    """Middleware around the routes, within the guards.

    Parameters
    ----------
    app
        The routes, which are asked where nothing is wrong with the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say what is wrong."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, has_begun = Request(scope, receive), False

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            if not request.url.path.startswith(_ASSETS):
                await run_in_threadpool(check_asked, asked_of(request))
            await self.app(scope, receive, send_noted)
        except Exception as error:
            if has_begun:
                raise
            answer = partial(problem_response, request, *problem_of(error))
            await (await run_in_threadpool(answer))(scope, receive, send)
