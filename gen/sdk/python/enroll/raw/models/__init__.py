"""Contains all the data models used in inputs/outputs"""

from .avatar import Avatar
from .avatar_envelope import AvatarEnvelope
from .avatar_request import AvatarRequest
from .captcha import Captcha
from .captcha_audio import CaptchaAudio
from .captcha_audio_envelope import CaptchaAudioEnvelope
from .captcha_envelope import CaptchaEnvelope
from .captcha_operation import CaptchaOperation
from .captcha_type import CaptchaType
from .code_purpose import CodePurpose
from .deletion import Deletion
from .deletion_envelope import DeletionEnvelope
from .deletion_request import DeletionRequest
from .done_envelope import DoneEnvelope
from .done_envelope_data_type_0 import DoneEnvelopeDataType0
from .email_code_envelope import EmailCodeEnvelope
from .email_code_request import EmailCodeRequest
from .email_code_sent import EmailCodeSent
from .email_confirm_request import EmailConfirmRequest
from .email_purpose import EmailPurpose
from .email_state import EmailState
from .export import Export
from .export_avatar_type_0 import ExportAvatarType0
from .export_change import ExportChange
from .export_code import ExportCode
from .export_count import ExportCount
from .export_envelope import ExportEnvelope
from .export_login import ExportLogin
from .export_notice import ExportNotice
from .export_session import ExportSession
from .export_user import ExportUser
from .field_error import FieldError
from .group import Group
from .group_envelope import GroupEnvelope
from .groups_envelope import GroupsEnvelope
from .jwk import Jwk
from .jwk_set import JwkSet
from .language import Language
from .login_envelope import LoginEnvelope
from .login_method import LoginMethod
from .login_request import LoginRequest
from .login_session import LoginSession
from .login_sessions import LoginSessions
from .logout_request import LogoutRequest
from .password_change_request import PasswordChangeRequest
from .password_reset import PasswordReset
from .password_reset_envelope import PasswordResetEnvelope
from .password_reset_request import PasswordResetRequest
from .phone_channel import PhoneChannel
from .phone_code_envelope import PhoneCodeEnvelope
from .phone_code_request import PhoneCodeRequest
from .phone_code_request_channel import PhoneCodeRequestChannel
from .phone_code_sent import PhoneCodeSent
from .reason import Reason
from .register_envelope import RegisterEnvelope
from .register_method import RegisterMethod
from .register_request import RegisterRequest
from .reset_method import ResetMethod
from .sessions_envelope import SessionsEnvelope
from .settings import Settings
from .settings_envelope import SettingsEnvelope
from .signup import Signup
from .success_code import SuccessCode
from .terms import Terms
from .terms_request import TermsRequest
from .user import User
from .user_change_request import UserChangeRequest
from .user_change_request_extra import UserChangeRequestExtra
from .user_envelope import UserEnvelope
from .user_extra_type_0 import UserExtraType0
from .user_group_type_0 import UserGroupType0

__all__ = (
    "Avatar",
    "AvatarEnvelope",
    "AvatarRequest",
    "Captcha",
    "CaptchaAudio",
    "CaptchaAudioEnvelope",
    "CaptchaEnvelope",
    "CaptchaOperation",
    "CaptchaType",
    "CodePurpose",
    "Deletion",
    "DeletionEnvelope",
    "DeletionRequest",
    "DoneEnvelope",
    "DoneEnvelopeDataType0",
    "EmailCodeEnvelope",
    "EmailCodeRequest",
    "EmailCodeSent",
    "EmailConfirmRequest",
    "EmailPurpose",
    "EmailState",
    "Export",
    "ExportAvatarType0",
    "ExportChange",
    "ExportCode",
    "ExportCount",
    "ExportEnvelope",
    "ExportLogin",
    "ExportNotice",
    "ExportSession",
    "ExportUser",
    "FieldError",
    "Group",
    "GroupEnvelope",
    "GroupsEnvelope",
    "Jwk",
    "JwkSet",
    "Language",
    "LoginEnvelope",
    "LoginMethod",
    "LoginRequest",
    "LoginSession",
    "LoginSessions",
    "LogoutRequest",
    "PasswordChangeRequest",
    "PasswordReset",
    "PasswordResetEnvelope",
    "PasswordResetRequest",
    "PhoneChannel",
    "PhoneCodeEnvelope",
    "PhoneCodeRequest",
    "PhoneCodeRequestChannel",
    "PhoneCodeSent",
    "Reason",
    "RegisterEnvelope",
    "RegisterMethod",
    "RegisterRequest",
    "ResetMethod",
    "SessionsEnvelope",
    "Settings",
    "SettingsEnvelope",
    "Signup",
    "SuccessCode",
    "Terms",
    "TermsRequest",
    "User",
    "UserChangeRequest",
    "UserChangeRequestExtra",
    "UserEnvelope",
    "UserExtraType0",
    "UserGroupType0",
)
