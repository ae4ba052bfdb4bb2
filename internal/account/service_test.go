package account_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/leak"
)

// service is the service under test. Its errors must hold no secret and no identifier
// of a request (I8), because they are logged.
type service struct {
	*account.Service
	testing.TB
	tokens *token.Signer
	now    func() time.Time
}

// holder returns the user of a token without a session, as earlier releases signed them.
func (s service) holder(user int64) holder.Holder {
	s.Helper()
	by, err := s.Holder(s.Context(), token.Claims{
		Subject: token.Subject{UserID: user, SiteID: 1}, ID: fmt.Sprint("token of ", user), IssuedAt: s.now(),
	})
	fatal(s, err)
	return by
}

// holderOf returns the user of a token.
func (s service) holderOf(raw string) (holder.Holder, error) {
	claims, err := s.tokens.Parse(raw)
	if err != nil {
		return holder.Holder{}, err
	}
	return s.Holder(s.Context(), claims)
}

// silent fails the test if an error contains a secret.
func (s service) silent(err error, secrets ...string) {
	s.Helper()
	var watch leak.Watch
	for _, secret := range secrets {
		watch.Add("secret", secret)
	}
	used.Join(&watch)
	if err == nil {
		return
	}
	if seen := watch.Sightings(err.Error()); seen != nil {
		s.Errorf("the error %q tells %q", err, seen)
	}
}

func (s service) Register(ctx context.Context, r account.Registration) (holder.SignedIn, error) {
	got, err := s.Service.Register(ctx, r)
	s.silent(err, r.Password, r.Email, r.Phone, r.Code, r.Proof.Captcha, r.InviteCode, got.Token, got.User.Phone)
	return got, err
}

func (s service) Login(ctx context.Context, l account.Login) (holder.SignedIn, error) {
	got, err := s.Service.Login(ctx, l)
	s.silent(err, l.Password, l.Email, l.Phone, l.Code, l.Proof.Captcha, got.Token)
	return got, err
}

func (s service) SendPhoneCode(ctx context.Context, r address.CodeRequest) (account.CodeSent, error) {
	sent, err := s.Service.SendPhoneCode(ctx, r)
	s.silent(err, r.Phone, r.Proof.Captcha)
	return sent, err
}

func (s service) SendEmailCode(ctx context.Context, r address.EmailCodeRequest) (account.CodeSent, error) {
	sent, err := s.Service.SendEmailCode(ctx, r)
	s.silent(err, r.Email, r.Proof.Captcha)
	return sent, err
}

func (s service) VerifyEmail(ctx context.Context, v address.EmailVerification) (holder.User, error) {
	u, err := s.Service.VerifyEmail(ctx, v)
	s.silent(err, v.Email, v.Code)
	return u, err
}
