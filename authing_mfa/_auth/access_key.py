"""Sign an administrator's requests with an access key, or get the tokens that sign them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

import attrs

from .._protocol import endpoints
from .._protocol.deadline import Deadline
from .._protocol.envelope import Envelope
from .._protocol.headers import with_twins
from .._protocol.request import Request
from .._secrets import hide
from .._values.codec import misfit
from .._values.signin import TokenSet
from ..errors import ConfigurationError
from .read_tokens import jwt_claims, read_tokens
from .signature import RequestSignature
from .tokens import Bearer, TokenSource

_POOL_ID: Final = re.compile(r"[!-~]+")


@attrs.frozen(kw_only=True)
class AccessKey(TokenSource):
    """The access key of an administrator; as a token source it signs each request itself.

    Attributes:
        signing: The variant in which it signs; None where a management token signs.
    """

    host: str
    access_key_id: str
    access_key_secret: str | None = attrs.field(repr=hide)
    signing: str | None
    lang: str | None
    sign_host_path: bool
    genauth_headers: bool
    pickle_secrets: bool

    def auth(self, deadline: Deadline) -> RequestSignature:
        """Return the key's signature."""
        return RequestSignature(
            access_key_id=self.access_key_id,
            access_key_secret=self._secret(),
            variant=self.signing or "",
            host_path="" if self.sign_host_path else urlsplit(self.host).path,
        )

    def token_request(self) -> Request:
        """Return the request for a management token."""
        body = {"accessKeyId": self.access_key_id, "accessKeySecret": self._secret()}
        return Request(endpoints.GET_MANAGEMENT_TOKEN, json=body)

    def bearer(self, tokens: TokenSet) -> Bearer:
        """Return the signature of a management token, which names its user pool."""
        headers = with_twins({"x-authing-userpool-id": _pool_id(tokens)}, self.genauth_headers)
        return Bearer(tokens.access_token, headers, tokens.expires_at)

    def _secret(self) -> str:
        if self.access_key_secret is None:
            raise ConfigurationError(
                "access_key_secret: there is none; pass it. It travels in a pickled client only "
                "with pickle_secrets=True; where that is not wanted, use from_env() there"
            )
        return self.access_key_secret


def read_management_tokens(envelope: Envelope, since: float) -> TokenSet:
    """Return the token set of a response, as ``read_tokens``; it must name a user pool."""
    tokens = read_tokens(envelope, since)
    _pool_id(tokens)
    return tokens


def _pool_id(tokens: TokenSet) -> str:
    """Return the user pool that a management token claims to be for."""
    claim = jwt_claims(tokens.access_token).get("scoped_userpool_id")
    if isinstance(claim, str) and _POOL_ID.fullmatch(claim):
        return claim
    raise misfit("data.access_token", "wanted a JWT that claims scoped_userpool_id, got none")
