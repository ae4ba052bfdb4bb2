package refusal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/hook"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/throttle"
	"github.com/enroll-project/enroll/internal/token"
)

// taken returns the refusal for a violated unique constraint of an identifier (I1), or nil
// for another constraint. The skeleton's constraint is violated by a look-alike of an
// existing name.
func taken(constraint string) *Error {
	switch constraint {
	// kept_names_pk reserves the name of a deleted user. The refusal is that of a taken name, so that it does
	// not show the deletion.
	case "users_user_name_unique", "users_user_name_skeleton_unique", "kept_names_pk":
		return &Error{Reason: UserNameTaken, Field: "user_name"}
	case "users_email_unique":
		return &Error{Reason: EmailTaken, Field: "email"}
	case "users_phone_unique": // check: constraint-refused
		return &Error{Reason: PhoneTaken, Field: "phone"}
	}
	return nil
}

// Of returns the refusal for an error of the database. An error without a refusal stays
// an internal error, without the values that PostgreSQL quotes (I8).
func Of(err error) error {
	// A refusal inside a transaction comes back as the transaction's error.
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if e := taken(postgres.Constraint(err)); e != nil {
		return e
	}
	switch {
	// This case comes before IsUnavailable, which means that nothing has changed (I11).
	case errors.Is(err, postgres.ErrOutcomeUnknown):
		// The commit may end any moment, and a failover takes some seconds.
		return &Error{Reason: OutcomeUnknown, RetryAfter: 5 * time.Second, Err: postgres.Safe(err)}
	// The client is gone. That is neither a refusal nor an internal error; package server handles it.
	case errors.Is(err, context.Canceled):
		return err
	case postgres.IsUnavailable(err), errors.Is(err, context.DeadlineExceeded):
		return &Error{Reason: Unavailable, RetryAfter: 2 * time.Second, Err: postgres.Safe(err)}
	}
	return fmt.Errorf("refusal: %w", postgres.Safe(err))
}

// OfCaptcha returns the refusal for an error of package challenge. Forged, expired, spent
// and wrong are one refusal: a client that guesses must not learn which it was.
func OfCaptcha(err error) error {
	var r *challenge.Refusal
	if !errors.As(err, &r) {
		return Of(err)
	}
	// r.Err is set if a wrong answer could not be counted, because of an error of the database. The
	// client is refused in both cases, and the cause is logged.
	e := &Error{Reason: CaptchaWrong, Field: "captcha", Err: postgres.Safe(r.Err)}
	switch r.Why {
	case challenge.NoAnswer:
		e.Reason = CaptchaRequired
	case challenge.NoID:
		e.Reason, e.Field = CaptchaRequired, "captcha_id"
	case challenge.Gone:
		e.Field = "captcha_id"
	case challenge.NoWork:
		e.Field = "proof"
	case challenge.Busy:
		return &Error{Reason: Busy, RetryAfter: r.RetryAfter}
	case challenge.TooMany:
		return &Error{Reason: RateLimited, RetryAfter: r.RetryAfter}
	case challenge.Unverified:
		return &Error{Reason: Unavailable, RetryAfter: r.RetryAfter, Err: r.Err}
	}
	return e
}

// OfHashing returns the refusal for an error of the hasher: busy, with the time
// until a hasher is likely to be free.
func OfHashing(err error) error {
	var busy *admission.BusyError
	if errors.As(err, &busy) {
		return &Error{Reason: Busy, RetryAfter: busy.RetryAfter}
	}
	return err
}

// OfHook returns the refusal for an error of package hook, with its message in the given language.
func OfHook(err error, language string) error {
	var denied *hook.Denied
	var away *hook.UnavailableError
	switch {
	case errors.As(err, &denied):
		return &Error{Reason: NotAdmitted, Field: denied.Field, Message: denied.Message(language)}
	case errors.As(err, &away):
		return &Error{Reason: Unavailable, RetryAfter: away.RetryAfter, Err: err}
	}
	return err
}

// OfKey returns the refusal for an error of package idempotency. Any other error stays as it is:
// inside a transaction, package postgres decides by it whether to repeat the transaction.
func OfKey(err error) error {
	var r *idempotency.Refusal
	if !errors.As(err, &r) {
		return err
	}
	switch r.Why {
	case idempotency.InProgress:
		return &Error{Reason: IdempotencyInProgress, Field: "Idempotency-Key", RetryAfter: r.RetryAfter}
	case idempotency.Exhausted:
		return &Error{Reason: RateLimited, RetryAfter: r.RetryAfter}
	case idempotency.Lost:
		return &Error{Reason: Unavailable, RetryAfter: r.RetryAfter, Err: r.Err}
	}
	return KeyReused()
}

// OfLogin returns the refusal for an error of the counts of failed logins.
func OfLogin(err error) error {
	var many *throttle.TooManyError
	if errors.As(err, &many) {
		return &Error{Reason: LoginTooMany, RetryAfter: many.RetryAfter}
	}
	return Of(err)
}

