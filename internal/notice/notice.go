// Package notice sends holders of accounts a mail or an SMS about changes of their accounts,
// so that a person finds out about a change that somebody else has made.
//
// [Add] writes a notice in the transaction of its change; after the commit, [Service.Send] sends
// the notices that are due. So no notice is about a change that was rolled back, and a crash loses
// none. After a crash between the sending of a notice and its deletion the person gets the
// notice twice, which is better than never.
//
// A notice has no code and no link, so that people do not learn to follow the links of
// phishing mails.
package notice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/sms"
)

// Kind is what a notice is about. Its values are stored in the database and are the
// purposes of the messages.
type Kind string

// The kinds of notices.
const (
	PasswordChanged   Kind = mail.PasswordChanged // also to the phone, after a reset by email
	DeletionRequested Kind = mail.DeletionRequested
	DeletionCanceled  Kind = mail.DeletionCanceled // by a login
)

// The kinds of notices that an address was changed, which go to the old address.
const (
	PhoneChanged Kind = mail.PhoneChanged
	EmailChanged Kind = mail.EmailChanged
)

// A notice that cannot be sent is tried again every ten minutes for about a day. Then the notice
// is given up, because it is out of date.
const (
	retryAfter  = 10 * time.Minute
	maxAttempts = 150
	// lateAttempts is from which attempt on a notice by SMS has the money for late ones, too, about a day after the
	// change. Some attempts are left for a sender that is away.
	lateAttempts = 144
	// maxFailed bounds the failed deliveries of one call of Send by each channel, because the purge of expired rows waits
	// for that call while the mail server hangs. The next call sends the rest.
	maxFailed = 5
	// maxWaiting bounds the notices of one call of Send for which no money is left: each costs a few statements.
	maxWaiting = 200
)

// Config is what a Service needs. All fields but Mail, SMS, Charge and Languages must be set.
type Config struct {
	Pool *postgres.Pool
	Mail mail.Sender // may be nil: notices wait until there is one, or are given up
	SMS  sms.Sender  // may be nil: notices for phones are given up
	// Charge counts what a notice by SMS costs, as ChargeNotice of package code does. Without ok the notice waits. It
	// may be nil: then no money is counted.
	Charge  func(ctx context.Context, m sms.Message, late bool) (giveBack func(context.Context) error, ok bool, err error)
	Now     func() time.Time
	Metrics prometheus.Registerer
	// Languages are those in which the deployment sends now; nil means all. A notice that was written for another
	// language, perhaps by another release, is sent in the nearest one.
	Languages *locale.Set
}

// Service sends notices. It is safe for concurrent use; all its state is in PostgreSQL.
type Service struct {
	queries   *db.Queries
	mail      mail.Sender
	sms       sms.Sender
	charge    func(context.Context, sms.Message, bool) (func(context.Context) error, bool, error)
	languages *locale.Set
	now       func() time.Time
	sent      *prometheus.CounterVec
	soon      soon
}

// New returns a Service, or an error if a field of the configuration is missing.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Now == nil || cfg.Metrics == nil {
		return nil, errors.New("notice: a dependency is missing")
	}
	s := &Service{
		queries: db.New(postgres.NewStatements(cfg.Pool)), mail: cfg.Mail, sms: cfg.SMS, charge: cfg.Charge, now: cfg.Now,
		languages: cmp.Or(cfg.Languages, locale.Default()),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enroll_notices_total",
			Help: "Attempts to tell a holder of an account about a change of it, by kind and result (sent, failed, " +
				"given_up, or waiting for the money for SMS).",
		}, []string{"kind", "result"}),
	}
	if err := cfg.Metrics.Register(s.sent); err != nil {
		return nil, fmt.Errorf("notice: %w", err)
	}
	return s, nil
}

// perDay bounds the notices of a user in 24 hours, since a holder of the token can cause any number. [Add] drops
// further notices: after twenty, the reader knows that the account needs attention.
const perDay = 20

// Add writes a notice for an address of the user, an email or a phone (E.164), in the transaction of q. It writes
// nothing if the user has had perDay notices, or if an SMS of the kind waits for the phone: it says the same. now is
// the time of the change; locale is the language of the message (BCP 47).
func Add(ctx context.Context, q *db.Queries, user int64, kind Kind, address, locale string, now time.Time) error {
	_, err := q.CountUse(ctx, db.CountUseParams{
		Scope: "notice_user", Key: strconv.FormatInt(user, 10), EndsAt: now.Add(24 * time.Hour), Cost: 1,
		Allowed: perDay, Now: now,
	})
	if errors.Is(err, pgx.ErrNoRows) { // check: notice-per-day
		return nil
	}
	if err != nil {
		return err
	}
	return q.AddNotice(ctx, db.AddNoticeParams{
		UserID: user, Kind: string(kind), Address: address, Locale: locale, Now: now,
	})
}

// round is what a call of Send has done with the notices of one channel. Mails and SMS have separate bounds, because
// an outage of one sender, or money that is used up, must not keep the notices of the other channel.
type round struct {
	mail            bool // by mail, and not by SMS
	failed, waiting int
	over            bool // none is left
}

