package operation

import (
	"context"
	"strings"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/contract"
)

// Leniency is what the service forgives clients of the reference (AnQiCMS, docs/anqicms.md): unknown fields,
// blanks around names and addresses, and empty identifiers. extra says whether there is extra data.
func Leniency(extra bool) contract.Leniency {
	leave := contract.Leniency{
		IgnoreUnknown: true,
		// The reference trims these fields. Passwords are never trimmed: two that differ in a blank are
		// different.
		Trim: append(profileTexts(), "user_name", "email", "phone"),
		// These count as not given if they are empty. The reference's app sends its whole form when a
		// profile is changed, and an empty identifier in it must not clear the stored one. An empty extra
		// is not an object.
		NotGiven: []string{"user_name", "email", "phone", "extra"},
	}
	// The app sends the whole user with a change. Without a description of extra data Enroll ignores this
	// field.
	if !extra {
		leave.Ignored = []string{"extra"}
	}
	return leave
}

// Register is the operation register. The package doc of account has the order of its
// steps.
func (h *Handlers) Register(ctx context.Context, req api.RegisterRequestObject) (api.RegisterResponseObject, error) {
	c := CallOf(ctx)
	// The generated type has a field for each of the contract, "" and 0 for those that were
	// not sent, which is also what account expects.
	in, err := h.accounts.Register(ctx, account.Registration{
		Site:       c.Site,
		UserName:   req.Body.UserName,
		Password:   req.Body.Password,
		Basics:     basics(req.Body),
		Email:      req.Body.Email,
		Phone:      req.Body.Phone,
		Code:       req.Body.Code,
		InviteCode: req.Body.InviteCode,
		InviteID:   req.Body.InviteID,
		Proof:      c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:       c.From,
		UserAgent:  c.Agent,
		Locale:     c.Texts.Tag,
		// The draft of this header writes a string in quotes, which are no part of the key.
		IdempotencyKey: strings.Trim(req.Params.IdempotencyKey, `"`),

		InviteHint: c.InviteHint,
	})
	if err != nil {
		return nil, err
	}
	c.User, c.Issued = in.User.ID, in.Token // for the log, and the cookie
	// With status 200 and not 201, as clients of the reference expect.
	return api.Register200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.user(in.User, in.Token)}, nil
}
