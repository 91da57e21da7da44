"""The clinic's page and its alerts."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ..access.models import Role, User
from ..record.clinic_view import clinic_view
from ..record.finding import alert_of, open_alerts, people_for
from ..record.models import Alert

_LEAST_NOTE = 3


def clinic(request: HttpRequest) -> HttpResponse:
    """Who is due, who got worse, who was not heard of; outcomes."""
    return render(
        request, "clinic.html", {"view": clinic_view(request.user), "alerts": open_alerts(request.user)}
    )


def alerts(request: HttpRequest) -> HttpResponse:
    """Open alerts first, then those of the last time."""
    people = people_for(request.user)
    done = Alert.objects.filter(person__in=people).exclude(acknowledged_at=None)
    done = done.select_related("person", "owner", "acknowledged_by").order_by("-acknowledged_at")[:50]
    return render(request, "alerts.html", {"rows": open_alerts(request.user), "done": done})


@require_http_methods(["GET", "POST"])
def alert(request: HttpRequest, alert: str) -> HttpResponse:
    """One alert: take it over, hand it on, or acknowledge it with a note of what was done."""
    one = alert_of(request, alert)
    problem = ""
    if request.method == "POST" and one.acknowledged_at is None:
        problem = _act(request, one)
        if not problem:
            return redirect("alert", one.pk)
    owners = User.objects.filter(role__in=(Role.CLINICIAN, Role.STAFF), is_active=True).order_by("username")
    facts = {"alert": one, "person": one.person, "owners": owners, "problem": problem}
    return render(request, "alert.html", facts)


def _act(request: HttpRequest, one: Alert) -> str:
    """Do what the form says; what is missing, in words, when it cannot be done."""
    if "own" in request.POST:
        owner = User.objects.filter(
            username=request.POST.get("owner", ""), role__in=(Role.CLINICIAN, Role.STAFF), is_active=True
        ).first()
        if owner is None:
            return "Choose who takes it over."
        Alert.objects.filter(pk=one.pk, acknowledged_at=None).update(owner=owner)
        messages.success(request, f"{owner} has it now.")
        return ""
    note = request.POST.get("note", "").strip()[:4000]
    if len(note) < _LEAST_NOTE:
        return "Say what was done: an alert is not acknowledged without it."
    with transaction.atomic():
        one.content = {"rule": one.cause, "note": note}
        one.acknowledged_at, one.acknowledged_by = timezone.now(), request.user
        one.save(update_fields=["sealed", "acknowledged_at", "acknowledged_by"])
    messages.success(request, "The alert is acknowledged.")
    return ""
