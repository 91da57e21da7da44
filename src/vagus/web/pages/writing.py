"""Views that write one entry: the form, its questions, the entry, the way back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..guard import clinic_settings
from ..record.form import RecordForm
from ..record.models import Alert, Entry, Person, Visit
from ..record.writing import write_entry

Made = Callable[[dict[str, Any] | None], RecordForm]


def save(request: HttpRequest, form: RecordForm, replaces: Entry | None = None) -> tuple[Entry, list[Alert]]:
    """Write what a valid form holds; the audit gets the id."""
    entry, alerts = write_entry(
        form.person,
        form.kind,
        form.sealed_content(),
        by=request.user,
        at=form.cleaned_data["at"],
        visit=form.visit,
        replaces=replaces,
        escalation_minutes=clinic_settings().escalation_minutes,
    )
    request.made = str(entry.pk)
    return entry, alerts


def write(
    request: HttpRequest,
    make: Made,
    *,
    person: Person,
    back: str,
    visit: Visit | None = None,
    title: str = "",
    template: str = "entry_form.html",
    replaces: Entry | None = None,
    **context: Any,
) -> HttpResponse:
    """The page of one form.

    Arguments: `make` builds the form from the data sent (None: an empty one); `back`, where to go after writing.
    """
    form = make(request.POST if request.method == "POST" else None)
    form.replaces = replaces
    if request.method == "POST" and form.is_valid():
        _, alerts = save(request, form, replaces)
        if visit is not None:  # whoever is written about has come
            Visit.objects.filter(pk=visit.pk, status=Visit.Status.PLANNED).update(status=Visit.Status.OPEN)
        if alerts:
            messages.warning(
                request, "This answer raised an alert. It has an owner and waits to be acknowledged."
            )
        else:
            messages.success(request, f"{form.heading or 'It'}: saved.")
        return redirect(back)
    facts = {"form": form, "person": person, "visit": visit, "title": title or form.heading, "back": back}
    return render(request, template, facts | context)
