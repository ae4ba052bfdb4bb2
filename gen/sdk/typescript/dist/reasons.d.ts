/** The reasons for which each operation may be refused. */
export declare const reasons: {
    readonly register: readonly ["account_disabled", "avatar_url_invalid", "body_too_large", "busy", "captcha_required", "captcha_wrong", "code_exhausted", "code_expired", "code_wrong", "email_invalid", "email_taken", "email_too_long", "idempotency_in_progress", "idempotency_key_reused", "internal", "invalid_request", "invite_invalid", "malformed_json", "outcome_unknown", "password_common", "password_context", "password_too_long", "password_too_short", "phone_country", "phone_invalid", "phone_not_mobile", "phone_not_offered", "phone_taken", "rate_limited", "real_name_invalid", "registration_incomplete", "site_unknown", "unavailable", "unsupported_media_type", "user_name_character", "user_name_digits", "user_name_mixed_scripts", "user_name_reserved", "user_name_taken", "user_name_too_long", "user_name_too_short"];
    readonly getCaptcha: readonly ["internal", "invalid_request", "rate_limited", "site_unknown"];
    readonly getCaptchaAudio: readonly ["captcha_wrong", "internal", "invalid_request", "rate_limited", "site_unknown"];
    readonly sendPhoneCode: readonly ["body_too_large", "captcha_required", "captcha_wrong", "code_too_many", "code_too_soon", "internal", "invalid_request", "malformed_json", "outcome_unknown", "phone_country", "phone_invalid", "phone_not_mobile", "phone_not_offered", "rate_limited", "site_unknown", "sms_failed", "unavailable", "unsupported_media_type"];
    readonly login: readonly ["account_disabled", "body_too_large", "busy", "captcha_required", "captcha_wrong", "code_exhausted", "code_expired", "code_wrong", "credentials_wrong", "internal", "invalid_request", "login_incomplete", "login_too_many", "malformed_json", "outcome_unknown", "phone_not_offered", "phone_unregistered", "rate_limited", "site_unknown", "unavailable", "unsupported_media_type"];
    readonly getUserDetail: readonly ["account_disabled", "internal", "invalid_request", "rate_limited", "site_unknown", "token_expired", "token_invalid", "token_missing", "unavailable"];
    readonly sendEmailCode: readonly ["account_disabled", "body_too_large", "captcha_required", "captcha_wrong", "code_too_many", "code_too_soon", "email_invalid", "email_not_offered", "email_too_long", "internal", "invalid_request", "mail_failed", "malformed_json", "outcome_unknown", "rate_limited", "site_unknown", "token_expired", "token_invalid", "token_missing", "unavailable", "unsupported_media_type"];
    readonly verifyEmail: readonly ["account_disabled", "code_exhausted", "code_expired", "code_wrong", "email_invalid", "email_not_offered", "email_taken", "email_too_long", "internal", "invalid_request", "outcome_unknown", "rate_limited", "site_unknown", "token_expired", "token_invalid", "token_missing", "unavailable"];
    readonly getJwks: readonly [];
};
/** The reasons that pass by themselves, and come with Retry-After. */
export declare const waits: readonly ["busy", "code_too_many", "code_too_soon", "login_too_many", "mail_failed", "outcome_unknown", "rate_limited", "sms_failed", "unavailable"];
/** The reasons for which an operation may be refused, by its name. */
export type Reasons = {
    [Op in keyof typeof reasons]: (typeof reasons)[Op][number];
};
/** A reason that passes by itself. */
export type WaitReason = (typeof waits)[number];
