package address

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
)

// ErrUnrecoverable reports a user that no code can give a new password: it is disabled or due for deletion, or has no
// address for the channel, or its holder has changed that address in the last day.
var ErrUnrecoverable = errors.New("no code can recover this user: it must be active, with a phone or a verified " +
	"email that its holder has not changed in the last day")

// Recovery is an operator's request to send the holder of an account a code to reset the password.
type Recovery struct {
	User    db.User
	Channel code.Channel // "" for the email, or else the phone
	Locale  string       // of the message, BCP 47
	// Before is called once the code is counted, before it is handed over. If it fails, nothing is sent or counted.
	Before func(context.Context) error
}

// Recoverable returns where a code would be sent for r, or [ErrUnrecoverable]. A channel without a sender is refused.
func (s *Addresses) Recoverable(ctx context.Context, r Recovery) (to code.Destination, err error) {
	to = code.Destination{Site: r.User.SiteID, Purpose: code.ForReset}
	// A mail costs nothing, so it comes first.
	for _, to.Channel = range []code.Channel{code.Email, code.Phone} {
		if r.Channel != "" && r.Channel != to.Channel {
			continue
		}
		to.Address = postgres.OrZero(r.User.EmailKey)
		// A user without the address has "" here, which no look-up finds.
		refused, offered := refusal.EmailNotOffered, s.config.Mail != nil
		if to.Channel == code.Phone {
			to.Address = postgres.OrZero(r.User.Phone)
			refused, offered = refusal.PhoneNotOffered, s.config.SMS != nil
		}
		// If neither channel will do, the answer is the reason that an operator can do something about.
		if !offered && err == nil {
			err = &refusal.Error{Reason: refused, Field: "channel"}
		}
		if !offered {
			continue
		}
		// The look-up is that of the holder's own request, so that no code is sent that a reset would refuse.
		row, found := Recipient(ctx, s.queries, to, s.config.Now())
		switch {
		case errors.Is(found, pgx.ErrNoRows):
			err = ErrUnrecoverable
		case found != nil:
			return to, refusal.Of(found)
		// check: recovery-of-user
		case row.ID != r.User.ID, holder.Status(row.Status) != holder.Active:
			err = ErrUnrecoverable
		default:
			return to, nil
		}
	}
	return to, err
}

// SendRecoveryCode sends a code to reset a password to an address of the user. It is the code that the holder could
// request: its destination has no user, because the holder redeems it without a token, and the redemption looks up
// whose address it is then. The code counts for no client network. It shares with the holder's own codes the minute
// between two codes and the budgets of all messages, and has counts of its own for an hour and a day. An operator may
// learn whether it was sent, so the message is handed over before the answer.
func (s *Addresses) SendRecoveryCode(ctx context.Context, r Recovery) (code.Destination, code.Sent, error) {
	to, err := s.Recoverable(ctx, r)
	if err != nil {
		return to, code.Sent{}, err
	}
	to.Locale = r.Locale
	sent, err := s.codes.Send(ctx, to, network.Origin{}, func(ctx context.Context, digits string) (bool, error) {
		// From here on the code is stored. An error takes it and its counts back, because nothing was handed over.
		if err := r.Before(ctx); err != nil {
			return false, err
		}
		if to.Channel == code.Phone {
			return handOver(refusal.SMSFailed, s.config.SMS.Send(ctx, sms.Message{
				Phone: to.Address, Country: identifier.RegionOf(to.Address), Code: digits, Purpose: string(to.Purpose),
				ExpiresIn: code.Life, Locale: r.Locale, SiteID: to.Site,
			}))
		}
		// The mailbox is that which the user gave: two mailboxes may have one canonical form.
		address, _ := identifier.Mailbox(postgres.OrZero(r.User.Email))
		return handOver(refusal.MailFailed, s.config.Mail.Send(ctx, mail.Message{
			To: address, Code: digits, Purpose: string(to.Purpose), ExpiresIn: code.Life, Locale: r.Locale,
			SiteID: to.Site,
		}))
	})
	return to, sent, refusal.OfCode(err, "channel")
}
