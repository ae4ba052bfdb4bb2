package operation

import (
	"context"
	"strings"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/contract"
)

// Leniency is what the service forgives clients of AnQiCMS (docs/anqicms.md): unknown fields, blanks around
// names and addresses, and empty identifiers. extra says whether the deployment describes extra data.
func Leniency(extra bool) contract.Leniency {
	leave := contract.Leniency{
		IgnoreUnknown: true,
		// AnQiCMS trims these fields. Passwords are never trimmed: two passwords that differ in a blank are
		// different.
		Trim: append(profileTexts(), "user_name", "email", "phone"),
		// These fields count as not given if they are empty. The app of AnQiCMS sends its whole form when a
		// profile is changed, and an empty identifier in the form must not clear the stored one. An empty extra
		// is not an object, which the contract requires.
		NotGiven: []string{"user_name", "email", "phone", "extra"},
	}
	// The app sends the field extra, too. If the deployment does not describe extra data, the field is ignored.
	if !extra {
		leave.Ignored = []string{"extra"}
	}
	return leave
}

// Register is the operation register. The package doc of account has the order of its
// steps.
func (h *Handlers) Register(ctx context.Context, req api.RegisterRequestObject) (api.RegisterResponseObject, error) {
	c := CallOf(ctx)
	// Fields of the generated type that were not sent are "" and 0, which is also what account expects.
	in, err := h.accounts.Register(ctx, account.Registration{
		Site:          c.Site,
		UserName:      req.Body.UserName,
		Password:      req.Body.Password,
		Basics:        basics(req.Body),
		Email:         req.Body.Email,
		Phone:         req.Body.Phone,
		Code:          req.Body.Code,
		Birthday:      req.Body.Birthday,
		AcceptedTerms: req.Body.AcceptedTerms,
		InviteCode:    req.Body.InviteCode,
		InviteID:      req.Body.InviteID,
		Proof:         c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:          c.From,
		UserAgent:     c.Agent,
		Locale:        c.Texts.Tag,
		// The draft standard of the header Idempotency-Key puts the key in quotes, which are not part of it.
		IdempotencyKey: strings.Trim(req.Params.IdempotencyKey, `"`),

		InviteHint: c.InviteHint,
	})
	if err != nil {
		return nil, err
	}
	c.User, c.Issued = in.User.ID, in.Token // for the log, and the cookie
	// The status is 200 and not 201, as clients of AnQiCMS expect.
	answer := api.Register200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.user(in.User, in.Token)}
	// Clients of AnQiCMS show the message of a success, and know nothing of the field.
	if answer.Data.ApprovalPending = in.User.Waiting; in.User.Waiting {
		answer.Msg = c.Texts.Of("ok.register.approvalPending", 0, 0)
	}
	return answer, nil
}
