"""Django's own admin, for the administrator alone: the list of sign-ins that were refused, and nothing clinical."""

from axes.models import AccessAttempt
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class Site(AdminSite):
    """The admin site; signing in is done on our own page, with throttling and second factor."""

    site_header = site_title = "vagus: administration"
    index_title = "What the server keeps"

    def has_permission(self, request: HttpRequest) -> bool:
        """Administrators, once signed in completely."""
        return request.user.is_active and getattr(request.user, "role", "") == "administrator"

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Our own page."""
        return redirect("login")


class ReadOnly(ModelAdmin):
    """Rows that can be read, and deleted to let somebody in again."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Administrators."""
        return getattr(request.user, "role", "") == "administrator"

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Administrators: it unlocks an account at once."""
        return getattr(request.user, "role", "") == "administrator"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        return getattr(request.user, "role", "") == "administrator"


site = Site(name="admin")
site.register(AccessAttempt, ReadOnly)
