package code

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Sent says how long a code that was sent is valid, and when the next one may be requested.
type Sent struct {
	ExpiresIn  time.Duration
	RetryAfter time.Duration
}

// Deliver hands a code to a sender. handed is false only if the sender got nothing, so that
// no message can arrive. If handed is true and err is not nil, the message may arrive.
type Deliver func(ctx context.Context, code string) (handed bool, err error)

// Send issues a code and hands it over. Its error is a *[Refusal] with TooSoon, TooMany or, for a call, SMSFirst,
// ErrNotKept, another error of the database, or the error of deliver. If deliver returns ErrLater,
// Send returns no error: the code is handed over later.
//
// The code is stored before it is handed over. If deliver fails and something may have been
// handed over, the code stays valid and is counted. If nothing was handed over, the code is
// deleted, and nothing is counted.
//
// ctx does not cancel deliver: a client that disconnects changes neither what is sent nor
// what is counted.
func (s *Service) Send(ctx context.Context, to Destination, from Origin, deliver Deliver) (Sent, error) {
	code, err := draw(s.rand)
	if err != nil {
		return Sent{}, err
	}
	// PostgreSQL keeps microseconds, and DeleteOneTimeCode compares the time.
	now := s.now().Truncate(time.Microsecond)
	row := db.TakeAndKeepCodeParams{
		SiteID: to.Site, Address: to.Address, Purpose: string(to.Purpose), UserID: to.User, CodeMac: s.mac(to, code),
		Subnet: from.Subnet, Network: from.Network, Now: now, ExpiresAt: now.Add(Life), WatchPercent: watchPercent,
		Day: now.UTC(), Country: to.country(),
	}
	budgets, err := s.keep(ctx, row, to, from)
	if err != nil {
		return Sent{}, err
	}
	// The message goes out after the statement, so no lock is held while a sender is slow.
	handed, err := deliver(context.WithoutCancel(ctx), code) // check: code-delivery
	switch {
	case errors.Is(err, ErrLater):
	case err == nil:
		s.Delivered(to, handed, nil)
	// A message that may arrive is counted. The person may then have to wait. But without the count,
	// a client that always disconnects early could have any number of messages sent.
	case handed: // check: code-unknown
		s.Delivered(to, handed, err)
		return Sent{}, err
	default:
		s.Delivered(to, handed, err)
		return Sent{}, errors.Join(err, s.undo(ctx, row, budgets)) // check: code-unsent
	}
	return Sent{ExpiresIn: Life, RetryAfter: Cooldown}, nil
}

// keep counts one in each budget and stores the code, or does neither. If the outcome of the
// statement is unknown, keep undoes both and returns ErrNotKept. No message has been handed over
// yet, so an answer that none was sent is true.
func (s *Service) keep(
	ctx context.Context, row db.TakeAndKeepCodeParams, to Destination, from Origin,
) ([]budget, error) {
	budgets, err := s.choose(ctx, to, from, row.Now)
	if err != nil {
		return nil, err
	}
	err = s.seats.do(ctx, func() error { return s.count(ctx, row, budgets) })
	if errors.Is(err, postgres.ErrOutcomeUnknown) {
		// If undo fails as well, a code stays counted that was not sent.
		return nil, errors.Join(ErrNotKept, s.undo(ctx, row, budgets)) // check: code-lost
	}
	return budgets, err
}

// ErrNotKept means that a code could not be stored and counted, as when the connection to the database is lost. Nothing
// was handed over. The same request can succeed a moment later.
var ErrNotKept = errors.New("code: it could not be stored and counted; no code was sent")

// ErrLater is returned by a Deliver that hands its message over after the answer, if it sends one at
// all. Such a Deliver calls Delivered when it has handed the message over, or has failed to.
var ErrLater = errors.New("code: handed over after the answer")

// Delivered counts a message by the result of its sender. handed reports whether the message was or
// may have been handed over. Alerts are based on the counts of failed and unknown messages of a channel.
func (s *Service) Delivered(to Destination, handed bool, err error) {
	result := "failed"
	switch {
	case err == nil:
		result = "sent"
	case handed:
		result = "unknown"
	}
	channel := string(to.Channel)
	if to.Call { // calls fail for other reasons than SMS
		channel = "voice"
	}
	s.sent.WithLabelValues(channel, string(to.Purpose), result).Inc()
}

// undoTimeout bounds undo, which a person waits for.
const undoTimeout = 2 * time.Second

// undo deletes a code of which nothing was handed over and undoes its counts, even if the
// client has disconnected. A code that is not stored was not counted either, so undo can be
// repeated, and is, over another connection: the first one may have been lost.
func (s *Service) undo(ctx context.Context, row db.TakeAndKeepCodeParams, taken []budget) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	once := func() error {
		return postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			q := s.queries.WithTx(tx)
			n, err := q.DeleteOneTimeCode(ctx, db.DeleteOneTimeCodeParams{
				SiteID: row.SiteID, Address: row.Address, CodeMac: row.CodeMac, SentAt: row.Now,
			})
			if err != nil || n == 0 {
				return err
			}
			return refund(ctx, q, taken, row.Country, row.Now)
		})
	}
	// It takes no seat: behind requests that wait for one, its time would be up, and a code would stay counted of which
	// the answer says that it was not sent.
	if err := once(); err == nil || ctx.Err() != nil {
		return err
	}
	return once()
}
