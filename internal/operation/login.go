package operation

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
)

// Login is the operation login. Its answer is that of register, so that clients need one
// way to keep a user and its token.
func (h *Handlers) Login(ctx context.Context, req api.LoginRequestObject) (api.LoginResponseObject, error) {
	c := CallOf(ctx)
	// Package login decides which combinations of fields are complete. The contract's schema
	// cannot express that without losing its types in generators. The identifiers are passed on
	// as they were sent: package login brings them into their canonical form.
	in, err := h.accounts.Login(ctx, account.Login{
		Site:          c.Site,
		UserName:      req.Body.UserName,
		Email:         req.Body.Email,
		Phone:         req.Body.Phone,
		Password:      req.Body.Password,
		Code:          req.Body.Code,
		Remember:      req.Body.Remember,
		AcceptedTerms: req.Body.AcceptedTerms,
		Proof:         c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:          c.From,

		UserAgent: c.Agent, Locale: c.Texts.Tag,
	})
	if err != nil {
		return nil, err
	}
	c.User, c.Issued = in.User.ID, in.Token // for the log, and the cookie
	answer := api.Login200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.user(in.User, in.Token)}
	// The field is for programs. The message is for the person that logs in, in case another person
	// has requested the deletion.
	if answer.Data.DeletionCanceled = in.DeletionCanceled; in.DeletionCanceled {
		answer.Msg = c.Texts.Of("ok.login.deletionCanceled", 0, 0)
	}
	return answer, nil
}
