// Compiled from openapi.yaml by `make sdk-typescript`; do not edit.

export interface paths {
    "/api/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an account
         * @description Creates one user and returns it with its token. Two methods, each alone is enough:
         *
         *     1. `user_name` + `password`, with or without `email`; a `phone` given here must come with its `code`;
         *     2. `phone` + `code`, with or without `password`, `user_name`, `email`. Ask for the code with `POST /api/verify/phone`.
         *
         *     Where the deployment asks for captchas (`GET /api/captcha` tells), `captcha_id` and `captcha` are needed too. Each
         *     captcha is good for one attempt, right or wrong.
         *
         *     User name, email and phone are unique per site in their canonical form: `Alice`, `alice` and `ａｌｉｃｅ` are one name, and
         *     `13800138000` and `+86 138-0013-8000` are one phone. Whether a phone is registered is told only to who proved to hold it by a right code.
         *
         *     Send an `Idempotency-Key` and a repetition is safe: after a lost answer the same request under the same key gives the same user,
         *     with a fresh token, for 24 hours.
         *
         *     A refused attempt creates nothing. A code that was right stays good, for the rest of its 10 minutes, when the attempt was
         *     refused for another reason.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the fields that `errors` names |
         *     | 400 | `malformed_json` | send one JSON object |
         *     | 403 | `account_disabled` | the account of this `Idempotency-Key` exists and is disabled: ask the operator |
         *     | 409 | `user_name_taken`, `email_taken`, `phone_taken` | choose another one, or log in |
         *     | 409 | `idempotency_in_progress` | the same request is being worked on: wait for `Retry-After` and repeat |
         *     | 413 | `body_too_large` | send 16 KiB at most |
         *     | 415 | `unsupported_media_type` | send `Content-Type: application/json` |
         *     | 422 | `idempotency_key_reused` | the key stands for another request, or was tried with five others: use a new one |
         *     | 422 | `registration_incomplete` | add the fields that `errors` names |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 422 | `captcha_required`, `captcha_wrong` | get a new captcha, show it, send its answer |
         *     | 422 | `code_wrong` | type the code again |
         *     | 422 | `code_expired`, `code_exhausted` | ask for a new code |
         *     | 422 | `phone_not_offered` | register with user name and password: this deployment sends no SMS |
         *     | 422 | `user_name_too_short`, `user_name_too_long`, `user_name_character`, `user_name_mixed_scripts`, `user_name_digits`, `user_name_reserved` | choose another user name |
         *     | 422 | `password_too_short`, `password_too_long`, `password_common`, `password_context` | choose another password |
         *     | 422 | `email_invalid`, `email_too_long` | mend the email |
         *     | 422 | `phone_invalid`, `phone_not_mobile`, `phone_country` | give a mobile number that this deployment serves |
         *     | 422 | `real_name_invalid`, `avatar_url_invalid` | mend the field |
         *     | 422 | `invite_invalid` | leave the invitation out, or ask for another one |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         *     | 503 | `busy`, `unavailable` | nothing was created: wait for `Retry-After` and repeat |
         *     | 503 | `outcome_unknown` | the account may exist: wait for `Retry-After`, then repeat under the same `Idempotency-Key`, or log in |
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/captcha": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a captcha
         * @description Issues a challenge of the kind that the deployment has chosen. Send its `captcha_id` and the answer as `captcha` with the next of the requests that
         *     `captcha_on` names, or, with `operation`, with that one. It is good for 5 minutes, for one attempt, on the site it was issued for, and unless the deployment
         *     has it otherwise from the network (an IPv4 /24, an IPv6 /64) that asked for it. Where captchas are off, the answer is `captcha_off: true` and nothing else.
         *
         *     - `image`: `captcha` is a picture of 6 digits; the answer is what the person reads, or hears with `GET /api/captcha/audio`.
         *     - `pow`: the answer is computed by the browser, with `/pow.js` or by the rule at `puzzles`; nobody has to look at anything.
         *     - `siteverify`: show the widget of Turnstile, hCaptcha or reCAPTCHA with `site_key`; its token is the answer, and there is no `captcha_id`.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the parameter that `errors` names |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         */
        get: operations["getCaptcha"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/captcha/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hear a captcha
         * @description Speaks the digits of an image challenge, in the language of `Accept-Language`, for people who cannot see it. The challenge is not spent by it, and the
         *     answer is the same.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the parameters that `errors` names |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 422 | `captcha_wrong` | there is no such picture any more, or it was asked for from another network: get a new captcha |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         */
        get: operations["getCaptchaAudio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/verify/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a code to a phone
         * @description Sends a code of 6 digits by SMS. It is good for 10 minutes, once, for one `purpose`, on one site. A new code ends no older one: the last three
         *     that a client has asked for are good. A code has 5 wrong tries from the network that asked for it (an IPv4 /24, an IPv6 /64) and 5 from all
         *     others together. A phone gets one code a minute over all sites, 5 an hour and 10 a day; where networks are told apart, one network has 3 an hour
         *     and 5 a day for a phone until it has redeemed a code of the phone, and 5 and 10 of its own for 30 days afterwards. 9 wrong answers from one
         *     network, or 100 from all, within 30 days end sending and trying until the 30 days are over.
         *     The answer is the same whether or not the phone is registered.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the fields that `errors` names |
         *     | 400 | `malformed_json` | send one JSON object |
         *     | 413 | `body_too_large` | send 16 KiB at most |
         *     | 415 | `unsupported_media_type` | send `Content-Type: application/json` |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 422 | `captcha_required`, `captcha_wrong` | get a new captcha, show it, send its answer |
         *     | 422 | `phone_not_offered` | this deployment sends no SMS: use user name and password |
         *     | 422 | `phone_invalid`, `phone_not_mobile`, `phone_country` | give a mobile number that this deployment serves |
         *     | 429 | `code_too_soon` | a code was sent a moment ago: wait for `Retry-After` |
         *     | 429 | `code_too_many` | too many codes for this phone: wait for `Retry-After` |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         *     | 503 | `sms_failed` | the SMS could not be handed over, no code counts as sent: wait for `Retry-After` and repeat |
         *     | 503 | `unavailable` | nothing was sent: wait for `Retry-After` and repeat |
         *     | 503 | `outcome_unknown` | the SMS may arrive, and its code counts and is good: wait for it for as long as `Retry-After` says, then repeat |
         */
        post: operations["sendPhoneCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Returns the user and a new token. Give one of `user_name`, `email` or `phone` with `password`, or `phone` with the `code` that
         *     `POST /api/verify/phone` sent for the purpose `login`. The captcha rule is that of registration. An email logs in only once it has been verified.
         *
         *     A wrong password and an unknown user get the same answer, after the same work.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the fields that `errors` names |
         *     | 400 | `malformed_json` | send one JSON object |
         *     | 403 | `account_disabled` | ask the operator: told only after right credentials |
         *     | 413 | `body_too_large` | send 16 KiB at most |
         *     | 415 | `unsupported_media_type` | send `Content-Type: application/json` |
         *     | 422 | `login_incomplete` | add the fields that `errors` names |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 422 | `captcha_required`, `captcha_wrong` | get a new captcha, show it, send its answer |
         *     | 422 | `credentials_wrong` | type name and password again |
         *     | 422 | `code_wrong` | type the code again |
         *     | 422 | `code_expired`, `code_exhausted` | ask for a new code |
         *     | 422 | `phone_unregistered` | register; told only after a right code |
         *     | 422 | `phone_not_offered` | this deployment sends no SMS: use a password |
         *     | 429 | `login_too_many` | too many wrong passwords: wait for `Retry-After`, an hour at most, or log in with a phone and its code where SMS is offered |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         *     | 503 | `busy`, `unavailable` | wait for `Retry-After` and repeat |
         *     | 503 | `outcome_unknown` | the code may be spent: wait for `Retry-After`, then log in again, with a new code if you used one |
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/detail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read your own user
         * @description Returns the user whose token is sent, as `Token: <jwt>` or as `Authorization: Bearer <jwt>`. A token is good on the site it was
         *     issued for. In the last hour of its life the answer carries a fresh one, in the header `Update-Token` and as `data.token`.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the header that `errors` names |
         *     | 401 | `token_missing`, `token_invalid`, `token_expired` | log in |
         *     | 403 | `account_disabled` | ask the operator |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         *     | 503 | `unavailable` | wait for `Retry-After` and repeat |
         */
        get: operations["getUserDetail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/verify/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify an email
         * @description Redeems the code that `POST /api/verify/email` sent, and returns the user with the address. From then on it logs its holder in. Who
         *     claimed the address without verifying it loses it; who has verified it keeps it. It is a GET because the reference's is; it needs the token, so
         *     that no link in a mail does it by itself.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the parameters that `errors` names |
         *     | 401 | `token_missing`, `token_invalid`, `token_expired` | log in |
         *     | 403 | `account_disabled` | ask the operator |
         *     | 409 | `email_taken` | somebody else has verified it: use another one |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 422 | `email_not_offered` | this deployment sends no mail |
         *     | 422 | `email_invalid`, `email_too_long` | mend the email |
         *     | 422 | `code_wrong` | type the code again |
         *     | 422 | `code_expired`, `code_exhausted` | ask for a new code |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         *     | 503 | `unavailable` | wait for `Retry-After` and repeat |
         *     | 503 | `outcome_unknown` | the address may be verified: wait for `Retry-After`, then read your own user or ask for a new code |
         */
        get: operations["verifyEmail"];
        put?: never;
        /**
         * Send a code to an email
         * @description Sends a code of 6 digits to an address that the holder of the token says is theirs: the one of their registration, or another. It is good
         *     for 10 minutes, once, for this user. Tries and the number of codes for an address are bounded as for a phone; a user and a network are bounded
         *     besides. The answer is the same whether or not somebody else has the address.
         *
         *     | status | reason | what to do |
         *     |---|---|---|
         *     | 400 | `invalid_request` | mend the fields that `errors` names |
         *     | 400 | `malformed_json` | send one JSON object |
         *     | 401 | `token_missing`, `token_invalid`, `token_expired` | log in |
         *     | 403 | `account_disabled` | ask the operator |
         *     | 413 | `body_too_large` | send 16 KiB at most |
         *     | 415 | `unsupported_media_type` | send `Content-Type: application/json` |
         *     | 422 | `site_unknown` | send the `Site-Id` of a site of this deployment |
         *     | 422 | `captcha_required`, `captcha_wrong` | get a new captcha, show it, send its answer |
         *     | 422 | `email_not_offered` | this deployment sends no mail |
         *     | 422 | `email_invalid`, `email_too_long` | mend the email; `email_invalid` is also the answer if the address's own server refuses it for good |
         *     | 429 | `code_too_soon` | a code was sent a moment ago: wait for `Retry-After` |
         *     | 429 | `code_too_many` | too many codes for this address, or asked for by this user or network: wait for `Retry-After` |
         *     | 429 | `rate_limited` | too many requests from this network: wait for `Retry-After` |
         *     | 500 | `internal` | report `request_id` |
         *     | 503 | `mail_failed` | the mail could not be handed over, no code counts as sent: wait for `Retry-After` and repeat |
         *     | 503 | `unavailable` | nothing was sent: wait for `Retry-After` and repeat |
         *     | 503 | `outcome_unknown` | the mail may arrive, and its code counts and is good: wait for it for as long as `Retry-After` says, then repeat |
         */
        post: operations["sendEmailCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the public keys
         * @description The JSON Web Key Set (RFC 7517) that verifies our tokens: take the key whose `kid` is that of the token's header and accept only the
         *     key's own `alg`. A key that signs no more stays listed until its last token has expired. No envelope: the form is the standard's. The set
         *     is empty where tokens are signed by a shared secret.
         */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description A registration. Needed are `user_name` and `password`, or `phone` and `code`. The lengths below only bound the request;
         *     each field's rule stands in its text.
         */
        RegisterRequest: {
            /**
             * @description 2 to 32 characters: letters and digits of one script (Han with Latin is fine) and single `_`, `.` or `-` between them; not
             *     only digits; not reserved. Unique per site; case, width and look-alike letters of other scripts do not make another name.
             *     Refused with `user_name_too_short`, `user_name_too_long`, `user_name_character`, `user_name_mixed_scripts`, `user_name_digits`, `user_name_reserved`, `user_name_taken`.
             * @example newuser
             */
            user_name?: string;
            /**
             * Format: password
             * @description 8 to 128 characters (the deployment may ask for more), any character, spaces included; none is cut off, trimmed or folded. A
             *     password that everybody tries first, or that is the user name, email or phone itself, is refused. Refused with `password_too_short`,
             *     `password_too_long`, `password_common`, `password_context`.
             * @example MyPassword123
             */
            password?: string;
            /** @description The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas; ignored when it does not. Refused with `captcha_required`, `captcha_wrong`. */
            captcha_id?: string;
            /** @description The answer, that is what the person read or heard, the proof of work, or the widget's token. Right or wrong, the captcha is spent by this request. */
            captcha?: string;
            /**
             * @description A display name in any script, 64 characters at most, without control characters. Refused with `real_name_invalid`.
             * @example 新用户
             */
            real_name?: string;
            /** @description An absolute `http(s)` URL or a path within the site (`uploads/a.webp`, `/uploads/a.webp`). Refused with `avatar_url_invalid`. */
            avatar_url?: string;
            /**
             * @description An email address (RFC 5321, 254 octets at most). Unique per site, in lower case. It is stored unverified and is no way to log in until it has been verified.
             *     Refused with `email_invalid`, `email_too_long`, `email_taken`.
             * @example newuser@example.com
             */
            email?: string;
            /**
             * @description A mobile number: a national one of the deployment's default region (`13800138000`) or E.164 (`+4915112345678`); spaces and hyphens are fine.
             *     Always with its `code`. Unique per site. Refused with `phone_invalid`, `phone_not_mobile`, `phone_country`, `phone_not_offered`, `phone_taken`.
             * @example 13800138000
             */
            phone?: string;
            /**
             * @description The 6 digits that `POST /api/verify/phone` sent to `phone` for the purpose `register`. Refused with `code_wrong`, `code_expired`, `code_exhausted`.
             * @example 123456
             */
            code?: string;
            /** @description The `invite_code` of the user who invites; upper and lower case are the same. That user becomes the `parent_id`. Refused with `invite_invalid`. */
            invite_code?: string;
            /**
             * Format: int64
             * @description The `id` of the user who invites, instead of its code; given both, both must mean one user. 0 is none. Refused with `invite_invalid`.
             */
            invite_id?: number;
        };
        /** @description A code to send. */
        PhoneCodeRequest: {
            /**
             * @description The mobile number to send to, written as in a registration. Refused with `phone_invalid`, `phone_not_mobile`, `phone_country`, `phone_not_offered`.
             * @example 13800138000
             */
            phone: string;
            purpose?: components["schemas"]["CodePurpose"];
            /** @description The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas. Refused with `captcha_required`, `captcha_wrong`. */
            captcha_id?: string;
            /** @description The answer, that is what the person read or heard, the proof of work, or the widget's token. Right or wrong, the captcha is spent by this request. */
            captcha?: string;
        };
        /**
         * @description What the code is for; it is good for nothing else. `register` when it is not sent.
         * @enum {string}
         */
        CodePurpose: "register" | "login";
        /** @description A code to send by mail. */
        EmailCodeRequest: {
            /**
             * @description The address; the one of the registration when it is not sent. Refused with `email_invalid`, `email_too_long`, `email_not_offered`.
             * @example newuser@example.com
             */
            email?: string;
            state?: components["schemas"]["EmailState"];
            /** @description The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas. Refused with `captcha_required`, `captcha_wrong`. */
            captcha_id?: string;
            /** @description The answer, that is what the person read or heard, the proof of work, or the widget's token. Right or wrong, the captcha is spent by this request. */
            captcha?: string;
        };
        /**
         * @description What the code is for, by the reference's word. `verify` when it is not sent.
         * @enum {string}
         */
        EmailState: "verify";
        /** @description Credentials. One of `user_name`, `email` and `phone` with `password`, or `phone` with `code`. */
        LoginRequest: {
            /**
             * @description The user name, in any case or width.
             * @example newuser
             */
            user_name?: string;
            /**
             * @description The email, once it has been verified.
             * @example newuser@example.com
             */
            email?: string;
            /**
             * @description The phone, national or E.164.
             * @example 13800138000
             */
            phone?: string;
            /**
             * Format: password
             * @description The password, exactly as it was chosen. Refused with `credentials_wrong`.
             * @example MyPassword123
             */
            password?: string;
            /**
             * @description The 6 digits that `POST /api/verify/phone` sent for the purpose `login`, instead of a password. Refused with `code_wrong`, `code_expired`, `code_exhausted`.
             * @example 123456
             */
            code?: string;
            /** @description true for a token with the long life of a registration's (30 days unless set); otherwise it lives a day (unless set). */
            remember?: boolean;
            /** @description The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas. Refused with `captcha_required`, `captcha_wrong`. */
            captcha_id?: string;
            /** @description The answer, that is what the person read or heard, the proof of work, or the widget's token. Right or wrong, the captcha is spent by this request. */
            captcha?: string;
        };
        /** @description The answer to a registration. */
        RegisterEnvelope: {
            code: components["schemas"]["SuccessCode"];
            msg: components["schemas"]["Message"];
            data: components["schemas"]["User"];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description The answer to a login. */
        LoginEnvelope: {
            code: components["schemas"]["SuccessCode"];
            msg: components["schemas"]["Message"];
            data: components["schemas"]["User"];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description The answer to a reading of one's own user. */
        UserEnvelope: {
            code: components["schemas"]["SuccessCode"];
            msg: components["schemas"]["Message"];
            data: components["schemas"]["User"];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description The answer to a request for a captcha. */
        CaptchaEnvelope: {
            code: components["schemas"]["SuccessCode"];
            msg: components["schemas"]["Message"];
            data: components["schemas"]["Captcha"];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description The answer to a request for a code. */
        PhoneCodeEnvelope: {
            code: components["schemas"]["SuccessCode"];
            msg: components["schemas"]["Message"];
            data: components["schemas"]["PhoneCodeSent"];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description The answer to a request for a code by mail. */
        EmailCodeEnvelope: {
            code: components["schemas"]["SuccessCode"];
            msg: components["schemas"]["Message"];
            data: components["schemas"]["EmailCodeSent"];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description The answer to whatever was refused or failed. */
        RefusalEnvelope: {
            code: components["schemas"]["RefusalCode"];
            msg: components["schemas"]["Message"];
            reason: components["schemas"]["Reason"];
            data: components["schemas"]["Nothing"];
            /** @description One entry for each fault of a field; absent when no field is to blame. */
            errors?: components["schemas"]["FieldError"][];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description What is wrong with one field. */
        FieldError: {
            /** @description The field's name in the body, or a header's name; empty when the body as a whole is meant. */
            field: string;
            reason: components["schemas"]["Reason"];
            msg: components["schemas"]["Message"];
        };
        /**
         * @description 0, done.
         * @enum {integer}
         */
        SuccessCode: 0;
        /**
         * @description -1 refused or failed, 1001 not logged in, 1002 not allowed.
         * @enum {integer}
         */
        RefusalCode: -1 | 1001 | 1002;
        /** @description For people, in the language of `Content-Language`. */
        Message: string;
        /** @description The header `X-Request-Id`. */
        RequestId: string;
        /** @description Always null. */
        Nothing: Record<string, never> | null;
        /**
         * @description Why, for programs. Reasons of an answer as a whole stand in each operation's table; in `errors` there are besides them
         *     `required`, `unknown_field`, `duplicate_field`, `wrong_type`, `too_short`, `too_long`, `out_of_range`, `bad_format` and `forbidden_character`.
         * @enum {string}
         */
        Reason: "account_disabled" | "avatar_url_invalid" | "bad_format" | "body_too_large" | "busy" | "captcha_required" | "captcha_wrong" | "code_exhausted" | "code_expired" | "code_too_many" | "code_too_soon" | "code_wrong" | "credentials_wrong" | "duplicate_field" | "email_invalid" | "email_not_offered" | "email_taken" | "email_too_long" | "forbidden_character" | "idempotency_in_progress" | "idempotency_key_reused" | "internal" | "invalid_request" | "invite_invalid" | "login_incomplete" | "login_too_many" | "mail_failed" | "malformed_json" | "method_not_allowed" | "not_found" | "out_of_range" | "outcome_unknown" | "password_common" | "password_context" | "password_too_long" | "password_too_short" | "phone_country" | "phone_invalid" | "phone_not_mobile" | "phone_not_offered" | "phone_taken" | "phone_unregistered" | "rate_limited" | "real_name_invalid" | "registration_incomplete" | "required" | "site_unknown" | "sms_failed" | "token_expired" | "token_invalid" | "token_missing" | "too_long" | "too_short" | "unavailable" | "unknown_field" | "unsupported_media_type" | "user_name_character" | "user_name_digits" | "user_name_mixed_scripts" | "user_name_reserved" | "user_name_taken" | "user_name_too_long" | "user_name_too_short" | "wrong_type";
        /** @description A user with its token. Every field is always present. */
        User: {
            /**
             * Format: int64
             * @description The user, from 1000.
             */
            id: number;
            /**
             * Format: int64
             * @description The user who invited this one, 0 for none.
             */
            parent_id: number;
            /** @description The user name as it was chosen, empty if none was. */
            user_name: string;
            /** @description The display name. */
            real_name: string;
            /** @description The avatar as it was given. */
            avatar_url: string;
            /** @description The avatar as an absolute URL, empty if there is none or the site has no asset base. */
            full_avatar_url: string;
            /** @description The email as it was given, empty if none was. */
            email: string;
            /** @description The phone, empty if none was given: national for the default region and E.164 for others, or always E.164 where the deployment says so. */
            phone: string;
            /**
             * Format: int64
             * @description The user group; new users are in the default one, 2 unless set.
             */
            group_id: number;
            /**
             * Format: int32
             * @description 1 active, 0 disabled.
             */
            status: number;
            /**
             * Format: int32
             * @description 1 for a retailer, 0 otherwise.
             */
            is_retailer: number;
            /**
             * Format: int64
             * @description The balance in minor currency units.
             */
            balance: number;
            /**
             * Format: int64
             * @description All rewards so far in minor currency units.
             */
            total_reward: number;
            /** @description The code with which this user invites others; not derivable from the id. */
            invite_code: string;
            /**
             * Format: int64
             * @description The last login in Unix seconds; the registration is one.
             */
            last_login: number;
            /**
             * Format: int64
             * @description When the membership of the group ends in Unix seconds, 0 for never. The token's own end is its claim `exp`.
             */
            expire_time: number;
            /**
             * Format: int64
             * @description The registration in Unix seconds.
             */
            created_time: number;
            /**
             * Format: int64
             * @description The last change in Unix seconds.
             */
            updated_time: number;
            extra: components["schemas"]["UserExtra"];
            group: components["schemas"]["UserGroup"];
            /** @description The profile link, or empty. */
            link: string;
            /** @description The JWT to send as `Token`. When reading one's own user: the token that was sent, or its successor in its last hour. */
            token: string;
        };
        /** @description Kept for the reference's custom fields; null. */
        UserExtra: Record<string, never> | null;
        /** @description Kept for the reference's group details; null. */
        UserGroup: Record<string, never> | null;
        /** @description A challenge. Besides `captcha_off`, which fields are present follows from `captcha_type`; none where `captcha_off` is true. */
        Captcha: {
            /** @description true: no captcha is asked for. */
            captcha_off: boolean;
            captcha_type?: components["schemas"]["CaptchaType"];
            /** @description The operations that ask for a captcha. */
            captcha_on?: components["schemas"]["CaptchaOperation"][];
            /** @description Send it back with the answer. Of image and pow. */
            captcha_id?: string;
            /** @description The picture as a `data:image/png;base64,` URI. Of image. */
            captcha?: string;
            /** @description What the work begins with, in hexadecimal. Of pow. */
            salt?: string;
            /**
             * Format: int32
             * @description How many leading zero bits each digest must have. Of pow.
             */
            bits?: number;
            /**
             * Format: int32
             * @description How many counters to find: for each i from 0, one such that SHA-256(salt, i, counter), both as 4 bytes with the most significant first, begins with `bits` zero bits. The answer is the counters in order, 8 hexadecimal digits each. Of pow.
             */
            puzzles?: number;
            /** @description The public key of the widget. Of siteverify. */
            site_key?: string;
        };
        /**
         * @description The kind of challenge.
         * @enum {string}
         */
        CaptchaType: "image" | "pow" | "siteverify";
        /**
         * @description An operation that may ask for a captcha.
         * @enum {string}
         */
        CaptchaOperation: "register" | "verify_phone" | "verify_email" | "login";
        /** @description The answer to a request for a spoken captcha. */
        CaptchaAudioEnvelope: {
            code: components["schemas"]["SuccessCode"];
            msg: components["schemas"]["Message"];
            data: components["schemas"]["CaptchaAudio"];
            request_id: components["schemas"]["RequestId"];
        };
        /** @description A spoken captcha. */
        CaptchaAudio: {
            /** @description The digits as a `data:audio/wav;base64,` URI. */
            captcha_audio: string;
        };
        /** @description How long the code is good for. */
        PhoneCodeSent: {
            /**
             * Format: int32
             * @description Seconds the code is good for.
             */
            expires_in: number;
            /**
             * Format: int32
             * @description Seconds after which another code may be asked for.
             */
            retry_after: number;
        };
        /** @description How long the code is good for. */
        EmailCodeSent: {
            /**
             * Format: int32
             * @description Seconds the code is good for.
             */
            expires_in: number;
            /**
             * Format: int32
             * @description Seconds after which another code may be asked for.
             */
            retry_after: number;
        };
        /** @description A JSON Web Key Set (RFC 7517). */
        JwkSet: {
            /** @description The public keys, the one that signs first. */
            keys: components["schemas"]["Jwk"][];
        };
        /** @description A public key (RFC 7517, RFC 7518, RFC 8037). */
        Jwk: {
            /**
             * @description The key's type.
             * @enum {string}
             */
            kty: "EC" | "OKP";
            /** @description The key's name: its thumbprint (RFC 7638). */
            kid: string;
            /**
             * @description It signs.
             * @enum {string}
             */
            use: "sig";
            /**
             * @description The one algorithm to accept with this key.
             * @enum {string}
             */
            alg: "ES256" | "EdDSA";
            /**
             * @description The curve.
             * @enum {string}
             */
            crv: "P-256" | "Ed25519";
            /** @description The x coordinate, or the Ed25519 public key, base64url. */
            x: string;
            /** @description The y coordinate, base64url; absent for Ed25519. */
            y?: string;
        };
    };
    responses: {
        /** @description The request does not fit this document; `errors` names each field. */
        InvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description A header or the query does not fit this document; `errors` names each field. */
        InvalidParameters: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description No token, or one that is not good. */
        NotLoggedIn: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description The credentials are right, but the account may not be used. */
        NotAllowed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Somebody else has it; nothing was created. */
        Conflict: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After-In-Progress"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Somebody else has verified the email. */
        EmailConflict: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description The body is larger than 16 KiB. */
        BodyTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description The body is not `application/json` in UTF-8, or it is compressed. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description The request is understood and cannot be granted as it is; `reason` says why. */
        NotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description The registration is understood and cannot be granted as it is; `reason` says why. */
        RegistrationNotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description The login is understood and cannot be granted as it is; `reason` says why. */
        LoginNotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description No code was sent; `reason` says why. */
        PhoneNotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description No code was sent; `reason` says why. */
        EmailNotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description The email is not verified by this; `reason` says why. */
        EmailCodeNotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description There is no such captcha to hear; `reason` says why. */
        CaptchaNotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Too often; wait for `Retry-After`. */
        TooMany: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Too often; wait for `Retry-After`. */
        TooManyCodes: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Too often; wait for `Retry-After`. */
        TooManyMails: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Too often; wait for `Retry-After`. */
        TooManyLogins: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description A fault of ours; `request_id` finds it in the logs. */
        Internal: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Not now; wait for `Retry-After`. */
        Unavailable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Not now, or nobody knows yet; wait for `Retry-After`. */
        Busy: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Not now, or nobody knows yet; wait for `Retry-After`. */
        OutcomeUnknown: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Nothing was sent, or, with `outcome_unknown`, the message may arrive; wait for `Retry-After`. */
        SmsFailed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
        /** @description Nothing was sent, or nobody knows yet; wait for `Retry-After`. */
        MailFailed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Content-Language": components["headers"]["Content-Language"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["RefusalEnvelope"];
            };
        };
    };
    parameters: {
        /**
         * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
         * @example 1
         */
        SiteId: number;
        /**
         * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
         * @example en
         */
        AcceptLanguage: string;
        /**
         * @description The only request that the captcha is to be good for. When it is not sent, the captcha is good for the next of any.
         * @example register
         */
        CaptchaFor: components["schemas"]["CaptchaOperation"];
        /**
         * @description The `captcha_id` of an image challenge.
         * @example q7oJ3m0yX0bT5s1rKZb8yQ2vGk4wP9dLh6nCfEaUiOjRtYxWzVlHgMeDpSBA1cN
         */
        CaptchaId: string;
        /**
         * @description The 6 digits of the mail. Refused with `code_wrong`, `code_expired`, `code_exhausted`.
         * @example 123456
         */
        EmailCode: string;
        /**
         * @description The address the code was sent to; the one of the registration when it is not sent. Refused with `email_invalid`, `email_too_long`, `email_taken`.
         * @example newuser@example.com
         */
        Email: string;
        /** @description What the code is for. `verify` when it is not sent. */
        EmailState: components["schemas"]["EmailState"];
        /**
         * @description Names this registration, so that repeating it is safe. It must be random, of 128 bits, since a client that knows it may repeat the request:
         *     a UUID, or 16 random bytes in base64url, made anew for each registration. 22 to 64 letters, digits, `.`, `_`, `:` or `-`, with or without
         *     the quotes of the IETF draft. A repetition has the same body (the captcha apart). After five repetitions with another body or password the
         *     key is refused for the rest of its 24 hours. Refused with `idempotency_key_reused`, `idempotency_in_progress`.
         * @example 0b7a6c9e-3f0d-4d5b-9a53-3c1c7f2a8f10
         */
        IdempotencyKey: string;
    };
    requestBodies: never;
    headers: {
        /** @description Names this request in our logs; the one that was sent, if it is of 1 to 64 letters, digits, `.`, `_` or `-`. */
        "X-Request-Id": string;
        /** @description Whether the answer may be kept; `no-store` for whatever belongs to a person. */
        "Cache-Control": string;
        /** @description The language of `msg`. */
        "Content-Language": "zh-CN" | "en";
        /** @description A fresh token, sent in the last hour of the one that was used. Use it from now on. */
        "Update-Token": string;
        /** @description Seconds to wait before the request is worth repeating (RFC 9110), rounded up to a coarse step. */
        "Retry-After": number;
        /** @description Only with `idempotency_in_progress`: seconds after which the other attempt has either ended or lost the key. */
        "Retry-After-In-Progress": number;
        /** @description The way to authenticate (RFC 6750). */
        "WWW-Authenticate": string;
    };
    pathItems: never;
}
export type RegisterRequest = components['schemas']['RegisterRequest'];
export type PhoneCodeRequest = components['schemas']['PhoneCodeRequest'];
export type CodePurpose = components['schemas']['CodePurpose'];
export type EmailCodeRequest = components['schemas']['EmailCodeRequest'];
export type EmailState = components['schemas']['EmailState'];
export type LoginRequest = components['schemas']['LoginRequest'];
export type RegisterEnvelope = components['schemas']['RegisterEnvelope'];
export type LoginEnvelope = components['schemas']['LoginEnvelope'];
export type UserEnvelope = components['schemas']['UserEnvelope'];
export type CaptchaEnvelope = components['schemas']['CaptchaEnvelope'];
export type PhoneCodeEnvelope = components['schemas']['PhoneCodeEnvelope'];
export type EmailCodeEnvelope = components['schemas']['EmailCodeEnvelope'];
export type RefusalEnvelope = components['schemas']['RefusalEnvelope'];
export type FieldError = components['schemas']['FieldError'];
export type SuccessCode = components['schemas']['SuccessCode'];
export type RefusalCode = components['schemas']['RefusalCode'];
export type Message = components['schemas']['Message'];
export type RequestId = components['schemas']['RequestId'];
export type Nothing = components['schemas']['Nothing'];
export type Reason = components['schemas']['Reason'];
export type User = components['schemas']['User'];
export type UserExtra = components['schemas']['UserExtra'];
export type UserGroup = components['schemas']['UserGroup'];
export type Captcha = components['schemas']['Captcha'];
export type CaptchaType = components['schemas']['CaptchaType'];
export type CaptchaOperation = components['schemas']['CaptchaOperation'];
export type CaptchaAudioEnvelope = components['schemas']['CaptchaAudioEnvelope'];
export type CaptchaAudio = components['schemas']['CaptchaAudio'];
export type PhoneCodeSent = components['schemas']['PhoneCodeSent'];
export type EmailCodeSent = components['schemas']['EmailCodeSent'];
export type JwkSet = components['schemas']['JwkSet'];
export type Jwk = components['schemas']['Jwk'];
export type ResponseInvalidRequest = components['responses']['InvalidRequest'];
export type ResponseInvalidParameters = components['responses']['InvalidParameters'];
export type ResponseNotLoggedIn = components['responses']['NotLoggedIn'];
export type ResponseNotAllowed = components['responses']['NotAllowed'];
export type ResponseConflict = components['responses']['Conflict'];
export type ResponseEmailConflict = components['responses']['EmailConflict'];
export type ResponseBodyTooLarge = components['responses']['BodyTooLarge'];
export type ResponseUnsupportedMediaType = components['responses']['UnsupportedMediaType'];
export type ResponseNotAcceptable = components['responses']['NotAcceptable'];
export type ResponseRegistrationNotAcceptable = components['responses']['RegistrationNotAcceptable'];
export type ResponseLoginNotAcceptable = components['responses']['LoginNotAcceptable'];
export type ResponsePhoneNotAcceptable = components['responses']['PhoneNotAcceptable'];
export type ResponseEmailNotAcceptable = components['responses']['EmailNotAcceptable'];
export type ResponseEmailCodeNotAcceptable = components['responses']['EmailCodeNotAcceptable'];
export type ResponseCaptchaNotAcceptable = components['responses']['CaptchaNotAcceptable'];
export type ResponseTooMany = components['responses']['TooMany'];
export type ResponseTooManyCodes = components['responses']['TooManyCodes'];
export type ResponseTooManyMails = components['responses']['TooManyMails'];
export type ResponseTooManyLogins = components['responses']['TooManyLogins'];
export type ResponseInternal = components['responses']['Internal'];
export type ResponseUnavailable = components['responses']['Unavailable'];
export type ResponseBusy = components['responses']['Busy'];
export type ResponseOutcomeUnknown = components['responses']['OutcomeUnknown'];
export type ResponseSmsFailed = components['responses']['SmsFailed'];
export type ResponseMailFailed = components['responses']['MailFailed'];
export type ParameterSiteId = components['parameters']['SiteId'];
export type ParameterAcceptLanguage = components['parameters']['AcceptLanguage'];
export type ParameterCaptchaFor = components['parameters']['CaptchaFor'];
export type ParameterCaptchaId = components['parameters']['CaptchaId'];
export type ParameterEmailCode = components['parameters']['EmailCode'];
export type ParameterEmail = components['parameters']['Email'];
export type ParameterEmailState = components['parameters']['EmailState'];
export type ParameterIdempotencyKey = components['parameters']['IdempotencyKey'];
export type HeaderXRequestId = components['headers']['X-Request-Id'];
export type HeaderCacheControl = components['headers']['Cache-Control'];
export type HeaderContentLanguage = components['headers']['Content-Language'];
export type HeaderUpdateToken = components['headers']['Update-Token'];
export type HeaderRetryAfter = components['headers']['Retry-After'];
export type HeaderRetryAfterInProgress = components['headers']['Retry-After-In-Progress'];
export type HeaderWwwAuthenticate = components['headers']['WWW-Authenticate'];
export type $defs = Record<string, never>;
export interface operations {
    register: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
                /**
                 * @description Names this registration, so that repeating it is safe. It must be random, of 128 bits, since a client that knows it may repeat the request:
                 *     a UUID, or 16 random bytes in base64url, made anew for each registration. 22 to 64 letters, digits, `.`, `_`, `:` or `-`, with or without
                 *     the quotes of the IETF draft. A repetition has the same body (the captcha apart). After five repetitions with another body or password the
                 *     key is refused for the rest of its 24 hours. Refused with `idempotency_key_reused`, `idempotency_in_progress`.
                 * @example 0b7a6c9e-3f0d-4d5b-9a53-3c1c7f2a8f10
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description The account to create. All fields are optional; their combination decides. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            /** @description The account exists, its holder is logged in. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEnvelope"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["RegistrationNotAcceptable"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Internal"];
            503: components["responses"]["OutcomeUnknown"];
        };
    };
    getCaptcha: {
        parameters: {
            query?: {
                /**
                 * @description The only request that the captcha is to be good for. When it is not sent, the captcha is good for the next of any.
                 * @example register
                 */
                operation?: components["parameters"]["CaptchaFor"];
            };
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A challenge, or the word that none is needed. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptchaEnvelope"];
                };
            };
            400: components["responses"]["InvalidParameters"];
            422: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Internal"];
        };
    };
    getCaptchaAudio: {
        parameters: {
            query: {
                /**
                 * @description The `captcha_id` of an image challenge.
                 * @example q7oJ3m0yX0bT5s1rKZb8yQ2vGk4wP9dLh6nCfEaUiOjRtYxWzVlHgMeDpSBA1cN
                 */
                captcha_id: components["parameters"]["CaptchaId"];
            };
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The digits, spoken. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptchaAudioEnvelope"];
                };
            };
            400: components["responses"]["InvalidParameters"];
            422: components["responses"]["CaptchaNotAcceptable"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Internal"];
        };
    };
    sendPhoneCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description Where to send the code, and what for. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PhoneCodeRequest"];
            };
        };
        responses: {
            /** @description The code is on its way. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneCodeEnvelope"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PhoneNotAcceptable"];
            429: components["responses"]["TooManyCodes"];
            500: components["responses"]["Internal"];
            503: components["responses"]["SmsFailed"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description Who logs in, and how they prove it. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description Logged in. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginEnvelope"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["LoginNotAcceptable"];
            429: components["responses"]["TooManyLogins"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Busy"];
        };
    };
    getUserDetail: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The holder of the token. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    "Update-Token": components["headers"]["Update-Token"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserEnvelope"];
                };
            };
            400: components["responses"]["InvalidParameters"];
            401: components["responses"]["NotLoggedIn"];
            403: components["responses"]["NotAllowed"];
            422: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    verifyEmail: {
        parameters: {
            query: {
                /**
                 * @description The 6 digits of the mail. Refused with `code_wrong`, `code_expired`, `code_exhausted`.
                 * @example 123456
                 */
                code: components["parameters"]["EmailCode"];
                /**
                 * @description The address the code was sent to; the one of the registration when it is not sent. Refused with `email_invalid`, `email_too_long`, `email_taken`.
                 * @example newuser@example.com
                 */
                email?: components["parameters"]["Email"];
                /** @description What the code is for. `verify` when it is not sent. */
                state?: components["parameters"]["EmailState"];
            };
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The address is verified. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    "Update-Token": components["headers"]["Update-Token"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserEnvelope"];
                };
            };
            400: components["responses"]["InvalidParameters"];
            401: components["responses"]["NotLoggedIn"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["EmailConflict"];
            422: components["responses"]["EmailCodeNotAcceptable"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Internal"];
            503: components["responses"]["OutcomeUnknown"];
        };
    };
    sendEmailCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The site of this deployment that is meant; names, emails and phones are unique per site. 1 when it is not sent.
                 * @example 1
                 */
                "Site-Id"?: components["parameters"]["SiteId"];
                /**
                 * @description The languages the person reads (RFC 9110). `msg` is in `zh-CN` or `en`, in the deployment's own (`zh-CN` unless set) where none matches.
                 * @example en
                 */
                "Accept-Language"?: components["parameters"]["AcceptLanguage"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description Where to send the code. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailCodeRequest"];
            };
        };
        responses: {
            /** @description The code is on its way. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Language": components["headers"]["Content-Language"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmailCodeEnvelope"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotLoggedIn"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["EmailNotAcceptable"];
            429: components["responses"]["TooManyMails"];
            500: components["responses"]["Internal"];
            503: components["responses"]["MailFailed"];
        };
    };
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JwkSet"];
                };
            };
        };
    };
}
