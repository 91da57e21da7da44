"""The Django application of the record."""

from django.apps import AppConfig


class RecordConfig(AppConfig):
    """People, visits, entries, alerts, jobs."""

    name = "vagus.web.record"
    label = "record"
    default = True
