package enroll

import (
	"fmt"
	"time"
)

// Codes of a [Refusal].
const (
	CodeRefused     = -1   // refused or failed
	CodeNotLoggedIn = 1001 // no token or service key, or an invalid one
	CodeNotAllowed  = 1002 // the account may not be used, or the service key may not do this
)

// Refusal is the error of a request that the service has refused. Find it with errors.As:
//
//	var no *enroll.Refusal
//	if errors.As(err, &no) && no.Reason == enroll.ReasonUserNameTaken {
type Refusal struct {
	// Status is the HTTP status: 200 in a deployment of the mode always-200.
	Status int
	// Code is one of the Code constants, or a later version's.
	Code int
	// Reason is for programs, and never empty. A reason of a later version is none of
	// the constants, and its Valid method returns false.
	Reason Reason
	// Msg is for people, in their language.
	Msg string
	// Errors says what is wrong with which field. It is empty if the refusal is not about a field.
	Errors []FieldError
	// RequestID finds the request in the service's logs.
	RequestID string
	// RetryAfter is how long to wait before repeating the request; 0 if the answer does
	// not say it.
	RetryAfter time.Duration
}

// Error names reason and request, for logs. Show Msg to people.
func (r *Refusal) Error() string {
	return fmt.Sprintf("enroll: refused: %s (status %d, request %s)", r.Reason, r.Status, r.RequestID)
}

// Field returns what is wrong with the field of that name, and whether
// anything is.
func (r *Refusal) Field(name string) (FieldError, bool) {
	for _, e := range r.Errors {
		if e.Field == name {
			return e, true
		}
	}
	return FieldError{}, false
}

// UnexpectedError is an answer that is not the service's, such as the page or
// the JSON of a proxy that cannot reach the service, or a redirect. The service may have
// carried out the request.
type UnexpectedError struct {
	// Status is the HTTP status.
	Status int
	// RetryAfter is how long to wait before repeating the request; 0 if the answer does not say it.
	RetryAfter time.Duration
	// Err says what is wrong with the answer.
	Err error
}

func (e *UnexpectedError) Error() string {
	text := fmt.Sprintf("enroll: the answer with status %d is not the service's", e.Status)
	if e.Err == nil {
		return text
	}
	return text + ": " + e.Err.Error()
}

// Unwrap is the cause, if there is one.
func (e *UnexpectedError) Unwrap() error { return e.Err }
