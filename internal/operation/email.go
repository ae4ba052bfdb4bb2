package operation

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
)

// SendEmailCode is the operation sendEmailCode.
func (h *Handlers) SendEmailCode(ctx context.Context,
	req api.SendEmailCodeRequestObject) (api.SendEmailCodeResponseObject, error) {
	c := CallOf(ctx)
	switch req.Body.State {
	case api.EmailPurposeRegister, api.EmailPurposeLogin, api.EmailPurposeReset:
		return h.sendMailCode(ctx, c, req)
	}
	if c.Unauthenticated != nil {
		return nil, c.Unauthenticated // check: verify-needs-token
	}
	// ForVerify is the contract's default.
	purpose := account.ForVerify
	if req.Body.State == api.EmailPurposeChange {
		purpose = account.ForChange
	}
	// The user is that of the token, never one that the body names.
	sent, err := h.accounts.SendEmailCode(ctx, address.EmailCodeRequest{
		By:      c.Holder,
		Email:   req.Body.Email,
		Purpose: purpose,
		Locale:  c.Texts.Tag,
		Proof:   c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:    c.From, // check: mail-network
	})
	if err != nil {
		return nil, err
	}
	return codeMailed(c, sent), nil
}

// sendMailCode sends a code to a person that is not logged in. If the request has a token, the token is
// ignored.
func (h *Handlers) sendMailCode(ctx context.Context, c *Call,
	req api.SendEmailCodeRequestObject) (api.SendEmailCodeResponseObject, error) {
	c.User = 0 // the log must not name a user that has nothing to do with the request
	// The address need not belong to a user: the answer is the same (I9).
	sent, err := h.accounts.SendMailCode(ctx, address.MailCodeRequest{
		Site:    c.Site,
		Email:   req.Body.Email,
		Purpose: account.Purpose(req.Body.State),
		Invite:  c.invitation(req.Body.InviteCode),
		Locale:  c.Texts.Tag,
		Proof:   c.proof(req.Body.CaptchaID, req.Body.Captcha),
		From:    c.From,
	})
	if err != nil {
		return nil, err
	}
	return codeMailed(c, sent), nil
}

// codeMailed is the answer to a request for a code. It does not contain the address, so it is the
// same for all addresses (I9).
func codeMailed(c *Call, sent account.CodeSent) api.SendEmailCode200JSONResponse {
	expires, retry := seconds(sent)
	return api.SendEmailCode200JSONResponse{
		Msg: c.Success(), RequestID: c.ID, Data: api.EmailCodeSent{ExpiresIn: expires, RetryAfter: retry},
	}
}

// VerifyEmail is the operation verifyEmail. It is a GET with an effect, because AnQiCMS has
// such a GET.
func (h *Handlers) VerifyEmail(ctx context.Context, req api.VerifyEmailRequestObject) (api.VerifyEmailResponseObject,
	error) {
	answer, err := h.confirmEmail(ctx, req.Params.Code, req.Params.Email)
	if err != nil {
		return nil, err
	}
	return api.VerifyEmail200JSONResponse(answer), nil
}

// ConfirmEmail is the operation confirmEmail. It does what VerifyEmail does, by POST, which browsers and
// proxies do not prefetch.
func (h *Handlers) ConfirmEmail(ctx context.Context, req api.ConfirmEmailRequestObject) (api.ConfirmEmailResponseObject,
	error) {
	answer, err := h.confirmEmail(ctx, req.Body.Code, req.Body.Email)
	if err != nil {
		return nil, err
	}
	return api.ConfirmEmail200JSONResponse(answer), nil
}

// confirmEmail redeems the code of a mail.
func (h *Handlers) confirmEmail(ctx context.Context, code, email string) (api.UserEnvelope, error) {
	c := CallOf(ctx)
	u, err := h.accounts.VerifyEmail(ctx, address.EmailVerification{
		By: c.Holder, Email: email, Code: code, From: c.From,
	})
	if err != nil {
		return api.UserEnvelope{}, err
	}
	return api.UserEnvelope{Msg: c.Success(), RequestID: c.ID, Data: h.user(u, h.renewAfter(ctx, c))}, nil
}
