package address

import (
	"context"

	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// MailCodeRequest is a request for a code by mail of a person that is not logged in.
type MailCodeRequest struct {
	Site    int64
	Email   string
	Purpose code.Purpose // ForRegister, ForLogin or ForReset
	Invite  string       // as in CodeRequest
	Locale  string       // of the mail's text, BCP 47
	Proof   challenge.Proof
	From    network.Origin // of the client; messages are counted by it
}

// SendMailCode sends a code by mail to a person that is not logged in. Neither the answer nor its time
// depends on whether the email has an account (I9).
//
// A code to register with is sent to every address, as by SMS. Only a holder can use a code to log in or
// to reset a password, so no other address gets such a mail. It is sent after the answer. If the
// sender fails, the mail stays counted, and the holder can request another one.
func (s *Addresses) SendMailCode(ctx context.Context, r MailCodeRequest) (code.Sent, error) {
	invitation := s.named(r.Site, r.Invite, r.Purpose)
	if err := s.signup(invitation, r.Purpose); err != nil {
		return code.Sent{}, err
	}
	if s.config.Mail == nil {
		return code.Sent{}, &refusal.Error{Reason: refusal.EmailNotOffered, Field: "email"}
	}
	// A code that no registration accepts would cost a mail and mislead the person.
	if r.Purpose == code.ForRegister && !s.config.RegisterByEmail { // check: method-mail-code
		return code.Sent{}, &refusal.Error{Reason: refusal.EmailNotOffered, Field: "email"}
	}
	email, err := s.emailOf(r)
	if err != nil {
		return code.Sent{}, refusal.OfEmail(err)
	}
	// Mails are counted by the canonical form: an address in another case is the same address.
	to := ToMailbox(r.Site, email.Key, r.Purpose)
	// check: mail-captcha
	if err := s.challenge(ctx, challenge.OnVerifyEmail, r.Proof, invitation, to); err != nil {
		return code.Sent{}, err
	}
	sent, err := s.codes.Send(ctx, to, r.From, func(ctx context.Context, digits string) (bool, error) {
		m := mail.Message{
			To: email.Address, Code: digits, Purpose: string(r.Purpose), ExpiresIn: code.Life, Locale: r.Locale, SiteID: r.Site,
		}
		if r.Purpose != code.ForRegister { // check: mail-holders
			s.mailToHolder(ctx, to, m)
			return true, code.ErrLater
		}
		return handOver(refusal.MailFailed, s.config.Mail.Send(ctx, m))
	})
	return sent, refusal.OfCode(err, "email")
}

// emailOf returns the email of a request. A holder logs in and recovers the account by an email that the rules of
// today refuse (NAME-12 in docs/rules.md). Its mail goes to the address that the user has, so Key suffices.
func (s *Addresses) emailOf(r MailCodeRequest) (identifier.Email, error) {
	email, err := identifier.ParseEmail(r.Email)
	switch {
	case r.Purpose == code.ForRegister && err == nil:
		err = s.config.Emails.Check(email) // check: email-domain-code
	case r.Purpose != code.ForRegister && err != nil:
		// A mistyped email is refused before a captcha is spent.
		if key, ok := identifier.HeldEmail(r.Email); ok { // check: held-email
			return identifier.Email{Key: key}, nil
		}
	}
	return email, err
}

// mailToHolder sends a mail to the address of the user that has verified the email. It uses
// the address that the user gave and not that of the request: a mail server may have two
// mailboxes with one canonical form, and the request may come from a stranger.
func (s *Addresses) mailToHolder(ctx context.Context, to code.Destination, m mail.Message) {
	s.background.Go(func() {
		row, err := Recipient(ctx, s.queries, to, s.config.Now())
		if err != nil {
			s.sentLate(ctx, to, err)
			return
		}
		// The row has a key, so its email has this form. If no mail can be sent there, the sender refuses it.
		m.To, _ = identifier.Mailbox(postgres.OrZero(row.Email)) // check: held-mailbox
		err = s.config.Mail.Send(ctx, m)
		s.sentLate(ctx, to, err)
	})
}

// ToMailbox returns the destination of a code by mail for a person that is not logged in. key is the
// email in canonical form.
func ToMailbox(site int64, key string, purpose code.Purpose) code.Destination {
	return code.Destination{Site: site, Address: key, Channel: code.Email, Purpose: purpose}
}
