"""A limited rate for pages without an account: so many computations a minute from one address, kept in memory."""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

MOST, SECONDS = 240, 60.0
_ADDRESSES = 10_000
_seen: OrderedDict[str, tuple[float, float]] = OrderedDict()
_lock = Lock()


def allowed(address: str, now: float) -> bool:
    """Whether this address may ask once more: a bucket that refills evenly."""
    with _lock:
        left, at = _seen.pop(address, (float(MOST), now))
        left = min(float(MOST), left + (now - at) * MOST / SECONDS)
        _seen[address] = (max(left - 1.0, 0.0), now)
        while len(_seen) > _ADDRESSES:
            _seen.popitem(last=False)
        return left >= 1.0


def limited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, answered with 429 when an address asks too often."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if not allowed(request.META.get("REMOTE_ADDR", ""), time.monotonic()):
            response = JsonResponse({"detail": "too many requests; wait a moment"}, status=429)
            response.headers["Retry-After"] = "5"
            return response
        return view(request, *args, **options)

    return asked
