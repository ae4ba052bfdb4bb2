// Compiled from openapi.yaml by `make sdk-typescript`; do not edit.
const User = { "id": "integer", "parent_id": "integer", "user_name": "string", "real_name": "string", "avatar_url": "string", "full_avatar_url": "string", "email": "string", "phone": "string", "group_id": "integer", "status": "integer", "is_retailer": "integer", "balance": "integer", "total_reward": "integer", "invite_code": "string", "last_login": "integer", "expire_time": "integer", "created_time": "integer", "updated_time": "integer", "extra": "map", "group": "map", "link": "string", "token": "string" };
const Captcha = { "captcha_off": "boolean", "captcha_type?": "string", "captcha_on?": ["string"], "captcha_id?": "string", "captcha?": "string", "salt?": "string", "bits?": "integer", "puzzles?": "integer", "site_key?": "string" };
const CaptchaAudio = { "captcha_audio": "string" };
const PhoneCodeSent = { "expires_in": "integer", "retry_after": "integer" };
const EmailCodeSent = { "expires_in": "integer", "retry_after": "integer" };
const Jwk = { "kty": "string", "kid": "string", "use": "string", "alg": "string", "crv": "string", "x": "string", "y?": "string" };
const JwkSet = { "keys": [Jwk] };
/** What each operation answers: the data of its envelope, or the whole where there is none. */
export const shapes = {
    register: User,
    getCaptcha: Captcha,
    getCaptchaAudio: CaptchaAudio,
    sendPhoneCode: PhoneCodeSent,
    login: User,
    getUserDetail: User,
    sendEmailCode: EmailCodeSent,
    verifyEmail: User,
    getJwks: JwkSet,
};
