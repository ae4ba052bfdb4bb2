package admin

import (
	"context"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/operator"
)

// The operations about groups need users:read and users:write, because a group decides what its users may do. Groups
// themselves are not personal data: the public API shows them without a token.

// group returns a group in the form of the contract.
func group(g operator.Group) gen.Group {
	return gen.Group{ID: g.ID, SiteID: g.Site, Title: g.Title, Description: g.Description, Level: g.Level}
}

// groupEnvelope returns the answer of an operation on one group.
func (c *call) groupEnvelope(g operator.Group) gen.GroupEnvelope {
	return gen.GroupEnvelope{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: group(g)}
}

// groupAct returns an act of the request's key on a group. An operator chooses the id of a group, mostly a small
// number, so another site often has the same id, and the request names the site. A key of one site is refused for
// another site.
func (c *call) groupAct(sent int32, id int64, dry bool) (operator.GroupAct, error) {
	site, err := c.siteOf(sent)
	return operator.GroupAct{By: c.actor(), Site: site, ID: id, DryRun: dry}, err
}

// ListGroups is the operation listGroups. A site has some dozens of groups, so there are no pages.
func (h *handlers) ListGroups(
	ctx context.Context, req gen.ListGroupsRequestObject,
) (gen.ListGroupsResponseObject, error) {
	c := callOf(ctx)
	site, err := c.siteOf(req.Params.SiteID)
	if err != nil {
		return nil, err
	}
	// Level and id order the list, as in the public API.
	all, err := h.config.Operators.Groups(ctx, site)
	if err != nil {
		return nil, err
	}
	// An empty array and not null, as in a list of users.
	list := gen.GroupList{Groups: make([]gen.Group, 0, len(all))}
	for _, g := range all {
		list.Groups = append(list.Groups, group(g))
	}
	// A group that is the default of the settings and has no row is not in the list. Users have it nevertheless, and
	// their field group_id names it.
	return gen.ListGroups200JSONResponse{Msg: c.texts.Of("ok", 0, 0), RequestID: c.id, Data: list}, nil
}

// CreateGroup is the operation createGroup. A repetition is refused as taken, because another program may have created
// the group with this id for another purpose.
func (h *handlers) CreateGroup(
	ctx context.Context, req gen.CreateGroupRequestObject,
) (gen.CreateGroupResponseObject, error) {
	c := callOf(ctx)
	act, err := c.groupAct(req.Params.SiteID, req.Body.ID, req.Params.DryRun)
	if err != nil {
		return nil, err
	}
	// A new group has each of its fields, so that none is nil. Level is 0 and the description empty if they are absent.
	g, err := h.config.Operators.CreateGroup(ctx, act, operator.GroupEdits{
		Title: &req.Body.Title, Description: &req.Body.Description, Level: &req.Body.Level,
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateGroup200JSONResponse(c.groupEnvelope(g)), nil
}

// UpdateGroup is the operation updateGroup. A field that is absent or null stays as it is.
func (h *handlers) UpdateGroup(
	ctx context.Context, req gen.UpdateGroupRequestObject,
) (gen.UpdateGroupResponseObject, error) {
	c, b := callOf(ctx), req.Body
	act, err := c.groupAct(req.Params.SiteID, req.ID, req.Params.DryRun)
	if err != nil {
		return nil, err
	}
	// The id cannot be changed: users and other programs name the group by it.
	g, err := h.config.Operators.UpdateGroup(ctx, act, operator.GroupEdits{
		Title: b.Title, Description: b.Description, Level: b.Level,
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateGroup200JSONResponse(c.groupEnvelope(g)), nil
}

// DeleteGroup is the operation deleteGroup. It answers with the group that was deleted, so that an operator can create
// it again. A group that has users is not deleted, so the request needs no confirmation.
func (h *handlers) DeleteGroup(
	ctx context.Context, req gen.DeleteGroupRequestObject,
) (gen.DeleteGroupResponseObject, error) {
	c := callOf(ctx)
	act, err := c.groupAct(req.Params.SiteID, req.ID, req.Params.DryRun)
	if err != nil {
		return nil, err
	}
	// A repetition is refused as unknown, because the group is gone.
	g, err := h.config.Operators.DeleteGroup(ctx, act)
	if err != nil {
		return nil, err
	}
	// The audit log has the id of the group and the time, which distinguishes the group from a later one with this id.
	return gen.DeleteGroup200JSONResponse(c.groupEnvelope(g)), nil
}
