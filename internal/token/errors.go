package token

import (
	"errors"
	"fmt"
)

// The errors of [Signer.Parse].
var (
	// ErrExpired reports a token that has expired and is valid otherwise.
	ErrExpired = errors.New("token: expired")
	// ErrInvalid is wrapped by all other errors. Their texts say what is wrong and are
	// for the operator. A client learns only that the token is refused: a more exact
	// answer would help to forge one.
	ErrInvalid = errors.New("token: invalid")
)

// The reasons for which a token is invalid, roughly in the order of the checks. golang-jwt decodes the
// claims and the signature (errPayload, errEncoding) before it verifies the signature.
var (
	errSize      = fmt.Errorf("%w: more than 4 KiB", ErrInvalid)
	errParts     = fmt.Errorf("%w: not three parts", ErrInvalid)
	errEncoding  = fmt.Errorf("%w: not canonical base64url", ErrInvalid)
	errHeader    = fmt.Errorf("%w: header is not an object of just alg, kid and typ", ErrInvalid)
	errType      = fmt.Errorf("%w: typ is not JWT", ErrInvalid)
	errKey       = fmt.Errorf("%w: unknown key", ErrInvalid)
	errAlgorithm = fmt.Errorf("%w: not the key's algorithm", ErrInvalid)
	errSignature = fmt.Errorf("%w: wrong signature", ErrInvalid)
	errPayload   = fmt.Errorf("%w: claims are malformed", ErrInvalid)
	errMissing   = fmt.Errorf("%w: a claim is missing", ErrInvalid)
	errSubject   = fmt.Errorf("%w: sub is not a user id", ErrInvalid)
	errSite      = fmt.Errorf("%w: site_id is not a site id", ErrInvalid)
	errSession   = fmt.Errorf("%w: sid is not a session id", ErrInvalid)
	errTimes     = fmt.Errorf("%w: times are out of range", ErrInvalid)
	errIssuer    = fmt.Errorf("%w: another issuer", ErrInvalid)
	errAudience  = fmt.Errorf("%w: another audience", ErrInvalid)
	errFuture    = fmt.Errorf("%w: issued in the future", ErrInvalid)
	errNotYet    = fmt.Errorf("%w: not yet in force", ErrInvalid)
)
