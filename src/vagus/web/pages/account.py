"""Signing in and one's own account: first start, password, second factor."""

import hmac
import os
import time
from base64 import b32encode
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as verify
from django_otp.plugins.otp_totp.models import TOTPDevice

from ..access.models import Clinic, Role, User
from ..guard import note
from ..rate import may_sign_in

_HOMES = {
    Role.ADMINISTRATOR: "manage",
    Role.CLINICIAN: "clinic",
    Role.STAFF: "clinic",
    Role.PATIENT: "diary",
    Role.RESEARCHER: "research",
}


class FirstForm(forms.Form):
    """The first start: the administrator, the clinic and what a person in crisis reads."""

    code = forms.CharField(label="Code shown in the terminal where the server was started", max_length=40)
    username = forms.CharField(label="Name of the administrator's account", max_length=60)
    password = forms.CharField(label="Password", widget=forms.PasswordInput, max_length=200)
    again = forms.CharField(label="Repeat the password", widget=forms.PasswordInput, max_length=200)
    name = forms.CharField(label="Name of the clinic", max_length=120)
    crisis_text = forms.CharField(
        label="What a person in crisis reads",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Shown at once to whoever answers that they think of death or self-harm: whom to call, day and "
        "night. It cannot be left empty.",
    )

    def clean_code(self) -> str:
        """The code proves that the person at the browser also started the server."""
        given: str = self.cleaned_data["code"]
        wanted = os.environ.get("VAGUS_CODE", "")
        if not wanted or not hmac.compare_digest(given.strip().encode(), wanted.encode()):
            raise ValidationError("This is not the code of this server start.")
        return given

    def clean_crisis_text(self) -> str:
        """Words, not spaces."""
        text: str = self.cleaned_data["crisis_text"].strip()
        if len(text) < 10:
            raise ValidationError("Write whom a person in crisis can reach, and how.")
        return text

    def clean(self) -> dict[str, Any]:
        """Two equal passwords of some strength."""
        kept: dict[str, Any] = super().clean() or self.cleaned_data
        password = kept.get("password")
        if password and kept.get("again") != password:
            self.add_error("again", "The two passwords differ.")
        if password:
            try:
                validate_password(password, User(username=kept.get("username", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return kept


class NameForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label="Account", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """Six digits of the second factor."""

    code = forms.CharField(
        label="Code of your authenticator",
        max_length=8,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


def home(request: HttpRequest) -> HttpResponse:
    """The start page of whoever comes: by role, the first start, or Explore."""
    if request.user.is_authenticated:
        return redirect(_HOMES[Role(request.user.role)])
    if not User.objects.exists():
        return redirect("first")
    return redirect("explore")


@require_http_methods(["GET", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """Make the administrator; closed as soon as there is one account."""
    if User.objects.exists():
        return redirect("login")
    form = FirstForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and not may_sign_in(request):  # nobody guesses the code
        return render(request, "first.html", {"form": FirstForm()}, status=429)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            if User.objects.exists():  # two browsers at once
                return redirect("login")
            user = User.objects.create_user(
                form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                role=Role.ADMINISTRATOR,
            )
            clinic = Clinic.objects.first() or Clinic.suggested()
            clinic.name, clinic.crisis_text = form.cleaned_data["name"], form.cleaned_data["crisis_text"]
            clinic.save()
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        request.session["seen"] = time.time()
        note(request, "change", "first", user.pk)
        return redirect("manage")
    return render(request, "first.html", {"form": form, "rules": password_validators_help_texts()})


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; then the second factor, when the account has one."""
    if request.user.is_authenticated:
        return redirect("home")
    if not User.objects.exists():
        return redirect("first")
    form = NameForm(request.POST or None)
    if request.method == "POST" and not may_sign_in(request):
        form.add_error(None, "Too many attempts from here. Please wait a minute.")
        return render(request, "login.html", {"form": form}, status=429)
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if user is not None:
            login(request, user)
            request.session["seen"] = time.time()
            request.session["factor"] = TOTPDevice.objects.filter(user=user, confirmed=True).exists()
            note(request, "signed in", "login", user.pk)
            return redirect(_next(request))
        known = User.objects.filter(username=form.cleaned_data["username"]).first()
        note(request, "refused", "login", known.pk if known else "")
        form.add_error(None, "The account or the password is wrong.")
    told = {name: bool(request.GET.get(name)) for name in ("ended", "lost")}
    return render(request, "login.html", {"form": form, **told})


def _next(request: HttpRequest) -> str:
    """Where to go after signing in: only an address of our own."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target and ours else reverse("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; its cookie is worth nothing from here on."""
    note(request, "signed out", "logout", request.user.pk)
    logout(request)
    return redirect("login")


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A new password; all other sessions of the account end."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        User.objects.filter(pk=user.pk).update(must_change_password=False)
        update_session_auth_hash(request, user)
        messages.success(request, "The password was changed.")
        return redirect("home")
    return render(request, "form.html", {"form": form, "title": "Change the password", "button": "Change it"})


@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator, while signing in."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        for device in TOTPDevice.objects.filter(user=request.user, confirmed=True):
            may, _ = device.verify_is_allowed()
            if may and device.verify_token(form.cleaned_data["code"].strip()):
                verify(request, device)
                return redirect("home")
        form.add_error("code", "This code is wrong or too old. Wait for the next one.")
    return render(request, "form.html", {"form": form, "title": "Second factor", "button": "Continue"})


def account(request: HttpRequest) -> HttpResponse:
    """One's own account."""
    factor = TOTPDevice.objects.filter(user=request.user, confirmed=True).exists()
    return render(request, "account.html", {"factor": factor})


@require_http_methods(["GET", "POST"])
def factor_new(request: HttpRequest) -> HttpResponse:
    """Set up the second factor: the key is shown once and confirmed by a first code."""
    device, _ = TOTPDevice.objects.get_or_create(
        user=request.user, confirmed=False, defaults={"name": "authenticator"}
    )
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["code"].strip()):
            TOTPDevice.objects.filter(user=request.user, confirmed=True).delete()
            device.confirmed = True
            device.save()
            verify(request, device)
            request.session["factor"] = True
            messages.success(request, "From now on a code is asked for when you sign in.")
            return redirect("account")
        form.add_error("code", "This code is wrong. Check the clock of the telephone.")
    secret = b32encode(device.bin_key).decode()
    shown = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return render(request, "factor.html", {"form": form, "secret": shown, "address": device.config_url})


@require_POST
def factor_off(request: HttpRequest) -> HttpResponse:
    """Give the second factor up; the password is asked for once more."""
    if not request.user.check_password(request.POST.get("password", "")):
        messages.error(request, "The password was wrong; nothing was changed.")
        return redirect("account")
    TOTPDevice.objects.filter(user=request.user).delete()
    request.session["factor"] = False
    messages.success(request, "The second factor was removed.")
    return redirect("account")
