package address

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/tx"
)

// Config is what [Addresses] needs. A pointer, an interface or a function is required unless its comment says
// "may be nil".
type Config struct {
	Pool *postgres.Pool
	// Codes counts and stores the codes. Every code is sent by it, so that the budgets hold for all codes.
	Codes *code.Service
	// Challenges are spent before a code is counted or sent.
	Challenges *challenge.Service
	// Phones are the rules for phones that may register.
	Phones identifier.PhoneRules
	// Emails are the rules for emails that a user has not yet.
	Emails identifier.EmailRules
	SMS    sms.Sender  // may be nil: requests for a code by SMS are refused
	Mail   mail.Sender // may be nil: requests for a code by mail are refused
	// Calls reports whether a sender calls the phones of a country. It may be nil: requests for a call are refused.
	Calls func(country string) bool
	// RegisterByPhone and RegisterByEmail say whether people can register by these methods. A method
	// may be off although its codes can be sent.
	RegisterByPhone, RegisterByEmail bool
	// Closed says that no registration is accepted. Then no code to register is sent. Invited says that only an
	// invitation of an operator admits a registration. Then a request for such a code needs one, too.
	Closed, Invited bool
	Now             func() time.Time
	// Log gets a line for each message that fails after its answer. It may be nil.
	Log *slog.Logger
}

// Addresses sends codes to phones and emails, and verifies emails. It is safe for concurrent use; all its
// state but messages on their way is in PostgreSQL.
type Addresses struct {
	config     Config
	run        *tx.Runner
	queries    *db.Queries
	codes      *code.Service
	challenges *challenge.Service
	phones     identifier.PhoneRules
	// background has the messages that are sent after their answer. Each ends, because the senders have
	// time limits.
	background sync.WaitGroup
}

// New returns Addresses. The parts in c have been checked by their own constructors, so it returns no error.
func New(c Config) *Addresses {
	run := tx.New(c.Pool)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Addresses{
		config: c, run: run, queries: run.Queries(), codes: c.Codes, challenges: c.Challenges,
		phones: c.Phones,
	}
}

// Close waits for the messages that are sent after their answer, for as long as their sender takes at
// most.
func (s *Addresses) Close() { s.background.Wait() }

// CodeRequest is a request for a code by SMS, or by a call.
type CodeRequest struct {
	Site    int64
	Phone   string
	Purpose code.Purpose
	Voice   bool          // by a call
	By      holder.Holder // for ForChange: the user that may use the code
	Invite  string        // a code of an invitation; only ForRegister where sign-up is by invitation needs it
	Locale  string        // of the SMS's text, BCP 47
	Proof   challenge.Proof
	From    network.Origin // of the client; messages are counted by it
}

// signup returns a refusal of a code to register with if sign-up is closed, or if it is by invitation and the request
// has no code in the form of an operator's. No registration would accept the code, but the operator would pay for its
// message.
func (s *Addresses) signup(n invite.Named, purpose code.Purpose) error {
	if purpose == code.ForRegister && s.config.Closed { // check: closed-code
		return &refusal.Error{Reason: refusal.SignupClosed}
	}
	return n.Missing()
}

// named returns what a request says about its invitation. Only a code to register with needs one.
func (s *Addresses) named(site int64, sent string, purpose code.Purpose) invite.Named {
	// A holder that logs in or resets the password has registered before, and has no invitation any more.
	required := s.config.Invited && purpose == code.ForRegister // check: invited-code
	return invite.Named{Site: site, Code: invite.Canonical(sent), Required: required}
}

// challenge opens the captcha of a request, looks its invitation up and spends the captcha: in this order, so that
// a request without a captcha costs no query, and one without an open invitation no captcha. The invitation is not used
// by this: it admits a registration as before.
func (s *Addresses) challenge(
	ctx context.Context, op challenge.Operation, p challenge.Proof, n invite.Named, to code.Destination,
) error {
	opened, err := s.challenges.Open(op, n.Site, p)
	if err != nil {
		return refusal.OfCaptcha(err)
	}
	// The address is not proved yet. The code that is sent will prove it, and an invitation that is bound to another
	// address would not admit the registration.
	n.Proves = to
	if err := invite.Look(ctx, s.queries, n, s.config.Now()); err != nil {
		return refusal.Of(err)
	}
	if err := s.challenges.Spend(ctx, opened); err != nil {
		return refusal.OfCaptcha(err)
	}
	return nil
}

