package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/width"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Bounds of codes: NIST SP 800-63B-4 §3.1.3.1 (6 digits, 10 minutes, once),
// §3.2.2 (100 failures in a row), and our own budgets of an address.
const (
	codeLife     = 10 * time.Minute
	codeCooldown = time.Minute
	codesPerHour = 5
	codesPerDay  = 10
	codeTries    = 5   // wrong answers to one code
	codeFailures = 100 // wrong answers in a row to all codes of an address
)

// destination is where a code goes, and what it is good for when it comes
// back. It is good for nothing else.
type destination struct {
	site    int64
	address string // a phone in E.164, or the key of an email
	field   string // the contract's name for it
	purpose Purpose
	user    int64 // whose address is to be verified, 0 for other purposes
}

// sendCode hands a new code to deliver, which answers with a refusal if it
// could not be handed over. Of such a code nothing is kept, and the code before
// it stays good.
func (s *Service) sendCode(ctx context.Context, to destination, deliver func(code string) error) (CodeSent, error) {
	code, err := newCode(s.Rand)
	if err != nil {
		return CodeSent{}, err
	}
	// Microseconds are what PostgreSQL keeps: the time names the reservation.
	now := s.Now().Truncate(time.Microsecond)
	if err := s.reserveCode(ctx, to, now); err != nil {
		return CodeSent{}, err
	}
	if err := deliver(code); err != nil {
		s.sent.WithLabelValues(to.field, string(to.purpose), "failed").Inc()
		return CodeSent{}, errors.Join(err, s.refundCode(ctx, to, now))
	}
	s.sent.WithLabelValues(to.field, string(to.purpose), "sent").Inc()
	err = s.storeCode(ctx, db.StoreCodeParams{
		SiteID: to.site, Address: to.address, Purpose: string(to.purpose), ReservedAt: now,
		CodeMac: s.codeMAC(to, code), ExpiresAt: now.Add(codeLife),
	})
	if err != nil {
		return CodeSent{}, err
	}
	return CodeSent{ExpiresIn: codeLife, RetryAfter: codeCooldown}, nil
}

// storeCode keeps a code that is on its way, even if the caller has gone. It
// tries twice, since a code may be stored again over itself. If neither is known
// to have worked, it is not known whether the code is good: "unavailable" would
// say that nothing was sent.
func (s *Service) storeCode(ctx context.Context, p db.StoreCodeParams) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	store := func() error {
		return s.alone(ctx, func(ctx context.Context, q *db.Queries) error { return q.StoreCode(ctx, p) })
	}
	err := store()
	if err != nil {
		err = store()
	}
	err = refusal(err)
	if refused := new(Error); errors.As(err, &refused) && refused.Reason == Unavailable {
		return &Error{Reason: OutcomeUnknown, RetryAfter: refused.RetryAfter, Err: refused.Err}
	}
	return err
}

// reserveCode takes a code from the address's budget, or says why there is none.
// A reservation of which the answer was lost is given back: nothing is sent.
func (s *Service) reserveCode(ctx context.Context, to destination, now time.Time) error {
	var n int64
	err := s.alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		n, err = q.ReserveCode(ctx, db.ReserveCodeParams{
			SiteID: to.site, Address: to.address, Now: now,
			CooledSince: now.Add(-codeCooldown), HourAgo: now.Add(-time.Hour), DayAgo: now.Add(-24 * time.Hour),
			PerHour: codesPerHour, PerDay: codesPerDay, MaxFailures: codeFailures,
		})
		return err
	})
	if errors.Is(err, postgres.ErrOutcomeUnknown) {
		_ = s.refundCode(ctx, to, now) // if it fails, a code is counted that was not sent
		return &Error{Reason: Unavailable, RetryAfter: 2 * time.Second, Err: err}
	}
	if err != nil {
		return refusal(err)
	}
	if n == 1 {
		return nil
	}
	state, err := s.codeState(ctx, to, now)
	if err != nil {
		return err
	}
	return tooManyCodes(state, to.field, now)
}

