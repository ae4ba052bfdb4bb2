"""Clients for threads and for asyncio. Both send what ``_Requests`` makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

import httpx

from .raw.api.keys import get_jwks
from .raw.api.registration import get_captcha, get_captcha_audio, register, send_phone_code
from .raw.api.sign_in import end_session, get_user_group, send_email_code, upload_avatar, verify_email
# generated: imports
from .raw import models
from .raw.models import (
    AvatarEnvelope,
    AvatarRequest,
    CaptchaAudioEnvelope,
    CaptchaEnvelope,
    CaptchaOperation,
    DoneEnvelope,
    EmailCodeEnvelope,
    EmailCodeRequest,
    GroupEnvelope,
    JwkSet,
    PhoneCodeEnvelope,
    PhoneCodeRequest,
    RegisterEnvelope,
    RegisterRequest,
    UserEnvelope,
)
from .exchange import Reply, exchange, exchange_async
from .form import has_form
from .raw.types import UNSET, File
from .refusal import UnexpectedAnswer, envelope_of, retry_after


class _Model(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


Answer = TypeVar("Answer", bound=_Model)

#: Seconds that a call may take by default.
TIMEOUT = 10.0


@dataclass(frozen=True)
class _Request(Generic[Answer]):
    """A request, and what its answer is."""

    arguments: Mapping[str, Any]
    parse: Callable[[Mapping[str, Any]], Answer]
    enveloped: bool = True

    def read(self, reply: Reply) -> Answer:
        said = envelope_of(reply.status, reply.headers, reply.body, self.enveloped)
        unexpected = UnexpectedAnswer(reply.status, retry_after(reply.headers))
        try:
            answer = self.parse(said)
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            raise unexpected from err
        # Generated code leaves out some of what it cannot read: an object in place of a list, for example.
        if not has_form(answer) or answer.to_dict() != said:
            raise unexpected
        return answer


class _Requests:
    """The requests of all operations, for one site and one language."""

    def __init__(self, site: int | None, language: str | None) -> None:
        self._common: dict[str, Any] = {
            "site_id": UNSET if site is None else site,
            "accept_language": UNSET if language is None else language,
        }

    def register(self, body: RegisterRequest, key: str | None) -> _Request[RegisterEnvelope]:
        arguments = register.request(body=body, idempotency_key=UNSET if key is None else key, **self._common)
        return _Request(arguments, RegisterEnvelope.from_dict)

    def send_phone_code(self, body: PhoneCodeRequest) -> _Request[PhoneCodeEnvelope]:
        return _Request(send_phone_code.request(body=body, **self._common), PhoneCodeEnvelope.from_dict)

    def get_captcha(self, operation: CaptchaOperation | None) -> _Request[CaptchaEnvelope]:
        arguments = get_captcha.request(operation=UNSET if operation is None else operation, **self._common)
        return _Request(arguments, CaptchaEnvelope.from_dict)

    def get_captcha_audio(self, captcha_id: str, proof: str) -> _Request[CaptchaAudioEnvelope]:
        arguments = get_captcha_audio.request(captcha_id=captcha_id, proof=proof, **self._common)
        return _Request(arguments, CaptchaAudioEnvelope.from_dict)

    def get_jwks(self) -> _Request[JwkSet]:
        return _Request(get_jwks.request(), JwkSet.from_dict, enveloped=False)

    def send_email_code(self, body: EmailCodeRequest) -> _Request[EmailCodeEnvelope]:
        return _Request(send_email_code.request(body=body, **self._common), EmailCodeEnvelope.from_dict)

    def verify_email(self, code: str, email: str | None) -> _Request[UserEnvelope]:
        arguments = verify_email.request(code=code, email=UNSET if email is None else email, **self._common)
        return _Request(arguments, UserEnvelope.from_dict)

    def upload_avatar(self, picture: bytes) -> _Request[AvatarEnvelope]:
        body = AvatarRequest(file=File(payload=BytesIO(picture), file_name="avatar"))
        return _Request(upload_avatar.request(body=body, **self._common), AvatarEnvelope.from_dict)

    def get_user_group(self, id: int) -> _Request[GroupEnvelope]:
        return _Request(get_user_group.request(id=id, **self._common), GroupEnvelope.from_dict)

    def end_session(self, session_id: str) -> _Request[DoneEnvelope]:
        return _Request(end_session.request(session_id, **self._common), DoneEnvelope.from_dict)

    # generated: requests


def _newer(token: str, reply: Reply) -> str:
    """The token for the next call. Only a success renews it, not the answer of a proxy."""
    return reply.headers.get("Update-Token", token) if reply.status == httpx.codes.OK else token


def _signed(arguments: Mapping[str, Any], token: str) -> Mapping[str, Any]:
    return {**arguments, "headers": {**arguments.get("headers", {}), **({"Token": token} if token else {})}}


class Client:
    """Calls the operations that need no token.

    Every method raises ``Refusal`` if the service refuses the request, with any HTTP status; ``UnexpectedAnswer`` if
    the answer is not the service's; ``httpx.TransportError`` if no complete answer came. After an
    ``UnexpectedAnswer`` or a ``TransportError`` the request may have been carried out: repeat a registration with
    its ``idempotency_key``. A client may be used by several threads.

    url is the service's address; site and language (as in Accept-Language) are the service's own if not given.
    timeout is how many seconds a call may take in all. If it is not given, it is 10, or what a given http allows.
    Redirects are not followed, even if http is set to.
    """

    def __init__(
        self,
        url: str,
        *,
        site: int | None = None,
        language: str | None = None,
        timeout: float | None = None,
        http: httpx.Client | None = None,
    ) -> None:
        self._url, self._requests = url.rstrip("/"), _Requests(site, language)
        self._timeout = TIMEOUT if timeout is None and http is None else timeout
        self._http = http or httpx.Client(timeout=self._timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _ask(self, request: _Request[Answer]) -> Answer:
        return request.read(self._send(request.arguments))

    def _send(self, arguments: Mapping[str, Any]) -> Reply:
        return exchange(self._http, {**arguments, "url": self._url + arguments["url"]}, self._timeout)

    def register(self, body: RegisterRequest, *, idempotency_key: str | None = None) -> RegisterEnvelope:
        """Creates an account and logs its holder in.

        If the answer has ``approval_pending``, the account waits for an operator, and the token is empty.
        Repeating it with the same key and request is safe for 24 hours and gives the same user.
        ``new_idempotency_key`` makes a key.
        """
        return self._ask(self._requests.register(body, idempotency_key))

    def send_phone_code(self, body: PhoneCodeRequest) -> PhoneCodeEnvelope:
        """Has a code sent by SMS, to register, to log in or to set a new password with."""
        return self._ask(self._requests.send_phone_code(body))

    def get_captcha(self, operation: CaptchaOperation | None = None) -> CaptchaEnvelope:
        """Gets a captcha for that operation only, or for any operation if none is given.

        The answer may also be that no captcha is needed.
        """
        return self._ask(self._requests.get_captcha(operation))

    def get_captcha_audio(self, captcha_id: str, proof: str) -> CaptchaAudioEnvelope:
        """Speaks the digits of an image captcha.

        ``proof`` is what ``solve_work`` returns for the captcha's ``audio_salt``, ``audio_bits`` and ``audio_puzzles``.
        """
        return self._ask(self._requests.get_captcha_audio(captcha_id, proof))

    def get_user_group(self, id: int) -> GroupEnvelope:
        """Reads one of the groups."""
        return self._ask(self._requests.get_user_group(id))

    def get_jwks(self) -> JwkSet:
        """Reads the public keys that verify tokens."""
        return self._ask(self._requests.get_jwks())

    # generated: client

    def session(self, token: str) -> Session:
        """The client for the holder of a token."""
        return Session(self, token)


class Session:
    """Calls the operations of a user who is logged in.

    ``token`` is the newest one: in the last hour of a token, or the last quarter of a shorter life, the service
    sends its successor.
    """

    def __init__(self, client: Client, token: str) -> None:
        self._client, self.token = client, token

    def _ask(self, request: _Request[Answer]) -> Answer:
        reply = self._client._send(_signed(request.arguments, self.token))
        self.token = _newer(self.token, reply)
        return request.read(reply)

    def send_email_code(self, body: EmailCodeRequest) -> EmailCodeEnvelope:
        """Has a code sent by mail, to the user's own address if the request names none.

        A code to register, to log in or to set a new password needs no token: use a session with an empty token.
        """
        return self._ask(self._client._requests.send_email_code(body))

    def send_phone_code(self, body: PhoneCodeRequest) -> PhoneCodeEnvelope:
        """Has a code sent by SMS that only this user may use, for a change of the account."""
        return self._ask(self._client._requests.send_phone_code(body))

    def verify_email(self, code: str, *, email: str | None = None) -> UserEnvelope:
        """Redeems the code of a mail that was sent to that address, or to the user's own if none is given."""
        return self._ask(self._client._requests.verify_email(code, email))

    def upload_avatar(self, picture: bytes) -> AvatarEnvelope:
        """Makes an avatar of a picture, of 1 MiB at most, and sets it."""
        return self._ask(self._client._requests.upload_avatar(picture))

    def end_session(self, session_id: str) -> DoneEnvelope:
        """Ends one session of the user, by the id of ``list_sessions``."""
        return self._ask(self._client._requests.end_session(session_id))

    # generated: session


