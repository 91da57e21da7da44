"""What this is and is not; and a sign of life for whoever watches the server."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """What this is, what it is not, and where its numbers come from."""
    return render(request, "about.html")


@require_GET
def alive(request: HttpRequest) -> HttpResponse:
    """{"ok": true} when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
