package operation

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
)

// Logout is the operation logout. A client drops its token afterwards. The end of the session makes
// copies of the token useless.
func (h *Handlers) Logout(ctx context.Context, req api.LogoutRequestObject) (api.LogoutResponseObject, error) {
	c := CallOf(ctx)
	// If all is not set, only the session of the token ends.
	if err := h.accounts.Logout(ctx, c.Holder, req.Body.All); err != nil {
		return nil, err
	}
	c.LoggedOut = true // for the cookie
	return api.Logout200JSONResponse(c.done()), nil
}

// ListSessions is the operation listSessions.
func (h *Handlers) ListSessions(ctx context.Context,
	_ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	c := CallOf(ctx)
	// The sessions are those of the token's user: no parameter names another one.
	sessions, err := h.accounts.Sessions(ctx, c.Holder)
	if err != nil {
		return nil, err
	}
	return api.ListSessions200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: loginSessions(sessions)}, nil
}

// EndSession is the operation endSession. Its answer does not tell whether there was such a session,
// so that a repeated request gets the same answer.
func (h *Handlers) EndSession(ctx context.Context,
	req api.EndSessionRequestObject) (api.EndSessionResponseObject, error) {
	c := CallOf(ctx)
	// The id has passed the contract's pattern. The token's own session may be named as well: it ends, but
	// the cookie stays, and is refused from then on.
	if err := h.accounts.EndSession(ctx, c.Holder, req.ID); err != nil {
		return nil, err
	}
	return api.EndSession200JSONResponse(c.done()), nil
}

// EndOtherSessions is the operation endOtherSessions.
func (h *Handlers) EndOtherSessions(ctx context.Context,
	_ api.EndOtherSessionsRequestObject) (api.EndOtherSessionsResponseObject, error) {
	c := CallOf(ctx)
	// The client's network and User-Agent are stored only for a token without a session, which gets one here
	// (session.Service.EndOthers).
	if err := h.accounts.EndOtherSessions(ctx, c.Holder, c.From, c.Agent); err != nil {
		return nil, err
	}
	return api.EndOtherSessions200JSONResponse(c.done()), nil
}

// ChangePassword is the operation changePassword. The new token is also sent in the header Update-Token, which clients
// read in every answer.
func (h *Handlers) ChangePassword(ctx context.Context,
	req api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	c := CallOf(ctx)
	in, err := h.accounts.ChangePassword(ctx, credential.Change{
		By: c.Holder, OldPassword: req.Body.OldPassword, Code: req.Body.Code, Password: req.Body.Password,
		From: c.From, UserAgent: c.Agent, Locale: c.Texts.Tag,
	})
	if err != nil {
		return nil, err
	}
	// This token replaces the one that was sent, which has just ended. Package server sends it in the header Update-Token.
	c.Fresh, c.Issued = in.Token, in.Token
	return api.ChangePassword200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.user(in.User, in.Token)}, nil
}

// done returns the envelope of an operation that returns nothing.
func (c *Call) done() api.DoneEnvelope { return api.DoneEnvelope{Msg: c.Success(), RequestID: c.ID} }

// loginSessions returns the sessions of a user as the contract writes them.
func loginSessions(sessions []holder.Session) api.LoginSessions {
	// The list is not nil, because the contract allows an empty list and no null. It is
	// empty only for a token of a release without sessions, whose user has not logged in
	// since.
	list := make([]api.LoginSession, len(sessions))
	for i, s := range sessions {
		list[i] = api.LoginSession{
			ID: s.ID, CreatedTime: unix(s.CreatedAt), LastUsedTime: unix(s.UsedAt),
			Network: s.Network, Client: s.Agent, Current: s.Current,
		}
	}
	return api.LoginSessions{Sessions: list}
}