// tooManyCodes words the refusal of a code by the bound that holds longest.
func tooManyCodes(c db.CodeStateRow, field string, now time.Time) error {
	wait := func(until time.Time) time.Duration { return max(until.Sub(now), time.Second) }
	switch {
	case c.Failures >= codeFailures:
		return &Error{Reason: CodeTooMany, Field: field, RetryAfter: 24 * time.Hour}
	case c.DaySent >= codesPerDay && c.DayStart.Add(24*time.Hour).After(now):
		return &Error{Reason: CodeTooMany, Field: field, RetryAfter: wait(c.DayStart.Add(24 * time.Hour))}
	case c.HourSent >= codesPerHour && c.HourStart.Add(time.Hour).After(now):
		return &Error{Reason: CodeTooMany, Field: field, RetryAfter: wait(c.HourStart.Add(time.Hour))}
	default:
		return &Error{Reason: CodeTooSoon, Field: field, RetryAfter: wait(c.SentAt.Add(codeCooldown))}
	}
}

// refundCode runs even if the caller has gone away: what was not sent must
// not count against the person.
func (s *Service) refundCode(ctx context.Context, to destination, reservedAt time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return s.queries.RefundCode(ctx, db.RefundCodeParams{
		SiteID: to.site, Address: to.address, ReservedAt: reservedAt, CooledSince: reservedAt.Add(-codeCooldown),
	})
}

func (s *Service) codeState(ctx context.Context, to destination, now time.Time) (db.CodeStateRow, error) {
	state, err := s.queries.CodeState(ctx, db.CodeStateParams{
		SiteID: to.site, Address: to.address, Purpose: string(to.purpose), Now: now,
	})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return state, refusal(err)
	}
	return state, nil
}

// provenCode is a code that was right when it was tried, and is still to be
// spent. The zero value stands for no code, and is spent by doing nothing.
type provenCode struct {
	destination
	mac []byte
}

// tryCode judges a code and counts the attempt if it is wrong, whatever
// becomes of the rest (I3).
func (s *Service) tryCode(ctx context.Context, to destination, typed string) (provenCode, error) {
	code := strings.TrimSpace(width.Narrow.String(typed))
	if !sixDigits(code) {
		// It cannot be any code, so no guess was made and none is counted.
		return provenCode{}, &Error{Reason: CodeWrong, Field: "code"}
	}
	now := s.Now()
	mac := s.codeMAC(to, code)
	matched, err := s.queries.TryCode(ctx, db.TryCodeParams{
		SiteID: to.site, Address: to.address, Purpose: string(to.purpose), CodeMac: mac, Now: now,
		MaxTries: codeTries, MaxFailures: codeFailures,
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return provenCode{}, s.deadCode(ctx, to, now)
	case err != nil:
		return provenCode{}, refusal(err)
	case !matched:
		return provenCode{}, &Error{Reason: CodeWrong, Field: "code"}
	}
	return provenCode{destination: to, mac: mac}, nil
}

// deadCode says why there was no code to try.
func (s *Service) deadCode(ctx context.Context, to destination, now time.Time) error {
	state, err := s.codeState(ctx, to, now)
	if err != nil {
		return err
	}
	if state.Live && (state.Tries >= codeTries || state.Failures >= codeFailures) {
		return &Error{Reason: CodeExhausted, Field: "code"}
	}
	return &Error{Reason: CodeExpired, Field: "code"}
}

// consume spends the code in the caller's transaction (I2).
func (c provenCode) consume(ctx context.Context, q *db.Queries, now time.Time) error {
	if c.address == "" {
		return nil
	}
	n, err := q.ConsumeCode(ctx, db.ConsumeCodeParams{
		SiteID: c.site, Address: c.address, Purpose: string(c.purpose), CodeMac: c.mac, Now: now,
		MaxTries: codeTries, MaxFailures: codeFailures,
	})
	if err == nil && n == 0 {
		return &Error{Reason: CodeExpired, Field: "code"}
	}
	return err
}

// codeMAC binds a code to its destination, so that it is worth nothing
// elsewhere; keyed, so that a copy of the table does not give the million
// candidates away. No part but the last can hold the separator.
func (s *Service) codeMAC(to destination, code string) []byte {
	h := hmac.New(sha256.New, s.codeKey)
	fmt.Fprintf(h, "%d|%s|%d|%s|%s", to.site, to.purpose, to.user, code, to.address)
	return h.Sum(nil)
}

func sixDigits(s string) bool {
	return len(s) == 6 && strings.Trim(s, "0123456789") == ""
}

// newCode draws six digits, all million alike: a 20-bit number is thrown away
// and drawn again while it is beyond the last code.
func newCode(random io.Reader) (string, error) {
	for {
		var b [3]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("account: random code: %w", err)
		}
		n := (uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])) & (1<<20 - 1)
		if n < 1_000_000 {
			return fmt.Sprintf("%06d", n), nil
		}
	}
}
