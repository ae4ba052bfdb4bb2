"""The client of Enroll, a user-registration service.

A refusal of the service is an ordinary exception, ``Refusal``, with a typed
``Reason``; so it is for reasons and statuses that this version does not know.
"""

from .client import AsyncClient, AsyncSession, Client, Session
from .key import new_idempotency_key
from .raw.models import (
    Captcha,
    CaptchaAudio,
    CaptchaAudioEnvelope,
    CaptchaEnvelope,
    CaptchaOperation,
    CaptchaType,
    CodePurpose,
    EmailCodeEnvelope,
    EmailCodeRequest,
    EmailCodeSent,
    EmailConfirmRequest,
    EmailState,
    Jwk,
    JwkSet,
    LoginEnvelope,
    LoginRequest,
    PhoneCodeEnvelope,
    PhoneCodeRequest,
    PhoneCodeSent,
    Reason,
    RegisterEnvelope,
    RegisterRequest,
    User,
    UserEnvelope,
)
from .refusal import EnrollError, FieldError, Refusal, UnexpectedAnswer
from .work import solve_work

__all__ = [
    "AsyncClient",
    "AsyncSession",
    "Captcha",
    "CaptchaAudio",
    "CaptchaAudioEnvelope",
    "CaptchaEnvelope",
    "CaptchaOperation",
    "CaptchaType",
    "Client",
    "CodePurpose",
    "EmailCodeEnvelope",
    "EmailCodeRequest",
    "EmailCodeSent",
    "EmailConfirmRequest",
    "EmailState",
    "EnrollError",
    "FieldError",
    "Jwk",
    "JwkSet",
    "LoginEnvelope",
    "LoginRequest",
    "PhoneCodeEnvelope",
    "PhoneCodeRequest",
    "PhoneCodeSent",
    "Reason",
    "Refusal",
    "RegisterEnvelope",
    "RegisterRequest",
    "Session",
    "UnexpectedAnswer",
    "User",
    "UserEnvelope",
    "new_idempotency_key",
    "solve_work",
]
