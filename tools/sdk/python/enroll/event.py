"""Events: what a receiver of ``ENROLL_EVENTS_URL`` gets, by Standard Webhooks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

#: Bounds the body of an event, in bytes: the largest of this version has 1 KiB.
_MAX_BODY = 1 << 20
_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]+={0,2})")
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z")


class EventType(StrEnum):
    """The types of events that this version knows."""

    USER_REGISTERED = "user.registered"
    #: The email.
    USER_VERIFIED = "user.verified"
    USER_UPDATED = "user.updated"
    USER_PASSWORD_CHANGED = "user.password_changed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_DELETED = "user.deleted"


class EventProblem(StrEnum):
    """Why a request is not an event of the service."""

    HEADER_MISSING = "header_missing"
    #: The id is not ASCII, or the time is not a number.
    HEADER_INVALID = "header_invalid"
    TIMESTAMP_TOO_OLD = "timestamp_too_old"
    TIMESTAMP_TOO_NEW = "timestamp_too_new"
    BODY_TOO_LARGE = "body_too_large"
    #: By none of the secrets.
    SIGNATURE_INVALID = "signature_invalid"
    #: It is signed, but is not an event.
    BODY_INVALID = "body_invalid"


class EventError(Exception):
    """A request that is not an event of the service: answer it with 401. Its text has nothing of the request."""

    problem: EventProblem

    def __init__(self, problem: EventProblem) -> None:
        # The argument is kept as it is, so that a copied or unpickled error is the same.
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"not an event: {self.problem}"


@dataclass(frozen=True)
class Event:
    """Something that has happened to a user. It has no value of the user: get the user for its values."""

    #: An event that comes again has the same.
    webhook_id: str
    #: One of ``EventType``, or a later version's: accept such an event and ignore it.
    type: str
    #: When it happened, and not when it was sent, in microseconds.
    time: datetime
    #: Names the event in the admin API.
    id: int
    site_id: int
    user_id: int
    #: The number of the event among those of the user, from 1 without a gap.
    seq: int
    #: The names of the changed fields of ``user.updated``; empty for other types.
    fields: tuple[str, ...]
    #: The whole body, with members that a later version has added.
    body: Mapping[str, Any]


class EventVerifier:
    """Verifies the requests to a receiver of events. It may be used by several threads.

    The secrets are those of ``ENROLL_EVENTS_SECRET`` for this receiver, each ``whsec_`` and the base64 of 24 to 64
    bytes: while one is replaced, give the old and the new one. Another form, or none, is a ``ValueError``, which has
    nothing of a secret. ``tolerance`` is how many seconds the time of a request may be away from ``now``, which
    returns Unix seconds. A tolerance that is negative or NaN is a ``ValueError``.
    """

    def __init__(self, *secrets: str, tolerance: float = 300, now: Callable[[], float] = time.time) -> None:
        if not secrets:
            raise ValueError("there is no secret of events")
        if not tolerance >= 0:
            raise ValueError("the tolerance is not a number of seconds from 0")
        self._keys = [_key(secret) for secret in secrets]
        self._tolerance, self._now = tolerance, now

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        """The event of a request. Raises ``EventError`` if the request is not the service's.

        The body is what has arrived, byte for byte. A request that was recorded is refused after the tolerance: until
        then, drop an event whose ``webhook_id`` you have seen.
        """
        given = {name.lower(): value for name, value in headers.items()}
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        webhook_id, sent, signatures = (given.get(name, "") for name in names)
        if not (webhook_id and sent and signatures):
            raise EventError(EventProblem.HEADER_MISSING)
        if not re.fullmatch(r"[0-9]{1,12}", sent) or not re.fullmatch(r"[!-~]+", webhook_id):
            raise EventError(EventProblem.HEADER_INVALID)
        age = self._now() - int(sent)
        # In this form a clock that returns NaN refuses everything.
        if not age <= self._tolerance:
            raise EventError(EventProblem.TIMESTAMP_TOO_OLD)
        if age < -self._tolerance:
            raise EventError(EventProblem.TIMESTAMP_TOO_NEW)
        if len(body) > _MAX_BODY:
            raise EventError(EventProblem.BODY_TOO_LARGE)
        if not self._signed(f"{webhook_id}.{sent}.".encode("ascii") + body, signatures):
            raise EventError(EventProblem.SIGNATURE_INVALID)
        return _read(webhook_id, body)

    def _signed(self, message: bytes, signatures: str) -> bool:
        """Whether one of the signatures is by one of the keys. Versions other than v1 are passed over."""
        right = False
        for key in self._keys:
            want = b"v1," + base64.b64encode(hmac.digest(key, message, hashlib.sha256))
            for one in signatures.split(" "):
                # Of texts, compare_digest takes ASCII only. Its time tells nothing about the right signature.
                right |= hmac.compare_digest(one.encode("utf-8", "replace"), want)
        return right


def _key(secret: str) -> bytes:
    found = _SECRET.fullmatch(secret)
    try:
        key = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        key = b""
    # A last character with bits that no byte has would be another spelling of the same key.
    if not found or not 24 <= len(key) <= 64 or base64.b64encode(key).decode() != found[1]:
        raise ValueError("a secret of events is whsec_ and the base64 of 24 to 64 bytes")
    return key


def _read(webhook_id: str, body: bytes) -> Event:
    try:
        said = json.loads(body.decode("utf-8"))
        data = said["data"]
        kind, fields = said["type"], data["fields"]
        numbers = (data["id"], data["site_id"], data["user_id"], data["seq"])
        at = _instant(said["timestamp"])
    except (ValueError, RecursionError, KeyError, TypeError):
        raise EventError(EventProblem.BODY_INVALID) from None
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in numbers)
    names = isinstance(fields, list) and all(isinstance(f, str) for f in fields)
    if not whole or not names or not isinstance(kind, str) or not kind:
        raise EventError(EventProblem.BODY_INVALID)
    return Event(webhook_id, kind, at, *numbers, tuple(fields), said)


def _instant(text: str) -> datetime:
    # A datetime has microseconds; the service may send nanoseconds.
    found = _INSTANT.fullmatch(text)
    if not found:
        raise ValueError
    return datetime.fromisoformat(f"{found[1]}.{(found[2] or '')[:6]:0<6}+00:00")
