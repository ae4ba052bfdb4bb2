export type { Answer, FieldError, NoAnswer, OperationId, Other, Refusal, Success } from "./answer.js";
export { createClient, newIdempotencyKey } from "./client.js";
export type { CallOptions, CaptchaOptions, Client, ClientOptions, EitherOptions, RegisterOptions, UserOptions } from "./client.js";
export { createEventVerifier, EventError, eventTypes } from "./event.js";
export type { EventHeaders, EventOptions, EventProblem, EventType, EventVerifier, UserEvent } from "./event.js";
export type { Reasons, WaitReason } from "./reasons.js";
export type {
  Avatar, Captcha, CaptchaAudio, CaptchaOperation, CaptchaType, Deletion, DeletionRequest, EmailCodeRequest, EmailCodeSent, EmailConfirmRequest,
  Export, Group, Jwk, JwkSet, Language, LoginMethod, LoginRequest, LoginSession, LoginSessions, LogoutRequest, PasswordChangeRequest, PasswordReset,
  PasswordResetRequest, PhoneCodeRequest, PhoneCodeSent, Reason, RegisterMethod, RegisterRequest, ResetMethod, Settings, Signup, User, UserChangeRequest,
} from "./schema.js";
export { solveWork } from "./work.js";
export type { Work } from "./work.js";
