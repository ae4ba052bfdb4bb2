package account

import (
	"context"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
)

// SendMailCode sends a code by mail to a person that is not logged in. Neither the answer nor its time
// depends on whether the email has an account (I9).
//
// A code to register with goes to each address, as one by SMS does. A code to log in or to reset a
// password is of use to a holder only, so no other address gets a mail. Such a mail is sent after the
// answer. If it fails, it stays counted, and its holder requests another one.
func (s *Service) SendMailCode(ctx context.Context, r MailCodeRequest) (CodeSent, error) {
	if s.config.Mail == nil {
		return CodeSent{}, &Error{Reason: EmailNotOffered, Field: "email"}
	}
	// As for a code by SMS.
	if r.Purpose == ForRegister {
		if err := s.offered(ByEmail); err != nil { // check: method-mail-code
			return CodeSent{}, err
		}
	}
	email, err := identifier.ParseEmail(r.Email)
	if err != nil {
		return CodeSent{}, emailRefusal(err)
	}
	if err := s.challenges.Use(ctx, OnVerifyEmail, r.Site, r.Proof); err != nil { // check: mail-captcha
		return CodeSent{}, captchaRefusal(err)
	}
	// Counted by the key, so that an address in another case is the same address.
	to := toMailbox(r.Site, email.Key, r.Purpose)
	sent, err := s.codes.Send(ctx, to, r.From, func(ctx context.Context, typed string) (bool, error) {
		m := mail.Message{
			To: email.Address, Code: typed, Purpose: string(r.Purpose), ExpiresIn: code.Life, Locale: r.Locale, SiteID: r.Site,
		}
		if r.Purpose != ForRegister { // check: mail-holders
			s.mailToHolder(ctx, to, m)
			return true, code.ErrLater
		}
		return handOver(MailFailed, s.config.Mail.Send(ctx, m))
	})
	return sent, codeRefusal(err, "email")
}

// mailToHolder sends a mail to the address of the user that has verified the email. The
// address is the one that the user gave and not that of the request: a mail server may have
// two mailboxes for what is one email here, and the request may be a stranger's.
func (s *Service) mailToHolder(ctx context.Context, to code.Destination, m mail.Message) {
	s.background.Go(func() {
		row, err := s.recipient(ctx, to)
		if err != nil {
			return
		}
		// The address has been verified, so it can be parsed.
		if email, err := identifier.ParseEmail(orZero(row.Email)); err == nil {
			m.To = email.Address
			err := s.config.Mail.Send(ctx, m)
			s.codes.Delivered(to, mayArrive(err), err)
		}
	})
}

// toMailbox returns the destination of a code by mail for a person that is not logged in. key is the
// email in canonical form.
func toMailbox(site int64, key string, purpose Purpose) code.Destination {
	return code.Destination{Site: site, Address: key, Channel: code.Email, Purpose: purpose}
}
