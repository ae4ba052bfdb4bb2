from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.email_state import EmailState
from ..types import UNSET, Unset

T = TypeVar("T", bound="EmailConfirmRequest")


@_attrs_define
class EmailConfirmRequest:
    """The code of a mail.

    Attributes:
        code (str): The 6 digits of the mail. Refused with `code_wrong`, `code_expired`, `code_exhausted`. Example:
            123456.
        email (str | Unset): The address the code was sent to; the one of the registration when it is not sent. Refused
            with `email_invalid`, `email_too_long`, `email_domain`, `email_taken`. Example: newuser@example.com.
        state (EmailState | Unset): What the code is for, as AnQiCMS names it. `verify` when it is not sent.
    """

    code: str
    email: str | Unset = UNSET
    state: EmailState | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        email = self.email

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
            }
        )
        if email is not UNSET:
            field_dict["email"] = email
        if state is not UNSET:
            field_dict["state"] = state

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        code = d.pop("code")

        email = d.pop("email", UNSET)

        _state = d.pop("state", UNSET)
        state: EmailState | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = EmailState(_state)

        email_confirm_request = cls(
            code=code,
            email=email,
            state=state,
        )

        return email_confirm_request
