package operation

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
)

// DeleteUser is the operation deleteUser. The user is that of the token. Its answer has no token: the
// session has ended.
func (h *Handlers) DeleteUser(ctx context.Context, req api.DeleteUserRequestObject) (api.DeleteUserResponseObject,
	error) {
	c := CallOf(ctx)
	// The token is not enough: the password or a code proves that the person is there.
	at, err := h.accounts.Delete(ctx, account.Deletion{
		By: c.Holder, Password: req.Body.Password, Code: req.Body.Code, From: c.From, Locale: c.Texts.Tag,
	})
	if err != nil {
		return nil, err
	}
	c.LoggedOut = true // for the cookie
	return api.DeleteUser200JSONResponse{
		Msg: c.Success(), RequestID: c.ID, Data: api.Deletion{DeleteTime: unix(at)},
	}, nil
}
