from enum import StrEnum


class Reason(StrEnum):
    """A value of a later version of the service is a member too, but not known."""

    ACCOUNT_DISABLED = "account_disabled"
    APPROVAL_PENDING = "approval_pending"
    AVATAR_INVALID = "avatar_invalid"
    AVATAR_TOO_LARGE = "avatar_too_large"
    AVATAR_TOO_MANY = "avatar_too_many"
    AVATAR_URL_INVALID = "avatar_url_invalid"
    BAD_FORMAT = "bad_format"
    BIRTHDAY_INVALID = "birthday_invalid"
    BODY_TOO_LARGE = "body_too_large"
    BUSY = "busy"
    CAPTCHA_REQUIRED = "captcha_required"
    CAPTCHA_WRONG = "captcha_wrong"
    CODE_EXHAUSTED = "code_exhausted"
    CODE_EXPIRED = "code_expired"
    CODE_TOO_MANY = "code_too_many"
    CODE_TOO_SOON = "code_too_soon"
    CODE_WRONG = "code_wrong"
    CREDENTIALS_WRONG = "credentials_wrong"
    DUPLICATE_FIELD = "duplicate_field"
    EMAIL_DOMAIN = "email_domain"
    EMAIL_INVALID = "email_invalid"
    EMAIL_NOT_OFFERED = "email_not_offered"
    EMAIL_TAKEN = "email_taken"
    EMAIL_TOO_LONG = "email_too_long"
    EXTRA_INVALID = "extra_invalid"
    EXTRA_NOT_OFFERED = "extra_not_offered"
    FORBIDDEN_CHARACTER = "forbidden_character"
    GROUP_UNKNOWN = "group_unknown"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDENTIFIER_NEEDED = "identifier_needed"
    INTERNAL = "internal"
    INTRODUCE_INVALID = "introduce_invalid"
    INVALID_REQUEST = "invalid_request"
    INVITE_INVALID = "invite_invalid"
    LOGIN_INCOMPLETE = "login_incomplete"
    LOGIN_TOO_MANY = "login_too_many"
    LOGIN_TOO_OLD = "login_too_old"
    MAIL_FAILED = "mail_failed"
    MALFORMED_JSON = "malformed_json"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_FOUND = "not_found"
    OUTCOME_UNKNOWN = "outcome_unknown"
    OUT_OF_RANGE = "out_of_range"
    PASSWORD_COMMON = "password_common"
    PASSWORD_CONTEXT = "password_context"
    PASSWORD_TOO_LONG = "password_too_long"
    PASSWORD_TOO_SHORT = "password_too_short"
    PHONE_COUNTRY = "phone_country"
    PHONE_INVALID = "phone_invalid"
    PHONE_NOT_MOBILE = "phone_not_mobile"
    PHONE_NOT_OFFERED = "phone_not_offered"
    PHONE_TAKEN = "phone_taken"
    PHONE_UNREGISTERED = "phone_unregistered"
    PROOF_REQUIRED = "proof_required"
    RATE_LIMITED = "rate_limited"
    REAL_NAME_INVALID = "real_name_invalid"
    REGISTRATION_INCOMPLETE = "registration_incomplete"
    REQUIRED = "required"
    RESET_INCOMPLETE = "reset_incomplete"
    SIGNUP_CLOSED = "signup_closed"
    SITE_AMBIGUOUS = "site_ambiguous"
    SITE_UNKNOWN = "site_unknown"
    SMS_FAILED = "sms_failed"
    TOKEN_EXPIRED = "token_expired"
    TOKEN_INVALID = "token_invalid"
    TOKEN_MISSING = "token_missing"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    TOO_YOUNG = "too_young"
    UNAVAILABLE = "unavailable"
    UNKNOWN_FIELD = "unknown_field"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    USER_NAME_CHARACTER = "user_name_character"
    USER_NAME_DIGITS = "user_name_digits"
    USER_NAME_MIXED_SCRIPTS = "user_name_mixed_scripts"
    USER_NAME_NOT_OFFERED = "user_name_not_offered"
    USER_NAME_RESERVED = "user_name_reserved"
    USER_NAME_TAKEN = "user_name_taken"
    USER_NAME_TOO_LONG = "user_name_too_long"
    USER_NAME_TOO_SHORT = "user_name_too_short"
    USER_NAME_TOO_SOON = "user_name_too_soon"
    WRONG_TYPE = "wrong_type"

    @classmethod
    def _missing_(cls, value: object) -> "Reason | None":
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
