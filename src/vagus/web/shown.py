"""What every page shows beside its own: the clinic's name, the navigation of the role, open alerts; how forms look."""

from typing import Any

from django.conf import settings
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest

from ..report import DISCLAIMER
from .demo import COUNT, made
from .guard import clinic_settings, forecast_on
from .record.finding import open_alerts
from .rules import CARE, CLINICIAN

_WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "administrator": (
        ("manage", "Manage"),
        ("users", "Accounts"),
        ("clinic-settings", "Settings"),
        ("audit", "Audit"),
    ),
    "clinician": (("clinic", "Clinic"), ("people", "People"), ("alerts", "Alerts"), ("trials", "Trials")),
    "staff": (("clinic", "Clinic"), ("people", "People"), ("alerts", "Alerts")),
    "patient": (("diary", "Diary"),),
    "researcher": (("research", "Export"),),
}


class Renderer(TemplatesSetting):
    """Forms are drawn by our own templates."""


def shown(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    user = getattr(request, "user", None)
    role = getattr(user, "role", "") if user is not None and user.is_authenticated else ""
    ways = [*_WAYS.get(role, ()), ("explore", "Explore")]
    match = getattr(request, "resolver_match", None)
    return {
        "clinic": clinic_settings(),
        "ways": ways,
        "here": match.view_name if match else "",
        "role": role,
        "alerts_open": open_alerts(user).count() if user is not None and role in CARE else 0,
        "demo": settings.DEMO,
        "demo_made": made() if settings.DEMO else 0,
        "demo_count": COUNT,
        "forecast_on": role == CLINICIAN and forecast_on(),
        "disclaimer": DISCLAIMER,
    }
