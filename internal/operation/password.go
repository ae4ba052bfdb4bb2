package operation

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/credential"
)

// ResetPassword is the operation resetPassword. It does not log the user in: the person logs in
// with the new password afterwards. So a code for a reset alone gives no session, and the answer
// has no token.
func (h *Handlers) ResetPassword(ctx context.Context,
	req api.ResetPasswordRequestObject) (api.ResetPasswordResponseObject, error) {
	c := CallOf(ctx)
	// All sessions of the user have ended when this returns. A mail or an SMS notifies the
	// person.
	u, err := h.accounts.ResetPassword(ctx, credential.Reset{
		Site:     c.Site,
		Email:    req.Body.Email,
		Phone:    req.Body.Phone,
		Code:     req.Body.Code,
		Password: req.Body.Password,
		Locale:   c.Texts.Tag,
		Proof:    c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:     c.From,
	})
	if err != nil {
		return nil, err
	}
	c.User = u.ID // for the log
	return api.ResetPassword200JSONResponse{
		Msg: c.Success(), RequestID: c.ID, Data: api.PasswordReset{UserName: u.UserName},
	}, nil
}
