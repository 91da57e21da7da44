"""Every address and its name. Who may open it: `rules.py`."""

from django.urls import path

from .access.admin import site
from .pages import account, carry, claims, clinic, diary, explore, manage, person, research, visit
from .pages.about import about, alive
from .pages.api import api, openapi
from .pages.jobs import job, job_cancel, job_state
from .pages.outlook import drives, forecast, forecast_pdf, forecast_print
from .pages.trials import trial, trial_file, trial_new, trials

urlpatterns = [
    path("", account.home, name="home"),
    path("first/", account.first, name="first"),
    path("login/", account.sign_in, name="login"),
    path("logout/", account.sign_out, name="logout"),
    path("password/", account.password, name="password"),
    path("second-factor/", account.second_factor, name="second-factor"),
    path("account/", account.account, name="account"),
    path("account/factor/", account.factor_new, name="factor-new"),
    path("account/factor/off/", account.factor_off, name="factor-off"),
    path("about/", about, name="about"),
    path("alive/", alive, name="alive"),
    path("clinic/", clinic.clinic, name="clinic"),
    path("alerts/", clinic.alerts, name="alerts"),
    path("alerts/<uuid:alert>/", clinic.alert, name="alert"),
    path("people/", person.people, name="people"),
    path("people/new/", person.person_new, name="person-new"),
    path("people/import/", carry.people_import, name="people-import"),
    path("people/<uuid:person>/", person.person, name="person"),
    path("people/<uuid:person>/fhir/", carry.person_fhir, name="person-fhir"),
    path("people/<uuid:person>/print/", person.person_print, name="person-print"),
    path("people/<uuid:person>/pdf/", person.person_pdf, name="person-pdf"),
    path("people/<uuid:person>/edit/", person.person_edit, name="person-edit"),
    path("people/<uuid:person>/team/", person.person_team, name="person-team"),
    path("people/<uuid:person>/account/", person.person_account, name="person-account"),
    path("people/<uuid:person>/consent/", person.consent, name="consent"),
    path("people/<uuid:person>/note/", person.note, name="note"),
    path("people/<uuid:person>/condition/", person.history, {"kind": "condition"}, name="history"),
    path("people/<uuid:person>/medical/", person.history, {"kind": "medical"}, name="medical"),
    path("people/<uuid:person>/background/", person.history, {"kind": "background"}, name="background"),
    path("people/<uuid:person>/answer/<slug:scale>/", visit.answer, name="answer"),
    path("people/<uuid:person>/visits/new/", visit.visit_new, name="visit-new"),
    path("people/<uuid:person>/drives/", drives, name="drives"),
    path("people/<uuid:person>/forecast/", forecast, name="forecast"),
    path("people/<uuid:person>/forecast/print/", forecast_print, name="forecast-print"),
    path("people/<uuid:person>/forecast/pdf/", forecast_pdf, name="forecast-pdf"),
    path("entries/<uuid:entry>/", person.entry, name="entry"),
    path("entries/<uuid:entry>/withdraw/", person.entry_withdraw, name="entry-withdraw"),
    path("entries/<uuid:entry>/correct/", visit.entry_correct, name="entry-correct"),
    path("visits/<uuid:visit>/", visit.visit, name="visit"),
    path("visits/<uuid:visit>/status/", visit.visit_status, name="visit-status"),
    path("visits/<uuid:visit>/vitals/", visit.vitals, name="vitals"),
    path("visits/<uuid:visit>/dose/", visit.dose, name="dose"),
    path("visits/<uuid:visit>/event/", visit.event, name="event"),
    path("diary/", diary.diary, name="diary"),
    path("diary/new/", diary.diary_new, name="diary-new"),
    path("diary/<slug:scale>/", diary.diary_answer, name="diary-answer"),
    path("jobs/<uuid:job>/", job, name="job"),
    path("jobs/<uuid:job>/state/", job_state, name="job-state"),
    path("jobs/<uuid:job>/cancel/", job_cancel, name="job-cancel"),
    path("trials/", trials, name="trials"),
    path("trials/new/", trial_new, name="trial-new"),
    path("trials/<uuid:job>/", trial, name="trial"),
    path("trials/<uuid:job>/file/", trial_file, name="trial-file"),
    path("explore/", explore.explore, name="explore"),
    path("explore/run/", explore.explore_run, name="explore-run"),
    path("explore/arrow/<slug:giver>/<slug:receiver>/", explore.explore_arrow, name="explore-arrow"),
    path("explore/claims/", claims.claims, name="claims"),
    path("explore/claims/<slug:claim>/", claims.claim, name="claim"),
    path("research/", research.research, name="research"),
    path("research/export/", research.research_export, name="research-export"),
    path("manage/", manage.manage, name="manage"),
    path("manage/accounts/", manage.users, name="users"),
    path("manage/accounts/new/", manage.user_new, name="user-new"),
    path("manage/accounts/<uuid:user>/", manage.user, name="user"),
    path("manage/settings/", manage.clinic_page, name="clinic-settings"),
    path("manage/notice/", manage.notice, name="notice"),
    path("manage/audit/", manage.audit, name="audit"),
    path("manage/retention/", manage.retention, name="retention"),
    path("manage/retention/list/", manage.erased_list, name="erased-list"),
    path("manage/retention/<uuid:person>/", manage.erase_page, name="erase"),
    path("admin/", site.urls),
    path("openapi.json", openapi, name="openapi"),
    path("api/", api.urls),
]

handler400 = "vagus.web.trouble.bad_request"
handler403 = "vagus.web.trouble.not_allowed"
handler404 = "vagus.web.trouble.not_found"
handler500 = "vagus.web.trouble.broken"
