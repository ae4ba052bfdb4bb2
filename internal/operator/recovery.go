package operator

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Channel is a way to send a code: that of package code, for callers that do not import it.
type Channel = code.Channel

// ErrUnrecoverable is that of package address.
var ErrUnrecoverable = address.ErrUnrecoverable

// CodeSent says where a recovery code was sent, and how long it is valid. A dry run has a channel only.
type CodeSent struct {
	Channel Channel
	code.Sent
}

// SendCode sends the holder of an account a code to reset the password, to an address of the user: the email, or else
// the phone, if channel is "". The operator does not see the code. The budgets of sending apply: if one is used up, the
// error is the same as for a request by the holder.
//
// The entry is written before the message is handed over, in a transaction of its own: no message is sent without an
// entry, and a message that the gateway refuses has one, too. The code is bound to the address. If the holder changes
// the address at the same time, the code is worthless.
func (s *Service) SendCode(ctx context.Context, a Act, channel Channel) (CodeSent, error) {
	if s.addresses == nil {
		return CodeSent{}, errors.New("operator: a code needs Config.Addresses")
	}
	row, err := s.look(ctx, a.User, a.Site)
	if err != nil {
		return CodeSent{}, err
	}
	r := address.Recovery{User: row, Channel: channel, Locale: s.locale}
	if a.DryRun { // check: operator-code-dry
		to, err := s.addresses.Recoverable(ctx, r)
		return CodeSent{Channel: to.Channel}, err
	}
	r.Before = func(ctx context.Context) error {
		return postgres.Safe(postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			// The entry has no address, which would stay here after the user is deleted.
			entry := audit.Entry{By: a.By, Act: codeSent, Site: row.SiteID, User: row.ID, At: s.now()}
			return audit.Add(ctx, s.queries.WithTx(tx), entry) // check: operator-code-audited
		}))
	}
	to, sent, err := s.addresses.SendRecoveryCode(ctx, r)
	return CodeSent{to.Channel, sent}, err
}
