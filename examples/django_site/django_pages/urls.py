"""Which address is answered by which view."""

from __future__ import annotations

from django.urls import path
from django.views.generic import TemplateView

from . import factors, middleware, sign_in

# A site with static files of its own serves the style sheet from there.
_style = TemplateView.as_view(template_name="style.css", content_type="text/css")

urlpatterns = [
    path("", factors.listed, name="factors"),
    path("factors/enroll", factors.enroll, name="enroll"),
    path("factors/confirm", factors.confirm, name="confirm"),
    path("factors/remove", factors.remove, name="remove"),
    path("prove", factors.prove, name="prove"),
    path("recovery-code", sign_in.recovery_code, name="recovery_code"),
    path("sign-in", sign_in.with_password, name="sign_in"),
    path("step-up", sign_in.step_up, name="step_up"),
    path("step-up/send", sign_in.send, name="send"),
    path("step-up/associate", sign_in.associate, name="associate"),
    path("step-up/verify", sign_in.verify, name="verify"),
    path("sign-out", sign_in.out, name="sign_out"),
    path("style.css", _style, name="style"),
]

handler400 = middleware.explain_bad_request
handler404 = middleware.explain_not_found
