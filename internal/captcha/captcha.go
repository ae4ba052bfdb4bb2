// Package captcha promises that a challenge it issued can be judged by every
// replica that knows the secret, without anything having been stored, and that
// nothing it did not issue ever passes.
//
// There are three kinds behind one interface, [Provider]: [Images] asks a person
// to read or to hear six digits, [Work] asks a browser to spend processor time,
// [SiteVerify] asks somebody else (Turnstile, hCaptcha, reCAPTCHA).
//
// The id of a challenge of the first two carries all that judging it takes and its
// own expiry, sealed with authenticated encryption under a key that only the
// service has. A flood of requests for challenges therefore costs processor time
// and nothing else: no row, no memory, no shared store.
//
// What a seal cannot promise is single use. [Attempt.Nonce] names a challenge; the
// caller spends it, right answer or wrong, with one conditional insert before it
// asks [Attempt.Judge]. That is why opening and judging are two steps: a guess that
// was not spent is not a guess that may be judged.
//
// None of the kinds tells people from machines for good. A trained solver reads
// distorted text, a recogniser of speech hears digits, a graphics card does in
// milliseconds the work that takes a telephone seconds, and farms sell solved
// challenges of all kinds. Each is one price among others (limits, code budgets),
// never the only one.
package captcha

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// Kind is a kind of challenge, in the words of the settings and of the contract.
type Kind string

// The kinds.
const (
	KindImage      Kind = "image"
	KindPoW        Kind = "pow"
	KindSiteVerify Kind = "siteverify"
)

// What an attempt is refused with. None says why an id is unknown: forged, cut
// short, of another kind, site or binding and sealed with another secret look the same.
var (
	// ErrUnknown is an id that was not issued here for this scope, or a token that
	// is none.
	ErrUnknown = errors.New("captcha: unknown id")
	// ErrExpired is an id that was issued here, too long ago.
	ErrExpired = errors.New("captcha: expired id")
	// ErrWrong is an answer that does not pass.
	ErrWrong = errors.New("captcha: wrong answer")
	// ErrUnavailable is an answer that could not be judged. It does not pass either.
	ErrUnavailable = errors.New("captcha: cannot be judged")
)

// Provider is one kind of challenge. Implementations are safe for concurrent use.
type Provider interface {
	// Challenge makes one that can be used in scope. It keeps nothing. Its errors
	// are ctx's own and failures of the source of randomness.
	Challenge(ctx context.Context, scope Scope) (Challenge, error)
	// Attempt proves that id is of a challenge that holds in scope and binds the
	// answer to it, without judging it. It returns ErrUnknown or ErrExpired, never
	// blocks, and costs a bounded amount however long id and answer are.
	Attempt(scope Scope, id, answer string) (Attempt, error)
}

// Scope is where a challenge holds: what it is issued for has to be what it is
// answered in.
type Scope struct {
	// Site is the site that the challenge is for.
	Site int64
	// Binding is whatever else an answer must come with, such as the operation or
	// the client's network, so that answers bought elsewhere are worth nothing here;
	// empty for nothing. It is compared, not stored. SiteVerify does not look at it.
	Binding []byte
	// Remote is the client's address; only SiteVerify looks at it, and only if told
	// to. The zero value is none.
	Remote netip.Addr
}

// Challenge is what is handed to whoever is to solve it. Fields that are not of
// its kind are zero.
type Challenge struct {
	Kind Kind
	// ID is opaque: IDLen characters of unpadded base64url, whatever is sealed in it.
	// A challenge of SiteVerify has none.
	ID string
	// Expires is the first moment at which no answer is accepted any more, in
	// UTC, to the microsecond (the precision of PostgreSQL's timestamptz). It is
	// zero for SiteVerify, whose challenges others issue.
	Expires time.Time

	// Image is a PNG of Width by Height pixels, at most MaxImage bytes.
	Image []byte

	// Salt, Bits and Puzzles are the work: for each i below Puzzles a counter such
	// that SHA-256(Salt | i | counter), both as four bytes, most significant first,
	// begins with Bits zero bits. The answer is the counters in order, eight
	// hexadecimal digits each.
	Salt    []byte
	Bits    int
	Puzzles int

	// SiteKey is the public name under which the third party knows us.
	SiteKey string
}

// Attempt is an answer on its way to be judged. It may be copied, and judged once
// or not at all. Printing one, whatever the verb, shows nothing. The zero value is
// an answer that is wrong.
type Attempt struct {
	nonce   []byte
	expires time.Time
	judge   func(context.Context) error
}

// Nonce names the challenge: 16 to 32 bytes. The caller spends it, at most once,
// before it calls Judge. It is no secret, but has no use elsewhere.
func (a Attempt) Nonce() []byte { return a.nonce }

// Expires is when the challenge stops being answerable, in UTC: from then on a
// record that its nonce was spent is of no use and may be deleted.
func (a Attempt) Expires() time.Time { return a.expires }

// Judge returns nil if the answer passes, and only then. Otherwise it returns
// ErrWrong, or an error that is ErrUnavailable: a fault of ours or of a third party's,
// to be told apart so that somebody is alarmed. Only SiteVerify's judgement takes
// longer than microseconds, ends with ctx, or is ever unavailable.
func (a Attempt) Judge(ctx context.Context) error {
	if a.judge == nil {
		return ErrWrong
	}
	return a.judge(ctx)
}

// Format keeps answers and tokens out of every log and error text.
func (a Attempt) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "captcha.Attempt{hidden}") }

// passes turns a comparison into a judgement.
func passes(ok bool) error {
	if !ok {
		return ErrWrong
	}
	return nil
}
