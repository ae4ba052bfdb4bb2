package operation

import (
	"context"
	"net/http"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
)

// GetSettings is the operation getSettings. It has no rule of its own: all it says is in [account.Offers].
func (h *Handlers) GetSettings(ctx context.Context, _ api.GetSettingsRequestObject) (api.GetSettingsResponseObject,
	error) {
	c, o, codes := CallOf(ctx), h.accounts.Offers(), account.Codes()
	data := api.Settings{
		Signup:          api.Signup(o.Signup),
		RegisterMethods: []api.RegisterMethod{},
		LoginMethods:    []api.LoginMethod{api.LoginMethodPassword},
		ResetMethods:    []api.ResetMethod{},
		Channels:        []api.PhoneChannel{},
		CaptchaType:     api.CaptchaType(o.Captcha), CaptchaOn: captchaOn(o),
		PasswordMinLength: int32(o.PasswordMin), PasswordMaxLength: int32(o.PasswordMax),
		CodeLength: int32(codes.Digits), CodeExpiresIn: int32(codes.Life / time.Second),
		CodeRetryAfter: int32(codes.Wait / time.Second),
		PhoneRegion:    o.PhoneRegion, PhoneCountries: append([]string{}, o.PhoneCountries...),
		EmailDomains: append([]string{}, o.EmailDomains...),
		MinAge:       int32(o.MinAge),
		Terms:        api.Terms{Version: o.Terms.Version, URL: o.Terms.Page(c.Texts.Tag)},
		Extra:        o.Extra, Languages: make([]api.Language, len(h.languages)),
	}
	for _, m := range o.Methods {
		data.RegisterMethods = append(data.RegisterMethods, api.RegisterMethod(m))
	}
	// A code logs in and resets a password wherever it can be sent, also if nobody can register by it.
	if o.SMS {
		data.LoginMethods = append(data.LoginMethods, api.LoginMethodPhone)
		data.ResetMethods = append(data.ResetMethods, api.ResetMethodPhone)
		data.Channels = append(data.Channels, api.PhoneChannelSms)
	}
	// Calls may be limited to some countries. A request for another one is refused by its field.
	if o.Voice {
		data.Channels = append(data.Channels, api.PhoneChannelVoice)
	}
	if o.Mail {
		data.LoginMethods = append(data.LoginMethods, api.LoginMethodEmail)
		data.ResetMethods = append(data.ResetMethods, api.ResetMethodEmail)
	}
	for i, tag := range h.languages {
		data.Languages[i] = api.Language(tag)
	}
	return kept{Msg: c.Success(), RequestID: c.ID, Data: data}, nil
}

// captchaOn returns the operations that require a captcha. A client shows it for these only.
func captchaOn(o account.Offers) []api.CaptchaOperation {
	on := []api.CaptchaOperation{}
	for _, op := range o.CaptchaOn {
		on = append(on, api.CaptchaOperation(op))
	}
	return on
}

// kept is the answer of getSettings. Browsers and proxies may cache it, because it has no data of a person. A minute is
// short enough that people see a change of the settings, and long enough that a page with many visitors costs little.
type kept api.GetSettings200JSONResponse

// VisitGetSettingsResponse writes the answer. A refusal of the operation is written elsewhere, and must not be cached.
func (k kept) VisitGetSettingsResponse(w http.ResponseWriter) error {
	w.Header().Set("Cache-Control", "public, max-age=60")
	// The answer to one site must not be given to another, and its message has the language of the request. A site
	// in the query is part of the URL, by which caches tell answers apart.
	w.Header().Set("Vary", "Accept-Language, Site-Id") // check: settings-vary
	return api.GetSettings200JSONResponse(k).VisitGetSettingsResponse(w)
}
