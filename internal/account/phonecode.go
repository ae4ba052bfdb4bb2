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
	"github.com/enroll-project/enroll/internal/sms"
)

// Bounds of phone codes: NIST SP 800-63B-4 §3.1.3.1 (6 digits, 10 minutes,
// once), §3.2.2 (100 failures in a row), and our own budgets.
const (
	codeLife     = 10 * time.Minute
	codeCooldown = time.Minute
	codesPerHour = 5
	codesPerDay  = 10
	codeTries    = 5   // wrong answers to one code
	codeFailures = 100 // wrong answers in a row to all codes of a phone
)

// SendPhoneCode sends a code to a phone. Whether the phone has an account
// changes neither the answer nor the work (I9). Of a code that could not be
// handed over nothing is kept, and the code before it stays good.
func (s *Service) SendPhoneCode(ctx context.Context, r CodeRequest) (CodeSent, error) {
	if s.SMS == nil {
		return CodeSent{}, &Error{Reason: PhoneNotOffered, Field: "phone"}
	}
	phone, err := s.phones.Parse(r.Phone)
	if err != nil {
		return CodeSent{}, phoneRefusal(err)
	}
	if err := s.spendCaptcha(ctx, r.Site, r.Proof); err != nil {
		return CodeSent{}, err
	}
	code, err := newCode(s.Rand)
	if err != nil {
		return CodeSent{}, err
	}
	// Microseconds are what PostgreSQL keeps: the time names the reservation.
	now := s.Now().Truncate(time.Microsecond)
	if err := s.reserveCode(ctx, r.Site, phone.E164, r.Purpose, now); err != nil {
		return CodeSent{}, err
	}
	err = s.SMS.Send(ctx, sms.Message{
		Phone: phone.E164, Code: code, Purpose: string(r.Purpose), ExpiresIn: codeLife, Locale: r.Locale, SiteID: r.Site,
	})
	if err != nil {
		s.sent.WithLabelValues(string(r.Purpose), "failed").Inc()
		return CodeSent{}, errors.Join(
			&Error{Reason: SMSFailed, RetryAfter: 5 * time.Second, Err: err},
			s.refundCode(ctx, r.Site, phone.E164, now))
	}
	s.sent.WithLabelValues(string(r.Purpose), "sent").Inc()
	err = s.queries.StorePhoneCode(ctx, db.StorePhoneCodeParams{
		SiteID: r.Site, Phone: phone.E164, Purpose: string(r.Purpose), ReservedAt: now,
		CodeMac: s.codeMAC(r.Site, phone.E164, r.Purpose, code), ExpiresAt: now.Add(codeLife),
	})
	if err != nil {
		return CodeSent{}, refusal(err)
	}
	return CodeSent{ExpiresIn: codeLife, RetryAfter: codeCooldown}, nil
}

func (s *Service) reserveCode(ctx context.Context, site int64, phone string, purpose Purpose, now time.Time) error {
	n, err := s.queries.ReservePhoneCode(ctx, db.ReservePhoneCodeParams{
		SiteID: site, Phone: phone, Now: now,
		CooledSince: now.Add(-codeCooldown), HourAgo: now.Add(-time.Hour), DayAgo: now.Add(-24 * time.Hour),
		PerHour: codesPerHour, PerDay: codesPerDay, MaxFailures: codeFailures,
	})
	if err != nil {
		return refusal(err)
	}
	if n == 1 {
		return nil
	}
	state, err := s.codeState(ctx, site, phone, purpose, now)
	if err != nil {
		return err
	}
	return tooManyCodes(state, now)
}

