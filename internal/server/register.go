package server

import (
	"context"
	"strings"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/token"
)

// handlers has one method for each operation. They translate between the contract's types
// and those of package account, and have no rules of their own.
type handlers struct {
	accounts *account.Service
	tokens   *token.Signer
	// renewed is account.Service.Renew. Tests that have no database give another one.
	renewed     func(ctx context.Context, by holder.Holder, from account.Origin, userAgent string) (string, error)
	formatPhone func(e164 string) string
	// recoverable is account.Service.Recoverable.
	recoverable func(u holder.User) bool
	assetBase   string
}

// trimmed are the fields from whose ends Config.Compat cuts blanks: names and addresses, as the reference
// does. Passwords are never among them: two passwords that differ in a blank are two.
var trimmed = []string{"user_name", "real_name", "first_name", "last_name", "email", "phone", "introduce"}

// identifiers are the fields that Config.Compat takes for not given if they are empty. The reference's app
// sends its whole form when a profile is changed, and an identifier that is empty in it must not be
// cleared.
var identifiers = []string{"user_name", "email", "phone"}

// Register is the operation register. The package doc of account has the order of its
// steps.
func (h *handlers) Register(ctx context.Context, req api.RegisterRequestObject) (api.RegisterResponseObject, error) {
	c := callOf(ctx)
	// The generated type has a field for each of the contract, "" and 0 for those that were
	// not sent, which is also what account expects.
	in, err := h.accounts.Register(ctx, account.Registration{
		Site:       c.site,
		UserName:   req.Body.UserName,
		Password:   req.Body.Password,
		RealName:   req.Body.RealName,
		FirstName:  req.Body.FirstName,
		LastName:   req.Body.LastName,
		AvatarURL:  req.Body.AvatarURL,
		Email:      req.Body.Email,
		Phone:      req.Body.Phone,
		Code:       req.Body.Code,
		InviteCode: req.Body.InviteCode,
		InviteID:   req.Body.InviteID,
		Proof:      c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:       c.from,
		UserAgent:  c.agent,
		// The draft of this header writes a string in quotes, which are no part of the key.
		IdempotencyKey: strings.Trim(req.Params.IdempotencyKey, `"`),

		InviteHint: c.inviteHint,
	})
	if err != nil {
		return nil, err
	}
	c.user, c.issued = in.User.ID, in.Token // for the log, and the cookie
	// With status 200 and not 201, as clients of the reference expect.
	return api.Register200JSONResponse{Msg: c.success(), RequestID: c.id, Data: h.user(in.User, in.Token)}, nil
}
