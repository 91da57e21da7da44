"""The administrator's pages: accounts, settings, notice, audit, retention, erasure."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from ..access.models import Audit, Clinic, Role, User
from ..folder import ERASED
from ..guard import clinic_settings
from ..record.erasing import erase
from ..record.models import Person
from ..secret import fresh_password

_LINES = 100


class SettingsForm(forms.ModelForm):
    """The clinic's own settings; the crisis text cannot be empty."""

    class Meta:
        """All of them."""

        model = Clinic
        exclude = ("forecast_signed_at", "forecast_signed_by")
        widgets = {"crisis_text": forms.Textarea(attrs={"rows": 4})}
        labels = {
            "name": "Name of the clinic",
            "gate_systolic": "Gate before a dose: systolic pressure (mmHg)",
            "gate_systolic_older": "Gate before a dose: systolic pressure of older people (mmHg)",
            "gate_older_than": "Older people are those above (years)",
            "gate_diastolic": "Gate before a dose: diastolic pressure (mmHg)",
        }

    def clean_crisis_text(self) -> str:
        """Words, not spaces."""
        text: str = self.cleaned_data["crisis_text"].strip()
        if len(text) < 10:
            raise forms.ValidationError("Write whom a person in crisis can reach, and how.")
        return text

    def clean(self) -> dict[str, Any]:
        """Numbers that can work."""
        kept: dict[str, Any] = super().clean() or self.cleaned_data
        for key in ("escalation_minutes", "session_minutes", "retention_years"):
            if key in kept and not 1 <= kept[key] <= 10_000:
                self.add_error(key, "At least 1.")
        return kept


class UserForm(forms.Form):
    """A new account."""

    username = forms.CharField(label="Account", max_length=60)
    first_name = forms.CharField(label="First name", max_length=60, required=False)
    last_name = forms.CharField(label="Last name", max_length=60, required=False)
    role = forms.ChoiceField(label="Role", choices=[pair for pair in Role.choices if pair[0] != Role.PATIENT])

    def clean_username(self) -> str:
        """A name nobody has."""
        name: str = self.cleaned_data["username"].strip()
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError("There is already an account with this name.")
        return name


def manage(request: HttpRequest) -> HttpResponse:
    """What there is to look after."""
    old = Person.objects.filter(erased_at=None, last_entry_at__lt=_keep_until()).count()
    facts = {
        "users": User.objects.filter(is_active=True).count(),
        "people": Person.objects.filter(erased_at=None).count(),
        "old": old,
        "forecast": settings.FORECAST,
        "folder": settings.DATA,
    }
    return render(request, "manage.html", facts)


def _keep_until() -> Any:
    return timezone.now() - timedelta(days=365.25 * clinic_settings().retention_years)


def users(request: HttpRequest) -> HttpResponse:
    """All accounts."""
    return render(request, "users.html", {"rows": User.objects.order_by("role", "username")})


@require_http_methods(["GET", "POST"])
def user_new(request: HttpRequest) -> HttpResponse:
    """A new account; its first password is shown once."""
    form = UserForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        secret = fresh_password()
        made = User.objects.create_user(**form.cleaned_data, password=secret, must_change_password=True)
        request.made = str(made.pk)
        return render(request, "new_account.html", {"account": made, "secret": secret})
    return render(request, "form.html", {"form": form, "title": "New account", "button": "Create account"})


@require_http_methods(["GET", "POST"])
def user(request: HttpRequest, user: str) -> HttpResponse:
    """One account: switch it off or on, give it a new password, take its second factor away."""
    one = get_object_or_404(User, pk=user)
    if request.method == "POST":
        own = one.pk == request.user.pk
        if "off" in request.POST and not own:
            User.objects.filter(pk=one.pk).update(is_active=False)
            _end_sessions(one)
        elif "on" in request.POST:
            User.objects.filter(pk=one.pk).update(is_active=True)
        elif "factor" in request.POST and not own:
            TOTPDevice.objects.filter(user=one).delete()
        elif "password" in request.POST and not own:
            secret = fresh_password()
            one.set_password(secret)
            one.must_change_password = True
            one.save(update_fields=["password", "must_change_password"])
            _end_sessions(one)
            request.made = str(one.pk)
            return render(request, "new_account.html", {"account": one, "secret": secret})
        else:
            messages.error(request, "This cannot be done to your own account.")
        return redirect("user", one.pk)
    factor = TOTPDevice.objects.filter(user=one, confirmed=True).exists()
    return render(request, "user.html", {"account": one, "factor": factor})


def _end_sessions(one: User) -> None:
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(one.pk):
            session.delete()


@require_http_methods(["GET", "POST"])
def clinic_page(request: HttpRequest) -> HttpResponse:
    """The settings."""
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=clinic_settings())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The settings were saved.")
        return redirect("clinic-settings")
    return render(request, "form.html", {"form": form, "title": "Settings of the clinic", "button": "Save"})


@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest) -> HttpResponse:
    """The notice an administrator signs before forecasts are shown."""
    clinic = clinic_settings()
    if request.method == "POST":
        signs = request.POST.get("read") == "yes" and settings.FORECAST
        clinic.forecast_signed_at = timezone.now() if signs else None
        clinic.forecast_signed_by = request.user if signs else None
        clinic.save()
        messages.success(request, "Forecasts are on." if signs else "Forecasts are off.")
        return redirect("notice")
    return render(request, "notice.html", {"enabled": settings.FORECAST, "signed": clinic.forecast_signed_at})


def audit(request: HttpRequest) -> HttpResponse:
    """The audit, the newest first; by account or person."""
    rows = Audit.objects.order_by("-pk")
    for key in ("user", "person_id"):
        if request.GET.get(key):
            rows = rows.filter(**{key: request.GET[key][:40]})
    page = Paginator(rows, _LINES).get_page(request.GET.get("page"))
    names = {str(one.pk): one.username for one in User.objects.all()}
    return render(
        request, "audit.html", {"page": page, "lines": [(row, names.get(row.user, row.user)) for row in page]}
    )


def retention(request: HttpRequest) -> HttpResponse:
    """Records nobody wrote into for longer than the clinic keeps them: for the administrator to decide, one by one."""
    rows = Person.objects.filter(erased_at=None).order_by("last_entry_at")
    return render(
        request,
        "retention.html",
        {"rows": rows[:500], "limit": _keep_until(), "erased_copy": settings.ERASED_COPY},
    )


@require_http_methods(["GET", "POST"])
def erase_page(request: HttpRequest, person: str) -> HttpResponse:
    """Erase one person: the key is destroyed, the rows are deleted, the audit keeps the ids."""
    one = get_object_or_404(Person, pk=person, erased_at=None)
    request.person_id = str(one.pk)
    if request.method == "POST":
        if request.POST.get("number", "").strip() == str(one.number):
            erase(one, settings.DATA)
            messages.success(request, f"Record {one.number} was erased.")
            if settings.ERASED_COPY is None:
                messages.info(request, "Copy the list of erased records again and keep it off this machine.")
            return redirect("retention")
        messages.error(request, "Type the number of the record to erase it.")
    return render(request, "erase.html", {"person": one})


@require_GET
def erased_list(request: HttpRequest) -> HttpResponse:
    """The list of erased records, to be kept apart from the machine: ids only."""
    path = settings.DATA / ERASED
    text = path.read_text() if path.exists() else ""
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="erased-{timezone.localdate()}.txt"'
    return response
