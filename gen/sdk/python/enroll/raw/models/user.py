from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.user_extra_type_0 import UserExtraType0
    from ..models.user_group_type_0 import UserGroupType0


T = TypeVar("T", bound="User")


@_attrs_define
class User:
    """A user with its token. Every field except `deletion_canceled` and `approval_pending` is always present.

    Attributes:
        id (int): The user. Those that register have ids from 1000; imported users keep theirs, which may be lower.
        parent_id (int): The user who invited this one, 0 for none.
        user_name (str): The user name as it was chosen, empty if none was.
        user_name_canonical (str): The canonical form of the user name, unique per site, empty if none was chosen. Where
            people decide by a name whether to trust it, show this form: in it `PaypaI` is `paypai`.
        real_name (str): The display name.
        first_name (str): The given name, empty if none was given.
        last_name (str): The family name, empty if none was given.
        introduce (str): A text of the user about themselves, empty if there is none.
        birthday (int): The birthday in Unix seconds, 0 if none was given.
        avatar_url (str): The avatar as it was given.
        full_avatar_url (str): The avatar as an absolute URL, empty if there is none or the site has no asset base.
        email (str): The email as it was given, empty if none was. It does not identify the user while `email_verified`
            is false.
        email_verified (bool): Whether the user has shown by a code to read the mail of `email`. If not, anybody may
            have typed it in.
        recoverable (bool): Whether a forgotten password can be replaced: by a code to `phone`, or to `email` once it is
            verified. If not, tell the person so after the registration.
        accepted_terms (str): The version of the terms that the user has accepted last, empty if none. If it is not the
            `version` of the `terms` of `GET /api/settings`, ask the person and send `POST /api/user/terms`.
        accepted_terms_time (int): When the user accepted that version in Unix seconds, 0 if none.
        phone (str): The phone, empty if none was given: national for the default region and E.164 for others, or always
            E.164 where the deployment says so.
        group_id (int): The user group; new users are in the default one, 2 unless set.
        status (int): 1 active, 0 disabled or waiting for an operator.
        is_retailer (int): 1 for a retailer, 0 otherwise.
        balance (int): The balance in minor currency units.
        total_reward (int): All rewards so far in minor currency units.
        invite_code (str): The code with which this user invites others; not derivable from the id.
        last_login (int): The last login in Unix seconds; the registration is one.
        expire_time (int): When the membership of the group ends in Unix seconds, 0 for never. The token's own end is
            its claim `exp`.
        created_time (int): The registration in Unix seconds.
        updated_time (int): The last change in Unix seconds.
        extra (None | UserExtraType0): The user's data besides the fields of the contract, as the deployment describes
            it; null if there is none.
        group (None | UserGroupType0): The group of `group_id`, as `GET /api/user/group/detail` returns it; null if an
            operator has made none with that id.
        link (str): The profile link, or empty.
        token (str): The JWT to send as `Token`; empty with `approval_pending`. When reading one's own user: the token
            that was sent, or its successor near its end.
        deletion_canceled (bool | Unset): true in the answer of a login that has canceled the deletion of the account;
            absent otherwise.
        approval_pending (bool | Unset): true in the answer of a registration whose account waits until an operator
            approves it; absent otherwise. `token` is empty then.
    """

    id: int
    parent_id: int
    user_name: str
    user_name_canonical: str
    real_name: str
    first_name: str
    last_name: str
    introduce: str
    birthday: int
    avatar_url: str
    full_avatar_url: str
    email: str
    email_verified: bool
    recoverable: bool
    accepted_terms: str
    accepted_terms_time: int
    phone: str
    group_id: int
    status: int
    is_retailer: int
    balance: int
    total_reward: int
    invite_code: str
    last_login: int
    expire_time: int
    created_time: int
    updated_time: int
    extra: None | UserExtraType0
    group: None | UserGroupType0
    link: str
    token: str
    deletion_canceled: bool | Unset = UNSET
    approval_pending: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.user_extra_type_0 import UserExtraType0
        from ..models.user_group_type_0 import UserGroupType0

        id = self.id

        parent_id = self.parent_id

        user_name = self.user_name

        user_name_canonical = self.user_name_canonical

        real_name = self.real_name

        first_name = self.first_name

        last_name = self.last_name

        introduce = self.introduce

        birthday = self.birthday

        avatar_url = self.avatar_url

        full_avatar_url = self.full_avatar_url

        email = self.email

        email_verified = self.email_verified

        recoverable = self.recoverable

        accepted_terms = self.accepted_terms

        accepted_terms_time = self.accepted_terms_time

        phone = self.phone

        group_id = self.group_id

        status = self.status

        is_retailer = self.is_retailer

        balance = self.balance

        total_reward = self.total_reward

        invite_code = self.invite_code

        last_login = self.last_login

        expire_time = self.expire_time

        created_time = self.created_time

        updated_time = self.updated_time

        extra: dict[str, Any] | None
        if isinstance(self.extra, UserExtraType0):
            extra = self.extra.to_dict()
        else:
            extra = self.extra

        group: dict[str, Any] | None
        if isinstance(self.group, UserGroupType0):
            group = self.group.to_dict()
        else:
            group = self.group

        link = self.link

        token = self.token

        deletion_canceled = self.deletion_canceled

        approval_pending = self.approval_pending

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "parent_id": parent_id,
                "user_name": user_name,
                "user_name_canonical": user_name_canonical,
                "real_name": real_name,
                "first_name": first_name,
                "last_name": last_name,
                "introduce": introduce,
                "birthday": birthday,
                "avatar_url": avatar_url,
                "full_avatar_url": full_avatar_url,
                "email": email,
                "email_verified": email_verified,
                "recoverable": recoverable,
                "accepted_terms": accepted_terms,
                "accepted_terms_time": accepted_terms_time,
                "phone": phone,
                "group_id": group_id,
                "status": status,
                "is_retailer": is_retailer,
                "balance": balance,
                "total_reward": total_reward,
                "invite_code": invite_code,
                "last_login": last_login,
                "expire_time": expire_time,
                "created_time": created_time,
                "updated_time": updated_time,
                "extra": extra,
                "group": group,
                "link": link,
                "token": token,
            }
        )
        if deletion_canceled is not UNSET:
            field_dict["deletion_canceled"] = deletion_canceled
        if approval_pending is not UNSET:
            field_dict["approval_pending"] = approval_pending

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.user_extra_type_0 import UserExtraType0
        from ..models.user_group_type_0 import UserGroupType0

        d = dict(src_dict)
        id = d.pop("id")

        parent_id = d.pop("parent_id")

        user_name = d.pop("user_name")

        user_name_canonical = d.pop("user_name_canonical")

        real_name = d.pop("real_name")

        first_name = d.pop("first_name")

        last_name = d.pop("last_name")

        introduce = d.pop("introduce")

        birthday = d.pop("birthday")

        avatar_url = d.pop("avatar_url")

        full_avatar_url = d.pop("full_avatar_url")

        email = d.pop("email")

        email_verified = d.pop("email_verified")

        recoverable = d.pop("recoverable")

        accepted_terms = d.pop("accepted_terms")

        accepted_terms_time = d.pop("accepted_terms_time")

        phone = d.pop("phone")

        group_id = d.pop("group_id")

        status = d.pop("status")

        is_retailer = d.pop("is_retailer")

        balance = d.pop("balance")

        total_reward = d.pop("total_reward")

        invite_code = d.pop("invite_code")

        last_login = d.pop("last_login")

        expire_time = d.pop("expire_time")

        created_time = d.pop("created_time")

        updated_time = d.pop("updated_time")

        def _parse_extra(data: object) -> None | UserExtraType0:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_user_extra_type_0 = UserExtraType0.from_dict(data)

                return componentsschemas_user_extra_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UserExtraType0, data)

        extra = _parse_extra(d.pop("extra"))

        def _parse_group(data: object) -> None | UserGroupType0:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_user_group_type_0 = UserGroupType0.from_dict(data)

                return componentsschemas_user_group_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UserGroupType0, data)

        group = _parse_group(d.pop("group"))

        link = d.pop("link")

        token = d.pop("token")

        deletion_canceled = d.pop("deletion_canceled", UNSET)

        approval_pending = d.pop("approval_pending", UNSET)

        user = cls(
            id=id,
            parent_id=parent_id,
            user_name=user_name,
            user_name_canonical=user_name_canonical,
            real_name=real_name,
            first_name=first_name,
            last_name=last_name,
            introduce=introduce,
            birthday=birthday,
            avatar_url=avatar_url,
            full_avatar_url=full_avatar_url,
            email=email,
            email_verified=email_verified,
            recoverable=recoverable,
            accepted_terms=accepted_terms,
            accepted_terms_time=accepted_terms_time,
            phone=phone,
            group_id=group_id,
            status=status,
            is_retailer=is_retailer,
            balance=balance,
            total_reward=total_reward,
            invite_code=invite_code,
            last_login=last_login,
            expire_time=expire_time,
            created_time=created_time,
            updated_time=updated_time,
            extra=extra,
            group=group,
            link=link,
            token=token,
            deletion_canceled=deletion_canceled,
            approval_pending=approval_pending,
        )

        user.additional_properties = d
        return user

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
