"""The errors of a call: a refusal by the service, and an answer that is not the service's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from .raw.models import Reason


class EnrollError(Exception):
    """An answer that is not a success. A call without an answer raises ``httpx.TransportError``."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Python rebuilds an exception from its text, which is for logs.
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[EnrollError], args: tuple[Any, ...], state: Mapping[str, Any]) -> EnrollError:
    """A copied or unpickled error."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field."""

    field: str
    reason: Reason
    msg: str


class Refusal(EnrollError):
    """A request that the service has refused."""

    #: The HTTP status: 200 in a deployment of the mode always-200.
    status: int
    #: -1 refused or failed, 1001 not logged in, 1002 not allowed.
    code: int
    #: For programs, never empty. ``reason.known`` is false for one of a later version.
    reason: Reason
    #: For people, in their language.
    msg: str
    #: What is wrong with which field; empty if the refusal is not about a field.
    errors: tuple[FieldError, ...]
    #: Finds the request in the service's logs.
    request_id: str
    #: Seconds to wait before repeating the request, if the service has said it (Retry-After).
    retry_after: int | None

    def __init__(self, status: int, retry_after: int | None, envelope: Mapping[str, Any]) -> None:
        self.status, self.retry_after = status, retry_after
        self.code = int(envelope["code"])
        self.reason = Reason(str(envelope.get("reason") or ""))
        self.msg = str(envelope.get("msg") or "")
        self.request_id = str(envelope.get("request_id") or "")
        self.errors = tuple(
            FieldError(str(e.get("field", "")), Reason(str(e.get("reason", ""))), str(e.get("msg", "")))
            for e in envelope.get("errors") or ()
        )
        # This message is for logs. msg is for the user and may be in another language.
        super().__init__(f"refused: {self.reason} (status {status}, request {self.request_id})")

    def field(self, name: str) -> FieldError | None:
        """What is wrong with the field of that name, if anything is."""
        return next((e for e in self.errors if e.field == name), None)


class UnexpectedAnswer(EnrollError):
    """An answer that is not the service's, such as a proxy's page or JSON, or a redirect.

    The service may have carried out the request.
    """

    status: int
    retry_after: int | None

    def __init__(self, status: int, retry_after: int | None) -> None:
        self.status, self.retry_after = status, retry_after
        super().__init__(f"the answer with status {status} is not the service's")


def retry_after(headers: Mapping[str, str]) -> int | None:
    """The header Retry-After in seconds, or None. The service sends no dates (RFC 9110 section 10.2.3)."""
    value = headers.get("Retry-After", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def envelope_of(status: int, headers: Mapping[str, str], body: bytes, enveloped: bool) -> Mapping[str, Any]:
    """The answer as JSON if it is a success: status 200 and, in an envelope, code 0.

    Raises ``Refusal`` for an envelope with another code and any status, and ``UnexpectedAnswer`` for all other answers.
    """
    unexpected = UnexpectedAnswer(status, retry_after(headers))
    try:
        said = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as err:
        raise unexpected from err
    if not isinstance(said, dict):
        raise unexpected
    code = said.get("code")
    numbered = isinstance(code, int) and not isinstance(code, bool)
    if numbered and code != 0:
        if not _is_refusal(said):
            raise unexpected
        raise Refusal(status, unexpected.retry_after, said)
    if status != httpx.codes.OK or (enveloped and not numbered):
        raise unexpected
    return said


def _is_refusal(said: Mapping[str, Any]) -> bool:
    """Whether an envelope has all required members of a refusal. Gateways answer with some of them."""
    errors = said.get("errors") or []
    return (
        _texts(said, "reason", "msg", "request_id")
        and said["reason"].strip() != ""
        and isinstance(errors, list)
        and all(isinstance(e, dict) and _texts(e, "field", "reason", "msg") for e in errors)
    )


def _texts(said: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(said.get(name), str) for name in names)
