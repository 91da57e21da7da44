"""The Django application of accounts."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Accounts, roles, settings, audit."""

    name = "vagus.web.access"
    label = "access"
    default = True
