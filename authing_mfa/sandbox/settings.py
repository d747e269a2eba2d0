"""Settings: all that may differ from one deployment of the service to another.

No public source settles these questions, so each is a setting with the likeliest answer as its
default. Set them on ``Sandbox(settings=Settings(…))`` or, while it runs, on ``sandbox.settings``.
"""

from __future__ import annotations

from typing import Any

import attrs
from attrs.validators import deep_iterable, in_, instance_of, optional

from .refusals import DOCUMENTED, GUESSED, RefusalCode

_flag = instance_of(bool)
_LIFETIME_KEYS = ("expire_in", "expires_in")


def _seconds(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{field.name}: wanted seconds, 0 or more")


def _count(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{field.name}: wanted a whole number, 0 or more")


def _count_or_none(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        _count(_, field, value)


@attrs.define(kw_only=True)
class Settings:
    """The sandbox's answers to what the vendor's documents leave open."""

    refusals: dict[str, RefusalCode] = attrs.field(factory=(DOCUMENTED | GUESSED).copy)
    """The codes of each refusal by its name; ``refusals.GUESSED`` tells which are guesses."""

    # Requests and their tokens
    authorization_schemes: tuple[str, ...] = attrs.field(
        default=("bearer", "raw"), validator=deep_iterable(in_(("bearer", "raw")))
    )
    """Forms of a token in ``authorization``: after ``Bearer``, or by itself."""

    header_prefixes: tuple[str, ...] = ("x-authing-", "x-genauth-")
    """Prefixes under which ``…app-id`` and ``…lang`` are read."""

    app_id_required: bool = attrs.field(default=False, validator=_flag)
    """Whether a request without an application id is refused."""

    access_token_lifetime: float = attrs.field(default=7200, validator=_seconds)
    """Seconds that an access token lives."""

    user_token_kinds: tuple[str, ...] = attrs.field(
        default=("access", "id", "verified"),
        validator=deep_iterable(in_(("access", "id", "verified"))),
    )
    """Kinds of token of a signed-in user: of a sign-in, or of a finished step-up."""

    factor_scope: str | None = attrs.field(default=None, validator=optional(instance_of(str)))
    """A scope that an access token must have for the factor endpoints."""

    # Signing in
    max_password_failures: int | None = attrs.field(default=5, validator=_count_or_none)
    """Wrong passwords in a row that lock an account; None: no number of them."""

    lockout_time: float = attrs.field(default=300, validator=_seconds)
    """Seconds that an account, or its second factor, stays locked."""

    refresh_token_lifetime: float = attrs.field(default=30 * 86400, validator=_seconds)
    """Seconds that a refresh token lives."""

    rotate_refresh_token: bool = attrs.field(default=True, validator=_flag)
    """Whether a refresh gives a new refresh token and ends the old one."""

    refresh_reuse_revokes: bool = attrs.field(default=False, validator=_flag)
    """Whether a used refresh token that comes again ends its whole sign-in."""

    sign_in_lifetime_key: str = attrs.field(default="expire_in", validator=in_(_LIFETIME_KEYS))
    """The name of the lifetime in a sign-in's response."""

    oidc_lifetime_key: str = attrs.field(default="expires_in", validator=in_(_LIFETIME_KEYS))
    """The name of the lifetime in the response of /oidc/token; both are documented."""

    management_token_lifetime: float = attrs.field(default=7200, validator=_seconds)
    """Seconds that a management token lives."""

    # The management API
    calls_per_second: int | None = attrs.field(default=300, validator=_count_or_none)
    """Management calls in a second before HTTP 429; 300 on the smallest plan, None: any number."""

    signature_dates: tuple[str, ...] = attrs.field(
        default=("http", "millis"), validator=deep_iterable(in_(("http", "millis")))
    )
    """Forms of the ``date`` of a signed request: as in HTTP, or Unix milliseconds."""

    signature_skew: float = attrs.field(default=300, validator=_seconds)
    """Seconds that the date of a signed request may be away from the service's time."""

    mfa_info_values: str = attrs.field(default="text", validator=in_(("text", "flag")))
    """Values of get-user-mfa-info: ``enabled`` and ``disabled``, or true and false."""

    enabled_factors_form: str = attrs.field(default="list", validator=in_(("list", "text")))
    """Form of ``enabledFactors``: a list, or JSON in a string."""

    global_mfa_update: str = attrs.field(default="replace", validator=in_(("replace", "add")))
    """Whether update-global-mfa-settings switches the other factors off, or just adds."""

    global_mfa_disable: bool = attrs.field(default=True, validator=_flag)
    """Whether there is disable-global-mfa-settings."""

    mfa_status_success: bool = attrs.field(default=True, validator=_flag)
    """The ``success`` of set-mfa-status; where it is False, nothing is set."""

    import_otp_replaces: bool = attrs.field(default=True, validator=_flag)
    """Whether import-otp takes the place of an authenticator, or is refused where there is one."""

    filter_bounds: str = attrs.field(
        default="natural", validator=in_(("natural", "inclusive", "exclusive"))
    )
    """Whether ranges of list-users have their ends in them; natural: those of BETWEEN alone."""

    list_users_reach: int | None = attrs.field(default=None, validator=_count_or_none)
    """Users that the pages of list-users reach; None: all."""

    # Codes that are sent
    code_length: int = attrs.field(default=6, validator=_count)
    """Digits of an SMS or e-mail code."""

    code_lifetime: float = attrs.field(default=60, validator=_seconds)
    """Seconds that an SMS or e-mail code lives."""

    send_interval: float = attrs.field(default=60, validator=_seconds)
    """Seconds between two messages of one channel to one phone or e-mail."""

    retry_after_on_too_frequent: bool = attrs.field(default=False, validator=_flag)
    """Whether a message refused as too frequent comes with ``Retry-After``."""

    send_needs_token: bool = attrs.field(default=False, validator=_flag)
    """Whether send-sms and send-email want a user's token or an mfaToken."""

    international_sms: bool = attrs.field(default=True, validator=_flag)
    """Whether phones outside +86 are served."""

    # Enrolment
    enrollment_lifetime: float = attrs.field(default=60, validator=_seconds)
    """Seconds that an enrollmentToken lives; the API reference states one minute."""

    profile_optional: bool = attrs.field(default=True, validator=_flag)
    """Whether OTP and FACE may be requested without a ``profile``."""

    several_per_type: bool = attrs.field(default=False, validator=_flag)
    """Whether a user may hold two factors of one type."""

    factor_id_form: str = attrs.field(default="suffix", validator=in_(("suffix", "opaque")))
    """``suffix`` for ``<userId>|phone``, ``opaque`` for 24 hexadecimal digits."""

    mask_profiles: bool = attrs.field(default=False, validator=_flag)
    """Whether phones and e-mails in a factor's profile come masked."""

    empty_profile: str = attrs.field(default="object", validator=in_(("object", "nulls")))
    """The profile of OTP and FACE: an empty object, or one whose members are null."""

    contact_is_factor: bool = attrs.field(default=False, validator=_flag)
    """Whether the phone and e-mail of an account count as factors without an enrolment."""

    face_matches: bool = attrs.field(default=True, validator=_flag)
    """Whether face photos are recognised."""

    face_needs_contact: bool = attrs.field(default=False, validator=_flag)
    """Whether a face can be bound only beside a bound phone or e-mail (code 1703)."""

    reset_ends_sign_ins: bool = attrs.field(default=False, validator=_flag)
    """Whether resetting a factor ends all tokens of its user."""

    reset_step_up_window: float | None = attrs.field(default=None, validator=optional(_seconds))
    """Seconds since the last verified factor within which a factor may be reset; None: always."""

    # Verification
    wrong_totp: str = attrs.field(
        default="verified_false", validator=in_(("verified_false", "6001"))
    )
    """Refusal of mfa-totp-verify: ``verified: false`` in a 200, or code 6001."""

    totp_secret_length: int = attrs.field(default=32, validator=in_((16, 24, 32)))
    """Base32 characters of an authenticator's secret.

    Published samples have 16 (80 bits), which many authenticator libraries refuse today.
    """

    totp_window: int = attrs.field(default=1, validator=_count)
    """Steps of 30 s before and after the present one whose TOTP is taken."""

    totp_replay: bool = attrs.field(default=False, validator=_flag)
    """Whether a TOTP that was taken once is taken again."""

    totp_enroll_uses_code: bool = attrs.field(default=False, validator=_flag)
    """Whether the TOTP that confirmed an enrolment counts as used; mobile clients reuse it."""

    totp_max_failures: int | None = attrs.field(default=None, validator=_count_or_none)
    """Wrong codes in a row that lock mfa-totp-verify; None: no number of them."""

    mfa_token_lifetime: float = attrs.field(default=360, validator=_seconds)
    """Seconds that an mfaToken lives; no document states it, every published sample has 360."""

    mfa_token_single_use: bool = attrs.field(default=True, validator=_flag)
    """Whether a finished step-up ends its mfaToken."""

    mfa_token_max_failures: int | None = attrs.field(default=None, validator=_count_or_none)
    """Wrong codes that end an mfaToken; None: no number of them."""

    max_code_failures: int | None = attrs.field(default=5, validator=_count_or_none)
    """Wrong codes in a row that lock a user's step-up; None: no number of them."""

    verified_token_lifetime: float = attrs.field(default=15 * 86400, validator=_seconds)
    """Seconds that the token of a finished step-up lives; about 15 days are seen."""

    v2_paths: tuple[str, ...] = attrs.field(
        default=("plain", "applications"),
        validator=deep_iterable(in_(("plain", "applications"))),
    )
    """Forms of some v2 paths: ``/api/v2/mfa/…`` and ``/api/v2/applications/mfa/…``."""

    v2_errors: str = attrs.field(default="code", validator=in_(("code", "statusCode")))
    """Form of v2 refusals: ``{code, message}``, or ``{statusCode, apiCode: "…", message}``."""

    confirm_http_status: int = attrs.field(default=400, validator=in_((200, 400)))
    """HTTP status of a rejected confirmation of an authenticator."""

    personal_trigger_methods: str = attrs.field(
        default="empty", validator=in_(("empty", "absent", "otp"))
    )
    """Form of ``applicationMfa`` where a user's own setting (1635) asks for MFA."""

    trigger_lists_off: bool = attrs.field(default=False, validator=_flag)
    """Whether ``applicationMfa`` also has the methods that are off, with ``status`` 0."""

    unbound_contact: str | None = attrs.field(default=None, validator=in_((None, "")))
    """Value of ``mfaPhone`` and ``mfaEmail`` where none is bound."""

    introspection_accepts: tuple[str, ...] = attrs.field(
        default=("mfa", "verified"), validator=deep_iterable(in_(("mfa", "verified")))
    )
    """Tokens that introspection accepts: the mfaToken, and the token of a finished step-up.

    An mfaToken is active before its step-up as well as after it.
    """

    introspection_knows_used: bool = attrs.field(default=True, validator=_flag)
    """Whether an mfaToken stays active after the step-up that it was for."""

    introspection_takes_json: bool = attrs.field(default=False, validator=_flag)
    """Whether introspection reads a JSON body beside the documented form."""

    introspection_needs_app_id: bool = attrs.field(default=False, validator=_flag)
    """Whether introspection without an application id is refused."""
