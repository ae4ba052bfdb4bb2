package admin

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/token"
)

// handlers has the operations of the contract.
// It has no state of its own, so all requests share one.
type handlers struct{ config Config }

// defaultPage is how many rows a page has if the request does not say. The contract allows at most 200
// rows.
const defaultPage = 50

// siteOf returns the site of a request: the site that it names, or else the site of its key, or else 1. A key of
// one site is refused for another site.
func (c *call) siteOf(sent int32) (int64, error) {
	site := cmp.Or(int64(sent), c.key.Site(), 1)
	if !c.key.OfSite(site) { // check: admin-site
		return 0, &refusal{reason: "site_not_allowed"}
	}
	return site, nil
}

// user returns a user in the form of the contract.
func user(u operator.User) gen.User {
	// Times are Unix seconds, as everywhere on the wire.
	v := gen.User{
		ID: u.ID, SiteID: u.Site, UserName: u.UserName, Email: u.Email, EmailVerified: u.EmailVerified, Phone: u.Phone,
		GroupID: u.Group, Waiting: u.Waiting, HasPassword: u.HasPassword, ParentID: u.Inviter,
		InvitationID: u.Invitation, AcceptedTerms: u.Accepted.Version,
		CreatedTime: u.CreatedAt.Unix(), LastLogin: u.LastLoginAt.Unix(),
	}
	showProfile(&v, u.Profile)
	// On the wire, the status is 1 for an active user and 0 for one that is disabled or waits.
	if u.Active {
		v.Status = 1
	}
	if v.AcceptedTerms != "" {
		v.AcceptedTermsTime = u.Accepted.At.Unix()
	}
	if u.DeleteAt != nil {
		v.DeleteTime = u.DeleteAt.Unix()
	}
	return v
}

// envelope returns the answer of an operation on one user.
func (c *call) envelope(u operator.User) gen.UserEnvelope {
	return gen.UserEnvelope{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: user(u)}
}

// ListUsers is the operation listUsers.
func (h *handlers) ListUsers(ctx context.Context, req gen.ListUsersRequestObject) (gen.ListUsersResponseObject, error) {
	c, p := callOf(ctx), req.Params
	site, err := c.siteOf(p.SiteID)
	if err != nil {
		return nil, err
	}
	f := operator.Filter{
		Site: site, Identifier: p.Identifier, Disabled: p.Status == gen.ListUsersParamsStatusDisabled,
		Waiting: p.Status == gen.ListUsersParamsStatusWaiting, Group: p.GroupID, Invitation: p.InvitationID,
		Cursor: p.Cursor, Page: cmp.Or(p.Limit, defaultPage),
	}
	// 0 means "not given", as for every number in a query.
	if p.CreatedFrom != 0 {
		f.CreatedFrom = time.Unix(p.CreatedFrom, 0)
	}
	if p.CreatedUntil != 0 {
		f.CreatedUntil = time.Unix(p.CreatedUntil, 0)
	}
	// The cursor is opaque here: package operator makes and reads it.
	users, next, err := h.config.Operators.List(ctx, f)
	if err != nil {
		return nil, err
	}
	// The slice is not nil, because a nil one would become null, and the contract has an array.
	page := gen.UserList{Users: make([]gen.User, 0, len(users)), NextCursor: next}
	for _, u := range users {
		page.Users = append(page.Users, user(u))
	}
	return gen.ListUsers200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: page}, nil
}

// GetUser is the operation getUser.
func (h *handlers) GetUser(ctx context.Context, req gen.GetUserRequestObject) (gen.GetUserResponseObject, error) {
	c := callOf(ctx)
	u, err := h.config.Operators.Get(ctx, req.ID, c.key.Site()) // check: admin-get-site
	if err != nil {
		return nil, err
	}
	return gen.GetUser200JSONResponse(c.envelope(u)), nil
}

