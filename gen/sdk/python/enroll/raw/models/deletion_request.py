from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="DeletionRequest")


@_attrs_define
class DeletionRequest:
    """A request to delete the account, with `password` or `code`; without them the reason is `proof_required`.

    Attributes:
        password (str | Unset): The password of the account. Refused with `credentials_wrong`. Example: MyPassword123.
        code (str | Unset): The 6 digits that were sent for `change` to the phone or the verified email of the account,
            instead of the password. Refused with `code_wrong`, `code_expired`, `code_exhausted`.
    """

    password: str | Unset = UNSET
    code: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        password = self.password

        code = self.code

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if password is not UNSET:
            field_dict["password"] = password
        if code is not UNSET:
            field_dict["code"] = code

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        password = d.pop("password", UNSET)

        code = d.pop("code", UNSET)

        deletion_request = cls(
            password=password,
            code=code,
        )

        return deletion_request