class AsyncClient:
    """``Client`` for asyncio."""

    def __init__(
        self,
        url: str,
        *,
        site: int | None = None,
        language: str | None = None,
        timeout: float | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._url, self._requests = url.rstrip("/"), _Requests(site, language)
        self._timeout = TIMEOUT if timeout is None and http is None else timeout
        self._http = http or httpx.AsyncClient(timeout=self._timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _ask(self, request: _Request[Answer]) -> Answer:
        return request.read(await self._send(request.arguments))

    async def _send(self, arguments: Mapping[str, Any]) -> Reply:
        return await exchange_async(self._http, {**arguments, "url": self._url + arguments["url"]}, self._timeout)

    async def register(self, body: RegisterRequest, *, idempotency_key: str | None = None) -> RegisterEnvelope:
        """As ``Client.register``."""
        return await self._ask(self._requests.register(body, idempotency_key))

    async def send_phone_code(self, body: PhoneCodeRequest) -> PhoneCodeEnvelope:
        """As ``Client.send_phone_code``."""
        return await self._ask(self._requests.send_phone_code(body))

    async def get_captcha(self, operation: CaptchaOperation | None = None) -> CaptchaEnvelope:
        """As ``Client.get_captcha``."""
        return await self._ask(self._requests.get_captcha(operation))

    async def get_captcha_audio(self, captcha_id: str, proof: str) -> CaptchaAudioEnvelope:
        """As ``Client.get_captcha_audio``."""
        return await self._ask(self._requests.get_captcha_audio(captcha_id, proof))

    async def get_user_group(self, id: int) -> GroupEnvelope:
        """As ``Client.get_user_group``."""
        return await self._ask(self._requests.get_user_group(id))

    async def get_jwks(self) -> JwkSet:
        """As ``Client.get_jwks``."""
        return await self._ask(self._requests.get_jwks())

    # generated: async_client

    def session(self, token: str) -> AsyncSession:
        """The client for the holder of a token."""
        return AsyncSession(self, token)


class AsyncSession:
    """``Session`` for asyncio."""

    def __init__(self, client: AsyncClient, token: str) -> None:
        self._client, self.token = client, token

    async def _ask(self, request: _Request[Answer]) -> Answer:
        reply = await self._client._send(_signed(request.arguments, self.token))
        self.token = _newer(self.token, reply)
        return request.read(reply)

    async def send_email_code(self, body: EmailCodeRequest) -> EmailCodeEnvelope:
        """As ``Session.send_email_code``."""
        return await self._ask(self._client._requests.send_email_code(body))

    async def send_phone_code(self, body: PhoneCodeRequest) -> PhoneCodeEnvelope:
        """As ``Session.send_phone_code``."""
        return await self._ask(self._client._requests.send_phone_code(body))

    async def verify_email(self, code: str, *, email: str | None = None) -> UserEnvelope:
        """As ``Session.verify_email``."""
        return await self._ask(self._client._requests.verify_email(code, email))

    async def upload_avatar(self, picture: bytes) -> AvatarEnvelope:
        """As ``Session.upload_avatar``."""
        return await self._ask(self._client._requests.upload_avatar(picture))

    async def end_session(self, session_id: str) -> DoneEnvelope:
        """As ``Session.end_session``."""
        return await self._ask(self._client._requests.end_session(session_id))

    # generated: async_session
