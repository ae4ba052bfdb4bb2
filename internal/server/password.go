package server

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/credential"
)

// ResetPassword is the operation resetPassword. It does not log the user in: the person logs in
// with the new password afterwards. So a code alone never gives a session, and the answer has no
// token.
func (h *handlers) ResetPassword(ctx context.Context,
	req api.ResetPasswordRequestObject) (api.ResetPasswordResponseObject, error) {
	c := callOf(ctx)
	u, err := h.accounts.ResetPassword(ctx, credential.Reset{
		Site:     c.site,
		Email:    req.Body.Email,
		Phone:    req.Body.Phone,
		Code:     req.Body.Code,
		Password: req.Body.Password,
		Locale:   c.texts.Tag,
		Proof:    c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:     c.from,
	})
	if err != nil {
		return nil, err
	}
	c.user = u.ID // for the log
	return api.ResetPassword200JSONResponse{
		Msg: c.success(), RequestID: c.id, Data: api.PasswordReset{UserName: u.UserName},
	}, nil
}
