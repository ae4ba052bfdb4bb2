package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/operation"
	"github.com/enroll-project/enroll/internal/token"
)

// fakeHandlers stand behind the chain in place of the real handlers. They give any
// outcome without a database.
type fakeHandlers struct {
	*operation.Handlers
	outcome func(ctx context.Context) error
}

// FakeConfig is a complete configuration whose log goes nowhere.
func FakeConfig(t testing.TB) Config {
	t.Helper()
	return Config{
		Accounts:    &account.Service{},
		Tokens:      NewSigner(t, time.Now),
		Keys:        func(context.Context) error { return nil },
		Sites:       []int64{1, 2},
		FormatPhone: func(e164 string) string { return e164 },
		Logger:      slog.New(slog.DiscardHandler),
		Registry:    prometheus.NewRegistry(),
		Now:         time.Now,
		Rand:        rand.Reader,
	}
}

// NewSigner is a signer of its own key.
func NewSigner(t testing.TB, now func() time.Time) *token.Signer {
	t.Helper()
	pem, err := token.GenerateKey(false)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.ParseKeys(pem)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := token.New(token.Config{Keys: keys, Issuer: "enroll", Audience: "enroll", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// Fake returns the chain with fakeHandlers. All of them return the same outcome, nil for success.
func Fake(t testing.TB, cfg Config, outcome func(ctx context.Context) error) http.Handler {
	t.Helper()
	anyone := func(context.Context, token.Claims) (holder.Holder, error) { return holder.Holder{}, nil }
	real := operation.New(operation.Config{Tokens: cfg.Tokens, FormatPhone: cfg.FormatPhone, Renew: renewedBy(cfg.Tokens),
		Recoverable: func(holder.User) bool { return true }})
	return assembled(t, cfg, anyone, &fakeHandlers{real, outcome})
}

// Served is [New], but all handlers share one loaded contract: loading is more than half of what a handler costs.
func Served(t testing.TB, cfg Config) http.Handler {
	t.Helper()
	return assembled(t, cfg, cfg.Accounts.Holder, operations(cfg, spoken(t, cfg)))
}

func assembled(t testing.TB, cfg Config, holder checkHolder, operations api.StrictServerInterface) http.Handler {
	t.Helper()
	openAPI := loaded()
	if cfg.Compat {
		openAPI = lenient[cfg.Accounts.Offers().Extra]()
	}
	h, err := assemble(cfg, openAPI, spoken(t, cfg), holder, operations)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// spoken is languagesOf, which reads the files of a set of languages and variants once: fourteen files for each of
// hundreds of deployments are a tenth of what the tests of this package cost.
func spoken(t testing.TB, cfg Config) *message.Languages {
	t.Helper()
	key := fmt.Sprint(cmp.Or(cfg.Languages, locale.Default()).Tags(), variants(cfg.Accounts.Offers()))
	if known, found := spokenBefore.Load(key); found {
		return known.(*message.Languages)
	}
	languages, err := languagesOf(cfg)
	if err != nil {
		t.Fatal(err)
	}
	spokenBefore.Store(key, languages)
	return languages
}

// spokenBefore has the languages that spoken has read, by their tags and variants.
var spokenBefore sync.Map

// renewedBy renews the token of a request without a session.
func renewedBy(tokens *token.Signer) func(context.Context, holder.Holder, account.Origin, string) (string, error) {
	return func(ctx context.Context, _ holder.Holder, _ account.Origin, _ string) (string, error) {
		claims := operation.CallOf(ctx).Sent.Claims
		life, due, err := tokens.Renewable(claims, claims.ExpiresAt.Add(claims.Life()))
		if err != nil || !due {
			return "", err
		}
		return tokens.Sign(claims.Subject, life)
	}
}

// RequestID returns the id of a request, for handlers that a test supplies.
func RequestID(ctx context.Context) string { return operation.CallOf(ctx).ID }

// StatusOf is the status that a reason stands for, 0 for none.
func StatusOf(reason string) int {
	status, _ := loaded().Status(contract.Reason(reason))
	return status
}

// loaded is the contract of most tests. To load one takes a tenth of a second under the race detector.
var loaded = loadedOnce(contract.Leniency{})

// lenient are the contracts of the mode compat, by whether there is extra data.
var lenient = map[bool]func() *contract.Contract{
	false: loadedOnce(operation.Leniency(false)), true: loadedOnce(operation.Leniency(true)),
}

func loadedOnce(leave contract.Leniency) func() *contract.Contract {
	return sync.OnceValue(func() *contract.Contract {
		c, err := contract.Load(enroll.Contract, leave)
		if err != nil {
			panic(err)
		}
		return c
	})
}

func (s *fakeHandlers) end(ctx context.Context) error {
	if s.outcome == nil {
		return nil
	}
	return s.outcome(ctx)
}

func (s *fakeHandlers) GetJwks(ctx context.Context, _ api.GetJwksRequestObject) (api.GetJwksResponseObject, error) {
	return api.GetJwks200JSONResponse{Keys: []api.Jwk{}}, s.end(ctx)
}

func (s *fakeHandlers) GetSettings(ctx context.Context, _ api.GetSettingsRequestObject) (api.GetSettingsResponseObject,
	error) {
	c := operation.CallOf(ctx)
	return api.GetSettings200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: api.Settings{
		Signup: api.SignupOpen, RegisterMethods: []api.RegisterMethod{}, LoginMethods: []api.LoginMethod{},
		ResetMethods: []api.ResetMethod{}, Channels: []api.PhoneChannel{}, CaptchaOn: []api.CaptchaOperation{},
		PasswordMinLength: 8, PasswordMaxLength: 128, CodeLength: 6, CodeExpiresIn: 600, CodeRetryAfter: 60,
		PhoneRegion: "CN", PhoneCountries: []string{}, EmailDomains: []string{}, Languages: []api.Language{},
	}}, s.end(ctx)
}

func (s *fakeHandlers) GetCaptcha(ctx context.Context, _ api.GetCaptchaRequestObject) (api.GetCaptchaResponseObject,
	error) {
	c := operation.CallOf(ctx)
	return api.GetCaptcha200JSONResponse{Msg: c.Success(), RequestID: c.ID,
		Data: api.Captcha{CaptchaOff: true}}, s.end(ctx)
}

func (s *fakeHandlers) GetCaptchaAudio(ctx context.Context,
	_ api.GetCaptchaAudioRequestObject) (api.GetCaptchaAudioResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.GetCaptchaAudio200JSONResponse{
		Msg: c.Success(), RequestID: c.ID, Data: api.CaptchaAudio{CaptchaAudio: "data:audio/wav;base64,AA=="},
	}, s.end(ctx)
}

// Register returns the texts of its request.
func (s *fakeHandlers) Register(ctx context.Context, req api.RegisterRequestObject) (api.RegisterResponseObject,
	error) {
	c := operation.CallOf(ctx)
	return api.Register200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: s.someone(api.User{
		UserName: req.Body.UserName, RealName: req.Body.RealName, Email: req.Body.Email, AvatarURL: req.Body.AvatarURL,
		Phone: req.Body.Phone, InviteCode: req.Body.InviteCode, ParentID: req.Body.InviteID,
	}, "jwt")}, s.end(ctx)
}

func (s *fakeHandlers) Login(ctx context.Context, req api.LoginRequestObject) (api.LoginResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.Login200JSONResponse{Msg: c.Success(), RequestID: c.ID,
		Data: s.someone(api.User{UserName: req.Body.UserName}, "jwt")}, s.end(ctx)
}

func (s *fakeHandlers) SendPhoneCode(ctx context.Context,
	_ api.SendPhoneCodeRequestObject) (api.SendPhoneCodeResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.SendPhoneCode200JSONResponse{Msg: c.Success(), RequestID: c.ID,
		Data: api.PhoneCodeSent{ExpiresIn: 600, RetryAfter: 60}}, s.end(ctx)
}

func (s *fakeHandlers) SendEmailCode(ctx context.Context,
	_ api.SendEmailCodeRequestObject) (api.SendEmailCodeResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.SendEmailCode200JSONResponse{Msg: c.Success(), RequestID: c.ID,
		Data: api.EmailCodeSent{ExpiresIn: 600, RetryAfter: 60}}, s.end(ctx)
}

// VerifyEmail returns the texts of its request.
func (s *fakeHandlers) VerifyEmail(ctx context.Context,
	req api.VerifyEmailRequestObject) (api.VerifyEmailResponseObject, error) {
	c := operation.CallOf(ctx)
	u := api.User{Email: req.Params.Email, RealName: req.Params.Code}
	return api.VerifyEmail200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: s.someone(u, "jwt")}, s.end(ctx)
}

// ConfirmEmail returns the texts of its request.
func (s *fakeHandlers) ConfirmEmail(ctx context.Context,
	req api.ConfirmEmailRequestObject) (api.ConfirmEmailResponseObject, error) {
	c := operation.CallOf(ctx)
	u := api.User{Email: req.Body.Email, RealName: req.Body.Code}
	return api.ConfirmEmail200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: s.someone(u, "jwt")}, s.end(ctx)
}

