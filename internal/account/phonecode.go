package account

import (
	"context"
	"errors"
	"time"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/sms"
)

// SendPhoneCode sends a code to a phone. Neither the answer nor the work depends on
// whether the phone has an account (I9).
func (s *Service) SendPhoneCode(ctx context.Context, r CodeRequest) (CodeSent, error) {
	if s.config.SMS == nil {
		return CodeSent{}, &Error{Reason: PhoneNotOffered, Field: "phone"} // check: phone-not-offered
	}
	// A code to register with would be paid for and be of no use.
	if r.Purpose == ForRegister {
		if err := s.offered(ByPhone); err != nil { // check: method-phone-code
			return CodeSent{}, err
		}
	}
	// A phone of a country that is not served is refused before a captcha is spent, and no
	// message is paid for.
	phone, err := s.phones.Parse(r.Phone)
	// The operator may have stopped serving a country whose users have no other way to log in.
	// Those users still get codes. Prefixes of ENROLL_PHONE_ALSO do not apply to such a country:
	// they are for new ranges of countries that are served. A number that is charged at a higher
	// rate is refused in any case, since no user can have registered by it.
	holdersOnly := r.Purpose != ForRegister && errors.Is(err, identifier.ErrPhoneCountry)
	if holdersOnly {
		refused := err
		if phone, err = s.anyCountry.Parse(r.Phone); err != nil { // not a mobile number there either
			err = refused
		}
	}
	if err != nil {
		return CodeSent{}, phoneRefusal(err)
	}
	// A password can be reset by a holder only, so no other message is paid for.
	holdersOnly = holdersOnly || r.Purpose == ForReset                            // check: reset-holders
	if err := s.challenges.Use(ctx, OnVerifyPhone, r.Site, r.Proof); err != nil { // check: captcha-at-sms
		return CodeSent{}, captchaRefusal(err)
	}
	// The budgets of sending are checked by code.Send, after the captcha is spent.
	to := toPhone(r.Site, phone, r.Purpose)
	if r.Purpose == ForChange {
		to.User = r.By.live.User.ID // check: change-bound
	}
	sent, err := s.codes.Send(ctx, to, r.From, func(ctx context.Context, typed string) (bool, error) {
		m := sms.Message{
			Phone: phone.E164, Country: phone.Region, Code: typed, Purpose: string(r.Purpose), ExpiresIn: code.Life,
			Locale: r.Locale, SiteID: r.Site,
		}
		if holdersOnly {
			s.sendToHolder(ctx, to, m)
			return true, code.ErrLater
		}
		return handOver(SMSFailed, s.config.SMS.Send(ctx, m))
	})
	return sent, codeRefusal(err, "phone")
}

// sendToHolder sends a message if its phone has a user, since no other message may go to a
// country that is not served (SEND-1), and no other person can reset a password. It does so
// after the answer: whether a message is sent must not show in the time that the answer takes
// (I9). If the gateway refuses the message, it stays counted, and the holder of the phone can
// request another one a minute later.
func (s *Service) sendToHolder(ctx context.Context, to code.Destination, m sms.Message) {
	s.background.Go(func() {
		_, err := s.recipient(ctx, to)
		if err == nil { // check: holders-only
			err := s.config.SMS.Send(ctx, m)
			s.codes.Delivered(to, mayArrive(err), err)
		}
	})
}

// toPhone returns the destination of a code by SMS. It has no user, because the phone need
// not have an account yet. Only a code for ForChange gets one.
func toPhone(site int64, phone identifier.Phone, purpose Purpose) code.Destination {
	return code.Destination{Site: site, Address: phone.E164, Channel: code.Phone, Purpose: purpose}
}

// handOver translates the error of a sender. failed is the reason if the gateway did not
// accept the message. If the message may arrive nevertheless, handOver returns true and
// OutcomeUnknown (I11): the code is valid, its budgets stay used, and the client should
// wait as long as for a message that was sent.
func handOver(failed Reason, err error) (handed bool, _ error) {
	if err == nil {
		return true, nil
	}
	if mayArrive(err) {
		return true, &Error{Reason: OutcomeUnknown, RetryAfter: code.Cooldown, Err: err}
	}
	var refused *mail.DeliveryError
	if errors.As(err, &refused) && refused.Kind == mail.RecipientRefused && refused.Permanent() {
		// The mailbox does not exist, so a later attempt fails, too.
		return false, &Error{Reason: EmailInvalid, Field: "email", Err: err}
	}
	return false, &Error{Reason: failed, RetryAfter: 5 * time.Second, Err: err}
}

// mayArrive reports whether a message may arrive, by the error of its sender. Both senders, SMS and
// mail, have the method on their errors.
func mayArrive(err error) bool {
	var delivery interface{ Handed() bool }
	return err == nil || errors.As(err, &delivery) && delivery.Handed()
}

// codeRefusal returns the refusal for an error of package code. field is the contract's
// name of the address, for errors of sending.
func codeRefusal(err error, field string) error {
	var r *code.Refusal
	// The code could not be stored, so no message was sent.
	if errors.Is(err, code.ErrNotKept) {
		return &Error{Reason: Unavailable, RetryAfter: 2 * time.Second, Err: code.ErrNotKept}
	}
	if !errors.As(err, &r) {
		return refusalOf(err)
	}
	switch r.Why {
	case code.TooSoon:
		return &Error{Reason: CodeTooSoon, Field: field, RetryAfter: r.RetryAfter}
	case code.TooMany:
		return &Error{Reason: CodeTooMany, Field: field, RetryAfter: r.RetryAfter}
	case code.Wrong:
		return &Error{Reason: CodeWrong, Field: "code"}
	case code.Exhausted:
		return &Error{Reason: CodeExhausted, Field: "code"}
	}
	return &Error{Reason: CodeExpired, Field: "code"}
}
