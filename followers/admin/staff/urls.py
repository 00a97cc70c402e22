"""Addresses of members beside those of the admin's models."""

from django.contrib import admin
from django.urls import path

from . import own_page, own_password, passwords, roles_page

view = admin.site.admin_view

urlpatterns = [
    path("roles/", view(roles_page.roles_page), name="roles"),
    path("me/", view(own_page.own_page), name="me"),
    path("me/sign-out/", view(own_page.sign_out), name="me_sign_out"),
    # In place of the admin's own, at the same address.
    path("password_change/", view(own_password.OwnPassword.as_view()), name="own_password"),
    path("invitation/<uidb64>/<token>/", passwords.Invited.as_view(), name="invitation"),
    path("password/forgotten/", passwords.ForgotPassword.as_view(), name="forgot_password"),
    path(
        "password/sent/",
        passwords.ForgotPasswordSent.as_view(),
        name="forgot_password_sent",
    ),
    path("password/<uidb64>/<token>/", passwords.SetPassword.as_view(), name="set_password"),
]
