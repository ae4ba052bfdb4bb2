"""What the service says when it says no, and what is not the service's at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from .raw.models import Reason


class EnrollError(Exception):
    """Any answer that is no success. No answer at all is an ``httpx.TransportError``."""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field."""

    field: str
    reason: Reason
    msg: str


class Refusal(EnrollError):
    """The service's no."""

    #: The HTTP status: 200 in a deployment of the mode always-200.
    status: int
    #: -1 refused or failed, 1001 not logged in, 1002 not allowed.
    code: int
    #: For programs. ``reason.known`` is false for one of a later version.
    reason: Reason
    #: For people, in their language.
    msg: str
    #: Each field at fault; empty when none is to blame.
    errors: tuple[FieldError, ...]
    #: Finds the request in the service's logs.
    request_id: str
    #: Seconds to wait before the request is worth repeating, if that was said.
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
        # For logs: msg is for the person who is refused.
        super().__init__(f"refused: {self.reason} (status {status}, request {self.request_id})")

    def field(self, name: str) -> FieldError | None:
        """What is wrong with the field of that name, if anything is."""
        return next((e for e in self.errors if e.field == name), None)


class UnexpectedAnswer(EnrollError):
    """An answer that is not the service's, such as a proxy's page."""

    status: int
    retry_after: int | None

    def __init__(self, status: int, retry_after: int | None) -> None:
        self.status, self.retry_after = status, retry_after
        super().__init__(f"the answer with status {status} is not the service's")


def retry_after(response: httpx.Response) -> int | None:
    """The header in seconds; the service sends no dates (RFC 9110 section 10.2.3)."""
    value = response.headers.get("Retry-After", "")
    return int(value) if value.isascii() and value.isdigit() else None


def envelope_of(response: httpx.Response, enveloped: bool) -> Mapping[str, Any]:
    """The answer as JSON if it is a success, whatever its status says of it.

    Raises ``Refusal`` or ``UnexpectedAnswer``.
    """
    unexpected = UnexpectedAnswer(response.status_code, retry_after(response))
    try:
        said = json.loads(response.content)
    except (ValueError, RecursionError) as err:
        raise unexpected from err
    if not isinstance(said, dict):
        raise unexpected
    code = said.get("code")
    if isinstance(code, int) and code != 0:
        try:
            refusal = Refusal(response.status_code, unexpected.retry_after, said)
        except (AttributeError, TypeError, ValueError) as err:
            raise unexpected from err
        raise refusal
    if response.status_code != httpx.codes.OK or (code == 0) != enveloped:
        raise unexpected
    return said
