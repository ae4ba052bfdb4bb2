package server

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
)

// SendPhoneCode is the operation sendPhoneCode. Its answer comes after the gateway has
// accepted the message.
func (h *handlers) SendPhoneCode(ctx context.Context,
	req api.SendPhoneCodeRequestObject) (api.SendPhoneCodeResponseObject, error) {
	c := callOf(ctx)
	// The contract's default, which validation does not fill in (contract.checkScalar).
	purpose := account.ForRegister
	if req.Body.Purpose != "" {
		purpose = account.Purpose(req.Body.Purpose)
	}
	// Any other code is for a person without a login, so a token that the request has is ignored: the
	// log must not name a user that has nothing to do with it.
	if purpose != account.ForChange {
		c.user = 0
	} else if c.unauthenticated != nil {
		return nil, c.unauthenticated // check: change-needs-token
	}
	sent, err := h.accounts.SendPhoneCode(ctx, address.CodeRequest{
		Site:    c.site,
		Phone:   req.Body.Phone,
		Purpose: purpose,
		By:      c.holder,
		Locale:  c.texts.Tag,
		Proof:   c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:    c.from,
	})
	if err != nil {
		return nil, err
	}
	// The same for a known and an unknown phone (I9).
	expires, retry := seconds(sent)
	return api.SendPhoneCode200JSONResponse{
		Msg: c.success(), RequestID: c.id, Data: api.PhoneCodeSent{ExpiresIn: expires, RetryAfter: retry},
	}, nil
}
