"""When something is wrong: a full disk, a read-only database, a forged form, a page that is not there."""

import errno
import sys
from collections.abc import Callable

from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from ..errors import VagusError

Next = Callable[[HttpRequest], HttpResponse]
_FULL = ("disk is full", "disk full", "no space left", "disk i/o error", "could not extend file")
_READ_ONLY = ("readonly", "read-only")
_BUSY = ("locked", "busy")
_FULL_DISK = (
    "The disk is full",
    "Nothing was saved. What was saved before is safe. Free some disk space and send it again.",
)
_PROTECTED = (
    "The database is read-only",
    "Nothing was saved. The folder or the file is write-protected; tell whoever runs this machine.",
)


class StorageTrouble:
    """Middleware: a database that cannot write gives a clear page, and nothing was half written."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page about the trouble a view ran into; None when the error is of another kind."""
        return page_of(request, error)


def page_of(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """A clear page about trouble with the storage or one of our own errors; None for any other."""
    if isinstance(error, VagusError):
        status = {"V703": 500, "V704": 410}.get(error.code, 400)
        return _page(request, status, error.message, error.hint or "")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _page(request, 507, *_FULL_DISK)
    if not isinstance(error, DatabaseError):
        return None
    words = str(error).lower()
    if any(part in words for part in _FULL):
        return _page(request, 507, *_FULL_DISK)
    if any(part in words for part in _READ_ONLY):
        return _page(request, 503, *_PROTECTED)
    if not isinstance(error, OperationalError):
        return None
    busy = any(part in words for part in _BUSY)
    title = "The database is busy" if busy else "The database cannot be reached"
    return _page(request, 503, title, "Nothing was saved. Wait a moment and send it again.")


def _page(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": f"{title}. {words}"}, status=status)
    # Rendered without the request: sessions and accounts lie in the very database that is in trouble.
    return HttpResponse(render_to_string("trouble.html", {"title": title, "words": words}), status=status)


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """413: more than this server reads."""
    words = f"Nothing was saved. At most {most // 1_000_000} megabytes can be sent at once."
    return _page(request, 413, "This is too large", words)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that did not come from our own page, or an old one."""
    return _page(
        request,
        403,
        "This form has expired or did not come from this site",
        "Go back, reload the page and send it again.",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(
        request, 404, "There is no such page", "It may have moved, or you may not be allowed to see it."
    )


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403, "This page is not for your role", "Ask the administrator if you need it.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(request, 400, "This request cannot be understood", "Go back and try again.")


def broken(request: HttpRequest) -> HttpResponse:
    """500; or the clear page, when it was the storage that failed outside of a view (session, audit)."""
    words = ("Something went wrong on our side", "The error was recorded in the server's log.")
    return page_of(request, sys.exc_info()[1]) or _page(request, 500, *words)
