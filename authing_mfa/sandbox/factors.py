"""A user's factors: enrolled, bound, listed, shown, used and reset."""

from __future__ import annotations

import itertools

from . import otp
from .context import Context, new_id
from .refusals import Refusal
from .state import PendingEnrollment
from .users import Address, Factor, User, factor_id
from .wire import Document


def enrolled(context: Context, user: User) -> list[Factor]:
    """Return the user's factors, those that come with the account included."""
    own = list(user.factors.values())
    return own + (_account_factors(user) if context.settings.contact_is_factor else [])


def has_factor(context: Context, user: User, factor_type: str) -> bool:
    """Return whether the user has a factor of a type."""
    return any(each.factor_type == factor_type for each in enrolled(context, user))


def find(context: Context, user: User, wanted: str) -> Factor:
    """Return a factor of this user by its id."""
    for factor in enrolled(context, user):
        if factor.factor_id == wanted:
            return factor
    raise Refusal("factor_not_found")


def reset(context: Context, user: User, wanted: str) -> None:
    """Unbind a factor."""
    factor = find(context, user, wanted)
    window, verified_at = context.settings.reset_step_up_window, user.verified_at
    if window is not None and (verified_at is None or context.clock.now() - verified_at > window):
        raise Refusal("step_up_needed")
    if factor.factor_id not in user.factors:
        raise Refusal("factor_of_account")
    del user.factors[factor.factor_id]
    if context.settings.reset_ends_sign_ins:
        context.state.tokens.drop_where(lambda token: token.user_id == user.user_id)


def bind(
    context: Context,
    user: User,
    factor_type: str,
    *,
    address: Address | None = None,
    secret: str | None = None,
    recovery_code: str | None = None,
    photo: str | None = None,
) -> Factor:
    """Add a factor to a user."""
    to_phone = address is not None and address.email is None
    factor = Factor(
        factor_id=_new_factor_id(context, user, factor_type),
        factor_type=factor_type,
        phone=address.phone if address else None,
        phone_country_code=address.phone_country_code if address and to_phone else None,
        email=address.email if address else None,
        secret=secret,
        recovery_code=recovery_code,
        photo=photo if factor_type == "FACE" else None,
    )
    user.factors[factor.factor_id] = factor
    return factor


def begin_enrollment(
    context: Context,
    user: User,
    factor_type: str,
    *,
    token: str,
    expires_at: float,
    address: Address | None = None,
) -> PendingEnrollment:
    """Store an enrolment until its code comes; an authenticator's has its secret."""
    now, is_otp = context.clock.now(), factor_type == "OTP"
    pending = PendingEnrollment(
        token=token,
        user_id=user.user_id,
        factor_type=factor_type,
        issued_at=now,
        expires_at=expires_at,
        address=address,
        secret=otp.new_secret(context.settings.totp_secret_length) if is_otp else None,
        recovery_code=otp.new_recovery_code() if is_otp else None,
    )
    context.state.pending.drop(token)  # the newest stands last
    context.state.pending.put(token, pending, now)
    return pending


def finish_enrollment(
    context: Context, user: User, pending: PendingEnrollment, photo: str | None = None
) -> None:
    """Bind the factor of an enrolment whose code or photo was right."""
    factor = bind(
        context,
        user,
        pending.factor_type,
        address=pending.address,
        secret=pending.secret,
        recovery_code=pending.recovery_code,
        photo=photo,
    )
    if pending.factor_type == "OTP" and context.settings.totp_enroll_uses_code:
        factor.last_step = otp.step_of(context.clock.now())
    context.state.pending.drop(pending.token)


def key_uri(context: Context, user: User, pending: PendingEnrollment) -> str:
    """Return the URI by which an app becomes the authenticator of an enrolment."""
    account = user.email or user.phone or user.username or user.user_id
    return otp.key_uri(str(pending.secret), context.state.pool_name, account)


def matching_step(context: Context, secret: str | None, code: str) -> int | None:
    """Return the step, within the window around now, whose code this is."""
    window = context.settings.totp_window
    return otp.matching_step(str(secret), code, context.clock.now(), window)


def take_totp(context: Context, factor: Factor, code: str) -> bool:
    """Check a code against an authenticator and, where no replay is allowed, use it up."""
    step = matching_step(context, factor.secret, code)
    if step is None or (step <= factor.last_step and not context.settings.totp_replay):
        return False
    factor.last_step = max(step, factor.last_step)
    return True


def written(context: Context, factor: Factor) -> Document:
    """Write a factor as the service does."""
    return {
        "factorId": factor.factor_id,
        "factorType": factor.factor_type,
        "profile": _profile(context, factor),
    }


def _account_factors(user: User) -> list[Factor]:
    found = []
    if user.phone and user.factor_of("SMS") is None:
        sms = Factor(factor_id=factor_id(user.user_id, "SMS"), factor_type="SMS", phone=user.phone)
        sms.phone_country_code = user.phone_country_code
        found.append(sms)
    if user.email and user.factor_of("EMAIL") is None:
        email_id = factor_id(user.user_id, "EMAIL")
        found.append(Factor(factor_id=email_id, factor_type="EMAIL", email=user.email))
    return found


def _new_factor_id(context: Context, user: User, factor_type: str) -> str:
    if context.settings.factor_id_form == "opaque":
        return new_id()
    plain = factor_id(user.user_id, factor_type)
    if plain not in user.factors:
        return plain
    numbered = (f"{plain}|{number}" for number in itertools.count(2))
    return next(each for each in numbered if each not in user.factors)


def _profile(context: Context, factor: Factor) -> Document:
    mask = _masked if context.settings.mask_profiles else str
    if factor.factor_type == "SMS":
        return {
            "phoneNumber": mask(str(factor.phone)),
            "phoneCountryCode": factor.phone_country_code,
        }
    if factor.factor_type == "EMAIL":
        name, _, domain = str(factor.email).partition("@")
        return {"email": f"{mask(name)}@{domain}"}
    if context.settings.empty_profile == "nulls":
        return dict.fromkeys(("phoneNumber", "phoneCountryCode", "email"))
    return {}


def _masked(text: str) -> str:
    kept = len(text) // 3
    return text[:kept] + "x" * (len(text) - 2 * kept) + text[len(text) - kept :]