// ResetPassword returns the texts of its request.
func (s *fakeHandlers) ResetPassword(ctx context.Context,
	req api.ResetPasswordRequestObject) (api.ResetPasswordResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.ResetPassword200JSONResponse{Msg: c.Success(), RequestID: c.ID,
		Data: api.PasswordReset{UserName: req.Body.Email}}, s.end(ctx)
}

func (s *fakeHandlers) GetUserDetail(ctx context.Context,
	req api.GetUserDetailRequestObject) (api.GetUserDetailResponseObject, error) {
	// The real one renews the token.
	real, err := s.Handlers.GetUserDetail(ctx, req)
	answer, ok := real.(api.GetUserDetail200JSONResponse)
	if !ok {
		return nil, err
	}
	answer.Data = s.someone(api.User{}, answer.Data.Token)
	return answer, s.end(ctx)
}

// AcceptTerms returns the text of its request.
func (s *fakeHandlers) AcceptTerms(ctx context.Context,
	req api.AcceptTermsRequestObject) (api.AcceptTermsResponseObject, error) {
	c, u := operation.CallOf(ctx), api.User{AcceptedTerms: req.Body.AcceptedTerms}
	return api.AcceptTerms200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: s.someone(u, "jwt")}, s.end(ctx)
}

// UpdateUser returns the texts of its request.
func (s *fakeHandlers) UpdateUser(ctx context.Context, req api.UpdateUserRequestObject) (api.UpdateUserResponseObject,
	error) {
	c := operation.CallOf(ctx)
	u := api.User{}
	if req.Body.RealName != nil {
		u.RealName = *req.Body.RealName
	}
	return api.UpdateUser200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: s.someone(u, "jwt")}, s.end(ctx)
}

