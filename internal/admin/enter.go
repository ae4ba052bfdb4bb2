package admin

import (
	"context"
	"strings"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/operator"
)

// CreateUser is the operation createUser. A repetition under its idempotency key is answered with the user that the
// first request has created, so that a program that has lost an answer creates no second user.
func (h *handlers) CreateUser(
	ctx context.Context, req gen.CreateUserRequestObject,
) (gen.CreateUserResponseObject, error) {
	c, b := callOf(ctx), req.Body
	// A new user has no site yet, so the request names it. A key of one site creates users there only.
	site, err := c.siteOf(req.Params.SiteID)
	if err != nil {
		return nil, err
	}
	// A field that is absent or null is "", 0 or false here: the user does not have it. Without a group the user gets
	// the group of new users.
	n := operator.NewUser{
		By: c.actor(), Site: site, UserName: b.UserName, Password: b.Password, Email: b.Email,
		EmailVerified: b.EmailVerified, Phone: b.Phone, Basics: basics(b), Group: b.GroupID, Disabled: b.Disabled,
		DryRun: req.Params.DryRun,
	}
	// A dry run leaves no user that a repetition could be answered with, so it must not claim the key.
	if !n.DryRun { // check: admin-dry-key
		// The IETF draft has quotes around an idempotency key.
		n.IdempotencyKey = strings.Trim(req.Params.IdempotencyKey, `"`)
	}
	u, err := h.config.Operators.Create(ctx, n)
	if err != nil {
		return nil, err
	}
	// The answer has no token: only a login of the user gives one.
	return gen.CreateUser200JSONResponse(c.envelope(u)), nil
}

// UpdateUser is the operation updateUser. A field that is absent or null is nil here, and stays as it is.
func (h *handlers) UpdateUser(
	ctx context.Context, req gen.UpdateUserRequestObject,
) (gen.UpdateUserResponseObject, error) {
	c, b := callOf(ctx), req.Body
	// A disabled user and one that is about to be deleted can be changed, too.
	u, err := h.config.Operators.Update(ctx, c.act(req.ID, req.Params.DryRun), operator.Changes{
		UserName: b.UserName, Email: b.Email, EmailVerified: b.EmailVerified, Phone: b.Phone,
		Password: b.Password, Edits: edits(b), Group: b.GroupID,
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateUser200JSONResponse(c.envelope(u)), nil
}

// SendUserCode is the operation sendUserCode. The answer does not have the address: a program that needs it gets the
// user.
func (h *handlers) SendUserCode(
	ctx context.Context, req gen.SendUserCodeRequestObject,
) (gen.SendUserCodeResponseObject, error) {
	c := callOf(ctx)
	sent, err := h.config.Operators.SendCode(ctx, c.act(req.ID, req.Params.DryRun), operator.Channel(req.Body.Channel))
	if err != nil {
		return nil, err
	}
	return gen.SendUserCode200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: gen.UserCode{
		Channel: string(sent.Channel), ExpiresIn: int32(sent.ExpiresIn.Seconds()),
		RetryAfter: int32(sent.RetryAfter.Seconds()),
	}}, nil
}
