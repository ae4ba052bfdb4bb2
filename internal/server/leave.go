package server

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
)

// DeleteUser is the operation deleteUser. The user is that of the token. Its answer has no token: the
// session has ended.
func (h *handlers) DeleteUser(ctx context.Context, req api.DeleteUserRequestObject) (api.DeleteUserResponseObject,
	error) {
	c := callOf(ctx)
	at, err := h.accounts.Delete(ctx, account.Deletion{
		By: c.holder, Password: req.Body.Password, Code: req.Body.Code, From: c.from, Locale: c.texts.Tag,
	})
	if err != nil {
		return nil, err
	}
	c.loggedOut = true // for the cookie
	return api.DeleteUser200JSONResponse{
		Msg: c.success(), RequestID: c.id, Data: api.Deletion{DeleteTime: unix(at)},
	}, nil
}
