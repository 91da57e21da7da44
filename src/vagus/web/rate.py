"""A limited rate: so many computations or sign-ins a minute from one address, kept in memory."""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

MOST, SECONDS = 240, 60.0
SIGN_INS = 60  # of one address: a whole clinic may sign in at once, nobody can try a word list
_ADDRESSES = 10_000
_seen: OrderedDict[tuple[str, int], tuple[float, float]] = OrderedDict()
_lock = Lock()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; behind a server of ours, what that server says (the last of the addresses)."""
    said = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.PROXY else ""
    return said.rpartition(",")[2].strip()[:60] or str(request.META.get("REMOTE_ADDR", ""))


def allowed(address: str, now: float, most: int | None = None) -> bool:
    """Whether this address may ask once more: a bucket of `most` (`MOST`) that refills evenly."""
    most = most or MOST
    with _lock:
        left, at = _seen.pop((address, most), (float(most), now))
        left = min(float(most), left + (now - at) * most / SECONDS)
        _seen[address, most] = (max(left - 1.0, 0.0), now)
        while len(_seen) > _ADDRESSES:
            _seen.popitem(last=False)
        return left >= 1.0


def may_sign_in(request: HttpRequest) -> bool:
    """Whether this address may try one more password."""
    return allowed(address_of(request), time.monotonic(), SIGN_INS)


def limited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, answered with 429 when an address asks too often."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if not allowed(address_of(request), time.monotonic()):
            response = JsonResponse({"detail": "too many requests; wait a moment"}, status=429)
            response.headers["Retry-After"] = "5"
            return response
        return view(request, *args, **options)

    return asked
