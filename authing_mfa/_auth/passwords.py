"""Encrypt a password with the service's public key before it is sent, over TLS as ever."""

from __future__ import annotations

import base64
import contextlib
from importlib import import_module
from typing import Final, Literal

import attrs

from .._secrets import conceal
from .._values.base import WireValue
from .._values.codec import misfit
from ..errors import ConfigurationError, InvalidResponseError

SMALLEST_RSA_BITS: Final = 2048
"""A smaller key is refused: NIST SP 800-131A disallows it."""
_MODULES: Final = {"rsa": "cryptography.hazmat.primitives.asymmetric.padding", "sm2": "gmalg"}


@attrs.frozen(kw_only=True)
class PublicKey(WireValue):
    """One public key of the service."""

    public_key: str


@attrs.frozen(kw_only=True)
class SystemKeys(WireValue):
    """The keys that ``/api/v3/system`` publishes."""

    rsa: PublicKey | None = None
    sm2: PublicKey | None = None


@attrs.frozen
class PasswordEncryption:
    """Encrypts the password of a sign-in.

    The API reference names the kinds; it does not state the encoding of the result.

    Attributes:
        kind: ``rsa`` (PKCS#1 v1.5; the extra ``authing-mfa[rsa]``) or ``sm2`` (C1C3C2; the extra
            ``authing-mfa[sm2]``).
        encoding: How the encrypted bytes are written.
    """

    kind: Literal["rsa", "sm2"] = "rsa"
    encoding: Literal["base64", "hex"] = "base64"

    def __attrs_post_init__(self) -> None:
        if self.kind not in ("rsa", "sm2") or self.encoding not in ("base64", "hex"):
            raise ConfigurationError("encryption: wanted rsa or sm2, and base64 or hex")

    def encrypt(self, password: str, keys: SystemKeys) -> str:
        """Return the password, encrypted with the service's key.

        Raises:
            ConfigurationError: The extra is not installed.
            InvalidResponseError: The service's key cannot be read, or is an RSA key below 2048
                bits, or too short for the password: 2048 bits hold 245 bytes.
        """
        password = conceal(password)
        encrypt, key = (_rsa, keys.rsa) if self.kind == "rsa" else (_sm2, keys.sm2)
        if key is None:
            raise _unreadable(self.kind)
        require_extra(self.kind)
        hidden = encrypt(password, key.public_key)
        return hidden.hex() if self.encoding == "hex" else base64.b64encode(hidden).decode()


def checked(given: object) -> PasswordEncryption | None:
    """Return None or a ``PasswordEncryption``."""
    if given is None or isinstance(given, PasswordEncryption):
        return given
    raise ConfigurationError("encryption: wanted PasswordEncryption")


def require_extra(kind: str) -> None:
    """Refuse a kind of encryption whose extra is not installed.

    Raises:
        ConfigurationError: It is not.
    """
    try:
        import_module(_MODULES[kind])
    except ImportError:
        raise ConfigurationError(
            f'encryption: {kind} needs an extra; install it with pip install "authing-mfa[{kind}]"'
        ) from None


def _rsa(password: str, public_key: str) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    pem = public_key
    if "-----BEGIN" not in pem:  # it may come as bare base64
        pem = f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n"
    key: object = None
    with contextlib.suppress(ValueError, UnsupportedAlgorithm):
        key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise _unreadable("rsa")
    if key.key_size < SMALLEST_RSA_BITS:
        raise _unfit("rsa", f"at least {SMALLEST_RSA_BITS} bits, got {key.key_size}")
    with contextlib.suppress(ValueError):
        return key.encrypt(password.encode(), PKCS1v15())
    raise _unfit("rsa", f"a key that is long enough for the password, got {key.key_size} bits")


def _sm2(password: str, public_key: str) -> bytes:
    from gmalg import SM2
    from gmalg.errors import GMError

    with contextlib.suppress(ValueError, GMError):
        point = bytes.fromhex(public_key)
        hidden: bytes = SM2(pk=point).encrypt(password.encode())
        if len(point) == 65:  # the library takes a shorter one, too
            return hidden
    raise _unreadable("sm2")


def _unreadable(kind: str) -> InvalidResponseError:
    return _unfit(kind, "a public key; it cannot be read")


def _unfit(kind: str, wanted: str) -> InvalidResponseError:
    return misfit(f"{kind}.publicKey", f"wanted {wanted}")