// act returns an act of the request's key on a user. A key of one site acts on users of that site only.
func (c *call) act(id int64, dry bool) operator.Act {
	return operator.Act{By: c.actor(), User: id, Site: c.key.Site(), DryRun: dry} // check: admin-act-site
}

// DisableUser is the operation disableUser. After its answer no token and no login of the user is accepted. An act
// that changes nothing succeeds, so a client can repeat a request whose answer it has lost.
func (h *handlers) DisableUser(
	ctx context.Context, req gen.DisableUserRequestObject,
) (gen.DisableUserResponseObject, error) {
	c := callOf(ctx)
	u, err := h.config.Operators.Disable(ctx, c.act(req.ID, req.Params.DryRun))
	if err != nil {
		return nil, err
	}
	return gen.DisableUser200JSONResponse(c.envelope(u)), nil
}

// ApproveUser is the operation approveUser. From its answer on the user can log in. A disabled user is refused, because
// a program that works through an old list must not undo what an operator has decided since.
func (h *handlers) ApproveUser(
	ctx context.Context, req gen.ApproveUserRequestObject,
) (gen.ApproveUserResponseObject, error) {
	c := callOf(ctx)
	// A rejection has no operation of its own: deleteUser deletes the user with the next purge. The name of a user that
	// waits is not reserved after that, so another person can have it.
	u, err := h.config.Operators.Approve(ctx, c.act(req.ID, req.Params.DryRun))
	if err != nil {
		return nil, err
	}
	return gen.ApproveUser200JSONResponse(c.envelope(u)), nil
}

// EnableUser is the operation enableUser. It revives no session, so the user has to log in again.
func (h *handlers) EnableUser(
	ctx context.Context, req gen.EnableUserRequestObject,
) (gen.EnableUserResponseObject, error) {
	c := callOf(ctx)
	u, err := h.config.Operators.Enable(ctx, c.act(req.ID, req.Params.DryRun))
	if err != nil {
		return nil, err
	}
	return gen.EnableUser200JSONResponse(c.envelope(u)), nil
}

// EndUserSessions is the operation endUserSessions. Tokens of releases without sessions end, too.
func (h *handlers) EndUserSessions(
	ctx context.Context, req gen.EndUserSessionsRequestObject,
) (gen.EndUserSessionsResponseObject, error) {
	c := callOf(ctx)
	u, err := h.config.Operators.EndSessions(ctx, c.act(req.ID, req.Params.DryRun))
	if err != nil {
		return nil, err
	}
	return gen.EndUserSessions200JSONResponse(c.envelope(u)), nil
}

// DeleteUser is the operation deleteUser. It needs no confirmation, because its callers are programs.
func (h *handlers) DeleteUser(
	ctx context.Context, req gen.DeleteUserRequestObject,
) (gen.DeleteUserResponseObject, error) {
	c := callOf(ctx)
	u, err := h.config.Operators.Delete(ctx, c.act(req.ID, req.Params.DryRun))
	if err != nil {
		return nil, err
	}
	return gen.DeleteUser200JSONResponse(c.envelope(u)), nil
}

// SetUserGroup is the operation setUserGroup. The group must exist, unless it is the group of new users.
func (h *handlers) SetUserGroup(
	ctx context.Context, req gen.SetUserGroupRequestObject,
) (gen.SetUserGroupResponseObject, error) {
	c := callOf(ctx)
	u, err := h.config.Operators.SetGroup(ctx, c.act(req.ID, req.Params.DryRun), req.Body.GroupID)
	if err != nil {
		return nil, err
	}
	return gen.SetUserGroup200JSONResponse(c.envelope(u)), nil
}

