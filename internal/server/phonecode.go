package server

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
)

// SendPhoneCode is the operation sendPhoneCode.
func (h *handlers) SendPhoneCode(ctx context.Context, req api.SendPhoneCodeRequestObject) (api.SendPhoneCodeResponseObject, error) {
	c := callOf(ctx)
	purpose := account.ForRegister
	if req.Body.Purpose != "" {
		purpose = account.Purpose(req.Body.Purpose)
	}
	sent, err := h.accounts.SendPhoneCode(ctx, account.CodeRequest{
		Site:    c.site,
		Phone:   req.Body.Phone,
		Purpose: purpose,
		Locale:  c.texts.tag,
		Proof:   c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:    c.from,
	})
	if err != nil {
		return nil, err
	}
	expires, retry := seconds(sent)
	return api.SendPhoneCode200JSONResponse{
		Msg: c.success(), RequestID: c.id, Data: api.PhoneCodeSent{ExpiresIn: expires, RetryAfter: retry},
	}, nil
}

// seconds are rounded so that nobody is promised more than there is.
func seconds(sent account.CodeSent) (expiresIn, retryAfter int32) {
	return int32(sent.ExpiresIn / time.Second), int32((sent.RetryAfter + time.Second - 1) / time.Second)
}
