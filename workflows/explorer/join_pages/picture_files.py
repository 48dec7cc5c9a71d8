"""Pictures as browsers show them: of the files that the pins of a picture name, below the picture roots.

No address of a file comes from whoever asks: they name a signature, and the day's own records say where its pins have
their picture. What isn't a picture that browsers draw is not given out, so nothing in it can act.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from joins.errors import DiscoveryError
from storage_tiers.pictures.files import PictureFile
from storage_tiers.pictures.read_picture import read_picture
from storage_tiers.pictures.roots import picture_roots
from workflows.catalog import PIN_JOINS
from workflows.explorer.join_pages.join_lists import list_in
from workflows.explorer.opened_versions import row_of
from workflows.explorer.page_routes import Asked, asked_of, problem_of
from workflows.settings import PICTURE_ROOTS

_MOST_BYTES = 20_000_000
_MOST_TRIES = 5  # files of one picture that are looked at
_KEPT_S = 600
# How files of pictures begin that every browser draws; a vector drawing isn't among them, as it may hold scripts.
_BEGINNINGS = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypavif", 4, "image/avif"),
    (b"BM", 0, "image/bmp"),
)


def routes() -> Sequence[BaseRoute]:
    """Return the route of pictures."""
    return [Route("/pictures/{key:path}", _picture)]


async def _picture(request: Request) -> Response:
    return await run_in_threadpool(picture_response, asked_of(request))


def picture_response(asked: Asked) -> Response:
    """Return the file of a picture, or in words why there is none."""
    try:
        _, row = row_of(asked, PIN_JOINS.name, asked.path["key"])
    except DiscoveryError as error:
        status, values = problem_of(error)
        return PlainTextResponse(f"{values['problem']}\n", status)
    reasons = []
    for found in _files(asked, [str(pin["image"]) for pin in list_in(row, "pins") if pin["image"]]):
        media_type = media_type_of(found.content) if found.content else None
        if found.content and media_type:
            return Response(
                found.content, media_type=media_type, headers={"Cache-Control": f"private, max-age={_KEPT_S}"}
            )
        reasons.append(found.reason or "the file is no picture that browsers draw")
    return PlainTextResponse("\n".join(reasons or ["no pin of it names a file"]) + "\n", HTTPStatus.NOT_FOUND)


def _files(asked: Asked, images: Sequence[str]) -> Iterator[PictureFile]:
    if not asked.input:
        return
    roots = picture_roots(asked.input, PICTURE_ROOTS.value())
    for image in list(dict.fromkeys(images))[:_MOST_TRIES]:
        yield read_picture(image, roots, max_bytes=_MOST_BYTES)


def media_type_of(content: bytes) -> str | None:
    r"""Return the type of a picture by how its file begins; None for what browsers don't draw.

    Examples
    --------
    >>> media_type_of(b"\xff\xd8\xff\xe0"), media_type_of(b"<svg onload='alert(1)'>")
    ('image/jpeg', None)
    """
    for beginning, place, media_type in _BEGINNINGS:
        if content[place : place + len(beginning)] == beginning:
            return media_type
    return None
