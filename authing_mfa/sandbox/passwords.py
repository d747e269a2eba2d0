"""Passwords: encrypted in requests, hashed and rated in records."""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import Any

from .refusals import Refusal
from .users import User


def decrypted(password: str, encryption: str) -> str:
    """Return a password in clear.

    Raises:
        Refusal: It is not encrypted with the key of GET /api/v3/system, or ``sm2``, or
            ``cryptography`` is not installed.
    """
    if encryption == "none":
        return password
    key = _key()
    if encryption != "rsa" or key is None:
        raise Refusal("unsupported", f"passwordEncryptType {encryption}")
    try:
        return str(key.decrypt(base64.b64decode(password), _padding()).decode())
    except ValueError:
        raise Refusal("password_unreadable") from None


def public_key() -> str:
    """Return the RSA key for passwords as PEM; empty without ``cryptography``."""
    key = _key()
    if key is None:
        return ""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return str(pem.decode())


def hashed(user: User) -> str:
    """Return the stand-in for the password's hash in a user record."""
    digest = hashlib.sha256(f"{user.salt}{user.password}".encode()).hexdigest()
    return f"sandbox_hash_{digest}"


def level(password: str | None) -> int:
    """Return 1 (low) to 3 (high), 0 without a password."""
    if not password:
        return 0
    kinds = (str.isdigit, str.islower, str.isupper)
    found = sum(any(kind(each) for each in password) for kind in kinds)
    return 3 if len(password) >= 12 and found == len(kinds) else 2 if len(password) >= 8 else 1


@functools.cache
def _key() -> Any:
    """Make this process's key pair, or None without ``cryptography``."""
    try:
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ImportError:
        return None
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _padding() -> Any:
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.PKCS1v15()
