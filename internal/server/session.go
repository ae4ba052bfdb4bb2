package server

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
)

// Logout is the operation logout. A client drops its token afterwards; this makes a copy of it
// useless.
func (h *handlers) Logout(ctx context.Context, req api.LogoutRequestObject) (api.LogoutResponseObject, error) {
	c := callOf(ctx)
	// Not given is false: the session of the token only.
	if err := h.accounts.Logout(ctx, c.holder, req.Body.All); err != nil {
		return nil, err
	}
	c.loggedOut = true // for the cookie
	return api.Logout200JSONResponse(c.done()), nil
}

// ListSessions is the operation listSessions.
func (h *handlers) ListSessions(ctx context.Context,
	_ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	c := callOf(ctx)
	// Only of the token's own user: no parameter names another one.
	sessions, err := h.accounts.Sessions(ctx, c.holder)
	if err != nil {
		return nil, err
	}
	return api.ListSessions200JSONResponse{Msg: c.success(), RequestID: c.id, Data: loginSessions(sessions)}, nil
}

// EndSession is the operation endSession. Its answer does not tell whether there was such a session,
// so that a repetition gets the same one.
func (h *handlers) EndSession(ctx context.Context,
	req api.EndSessionRequestObject) (api.EndSessionResponseObject, error) {
	c := callOf(ctx)
	// The id has passed the contract's pattern. The token's own session may be named as well: then
	// this is a logout.
	if err := h.accounts.EndSession(ctx, c.holder, req.ID); err != nil {
		return nil, err
	}
	return api.EndSession200JSONResponse(c.done()), nil
}

// EndOtherSessions is the operation endOtherSessions.
func (h *handlers) EndOtherSessions(ctx context.Context,
	_ api.EndOtherSessionsRequestObject) (api.EndOtherSessionsResponseObject, error) {
	c := callOf(ctx)
	// The client is kept only if the token has no session yet, see account.Service.Renew.
	if err := h.accounts.EndOtherSessions(ctx, c.holder, c.from, c.agent); err != nil {
		return nil, err
	}
	return api.EndOtherSessions200JSONResponse(c.done()), nil
}

// ChangePassword is the operation changePassword. The new token is sent as Update-Token as well, which
// clients take over by themselves.
func (h *handlers) ChangePassword(ctx context.Context,
	req api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	c := callOf(ctx)
	in, err := h.accounts.ChangePassword(ctx, credential.Change{
		By: c.holder, OldPassword: req.Body.OldPassword, Code: req.Body.Code, Password: req.Body.Password,
		From: c.from, UserAgent: c.agent, Locale: c.texts.Tag,
	})
	if err != nil {
		return nil, err
	}
	// In place of the one that was sent, which has just ended; complete sends it.
	c.fresh, c.issued = in.Token, in.Token
	return api.ChangePassword200JSONResponse{Msg: c.success(), RequestID: c.id, Data: h.user(in.User, in.Token)}, nil
}

// done returns the envelope of an operation that returns nothing.
func (c *call) done() api.DoneEnvelope { return api.DoneEnvelope{Msg: c.success(), RequestID: c.id} }

// loginSessions returns the sessions of a user as the contract writes them.
func loginSessions(sessions []holder.Session) api.LoginSessions {
	// Not nil: the contract's list is empty and not null. It is empty only for a token of a
	// release without sessions, whose user has not logged in since.
	list := make([]api.LoginSession, len(sessions))
	for i, s := range sessions {
		list[i] = api.LoginSession{
			ID: s.ID, CreatedTime: unix(s.CreatedAt), LastUsedTime: unix(s.UsedAt),
			Network: s.Network, Client: s.Agent, Current: s.Current,
		}
	}
	return api.LoginSessions{Sessions: list}
}
