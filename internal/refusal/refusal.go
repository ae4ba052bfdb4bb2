package refusal

import (
	"fmt"
	"iter"
	"time"
)

// Reason says why a request was refused. The values below are those of the contract's schema Reason
// that use cases return. Package server has the values of the transport.
type Reason string

// The reasons. openapi.yaml describes each and says what a client can
// do.
const (
	// AccountDisabled is returned only after the right password or code, or for a valid token, so that it does not
	// show other people which accounts exist (I9).
	AccountDisabled Reason = "account_disabled"
	// ApprovalPending is returned only after the right password or code, for the same reason.
	ApprovalPending  Reason = "approval_pending"
	AvatarInvalid    Reason = "avatar_invalid"
	AvatarTooLarge   Reason = "avatar_too_large"
	AvatarTooMany    Reason = "avatar_too_many"
	AvatarURLInvalid Reason = "avatar_url_invalid"
	BirthdayInvalid  Reason = "birthday_invalid"
	Busy             Reason = "busy"
	CallFailed       Reason = "call_failed"
	// CaptchaRequired differs from CaptchaWrong, so that a client knows to fetch a captcha first.
	CaptchaRequired Reason = "captcha_required"
	CaptchaWrong    Reason = "captcha_wrong"
	// The tries of the code are used up. CodeExpired is also the answer if no code was ever sent (I9).
	CodeExhausted Reason = "code_exhausted"
	CodeExpired   Reason = "code_expired"
	CodeTooMany   Reason = "code_too_many"
	CodeTooSoon   Reason = "code_too_soon"
	CodeWrong     Reason = "code_wrong"
	// A wrong password and an unknown name have the same reason (I9).
	CredentialsWrong Reason = "credentials_wrong" // check: reason-credentials
	EmailDomain      Reason = "email_domain"
	EmailInvalid     Reason = "email_invalid"
	EmailNotOffered  Reason = "email_not_offered"
	EmailTaken       Reason = "email_taken"
	EmailTooLong     Reason = "email_too_long"
	ExtraInvalid     Reason = "extra_invalid"
	ExtraNotOffered  Reason = "extra_not_offered"
	GroupUnknown     Reason = "group_unknown"
	IdentifierNeeded Reason = "identifier_needed"
	// The first request with the key has not ended: the client waits and repeats it.
	IdempotencyInProgress Reason = "idempotency_in_progress"
	IdempotencyKeyReused  Reason = "idempotency_key_reused"
	IntroduceInvalid      Reason = "introduce_invalid"
	// Unknown, used up and disabled are one reason, so that the answer does not show which codes exist.
	InviteInvalid   Reason = "invite_invalid"
	LoginIncomplete Reason = "login_incomplete"
	LoginTooMany    Reason = "login_too_many"
	// The token is valid, but its login is too long ago for this operation. The person has to log in
	// again.
	LoginTooOld Reason = "login_too_old"
	MailFailed  Reason = "mail_failed"
	// NotAdmitted is the decision of the operator's hook, which may name a field and give the message.
	NotAdmitted Reason = "not_admitted"
	// The request may have been carried out. With every other reason it was not, apart from what was counted or spent
	// (I11).
	OutcomeUnknown Reason = "outcome_unknown"
	// PasswordCommon is also the reason for a breached password: in both cases the person has to choose another one.
	PasswordCommon    Reason = "password_common"
	PasswordContext   Reason = "password_context"
	PasswordTooLong   Reason = "password_too_long"
	PasswordTooShort  Reason = "password_too_short"
	PhoneCountry      Reason = "phone_country"
	PhoneInvalid      Reason = "phone_invalid"
	PhoneNotMobile    Reason = "phone_not_mobile"
	PhoneNotOffered   Reason = "phone_not_offered"
	PhoneTaken        Reason = "phone_taken"
	PhoneUnregistered Reason = "phone_unregistered"
	// A token does not suffice: the password or a code to the user's own address is missing.
	ProofRequired          Reason = "proof_required"
	RateLimited            Reason = "rate_limited"
	RealNameInvalid        Reason = "real_name_invalid"
	RegistrationIncomplete Reason = "registration_incomplete"
	// Required is the reason of a field only. The request as a whole then has another reason.
	Required        Reason = "required"
	ResetIncomplete Reason = "reset_incomplete"
	SignupClosed    Reason = "signup_closed"
	SiteUnknown     Reason = "site_unknown"
	SMSFailed       Reason = "sms_failed"
	// SMSFirst depends only on what the client's own network has asked for, so that it does not show what other people
	// do (I9).
	SMSFirst Reason = "sms_first"
	// TermsOutdated is the reason at a login also for a user that has accepted no terms yet. It is returned only after
	// the right password or code (I9).
	TermsOutdated Reason = "terms_outdated"
	TermsRequired Reason = "terms_required"
	// TokenInvalid is also the reason if the session has ended or the user was deleted.
	TokenInvalid Reason = "token_invalid"
	// The person is younger than the deployment's minimum age.
	TooYoung             Reason = "too_young"
	Unavailable          Reason = "unavailable"
	UserNameCharacter    Reason = "user_name_character"
	UserNameDigits       Reason = "user_name_digits"
	UserNameMixedScripts Reason = "user_name_mixed_scripts"
	UserNameNotOffered   Reason = "user_name_not_offered"
	UserNameReserved     Reason = "user_name_reserved"
	// UserNameTaken is also the reason for a look-alike of a taken name, and for a name that is reserved
	// after its user was deleted.
	UserNameTaken    Reason = "user_name_taken"
	UserNameTooLong  Reason = "user_name_too_long"
	UserNameTooShort Reason = "user_name_too_short"
	UserNameTooSoon  Reason = "user_name_too_soon"
	VoiceNotOffered  Reason = "voice_not_offered"
)

// Error is a refusal. Several refusals of one request are joined with errors.Join; the
// first one gives the reason of the answer. An error that wraps no *Error is an internal
// error.
type Error struct {
	Reason     Reason
	Field      string        // the contract's name of the wrong field, "" for the request as a whole
	Limit      int           // the bound that was exceeded, for the message; 0 for none
	RetryAfter time.Duration // when a repetition may succeed; 0 if waiting does not help
	// Message is what the operator's hook says to the person, in the language of the request. If it is empty,
	// the message of the reason is used.
	Message string
	Err     error // the cause, for the log only; nil for most
}

// Error returns the field, the reason and the cause. None of them has a submitted value.
func (e *Error) Error() string {
	// This text is for logs. Package server writes the messages for people.
	msg := string(e.Reason)
	if e.Field != "" {
		msg = e.Field + ": " + msg
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", msg, e.Err)
	}
	return msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// All yields the refusals in a tree of errors, in order. It does not look below a refusal, where its cause is.
// errors.As would find the first only.
func All(err error) iter.Seq[*Error] {
	return func(yield func(*Error) bool) { walk(err, yield) }
}

// walk is the recursion of All. It returns false once yield has returned false.
func walk(err error, yield func(*Error) bool) bool {
	switch e := err.(type) {
	case *Error:
		return yield(e)
	case interface{ Unwrap() error }:
		return walk(e.Unwrap(), yield)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if !walk(one, yield) {
				return false
			}
		}
	}
	return true
}