// SendPhoneCode sends a code to a phone. Neither the answer nor its time depends on
// whether the phone has an account (I9).
func (s *Addresses) SendPhoneCode(ctx context.Context, r CodeRequest) (code.Sent, error) {
	invitation := s.named(r.Site, r.Invite, r.Purpose)
	if err := s.signup(invitation, r.Purpose); err != nil {
		return code.Sent{}, err
	}
	if s.config.SMS == nil {
		return code.Sent{}, &refusal.Error{Reason: refusal.PhoneNotOffered, Field: "phone"} // check: phone-not-offered
	}
	// No registration would accept the code, but its message would be paid for.
	if r.Purpose == code.ForRegister && !s.config.RegisterByPhone { // check: method-phone-code
		return code.Sent{}, &refusal.Error{Reason: refusal.PhoneNotOffered, Field: "phone"}
	}
	// A phone of a country that is not served is refused before a captcha is spent, and no
	// message is paid for.
	phone, holdersOnly, err := s.phoneOf(r)
	if err != nil {
		return code.Sent{}, refusal.OfPhone(err)
	}
	if r.Voice && (s.config.Calls == nil || !s.config.Calls(phone.Region)) { // check: voice-not-offered
		return code.Sent{}, &refusal.Error{Reason: refusal.VoiceNotOffered, Field: "channel"}
	}
	to := ToPhone(r.Site, phone, r.Purpose)
	to.Locale, to.Call = r.Locale, r.Voice
	// check: captcha-at-sms
	if err := s.challenge(ctx, challenge.OnVerifyPhone, r.Proof, invitation, to); err != nil {
		return code.Sent{}, err
	}
	// The budgets of sending are checked by code.Send, after the captcha is spent.
	if r.Purpose == code.ForChange {
		to.User = r.By.Live().User.ID // check: change-bound
	}
	sent, err := s.codes.Send(ctx, to, r.From, func(ctx context.Context, typed string) (bool, error) {
		m := sms.Message{
			Phone: phone.E164, Country: phone.Region, Code: typed, Purpose: string(r.Purpose), ExpiresIn: code.Life,
			Locale: r.Locale, SiteID: r.Site, Voice: r.Voice,
		}
		if holdersOnly {
			s.sendToHolder(ctx, to, m)
			return true, code.ErrLater
		}
		err := s.config.SMS.Send(ctx, m)
		var refused *sms.DeliveryError
		if r.Voice { // a phone that takes no calls may get SMS
			return handOver(refusal.CallFailed, err)
		}
		if errors.As(err, &refused) && refused.Kind == sms.RecipientRefused { // check: dead-phone
			// It is a landline, say, or its holder has opted out, so a later attempt fails, too.
			return false, &refusal.Error{Reason: refusal.PhoneNotMobile, Field: "phone", Err: err}
		}
		return handOver(refusal.SMSFailed, err)
	})
	return sent, refusal.OfCode(err, "phone")
}

// phoneOf returns the phone of a request, and whether its message goes to the phone of a user only.
//
// The rules for phones may have changed since a user registered: the operator stops serving a country or accepting a
// prefix, and numbers leave their numbering plan. Such users may have no other way to log in, so they still get codes
// (NAME-12 in docs/rules.md). No other message goes to a phone that may not register.
func (s *Addresses) phoneOf(r CodeRequest) (phone identifier.Phone, holdersOnly bool, err error) {
	phone, err = s.phones.Parse(r.Phone)
	if err == nil {
		// A password can be reset by a holder only, so no other message is paid for.
		return phone, r.Purpose == code.ForReset, nil // check: reset-holders
	}
	held, ok := s.phones.Held(r.Phone)
	switch {
	case !ok || r.Purpose == code.ForRegister: // check: held-register
		return phone, false, err
	// A code for a change proves the user's own phone, or is for the new one, which follows today's rules.
	case r.Purpose == code.ForChange:
		if held.E164 != postgres.OrZero(r.By.Live().User.Phone) { // check: held-own
			return phone, false, err
		}
		return held, false, nil
	}
	return held, true, nil // check: held-holders
}

// sendToHolder sends a message if its phone has a user: no other message may go to a phone that
// may not register (SEND-1 in docs/rules.md), and no other person can reset a password. It sends the message
// after the answer, so that the time of the answer does not show whether a message was sent
// (I9). If the gateway refuses the message, it stays counted, and the holder of the phone can
// request another one a minute later.
func (s *Addresses) sendToHolder(ctx context.Context, to code.Destination, m sms.Message) {
	s.background.Go(func() {
		// Without a user the code stays counted everywhere. Taken back from any count, it would show in a later answer.
		_, err := Recipient(ctx, s.queries, to, s.config.Now())
		if err == nil { // check: holders-only
			err = s.config.SMS.Send(ctx, m)
		}
		s.sentLate(ctx, to, err)
	})
}

// sentLate counts a code that was handed over after its answer, or not handed over because of err, and logs err: the
// line of the request was written before. pgx.ErrNoRows is no failure, because a code without a user is not to be sent.
func (s *Addresses) sentLate(ctx context.Context, to code.Destination, err error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return
	}
	s.codes.Delivered(to, mayArrive(err), err)
	if err != nil { // check: late-logged
		// The line has no address. The errors of the senders and of the database hold nothing of the message.
		s.config.Log.WarnContext(ctx, "a code was not delivered after the answer",
			"channel", string(to.Channel), "purpose", string(to.Purpose), "may_arrive", mayArrive(err), "err", err)
	}
}

// ToPhone returns the destination of a code by SMS. It has no user, because the phone need
// not have an account yet. Only for a code of the purpose ForChange the caller adds a user.
func ToPhone(site int64, phone identifier.Phone, purpose code.Purpose) code.Destination {
	return code.Destination{Site: site, Address: phone.E164, Channel: code.Phone, Purpose: purpose}
}

// handOver translates the error of a sender. failed is the reason if the gateway did not
// accept the message. If the message may arrive nevertheless, handOver returns true and
// OutcomeUnknown (I11): the code is valid, its budgets stay used, and the client should
// wait as long as for a message that was sent.
func handOver(failed refusal.Reason, err error) (handed bool, _ error) {
	if err == nil {
		return true, nil
	}
	if mayArrive(err) {
		return true, &refusal.Error{Reason: refusal.OutcomeUnknown, RetryAfter: code.Cooldown, Err: err}
	}
	var refused *mail.DeliveryError
	if errors.As(err, &refused) && refused.Kind == mail.RecipientRefused && refused.Permanent() {
		// The mailbox does not exist, so a later attempt fails, too.
		return false, &refusal.Error{Reason: refusal.EmailInvalid, Field: "email", Err: err}
	}
	return false, &refusal.Error{Reason: failed, RetryAfter: 5 * time.Second, Err: err}
}

// mayArrive reports whether a message may arrive: there is no error, or the sender's error says so by
// its method Handed. The errors of both senders, SMS and mail, have this method.
func mayArrive(err error) bool {
	var delivery interface{ Handed() bool }
	return err == nil || errors.As(err, &delivery) && delivery.Handed()
}