// ResetCodes is the operation resetCodes. Addresses are counted over all sites, so it refuses a key of one site.
func (h *handlers) ResetCodes(
	ctx context.Context, req gen.ResetCodesRequestObject,
) (gen.ResetCodesResponseObject, error) {
	c := callOf(ctx)
	if c.key.Site() != 0 { // check: admin-reset-site
		return nil, &refusal{reason: "site_not_allowed"}
	}
	done, err := h.config.Operators.ResetCodes(ctx, c.actor(), req.Body.Address, req.Params.DryRun)
	if err != nil {
		return nil, err
	}
	return gen.ResetCodes200JSONResponse{
		Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: gen.CodesReset{Codes: done.Codes, Counts: done.Counts},
	}, nil
}

// IntrospectToken is the operation introspectToken (RFC 7662). The answer does not say why a token is not active,
// as section 2.2 of the RFC recommends.
func (h *handlers) IntrospectToken(
	ctx context.Context, req gen.IntrospectTokenRequestObject,
) (gen.IntrospectTokenResponseObject, error) {
	c := callOf(ctx)
	// The signature is checked first, because that needs no query.
	claims, err := h.config.Tokens.Parse(req.Body.Token)
	// This answer has no other member than active, as the RFC says.
	inactive := gen.IntrospectToken200JSONResponse{}
	switch {
	case errors.Is(err, token.ErrExpired), errors.Is(err, token.ErrInvalid):
		return inactive, nil
	case err != nil:
		return nil, err
	case !c.key.OfSite(claims.SiteID): // check: introspect-site
		return inactive, nil
	}
	// A token is good only while its session is (I12).
	name, live, err := h.config.Live(ctx, claims)
	if err != nil {
		return nil, err
	}
	if !live { // check: introspect-live
		return inactive, nil
	}
	return gen.IntrospectToken200JSONResponse{
		Active: true, TokenType: "Bearer", Sub: strconv.FormatInt(claims.UserID, 10), Username: name,
		Iat: claims.IssuedAt.Unix(), Nbf: claims.NotBefore.Unix(), Exp: claims.ExpiresAt.Unix(),
		Jti: claims.ID, Sid: claims.SessionID, SiteID: claims.SiteID,
	}, nil
}

// ListAuditEntries is the operation listAuditEntries.
func (h *handlers) ListAuditEntries(
	ctx context.Context, req gen.ListAuditEntriesRequestObject,
) (gen.ListAuditEntriesResponseObject, error) {
	c, p := callOf(ctx), req.Params
	// A key of one site gets the entries of that site only. Entries about resets of codes, revoked keys and new keys for
	// all sites have no site.
	site, err := c.anySite(p.Site)
	if err != nil {
		return nil, err
	}
	records, err := h.config.Audit.List(ctx, audit.Filter{
		Site: site, User: p.UserID, Before: p.Before, Page: cmp.Or(p.Limit, defaultPage),
	})
	if err != nil {
		return nil, err
	}
	// If there are no entries, this is an empty array and not null, as in a list of users.
	page := gen.AuditList{Entries: make([]gen.AuditEntry, 0, len(records))}
	for _, r := range records {
		page.Entries = append(page.Entries, gen.AuditEntry{
			ID: r.ID, Time: r.At.Unix(), Actor: string(r.By.Kind), ActorName: r.By.Name, Act: string(r.Act),
			SiteID: r.Site, UserID: r.User, Network: r.By.Network, Detail: r.Detail,
		})
	}
	return gen.ListAuditEntries200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: page}, nil
}

// GetCounts is the operation getCounts. It reads all users of the site, so a dashboard should call it rarely.
func (h *handlers) GetCounts(ctx context.Context, req gen.GetCountsRequestObject) (gen.GetCountsResponseObject, error) {
	c := callOf(ctx)
	site, err := c.siteOf(req.Params.SiteID)
	if err != nil {
		return nil, err
	}
	n, err := h.config.Operators.Counts(ctx, site)
	if err != nil {
		return nil, err
	}
	return gen.GetCounts200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: gen.Counts{
		Total: n.Total, Active: n.Active, Disabled: n.Disabled, Waiting: n.Waiting, Leaving: n.Leaving,
		Registered: n.Registered,
	}}, nil
}