func (s *fakeHandlers) UploadAvatar(ctx context.Context,
	req api.UploadAvatarRequestObject) (api.UploadAvatarResponseObject, error) {
	c := operation.CallOf(ctx)
	if _, err := c.Op.ReadUpload(req.Body); err != nil {
		return nil, err
	}
	return api.UploadAvatar200JSONResponse{Msg: c.Success(), RequestID: c.ID}, s.end(ctx)
}

func (s *fakeHandlers) GetUserGroups(ctx context.Context,
	_ api.GetUserGroupsRequestObject) (api.GetUserGroupsResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.GetUserGroups200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: []api.Group{}}, s.end(ctx)
}

func (s *fakeHandlers) GetUserGroup(ctx context.Context,
	_ api.GetUserGroupRequestObject) (api.GetUserGroupResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.GetUserGroup200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: api.Group{ID: 2}}, s.end(ctx)
}

func (s *fakeHandlers) Logout(ctx context.Context, _ api.LogoutRequestObject) (api.LogoutResponseObject, error) {
	return api.Logout200JSONResponse(done(ctx)), s.end(ctx)
}

func (s *fakeHandlers) ListSessions(ctx context.Context,
	_ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.ListSessions200JSONResponse{Msg: c.Success(), RequestID: c.ID,
		Data: api.LoginSessions{Sessions: []api.LoginSession{}}}, s.end(ctx)
}

func (s *fakeHandlers) ExportUser(ctx context.Context, _ api.ExportUserRequestObject) (api.ExportUserResponseObject,
	error) {
	c := operation.CallOf(ctx)
	return api.ExportUser200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: api.Export{
		User: api.ExportUser{ID: 1000}, Sessions: []api.ExportSession{}, Codes: []api.ExportCode{},
		Notices: []api.ExportNotice{}, Counts: []api.ExportCount{}, Changes: []api.ExportChange{},
		Logins: []api.ExportLogin{},
	}}, s.end(ctx)
}

func (s *fakeHandlers) EndSession(ctx context.Context,
	_ api.EndSessionRequestObject) (api.EndSessionResponseObject, error) {
	return api.EndSession200JSONResponse(done(ctx)), s.end(ctx)
}

func (s *fakeHandlers) EndOtherSessions(ctx context.Context,
	_ api.EndOtherSessionsRequestObject) (api.EndOtherSessionsResponseObject, error) {
	return api.EndOtherSessions200JSONResponse(done(ctx)), s.end(ctx)
}

func (s *fakeHandlers) ChangePassword(ctx context.Context,
	_ api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.ChangePassword200JSONResponse{Msg: c.Success(), RequestID: c.ID,
		Data: s.someone(api.User{}, "jwt")}, s.end(ctx)
}

func (s *fakeHandlers) DeleteUser(ctx context.Context,
	_ api.DeleteUserRequestObject) (api.DeleteUserResponseObject, error) {
	c := operation.CallOf(ctx)
	return api.DeleteUser200JSONResponse{Msg: c.Success(), RequestID: c.ID}, s.end(ctx)
}

// done is the envelope of an operation that returns nothing.
func done(ctx context.Context) api.DoneEnvelope {
	c := operation.CallOf(ctx)
	return api.DoneEnvelope{Msg: c.Success(), RequestID: c.ID}
}

// someone fills the fields of a user that the contract does not allow to be empty.
func (s *fakeHandlers) someone(u api.User, token string) api.User {
	u.ID, u.Status, u.GroupID, u.Recoverable, u.Token = 1000, int32(holder.Active), 2, true, token
	return u
}