// OfUserName returns the refusal for an error of identifier.ParseUserName.
func OfUserName(err error) error {
	// Any other error is about a character.
	e := &Error{Field: "user_name", Reason: UserNameCharacter}
	switch {
	case errors.Is(err, identifier.ErrUserNameTooShort):
		e.Reason, e.Limit = UserNameTooShort, identifier.MinUserName
	case errors.Is(err, identifier.ErrUserNameTooLong):
		e.Reason, e.Limit = UserNameTooLong, identifier.MaxUserName
	case errors.Is(err, identifier.ErrUserNameMixedScripts):
		e.Reason = UserNameMixedScripts
	case errors.Is(err, identifier.ErrUserNameAllDigits):
		e.Reason = UserNameDigits
	case errors.Is(err, identifier.ErrUserNameReserved):
		e.Reason = UserNameReserved
	}
	return e
}

// OfEmail returns the refusal for an error of identifier.ParseEmail or identifier.EmailRules. Apart from the length and
// the domains that are accepted it does not say which rule was broken: most invalid emails are typing errors, which
// people see without the rule.
func OfEmail(err error) error {
	if errors.Is(err, identifier.ErrEmailTooLong) {
		return &Error{Reason: EmailTooLong, Field: "email", Limit: identifier.MaxEmail}
	}
	if errors.Is(err, identifier.ErrEmailDomain) {
		return &Error{Reason: EmailDomain, Field: "email"}
	}
	return &Error{Reason: EmailInvalid, Field: "email"}
}

// OfPhone returns the refusal for an error of identifier.PhoneRules.Parse.
func OfPhone(err error) error {
	switch {
	case errors.Is(err, identifier.ErrPhoneNotMobile):
		return &Error{Reason: PhoneNotMobile, Field: "phone"}
	case errors.Is(err, identifier.ErrPhoneCountry):
		return &Error{Reason: PhoneCountry, Field: "phone"}
	}
	return &Error{Reason: PhoneInvalid, Field: "phone"}
}

// OfPassword returns the refusal for an error of the password policy or of the
// breach check. Invalid UTF-8 stays an internal error, because the contract's validation
// refuses it before.
func OfPassword(err error) error {
	e := &Error{Field: "password"}
	var length *password.LengthError
	switch {
	case errors.As(err, &length) && errors.Is(err, password.ErrTooShort):
		e.Reason, e.Limit = PasswordTooShort, length.Min
	case errors.Is(err, password.ErrTooLong):
		e.Reason, e.Limit = PasswordTooLong, password.MaxLength
	// Both have the same reason: the person has to choose another password.
	case errors.Is(err, password.ErrCommon), errors.Is(err, breach.ErrBreached):
		e.Reason = PasswordCommon
	case errors.Is(err, password.ErrContext):
		e.Reason = PasswordContext
	default:
		return err
	}
	return e
}

// OfCode returns the refusal for an error of package code. field is the contract's
// name of the address, for errors of sending.
func OfCode(err error, field string) error {
	var r *code.Refusal
	// The code could not be stored, so no message was sent.
	if errors.Is(err, code.ErrNotKept) {
		return &Error{Reason: Unavailable, RetryAfter: 2 * time.Second, Err: code.ErrNotKept}
	}
	if !errors.As(err, &r) {
		return Of(err)
	}
	switch r.Why {
	case code.TooSoon:
		return &Error{Reason: CodeTooSoon, Field: field, RetryAfter: r.RetryAfter}
	case code.TooMany:
		return &Error{Reason: CodeTooMany, Field: field, RetryAfter: r.RetryAfter}
	case code.Wrong:
		return &Error{Reason: CodeWrong, Field: "code"}
	case code.Exhausted:
		return &Error{Reason: CodeExhausted, Field: "code"}
	case code.SMSFirst:
		return &Error{Reason: SMSFirst, Field: "channel"}
	}
	return &Error{Reason: CodeExpired, Field: "code"}
}

// OfTerms returns the refusal for an error of package terms.
func OfTerms(err error) error {
	switch {
	case errors.Is(err, terms.ErrRequired):
		return &Error{Reason: TermsRequired, Field: "accepted_terms"}
	case errors.Is(err, terms.ErrOutdated):
		return &Error{Reason: TermsOutdated, Field: "accepted_terms"}
	}
	return err
}

// OfSession returns the refusal for an error of package session.
func OfSession(err error) error {
	switch {
	case errors.Is(err, session.ErrEnded):
		return &Error{Reason: TokenInvalid}
	case errors.Is(err, session.ErrDisabled):
		return &Error{Reason: AccountDisabled}
	case errors.Is(err, token.ErrExpired): // it expired between the check and the renewal
		return err
	}
	return Of(err)
}

// Confirmed returns err, or OutcomeUnknown if err says that a name, email or phone is taken by a row that
// the loss of the primary would undo. The request that inserted the row was answered OutcomeUnknown, and this
// request may be its repetition (I11).
func Confirmed(ctx context.Context, pool *postgres.Pool, err error) error {
	refused := new(Error)
	if !errors.As(err, &refused) || !slices.Contains([]Reason{UserNameTaken, EmailTaken, PhoneTaken}, refused.Reason) {
		return err
	}
	if unsure := postgres.Confirm(ctx, pool); unsure != nil {
		return Of(unsure)
	}
	return err
}

// KeyReused returns the refusal of a request whose idempotency key belongs to another request.
func KeyReused() *Error { return &Error{Reason: IdempotencyKeyReused, Field: "Idempotency-Key"} }
