"""Every request passes here: who may open the address, how long a session lives, what the audit keeps, which headers
go out. A page cannot be forgotten: an address without a rule is closed.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from .access.models import Audit, Clinic, User
from .rules import Rule, rule_of
from .trouble import too_large

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
Next = Callable[[HttpRequest], HttpResponse]
_OWN_LINES = ("login", "logout", "first", "job-state", "alive")  # they write lines of their own, or none
_TOUCH = 60.0  # seconds: a session is not written more often than this
_LONGEST = 12 * 3600.0  # seconds: a session ends after a working day, clicks or not
_BY_ITSELF = ("job-state",)  # asked for by a page, not by a person: keeps no session alive


def headers(get_response: Next) -> Next:
    """Middleware: the headers that keep a page from loading, framing or leaking anything; nothing huge is read."""

    def respond(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.LARGEST_BODY:
            response = too_large(request, settings.LARGEST_BODY)
        else:
            response = get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Permissions-Policy"] = (
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        )
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    return respond


class Guard:
    """Middleware: rules, sessions and audit."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request through; write down what was looked at or changed."""
        response = self.get_response(request)
        self._note(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Nothing when the request may go on, else what is answered instead."""
        match = request.resolver_match
        name = match.view_name if match else ""
        rule = rule_of(name)
        if rule.public:
            return None
        program = request.path.startswith("/api/")
        if not request.user.is_authenticated:
            if program:
                return JsonResponse({"detail": "sign in first"}, status=401)
            target = reverse("login") if User.objects.exists() else reverse("first")
            return redirect(f"{target}?{urlencode({'next': _shown_before(request), **_lost(request)})}")
        if self._stale(request, name):
            logout(request)
            if program:
                return JsonResponse({"detail": "the session has ended"}, status=401)
            facts = {"next": _shown_before(request), "ended": 1, **_lost(request)}
            return redirect(f"{reverse('login')}?{urlencode(facts)}")
        return self._sign_in_first(request, name, program) or self._refuse(request, rule, program)

    def _sign_in_first(self, request: HttpRequest, name: str, program: bool) -> HttpResponse | None:
        """The step of signing in that is still missing: nothing else is open until it is done."""
        user = request.user
        missing = ""
        if request.session.get("factor") and not user.is_verified():
            missing = "second-factor"
        elif user.must_change_password:
            missing = "password"
        if not missing or name in (missing, "logout"):
            return None
        if program:
            return JsonResponse({"detail": "finish signing in first"}, status=401)
        return redirect(missing)

    def _refuse(self, request: HttpRequest, rule: Rule, program: bool) -> HttpResponse | None:
        if request.user.role in rule.roles and request.user.is_active:
            return None
        if program:
            return JsonResponse({"detail": "not for this role"}, status=403)
        if not rule.roles:
            raise Http404
        raise PermissionDenied

    def _stale(self, request: HttpRequest, name: str) -> bool:
        """Whether the session was without a click for too long, or is too old; a live one is touched now and then."""
        now, seen = time.time(), request.session.get("seen", 0.0)
        limit = clinic_settings().session_minutes * 60
        began = request.session.get("began")
        if (seen and now - seen > limit) or now - (began or now) > _LONGEST:
            return True
        if began is None:
            request.session["began"] = now
        if now - seen > min(_TOUCH, limit / 4) and name not in _BY_ITSELF:
            request.session["seen"] = now
        return False

    def _note(self, request: HttpRequest, response: HttpResponse) -> None:
        match = getattr(request, "resolver_match", None)
        user = getattr(request, "user", None)
        if match is None or user is None or not user.is_authenticated or match.view_name in _OWN_LINES:
            return
        ids = [str(value) for value in match.kwargs.values() if isinstance(value, UUID)]
        if response.status_code in (403, 404):  # somebody else's record answers as if it did not exist
            note(request, "refused", match.view_name, ids[-1] if ids else "")
        if response.status_code >= 400:
            return
        made = getattr(request, "made", "")
        person = getattr(request, "person_id", "")
        if not (ids or made or person) and request.method == "GET" and not rule_of(match.view_name).roles:
            return
        action = "look" if request.method in ("GET", "HEAD") else "change"
        if request.method == "POST" and response.status_code == 200 and not made:
            action = "asked"  # the form came back with a question or a mistake: nothing was written
        note(request, action, match.view_name, made or (ids[-1] if ids else ""), person)


def _shown_before(request: HttpRequest) -> str:
    """Where to go after signing in: the page asked for, or the one a form that could not be taken was sent from."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    before = urlsplit(request.headers.get("referer", ""))
    return before.path if before.netloc == request.get_host() else reverse("home")


def _lost(request: HttpRequest) -> dict[str, int]:
    """Whether something was sent that nobody kept, for the page of the sign-in to say so."""
    return {} if request.method in ("GET", "HEAD") else {"lost": 1}


def note(request: HttpRequest, action: str, place: str, object_id: str = "", person_id: str = "") -> None:
    """Write one line into the audit: ids only, never content."""
    Audit.objects.create(
        user=str(request.user.pk or ""),
        role=str(getattr(request.user, "role", "")),
        action=action,
        place=place[:60],
        object_id=str(object_id)[:60],
        person_id=str(person_id)[:40],
    )


def clinic_settings() -> Clinic:
    """The settings of this clinic; the suggested ones before the first start is done."""
    return Clinic.objects.first() or Clinic.suggested()


def forecast_on() -> bool:
    """Whether forecasts are shown: switched on at the start and signed for by an administrator."""
    return bool(settings.FORECAST and clinic_settings().forecast_signed_at)
