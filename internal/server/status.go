package server

import (
	"net/http"

	"github.com/enroll-project/enroll/gen/api"
)

// statusOf gives every reason of the contract its HTTP status. The contract's
// x-reasons say the same for each operation; New compares the two.
var statusOf = map[api.Reason]int{
	// The request does not fit the contract. Those that blame a field stand in
	// errors, under invalid_request.
	api.ReasonBadFormat:          http.StatusBadRequest,
	api.ReasonDuplicateField:     http.StatusBadRequest,
	api.ReasonForbiddenCharacter: http.StatusBadRequest,
	api.ReasonInvalidRequest:     http.StatusBadRequest,
	api.ReasonMalformedJSON:      http.StatusBadRequest,
	api.ReasonOutOfRange:         http.StatusBadRequest,
	api.ReasonRequired:           http.StatusBadRequest,
	api.ReasonTooLong:            http.StatusBadRequest,
	api.ReasonTooShort:           http.StatusBadRequest,
	api.ReasonUnknownField:       http.StatusBadRequest,
	api.ReasonWrongType:          http.StatusBadRequest,

	// Not logged in, or not allowed.
	api.ReasonTokenExpired:    http.StatusUnauthorized,
	api.ReasonTokenInvalid:    http.StatusUnauthorized,
	api.ReasonTokenMissing:    http.StatusUnauthorized,
	api.ReasonAccountDisabled: http.StatusForbidden,

	// Not of the contract, or not in a form that is read.
	api.ReasonNotFound:             http.StatusNotFound,
	api.ReasonMethodNotAllowed:     http.StatusMethodNotAllowed,
	api.ReasonBodyTooLarge:         http.StatusRequestEntityTooLarge,
	api.ReasonUnsupportedMediaType: http.StatusUnsupportedMediaType,

	// Somebody else has it.
	api.ReasonEmailTaken:            http.StatusConflict,
	api.ReasonIdempotencyInProgress: http.StatusConflict,
	api.ReasonPhoneTaken:            http.StatusConflict,
	api.ReasonUserNameTaken:         http.StatusConflict,

	// Understood, and not acceptable as it is.
	api.ReasonAvatarURLInvalid:       http.StatusUnprocessableEntity,
	api.ReasonCaptchaRequired:        http.StatusUnprocessableEntity,
	api.ReasonCaptchaWrong:           http.StatusUnprocessableEntity,
	api.ReasonCodeExhausted:          http.StatusUnprocessableEntity,
	api.ReasonCodeExpired:            http.StatusUnprocessableEntity,
	api.ReasonCodeWrong:              http.StatusUnprocessableEntity,
	api.ReasonCredentialsWrong:       http.StatusUnprocessableEntity,
	api.ReasonEmailInvalid:           http.StatusUnprocessableEntity,
	api.ReasonEmailNotOffered:        http.StatusUnprocessableEntity,
	api.ReasonEmailTooLong:           http.StatusUnprocessableEntity,
	api.ReasonIdempotencyKeyReused:   http.StatusUnprocessableEntity,
	api.ReasonInviteInvalid:          http.StatusUnprocessableEntity,
	api.ReasonLoginIncomplete:        http.StatusUnprocessableEntity,
	api.ReasonPasswordCommon:         http.StatusUnprocessableEntity,
	api.ReasonPasswordContext:        http.StatusUnprocessableEntity,
	api.ReasonPasswordTooLong:        http.StatusUnprocessableEntity,
	api.ReasonPasswordTooShort:       http.StatusUnprocessableEntity,
	api.ReasonPhoneCountry:           http.StatusUnprocessableEntity,
	api.ReasonPhoneInvalid:           http.StatusUnprocessableEntity,
	api.ReasonPhoneNotMobile:         http.StatusUnprocessableEntity,
	api.ReasonPhoneNotOffered:        http.StatusUnprocessableEntity,
	api.ReasonPhoneUnregistered:      http.StatusUnprocessableEntity,
	api.ReasonRealNameInvalid:        http.StatusUnprocessableEntity,
	api.ReasonRegistrationIncomplete: http.StatusUnprocessableEntity,
	api.ReasonSiteUnknown:            http.StatusUnprocessableEntity,
	api.ReasonUserNameCharacter:      http.StatusUnprocessableEntity,
	api.ReasonUserNameDigits:         http.StatusUnprocessableEntity,
	api.ReasonUserNameMixedScripts:   http.StatusUnprocessableEntity,
	api.ReasonUserNameReserved:       http.StatusUnprocessableEntity,
	api.ReasonUserNameTooLong:        http.StatusUnprocessableEntity,
	api.ReasonUserNameTooShort:       http.StatusUnprocessableEntity,

	// Not now. Each comes with Retry-After.
	api.ReasonCodeTooMany:    http.StatusTooManyRequests,
	api.ReasonCodeTooSoon:    http.StatusTooManyRequests,
	api.ReasonLoginTooMany:   http.StatusTooManyRequests,
	api.ReasonRateLimited:    http.StatusTooManyRequests,
	api.ReasonBusy:           http.StatusServiceUnavailable,
	api.ReasonMailFailed:     http.StatusServiceUnavailable,
	api.ReasonOutcomeUnknown: http.StatusServiceUnavailable,
	api.ReasonSmsFailed:      http.StatusServiceUnavailable,
	api.ReasonUnavailable:    http.StatusServiceUnavailable,

	// A fault of ours.
	api.ReasonInternal: http.StatusInternalServerError,
}

// codeOf gives a status its code of the envelope.
func codeOf(status int) api.RefusalCode {
	switch status {
	case http.StatusUnauthorized:
		return api.RefusalCodeNotLoggedIn
	case http.StatusForbidden:
		return api.RefusalCodeNotAllowed
	}
	return api.RefusalCodeRefused
}
