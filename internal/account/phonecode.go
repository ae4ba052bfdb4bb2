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

// SendPhoneCode sends a code to a phone. Whether the phone has an account
// changes neither the answer nor the work (I9).
func (s *Service) SendPhoneCode(ctx context.Context, r CodeRequest) (CodeSent, error) {
	if s.config.SMS == nil {
		return CodeSent{}, &Error{Reason: PhoneNotOffered, Field: "phone"}
	}
	phone, err := s.phones.Parse(r.Phone)
	if err != nil {
		return CodeSent{}, phoneRefusal(err)
	}
	if err := s.useCaptcha(ctx, OnVerifyPhone, r.Site, r.Proof); err != nil {
		return CodeSent{}, err
	}
	to := toPhone(r.Site, phone, r.Purpose)
	sent, err := s.codes.Send(ctx, to, r.From, func(ctx context.Context, typed string) (bool, error) {
		return handOver(SMSFailed, s.config.SMS.Send(ctx, sms.Message{
			Phone: phone.E164, Code: typed, Purpose: string(r.Purpose), ExpiresIn: code.Life, Locale: r.Locale, SiteID: r.Site,
		}))
	})
	return sent, codeRefusal(err, "phone")
}

func toPhone(site int64, phone identifier.Phone, purpose Purpose) code.Destination {
	return code.Destination{Site: site, Address: phone.E164, Channel: code.Phone, Purpose: purpose}
}

// handOver words what a sender reports. failed is the reason if nothing was handed to it.
// If the message may arrive, its code is good, and the answer says that this is not known
// (I11): the person waits for it as long as for one that was sent.
func handOver(failed Reason, err error) (handed bool, _ error) {
	if err == nil {
		return true, nil
	}
	var delivery interface{ Handed() bool }
	if errors.As(err, &delivery) && delivery.Handed() {
		return true, &Error{Reason: OutcomeUnknown, RetryAfter: code.Cooldown, Err: err}
	}
	var refused *mail.DeliveryError
	if errors.As(err, &refused) && refused.Kind == mail.RecipientRefused && refused.Permanent() {
		return false, &Error{Reason: EmailInvalid, Field: "email", Err: err} // a dead mailbox: trying later helps nobody
	}
	return false, &Error{Reason: failed, RetryAfter: 5 * time.Second, Err: err}
}

// codeRefusal turns an error of package code into the answer it means. field is the
// contract's name of the address, to blame for what is refused about sending.
func codeRefusal(err error, field string) error {
	var r *code.Refusal
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