// tooManyCodes words the refusal of a code by the bound that holds longest.
func tooManyCodes(c db.PhoneCodeStateRow, now time.Time) error {
	wait := func(until time.Time) time.Duration { return max(until.Sub(now), time.Second) }
	switch {
	case c.Failures >= codeFailures:
		return &Error{Reason: CodeTooMany, Field: "phone", RetryAfter: 24 * time.Hour}
	case c.DaySent >= codesPerDay && c.DayStart.Add(24*time.Hour).After(now):
		return &Error{Reason: CodeTooMany, Field: "phone", RetryAfter: wait(c.DayStart.Add(24 * time.Hour))}
	case c.HourSent >= codesPerHour && c.HourStart.Add(time.Hour).After(now):
		return &Error{Reason: CodeTooMany, Field: "phone", RetryAfter: wait(c.HourStart.Add(time.Hour))}
	default:
		return &Error{Reason: CodeTooSoon, Field: "phone", RetryAfter: wait(c.SentAt.Add(codeCooldown))}
	}
}

// refundCode runs even if the caller has gone away: what was not sent must
// not count against the person.
func (s *Service) refundCode(ctx context.Context, site int64, phone string, reservedAt time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return s.queries.RefundPhoneCode(ctx, db.RefundPhoneCodeParams{
		SiteID: site, Phone: phone, ReservedAt: reservedAt, CooledSince: reservedAt.Add(-codeCooldown),
	})
}

func (s *Service) codeState(ctx context.Context, site int64, phone string, purpose Purpose, now time.Time) (db.PhoneCodeStateRow, error) {
	state, err := s.queries.PhoneCodeState(ctx, db.PhoneCodeStateParams{SiteID: site, Phone: phone, Purpose: string(purpose), Now: now})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return state, refusal(err)
	}
	return state, nil
}

// provenCode is a code that was right when it was tried, and is still to be
// spent. The zero value stands for no phone, and is spent by doing nothing.
type provenCode struct {
	site    int64
	phone   string
	purpose Purpose
	mac     []byte
}

// tryCode judges a code and counts the attempt if it is wrong, whatever
// becomes of the rest (I3).
func (s *Service) tryCode(ctx context.Context, site int64, phone string, purpose Purpose, typed string) (provenCode, error) {
	code := strings.TrimSpace(width.Narrow.String(typed))
	if !sixDigits(code) {
		// It cannot be any code, so no guess was made and none is counted.
		return provenCode{}, &Error{Reason: CodeWrong, Field: "code"}
	}
	now := s.Now()
	mac := s.codeMAC(site, phone, purpose, code)
	matched, err := s.queries.TryPhoneCode(ctx, db.TryPhoneCodeParams{
		SiteID: site, Phone: phone, Purpose: string(purpose), CodeMac: mac, Now: now,
		MaxTries: codeTries, MaxFailures: codeFailures,
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return provenCode{}, s.deadCode(ctx, site, phone, purpose, now)
	case err != nil:
		return provenCode{}, refusal(err)
	case !matched:
		return provenCode{}, &Error{Reason: CodeWrong, Field: "code"}
	}
	return provenCode{site: site, phone: phone, purpose: purpose, mac: mac}, nil
}

// deadCode says why there was no code to try.
func (s *Service) deadCode(ctx context.Context, site int64, phone string, purpose Purpose, now time.Time) error {
	state, err := s.codeState(ctx, site, phone, purpose, now)
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
	if c.phone == "" {
		return nil
	}
	n, err := q.ConsumePhoneCode(ctx, db.ConsumePhoneCodeParams{
		SiteID: c.site, Phone: c.phone, Purpose: string(c.purpose), CodeMac: c.mac, Now: now,
	})
	if err == nil && n == 0 {
		return &Error{Reason: CodeExpired, Field: "code"}
	}
	return err
}

// codeMAC binds a code to its site, phone and purpose, so that it is worth
// nothing elsewhere; keyed, so that a copy of the table does not give the
// million candidates away.
func (s *Service) codeMAC(site int64, phone string, purpose Purpose, code string) []byte {
	h := hmac.New(sha256.New, s.codeKey)
	fmt.Fprintf(h, "%d|%s|%s|%s", site, phone, purpose, code)
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
