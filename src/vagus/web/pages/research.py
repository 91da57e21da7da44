"""The researcher's page: a de-identified export, and nothing else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from ..record.research import research_zip, suppressed


@require_GET
def research(request: HttpRequest) -> HttpResponse:
    """What the export holds, and for how many people consent was given."""
    return render(request, "research.html", {"counts": suppressed()})


@require_POST
def research_export(request: HttpRequest) -> HttpResponse:
    """The export as a zip of CSV files."""
    response = HttpResponse(research_zip(), content_type="application/zip")
    name = f"vagus-research-{timezone.localdate():%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
