package token

// Reasons are the errors that wrap ErrInvalid, by the name of the check.
var Reasons = map[string]error{
	"size": errSize, "parts": errParts, "encoding": errEncoding, "header": errHeader, "type": errType, "key": errKey,
	"algorithm": errAlgorithm, "signature": errSignature, "payload": errPayload, "missing": errMissing,
	"subject": errSubject,
	"session": errSession, "site": errSite, "times": errTimes, "issuer": errIssuer, "audience": errAudience,
	"future":  errFuture,
	"notyet":  errNotYet,
	"expired": ErrExpired,
}
