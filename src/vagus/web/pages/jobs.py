"""A simulation on its way: how far it is, a button to stop it."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from ..record.finding import people_for
from ..record.models import Job
from ..work.queue import cancel


def job_of(request: HttpRequest, job: object) -> Job:
    """The job with that id: one's own, or one about a person the account may see; 404 else."""
    found = Job.objects.filter(pk=job).select_related("person", "made_by").first()
    if found is None:
        raise Http404
    if found.person is None:
        if found.made_by_id != request.user.pk:
            raise Http404
    elif not people_for(request.user).filter(pk=found.person_id).exists():
        raise Http404
    else:
        request.person_id = str(found.person_id)
    return found


def address_of(job: Job) -> str:
    """Where the result of a job is read."""
    if job.kind == "trial":
        return reverse("trial", args=[job.pk])
    page = {"forecast": "forecast", "drives": "forecast"}[job.kind]
    return reverse(page, args=[job.person_id])


@require_GET
def job(request: HttpRequest, job: str) -> HttpResponse:
    """How far a job is; once done, its result."""
    one = job_of(request, job)
    if one.state == Job.State.DONE:
        return redirect(address_of(one))
    return render(request, "job.html", {"job": one, "person": one.person, "back": address_of(one)})


@require_GET
def job_state(request: HttpRequest, job: str) -> HttpResponse:
    """The same for a script."""
    one = job_of(request, job)
    facts = {"state": one.state, "stage": one.stage, "progress": round(one.progress, 3)}
    return JsonResponse({**facts, "next": address_of(one) if one.state == Job.State.DONE else ""})


@require_POST
def job_cancel(request: HttpRequest, job: str) -> HttpResponse:
    """Stop a job."""
    one = job_of(request, job)
    cancel(one)
    return redirect("job", one.pk)
