from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.export_avatar_type_0 import ExportAvatarType0
    from ..models.export_change import ExportChange
    from ..models.export_code import ExportCode
    from ..models.export_count import ExportCount
    from ..models.export_login import ExportLogin
    from ..models.export_notice import ExportNotice
    from ..models.export_session import ExportSession
    from ..models.export_user import ExportUser


T = TypeVar("T", bound="Export")


@_attrs_define
class Export:
    """What is held about a user.

    Attributes:
        export_time (int): When it was read in Unix seconds.
        user (ExportUser): The account and what the user has told.
        avatar (ExportAvatarType0 | None): The picture that the user has uploaded; null if there is none.
        sessions (list[ExportSession]): The last 1,000 logins, the oldest first; those that have ended are kept for a
            while.
        codes (list[ExportCode]): One-time codes that were sent to the user, without the codes.
        notices (list[ExportNotice]): Messages to the user that are not delivered yet.
        counts (list[ExportCount]): Counts by which the operations of the user are limited.
        changes (list[ExportChange]): The log of changes of what the user logs in with, the newest first: the last
            10,000. Ask the operator for older ones.
        logins (list[ExportLogin]): Counts of wrong passwords for the account by client network, and the networks that
            are known for it.
    """

    export_time: int
    user: ExportUser
    avatar: ExportAvatarType0 | None
    sessions: list[ExportSession]
    codes: list[ExportCode]
    notices: list[ExportNotice]
    counts: list[ExportCount]
    changes: list[ExportChange]
    logins: list[ExportLogin]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.export_avatar_type_0 import ExportAvatarType0

        export_time = self.export_time

        user = self.user.to_dict()

        avatar: dict[str, Any] | None
        if isinstance(self.avatar, ExportAvatarType0):
            avatar = self.avatar.to_dict()
        else:
            avatar = self.avatar

        sessions = []
        for sessions_item_data in self.sessions:
            sessions_item = sessions_item_data.to_dict()
            sessions.append(sessions_item)

        codes = []
        for codes_item_data in self.codes:
            codes_item = codes_item_data.to_dict()
            codes.append(codes_item)

        notices = []
        for notices_item_data in self.notices:
            notices_item = notices_item_data.to_dict()
            notices.append(notices_item)

        counts = []
        for counts_item_data in self.counts:
            counts_item = counts_item_data.to_dict()
            counts.append(counts_item)

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        logins = []
        for logins_item_data in self.logins:
            logins_item = logins_item_data.to_dict()
            logins.append(logins_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "export_time": export_time,
                "user": user,
                "avatar": avatar,
                "sessions": sessions,
                "codes": codes,
                "notices": notices,
                "counts": counts,
                "changes": changes,
                "logins": logins,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.export_avatar_type_0 import ExportAvatarType0
        from ..models.export_change import ExportChange
        from ..models.export_code import ExportCode
        from ..models.export_count import ExportCount
        from ..models.export_login import ExportLogin
        from ..models.export_notice import ExportNotice
        from ..models.export_session import ExportSession
        from ..models.export_user import ExportUser

        d = dict(src_dict)
        export_time = d.pop("export_time")

        user = ExportUser.from_dict(d.pop("user"))

        def _parse_avatar(data: object) -> ExportAvatarType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_export_avatar_type_0 = ExportAvatarType0.from_dict(
                    data
                )

                return componentsschemas_export_avatar_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ExportAvatarType0 | None, data)

        avatar = _parse_avatar(d.pop("avatar"))

        sessions = []
        _sessions = d.pop("sessions")
        for sessions_item_data in _sessions:
            sessions_item = ExportSession.from_dict(sessions_item_data)

            sessions.append(sessions_item)

        codes = []
        _codes = d.pop("codes")
        for codes_item_data in _codes:
            codes_item = ExportCode.from_dict(codes_item_data)

            codes.append(codes_item)

        notices = []
        _notices = d.pop("notices")
        for notices_item_data in _notices:
            notices_item = ExportNotice.from_dict(notices_item_data)

            notices.append(notices_item)

        counts = []
        _counts = d.pop("counts")
        for counts_item_data in _counts:
            counts_item = ExportCount.from_dict(counts_item_data)

            counts.append(counts_item)

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = ExportChange.from_dict(changes_item_data)

            changes.append(changes_item)

        logins = []
        _logins = d.pop("logins")
        for logins_item_data in _logins:
            logins_item = ExportLogin.from_dict(logins_item_data)

            logins.append(logins_item)

        export = cls(
            export_time=export_time,
            user=user,
            avatar=avatar,
            sessions=sessions,
            codes=codes,
            notices=notices,
            counts=counts,
            changes=changes,
            logins=logins,
        )

        export.additional_properties = d
        return export

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
