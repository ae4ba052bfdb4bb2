package admin

import (
	"cmp"
	"context"
	"time"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
)

// These operations need users:read and users:write, because an invitation decides which people become users. They are
// about invitations of an operator only. A user also has an invite code, which is shown in the public API: a person
// who registers with it gets that user as inviter, and has no row here.

// invitation returns an invitation in the form of the contract. It has neither the code nor the address that the
// invitation is bound to: the database has only hashes of both. The state is that of the time of the answer: an open
// invitation expires without a change of its row.
func invitation(i operator.Invitation) gen.Invitation {
	return gen.Invitation{
		ID: i.ID, SiteID: i.Site, State: string(i.State), Quota: i.Quota, Used: i.Used, BoundTo: i.BoundTo,
		GroupID: i.Group, Note: i.Note, CreatedBy: i.CreatedBy, CreatedTime: i.CreatedAt.Unix(),
		ExpireTime: postgres.UnixOrZero(i.ExpiresAt), RevokeTime: postgres.UnixOrZero(i.RevokedAt),
	}
}

// ListInvitations is the operation listInvitations. A page begins below an id instead of at a cursor, as in the audit
// log: ids rise, so an invitation that is made while a client reads page after page shifts none of the later pages.
func (h *handlers) ListInvitations(
	ctx context.Context, req gen.ListInvitationsRequestObject,
) (gen.ListInvitationsResponseObject, error) {
	c, p := callOf(ctx), req.Params
	site, err := c.siteOf(p.SiteID)
	if err != nil {
		return nil, err
	}
	// An invitation that has ended is listed, too, because an operator may ask how many people it admitted.
	all, err := h.config.Operators.Invitations(ctx, operator.InvitationPage{
		Site: site, Before: p.Before, Page: cmp.Or(p.Limit, defaultPage),
	})
	if err != nil {
		return nil, err
	}
	// make, because a nil slice would be null in JSON: a client iterates over an empty array without a check.
	page := gen.InvitationList{Invitations: make([]gen.Invitation, 0, len(all))}
	for _, i := range all {
		page.Invitations = append(page.Invitations, invitation(i))
	}
	return gen.ListInvitations200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: page}, nil
}

// CreateInvitation is the operation createInvitation. Its answer is the only one that has the code. The operation takes
// no Idempotency-Key: to answer a repetition, the database would have to keep the code. After a lost answer an operator
// revokes the invitation and makes another one.
func (h *handlers) CreateInvitation(
	ctx context.Context, req gen.CreateInvitationRequestObject,
) (gen.CreateInvitationResponseObject, error) {
	c, b := callOf(ctx), req.Body
	// Package operator refuses a site that this deployment does not serve.
	site, err := c.siteOf(req.Params.SiteID)
	if err != nil {
		return nil, err
	}
	// A field that is absent or null is "" or 0 here, which means no end, no bound address, no group and no note. The
	// contract bounds ExpiresIn, so that the product cannot overflow.
	code, made, err := h.config.Operators.CreateInvitation(ctx, h.config.Rand, operator.NewInvitation{
		By: c.actor(), Site: site, Quota: cmp.Or(b.Quota, 1), Life: time.Duration(b.ExpiresIn) * time.Second,
		Email: b.Email, Phone: b.Phone, Group: b.GroupID, Note: b.Note,
		DryRun: req.Params.DryRun,
	})
	if err != nil {
		return nil, err
	}
	// The log line has no body, and begin sets Cache-Control, so the code reaches only the client.
	return gen.CreateInvitation200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: gen.NewInvitation{
		InviteCode: code, Invitation: invitation(made),
	}}, nil
}

// RevokeInvitation is the operation revokeInvitation. It refuses an invitation that was revoked before, because a wrong
// id is the likelier reason for such a request than a retry.
func (h *handlers) RevokeInvitation(
	ctx context.Context, req gen.RevokeInvitationRequestObject,
) (gen.RevokeInvitationResponseObject, error) {
	c := callOf(ctx)
	site, err := c.siteOf(req.Params.SiteID)
	if err != nil {
		return nil, err
	}
	// The statement compares the site, too: ids are unique over all sites, and a key of one site must not end an
	// invitation of another.
	ended, err := h.config.Operators.RevokeInvitation(ctx, c.actor(), site, req.ID, req.Params.DryRun)
	if err != nil {
		return nil, err
	}
	// The answer says how many people have registered by the invitation. They keep their accounts.
	return gen.RevokeInvitation200JSONResponse{
		Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: invitation(ended),
	}, nil
}
