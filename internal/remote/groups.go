package remote

import (
	"context"
	"io"
	"time"

	"github.com/enroll-project/enroll/gen/sdk/go-admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/servicekey"
)

// The operations on groups and invitations name a site, because two sites may have a group of one id, and because an
// invitation is revoked on its own site only.

// groupOf returns a group of an answer.
func groupOf(g enrolladmin.Group) operator.Group {
	return operator.Group{Site: g.SiteID, ID: g.ID, Title: g.Title, Description: g.Description, Level: g.Level}
}

// changedGroup returns the group of an answer to an act, or the one that was deleted.
func changedGroup(answer *enrolladmin.GroupEnvelope, err error) (operator.Group, error) {
	if err != nil {
		return operator.Group{}, errorOf(err, servicekey.UsersWrite)
	}
	return groupOf(answer.Data), nil
}

// Groups returns the groups of a site, by level and id. There are no pages: the service lists 1,000 at most.
func (o Operators) Groups(ctx context.Context, site int64) ([]operator.Group, error) {
	id, err := siteOf(site)
	if err != nil {
		return nil, err
	}
	answer, err := o.Client.sdk.ListGroups(ctx, enrolladmin.ListGroupsParams{SiteID: id})
	if err != nil {
		return nil, errorOf(err, servicekey.UsersRead)
	}
	var all []operator.Group
	for _, g := range answer.Data.Groups {
		all = append(all, groupOf(g))
	}
	return all, nil
}

// CreateGroup creates a group. A new group has all of its fields, so that a nil one is empty here. The service
// refuses a site that the deployment does not serve.
func (o Operators) CreateGroup(
	ctx context.Context, a operator.GroupAct, e operator.GroupEdits,
) (operator.Group, error) {
	site, err := siteOf(a.Site)
	if err != nil {
		return operator.Group{}, err
	}
	// The contract has no null for these, so a nil field is left out.
	r := enrolladmin.NewGroupRequest{ID: a.ID}
	if e.Title != nil {
		r.Title = *e.Title
	}
	if e.Description != nil {
		r.Description = *e.Description
	}
	if e.Level != nil {
		r.Level = *e.Level
	}
	// The contract would refuse it as too short, with less to say about what a title is.
	if r.Title == "" {
		return operator.Group{}, operator.ErrGroupTitle
	}
	return changedGroup(o.Client.sdk.CreateGroup(ctx, enrolladmin.CreateGroupParams{
		SiteID: site, DryRun: given(a.DryRun),
	}, r))
}

// UpdateGroup changes the title, the description and the level of a group. A nil field stays as it is. The title cannot
// be cleared; the contract would refuse an empty one as too short.
func (o Operators) UpdateGroup(
	ctx context.Context, a operator.GroupAct, e operator.GroupEdits,
) (operator.Group, error) {
	site, err := siteOf(a.Site)
	if err != nil || !named(a.ID) {
		return operator.Group{}, operator.ErrGroupUnknown
	}
	if e.Title != nil && *e.Title == "" {
		return operator.Group{}, operator.ErrGroupTitle
	}
	return changedGroup(o.Client.sdk.UpdateGroup(ctx, a.ID, enrolladmin.UpdateGroupParams{
		SiteID: site, DryRun: given(a.DryRun),
	}, enrolladmin.GroupUpdateRequest{Title: e.Title, Description: e.Description, Level: e.Level}))
}

// DeleteGroup deletes a group that has no users. A repetition finds no such group.
func (o Operators) DeleteGroup(ctx context.Context, a operator.GroupAct) (operator.Group, error) {
	site, err := siteOf(a.Site)
	if err != nil || !named(a.ID) {
		return operator.Group{}, operator.ErrGroupUnknown
	}
	return changedGroup(o.Client.sdk.DeleteGroup(ctx, a.ID, enrolladmin.DeleteGroupParams{
		SiteID: site, DryRun: given(a.DryRun),
	}))
}

// invitationOf returns an invitation of an answer. Its state is that of the time of the answer, by the service's clock.
func invitationOf(i enrolladmin.Invitation) operator.Invitation {
	return operator.Invitation{
		Site: i.SiteID, ID: i.ID, BoundTo: i.BoundTo, Group: i.GroupID, Quota: i.Quota, Used: i.Used, Note: i.Note,
		CreatedBy: i.CreatedBy, CreatedAt: timeOf(i.CreatedTime), ExpiresAt: timeOrNil(i.ExpireTime),
		RevokedAt: timeOrNil(i.RevokeTime), State: operator.InvitationState(i.State),
	}
}

// Invitations returns the newest invitations that a page selects, also those that have ended, the newest first.
func (o Operators) Invitations(ctx context.Context, p operator.InvitationPage) ([]operator.Invitation, error) {
	site, err := siteOf(p.Site)
	if err != nil {
		return nil, err
	}
	answer, err := o.Client.sdk.ListInvitations(ctx, enrolladmin.ListInvitationsParams{
		SiteID: site, Before: given(p.Before), Limit: pageOf(p.Page, operator.MaxPage),
	})
	if err != nil {
		return nil, errorOf(err, servicekey.UsersRead)
	}
	var all []operator.Invitation
	for _, i := range answer.Data.Invitations {
		all = append(all, invitationOf(i))
	}
	return all, nil
}

// CreateInvitation makes an invitation and returns its code, which the service draws: the reader is not used. After a
// lost answer the invitation may exist, and nothing can show its code.
func (o Operators) CreateInvitation(
	ctx context.Context, _ io.Reader, n operator.NewInvitation,
) (string, operator.Invitation, error) {
	site, err := siteOf(n.Site)
	if err != nil {
		return "", operator.Invitation{}, err
	}
	// JSON leaves 0 out, and the service would take 1.
	if n.Quota < 1 {
		return "", operator.Invitation{}, operator.ErrInvitationQuota
	}
	answer, err := o.Client.sdk.CreateInvitation(ctx, enrolladmin.CreateInvitationParams{
		SiteID: site, DryRun: given(n.DryRun),
	}, enrolladmin.NewInvitationRequest{
		Quota: n.Quota, ExpiresIn: int64(n.Life / time.Second), Email: n.Email, Phone: n.Phone, GroupID: n.Group,
		Note: n.Note,
	})
	if err != nil {
		return "", operator.Invitation{}, errorOf(err, servicekey.UsersWrite)
	}
	return answer.Data.InviteCode, invitationOf(answer.Data.Invitation), nil
}

// RevokeInvitation ends an invitation at once. A second revocation is refused, as on the database: after a lost
// answer, a repetition finds no such invitation if the first request was carried out.
func (o Operators) RevokeInvitation(
	ctx context.Context, _ audit.Actor, site, id int64, dry bool,
) (operator.Invitation, error) {
	of, err := siteOf(site)
	if err != nil || !named(id) {
		return operator.Invitation{}, operator.ErrInvitationUnknown
	}
	answer, err := o.Client.sdk.RevokeInvitation(ctx, id, enrolladmin.RevokeInvitationParams{
		SiteID: of, DryRun: given(dry),
	})
	if err != nil {
		return operator.Invitation{}, errorOf(err, servicekey.UsersWrite)
	}
	return invitationOf(answer.Data), nil
}