// more reports whether the call goes on with the channel.
func (r *round) more() bool {
	return !r.over && r.failed < maxFailed && r.waiting < maxWaiting // check: notice-bounded
}

// Send sends the notices that are due, one after the other, mails and SMS by turns. It ends with a channel when none is
// left, or when maxFailed could not be sent, or when maxWaiting wait for money: so notices by SMS, of which many may
// wait, delay no mail. Replicas may call it at the same time: each takes notices that no other has. A notice that
// cannot be sent is due again later. It returns errors of the database only.
func (s *Service) Send(ctx context.Context) error {
	now := s.now() // read once, so that a failed notice is not due again in this call
	mails, texts := round{mail: true}, round{}
	for mails.more() || texts.more() {
		for _, r := range []*round{&mails, &texts} {
			if !r.more() {
				continue
			}
			if err := s.sendOne(ctx, r, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendOne makes one attempt to send the notice of a channel that has been due longest.
func (s *Service) sendOne(ctx context.Context, r *round, now time.Time) error {
	row, err := s.queries.TakeNotice(ctx, db.TakeNoticeParams{
		Now: now, RetryAt: now.Add(retryAfter), ByMail: r.mail,
	})
	// A notice that is written later in this call is sent by the next one.
	if errors.Is(err, pgx.ErrNoRows) {
		r.over = true
		return nil
	}
	if err != nil {
		return err
	}
	result := s.deliver(ctx, row)
	s.sent.WithLabelValues(row.Kind, result).Inc()
	switch result {
	case "failed":
		r.failed++
		return nil
	case "waiting": // costs no time of a sender, so many others need not wait for the next call
		r.waiting++
		return nil
	}
	// If this fails, the notice is sent once more.
	return s.queries.DeleteNotice(ctx, db.DeleteNoticeParams{ID: row.ID})
}

// deliver sends one notice and returns the result for the metric: sent, failed, waiting or given_up. A mail that
// may have arrived counts as sent. An address that the mail server refuses for good, or to which no mail can be sent,
// is given up at once; after any other failure the notice is tried again.
func (s *Service) deliver(ctx context.Context, row db.TakeNoticeRow) string {
	// Attempts are counted before they begin, so those in which the process crashed count, too.
	if row.Attempts > maxAttempts { // check: notice-given-up
		return "given_up"
	}
	if isPhone(row.Address) { // check: sms-notice
		return s.text(ctx, row)
	}
	if s.mail == nil {
		return "failed"
	}
	err := s.mail.Send(ctx, mail.Message{
		To: row.Address, Purpose: row.Kind, At: row.CreatedAt, Locale: s.languages.Of(row.Locale), SiteID: row.SiteID,
		Until: postgres.OrZero(row.DeleteAt),
	})
	var refused *mail.DeliveryError
	switch {
	case err == nil:
		return "sent"
	case errors.As(err, &refused) && refused.Handed():
		return "sent" // the mail may arrive, and a second one would alarm its reader
	case errors.As(err, &refused) && refused.Kind == mail.RecipientRefused && refused.Permanent():
		return "given_up"
	case errors.Is(err, mail.ErrAddress): // check: notice-address
		return "given_up"
	}
	return "failed" // check: notice-retried
}

// isPhone reports whether an address is a phone: an email has an @, and E.164 begins with a plus sign.
// So the table of notices needs no column for the channel.
func isPhone(address string) bool { return address[0] == '+' && !strings.Contains(address, "@") }

// text sends one notice by SMS and returns the result for the metric. The message has no code; the provider's
// template, or the program that receives the webhook, has the text. The country selects the sender, as for a code.
// Most refusals do not show whether they are permanent, so the notice is tried again as after an outage. If there is
// no sender for the phone, or if providers refuse the phone itself, the notice is given up: only other settings would
// help, and notices that wait would delay others.
func (s *Service) text(ctx context.Context, row db.TakeNoticeRow) string {
	if s.sms == nil { // check: notice-no-sms
		return "given_up"
	}
	m := sms.Message{
		Phone: row.Address, Purpose: row.Kind, Locale: s.languages.Of(row.Locale), SiteID: row.SiteID,
		Country: identifier.RegionOf(row.Address), // check: notice-country
	}
	giveBack := func(context.Context) error { return nil }
	if s.charge != nil {
		var ok bool
		var err error
		giveBack, ok, err = s.charge(ctx, m, row.Attempts >= lateAttempts)
		switch {
		case err != nil:
			return "failed"
		case !ok: // check: notice-money
			return "waiting"
		}
	}
	err := s.sms.Send(ctx, m)
	var refused *sms.DeliveryError
	switch {
	case err == nil:
		return "sent"
	case errors.As(err, &refused) && refused.Handed():
		return "sent" // the SMS may arrive
	}
	// Nothing was sent. If this fails, the count is too high by one until its window ends.
	_ = giveBack(ctx) // check: notice-given-back
	switch {
	case refused != nil && refused.Final(): // check: notice-unserved
		return "given_up"
	}
	return "failed"
}
