/** A JSON type, a map or null, a list of one shape, or an object; a member whose name ends in ? may be missing. */
export type Shape = "string" | "integer" | "boolean" | "map" | readonly [Shape] | {
    readonly [member: string]: Shape;
};
/** What each operation answers: the data of its envelope, or the whole where there is none. */
export declare const shapes: {
    readonly register: {
        readonly id: "integer";
        readonly parent_id: "integer";
        readonly user_name: "string";
        readonly real_name: "string";
        readonly avatar_url: "string";
        readonly full_avatar_url: "string";
        readonly email: "string";
        readonly phone: "string";
        readonly group_id: "integer";
        readonly status: "integer";
        readonly is_retailer: "integer";
        readonly balance: "integer";
        readonly total_reward: "integer";
        readonly invite_code: "string";
        readonly last_login: "integer";
        readonly expire_time: "integer";
        readonly created_time: "integer";
        readonly updated_time: "integer";
        readonly extra: "map";
        readonly group: "map";
        readonly link: "string";
        readonly token: "string";
    };
    readonly getCaptcha: {
        readonly captcha_off: "boolean";
        readonly "captcha_type?": "string";
        readonly "captcha_on?": readonly ["string"];
        readonly "captcha_id?": "string";
        readonly "captcha?": "string";
        readonly "salt?": "string";
        readonly "bits?": "integer";
        readonly "puzzles?": "integer";
        readonly "site_key?": "string";
    };
    readonly getCaptchaAudio: {
        readonly captcha_audio: "string";
    };
    readonly sendPhoneCode: {
        readonly expires_in: "integer";
        readonly retry_after: "integer";
    };
    readonly login: {
        readonly id: "integer";
        readonly parent_id: "integer";
        readonly user_name: "string";
        readonly real_name: "string";
        readonly avatar_url: "string";
        readonly full_avatar_url: "string";
        readonly email: "string";
        readonly phone: "string";
        readonly group_id: "integer";
        readonly status: "integer";
        readonly is_retailer: "integer";
        readonly balance: "integer";
        readonly total_reward: "integer";
        readonly invite_code: "string";
        readonly last_login: "integer";
        readonly expire_time: "integer";
        readonly created_time: "integer";
        readonly updated_time: "integer";
        readonly extra: "map";
        readonly group: "map";
        readonly link: "string";
        readonly token: "string";
    };
    readonly getUserDetail: {
        readonly id: "integer";
        readonly parent_id: "integer";
        readonly user_name: "string";
        readonly real_name: "string";
        readonly avatar_url: "string";
        readonly full_avatar_url: "string";
        readonly email: "string";
        readonly phone: "string";
        readonly group_id: "integer";
        readonly status: "integer";
        readonly is_retailer: "integer";
        readonly balance: "integer";
        readonly total_reward: "integer";
        readonly invite_code: "string";
        readonly last_login: "integer";
        readonly expire_time: "integer";
        readonly created_time: "integer";
        readonly updated_time: "integer";
        readonly extra: "map";
        readonly group: "map";
        readonly link: "string";
        readonly token: "string";
    };
    readonly sendEmailCode: {
        readonly expires_in: "integer";
        readonly retry_after: "integer";
    };
    readonly verifyEmail: {
        readonly id: "integer";
        readonly parent_id: "integer";
        readonly user_name: "string";
        readonly real_name: "string";
        readonly avatar_url: "string";
        readonly full_avatar_url: "string";
        readonly email: "string";
        readonly phone: "string";
        readonly group_id: "integer";
        readonly status: "integer";
        readonly is_retailer: "integer";
        readonly balance: "integer";
        readonly total_reward: "integer";
        readonly invite_code: "string";
        readonly last_login: "integer";
        readonly expire_time: "integer";
        readonly created_time: "integer";
        readonly updated_time: "integer";
        readonly extra: "map";
        readonly group: "map";
        readonly link: "string";
        readonly token: "string";
    };
    readonly getJwks: {
        readonly keys: readonly [{
            readonly kty: "string";
            readonly kid: "string";
            readonly use: "string";
            readonly alg: "string";
            readonly crv: "string";
            readonly x: "string";
            readonly "y?": "string";
        }];
    };
};
