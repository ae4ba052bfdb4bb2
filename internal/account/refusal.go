package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
)

// taken maps the constraints that an applicant can violate to the refusal of
// the field (I1).
func taken(constraint string) *Error {
	switch constraint {
	case "users_user_name_unique", "users_user_name_skeleton_unique":
		return &Error{Reason: UserNameTaken, Field: "user_name"}
	case "users_email_unique":
		return &Error{Reason: EmailTaken, Field: "email"}
	case "users_phone_unique":
		return &Error{Reason: PhoneTaken, Field: "phone"}
	}
	return nil
}

// refusalOf turns an error of the database into the answer it means; what
// means none stays a fault, stripped of the values PostgreSQL quotes (I8).
func refusalOf(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if e := taken(postgres.Constraint(err)); e != nil {
		return e
	}
	switch {
	case errors.Is(err, postgres.ErrOutcomeUnknown):
		return &Error{Reason: OutcomeUnknown, RetryAfter: 5 * time.Second, Err: postgres.Safe(err)}
	case errors.Is(err, context.Canceled):
		return err
	case postgres.IsUnavailable(err), errors.Is(err, context.DeadlineExceeded):
		return &Error{Reason: Unavailable, RetryAfter: 2 * time.Second, Err: postgres.Safe(err)}
	}
	return fmt.Errorf("account: %w", postgres.Safe(err))
}

func hashingRefusal(err error) error {
	var busy *admission.BusyError
	if errors.As(err, &busy) {
		return &Error{Reason: Busy, RetryAfter: busy.RetryAfter}
	}
	return err
}

func userNameRefusal(err error) error {
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

func emailRefusal(err error) error {
	if errors.Is(err, identifier.ErrEmailTooLong) {
		return &Error{Reason: EmailTooLong, Field: "email", Limit: identifier.MaxEmail}
	}
	return &Error{Reason: EmailInvalid, Field: "email"}
}

func phoneRefusal(err error) error {
	switch {
	case errors.Is(err, identifier.ErrPhoneNotMobile):
		return &Error{Reason: PhoneNotMobile, Field: "phone"}
	case errors.Is(err, identifier.ErrPhoneCountry):
		return &Error{Reason: PhoneCountry, Field: "phone"}
	}
	return &Error{Reason: PhoneInvalid, Field: "phone"}
}

// passwordRefusal leaves text that is no text a fault: the contract lets none
// through.
func passwordRefusal(err error) error {
	e := &Error{Field: "password"}
	var length *password.LengthError
	switch {
	case errors.As(err, &length) && errors.Is(err, password.ErrTooShort):
		e.Reason, e.Limit = PasswordTooShort, length.Min
	case errors.Is(err, password.ErrTooLong):
		e.Reason, e.Limit = PasswordTooLong, password.MaxLength
	case errors.Is(err, password.ErrCommon), errors.Is(err, breach.ErrBreached):
		e.Reason = PasswordCommon
	case errors.Is(err, password.ErrContext):
		e.Reason = PasswordContext
	default:
		return err
	}
	return e
}
