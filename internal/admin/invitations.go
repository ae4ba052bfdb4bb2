package admin

import (
	"cmp"
	"context"
	"time"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Invitations need a scope of users, because an invitation decides who becomes a user. They are not for the holders of
// accounts: users invite others by a code of their own, which names the inviter and is in the public API.

// invitation returns an invitation in the form of the contract. It does not have the code, nor the address that the
// invitation is bound to: the database has only hashes of both.
func invitation(i operator.Invitation) gen.Invitation {
	return gen.Invitation{
		ID: i.ID, SiteID: i.Site, State: string(i.State), Quota: i.Quota, Used: i.Used, BoundTo: i.BoundTo,
		GroupID: i.Group, Note: i.Note, CreatedBy: i.CreatedBy, CreatedTime: i.CreatedAt.Unix(),
		ExpireTime: postgres.UnixOrZero(i.ExpiresAt), RevokeTime: postgres.UnixOrZero(i.RevokedAt),
	}
}

// ListInvitations is the operation listInvitations. A page begins at an id and not at a cursor, as in the audit log: a
// new invitation has a greater id, so that none is listed twice or left out.
func (h *handlers) ListInvitations(
	ctx context.Context, req gen.ListInvitationsRequestObject,
) (gen.ListInvitationsResponseObject, error) {
	c, p := callOf(ctx), req.Params
	site, err := c.siteOf(p.SiteID)
	if err != nil {
		return nil, err
	}
	// An invitation that has ended is listed, too, so that its count can be looked up.
	all, err := h.config.Operators.Invitations(ctx, operator.InvitationPage{
		Site: site, Before: p.Before, Page: cmp.Or(p.Limit, defaultPage),
	})
	if err != nil {
		return nil, err
	}
	// The state of each invitation is that of this moment. An empty array and not null, as in a list of users.
	page := gen.InvitationList{Invitations: make([]gen.Invitation, 0, len(all))}
	for _, i := range all {
		page.Invitations = append(page.Invitations, invitation(i))
	}
	return gen.ListInvitations200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: page}, nil
}

// CreateInvitation is the operation createInvitation. Its answer is the only one that has the code. It is not
// remembered for a repetition, because a code must be stored nowhere.
func (h *handlers) CreateInvitation(
	ctx context.Context, req gen.CreateInvitationRequestObject,
) (gen.CreateInvitationResponseObject, error) {
	c, b := callOf(ctx), req.Body
	// An invitation is for one site, because users are. Package operator refuses a site that is not served.
	site, err := c.siteOf(req.Params.SiteID)
	if err != nil {
		return nil, err
	}
	// A field that is absent or null is "" or 0 here: the invitation has no end and no bound address. The contract bounds
	// the seconds, so that the product cannot overflow.
	code, made, err := h.config.Operators.CreateInvitation(ctx, h.config.Rand, operator.NewInvitation{
		By: c.actor(), Site: site, Quota: cmp.Or(b.Quota, 1), Life: time.Duration(b.ExpiresIn) * time.Second,
		Email: b.Email, Phone: b.Phone, Group: b.GroupID, Note: b.Note,
	})
	if err != nil {
		return nil, err
	}
	// No log has the body of an answer, and Cache-Control keeps it out of caches (method begin).
	return gen.CreateInvitation200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: gen.NewInvitation{
		InviteCode: code, Invitation: invitation(made),
	}}, nil
}

// RevokeInvitation is the operation revokeInvitation. A repetition is refused as unknown, as the command's is: the id
// may be a mistake.
func (h *handlers) RevokeInvitation(
	ctx context.Context, req gen.RevokeInvitationRequestObject,
) (gen.RevokeInvitationResponseObject, error) {
	c := callOf(ctx)
	site, err := c.siteOf(req.Params.SiteID)
	if err != nil {
		return nil, err
	}
	// Ids are unique over all sites, but the site must be that of the invitation: a key of one site ends no other's.
	ended, err := h.config.Operators.RevokeInvitation(ctx, c.actor(), site, req.ID, false)
	if err != nil {
		return nil, err
	}
	// The answer has the count of those that came in before.
	return gen.RevokeInvitation200JSONResponse{
		Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: invitation(ended),
	}, nil
}
