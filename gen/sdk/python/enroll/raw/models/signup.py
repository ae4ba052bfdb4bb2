from enum import StrEnum


class Signup(StrEnum):
    """A value of a later version of the service is a member too, but not known."""

    APPROVAL = "approval"
    CLOSED = "closed"
    INVITE = "invite"
    OPEN = "open"

    @classmethod
    def _missing_(cls, value: object) -> "Signup | None":
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member

    @property
    def known(self) -> bool:
        return self._value_ in type(self)._value2member_map_

    def __str__(self) -> str:
        return self._value_
