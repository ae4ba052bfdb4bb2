package operation

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
)

// SendPhoneCode is the operation sendPhoneCode. Its answer comes after the gateway has
// accepted the message, except for a code that only holders get, such as for a reset: that one is
// sent after the answer.
func (h *Handlers) SendPhoneCode(ctx context.Context,
	req api.SendPhoneCodeRequestObject) (api.SendPhoneCodeResponseObject, error) {
	c := CallOf(ctx)
	// ForRegister is the contract's default, which validation does not fill in
	// (contract.checkScalar).
	purpose := account.ForRegister
	if req.Body.Purpose != "" {
		purpose = account.Purpose(req.Body.Purpose)
	}
	// A code for another purpose than a change is for a person that is not logged in, so a token of the
	// request is ignored: the log must not name a user that has nothing to do with the code.
	if purpose != account.ForChange {
		c.User = 0
	} else if c.Unauthenticated != nil {
		return nil, c.Unauthenticated // check: change-needs-token
	}
	sent, err := h.accounts.SendPhoneCode(ctx, address.CodeRequest{
		Site:    c.Site,
		Phone:   req.Body.Phone,
		Purpose: purpose,
		Voice:   req.Body.Channel == api.PhoneCodeRequestChannelCodeByVoice,
		By:      c.Holder,
		Invite:  c.invitation(req.Body.InviteCode),
		Locale:  c.Texts.Tag,
		Proof:   c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:    c.From,
	})
	if err != nil {
		return nil, err
	}
	// The answer is the same for a known and an unknown phone (I9).
	expires, retry := seconds(sent)
	return api.SendPhoneCode200JSONResponse{
		Msg: c.Success(), RequestID: c.ID, Data: api.PhoneCodeSent{ExpiresIn: expires, RetryAfter: retry},
	}, nil
}

// seconds rounds the validity of a code down and the wait for the next one up.
func seconds(sent account.CodeSent) (expiresIn, retryAfter int32) {
	return int32(sent.ExpiresIn / time.Second), int32((sent.RetryAfter + time.Second - 1) / time.Second)
}
