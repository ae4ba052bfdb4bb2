package operation

import (
	"context"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/profile"
)

// UpdateUser is the operation updateUser. Its answer is the user after the change, so that a page need not
// read it again.
func (h *Handlers) UpdateUser(ctx context.Context, req api.UpdateUserRequestObject) (api.UpdateUserResponseObject,
	error) {
	c := CallOf(ctx)
	// The user is that of the token, never one that the body names.
	u, err := h.accounts.ChangeProfile(ctx, profile.Change{
		By: c.Holder, Edits: edits(req.Body),
		UserName: req.Body.UserName, Phone: req.Body.Phone, Email: req.Body.Email, Code: orNone(req.Body.Code),
		OldPassword: orNone(req.Body.OldPassword), ProofCode: orNone(req.Body.ProofCode), From: c.From, Locale: c.Texts.Tag,
	})
	if err != nil {
		return nil, err
	}
	return api.UpdateUser200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.user(u, h.renewAfter(ctx, c))}, nil
}

// AcceptTerms is the operation acceptTerms. Its answer is the user, as that of getUserDetail.
func (h *Handlers) AcceptTerms(ctx context.Context, req api.AcceptTermsRequestObject) (api.AcceptTermsResponseObject,
	error) {
	c := CallOf(ctx)
	u, err := h.accounts.AcceptTerms(ctx, profile.Acceptance{
		By: c.Holder, Version: req.Body.AcceptedTerms, Locale: c.Texts.Tag, From: c.From,
	})
	if err != nil {
		return nil, err
	}
	return api.AcceptTerms200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.user(u, h.renewAfter(ctx, c))}, nil
}

// orNone returns "" for a text that was not sent, where an empty one means the same.
func orNone(sent *string) string {
	if sent == nil {
		return ""
	}
	return *sent
}

// UploadAvatar is the operation uploadAvatar. Package server serves the path in the answer
// (mountAvatars). It reads the body in receive, after the check of the token, and not in validate:
// a client without a token cannot make the service keep a megabyte.
func (h *Handlers) UploadAvatar(ctx context.Context, req api.UploadAvatarRequestObject) (api.UploadAvatarResponseObject,
	error) {
	c := CallOf(ctx)
	// The generated code has made the reader from the bounded body that receive has read.
	file, err := c.Op.ReadUpload(req.Body)
	if err != nil {
		return nil, err
	}
	path, err := h.accounts.SetAvatar(ctx, profile.AvatarUpload{
		By: c.Holder, File: file,
	})
	if err != nil {
		return nil, err
	}
	// The answer has no token. Package server sends a renewed one in the header Update-Token.
	h.renewAfter(ctx, c)
	return api.UploadAvatar200JSONResponse{
		Msg: c.Success(), RequestID: c.ID,
		Data: api.Avatar{AvatarURL: path, FullAvatarURL: fullAvatar(h.assetBase, path)},
	}, nil
}

// GetUserGroups is the operation getUserGroups. Its data is a list and not an object, as in AnQiCMS.
func (h *Handlers) GetUserGroups(ctx context.Context,
	_ api.GetUserGroupsRequestObject) (api.GetUserGroupsResponseObject, error) {
	c := CallOf(ctx)
	groups, err := h.accounts.Groups(ctx, c.Site)
	if err != nil {
		return nil, err
	}
	// The list is not nil, because the contract has an array and nil would be null.
	all := make([]api.Group, 0, len(groups))
	for _, g := range groups {
		all = append(all, group(g))
	}
	return api.GetUserGroups200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: all}, nil
}

// GetUserGroup is the operation getUserGroup. A group that does not exist is a refusal with 422 and not
// with 404, which says that there is no such operation.
func (h *Handlers) GetUserGroup(ctx context.Context,
	req api.GetUserGroupRequestObject) (api.GetUserGroupResponseObject, error) {
	c := CallOf(ctx)
	// The id is looked up among the groups of the request's site only.
	g, err := h.accounts.Group(ctx, c.Site, req.Params.ID)
	if err != nil {
		return nil, err
	}
	return api.GetUserGroup200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: group(g)}, nil
}

// group returns a group as the contract writes it. The contract's type has its fields in another order.
func group(g holder.Group) api.Group {
	return api.Group{ID: g.ID, Title: g.Title, Description: g.Description, Level: g.Level}
}
