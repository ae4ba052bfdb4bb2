"""The client of Enroll, a user-registration service.

A refusal of the service is an ordinary exception, ``Refusal``, with a typed
``Reason``. That also holds for reasons and statuses of later versions of the service.
"""

from .client import AsyncClient, AsyncSession, Client, Session
from .key import new_idempotency_key
from .raw.models import (
    Avatar,
    AvatarEnvelope,
    Captcha,
    CaptchaAudio,
    CaptchaAudioEnvelope,
    CaptchaEnvelope,
    CaptchaOperation,
    CaptchaType,
    CodePurpose,
    Deletion,
    EmailCodeEnvelope,
    EmailCodeRequest,
    EmailCodeSent,
    EmailPurpose,
    EmailState,
    Export,
    Group,
    GroupEnvelope,
    Jwk,
    JwkSet,
    LoginSession,
    LoginSessions,
    PasswordReset,
    PhoneCodeEnvelope,
    PhoneCodeRequest,
    PhoneCodeSent,
    Reason,
    RegisterEnvelope,
    RegisterRequest,
    User,
    # generated: types
)
from .refusal import EnrollError, FieldError, Refusal, UnexpectedAnswer
from .work import solve_work

__all__ = [
    "AsyncClient",
    "AsyncSession",
    "Avatar",
    "AvatarEnvelope",
    "Captcha",
    "CaptchaAudio",
    "CaptchaAudioEnvelope",
    "CaptchaEnvelope",
    "CaptchaOperation",
    "CaptchaType",
    "Client",
    "CodePurpose",
    "Deletion",
    "EmailCodeEnvelope",
    "EmailCodeRequest",
    "EmailCodeSent",
    "EmailPurpose",
    "EmailState",
    "EnrollError",
    "Export",
    "FieldError",
    "Group",
    "GroupEnvelope",
    "Jwk",
    "JwkSet",
    "LoginSession",
    "LoginSessions",
    "PasswordReset",
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
    "new_idempotency_key",
    "solve_work",
    # generated: exports
]
