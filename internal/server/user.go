package server

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
)

// GetUserDetail is the operation getUserDetail.
func (h *handlers) GetUserDetail(ctx context.Context, _ api.GetUserDetailRequestObject) (api.GetUserDetailResponseObject, error) {
	c := callOf(ctx)
	u, err := h.accounts.Detail(ctx, c.site, c.sent.claims.UserID, c.sent.claims.IssuedAt)
	if err != nil {
		return nil, err
	}
	token, err := h.renew(c)
	if err != nil {
		return nil, err
	}
	return api.GetUserDetail200JSONResponse{Msg: c.success(), RequestID: c.id, Data: h.user(u, token)}, nil
}

// renew returns the token that a secured operation was called with, or, in the
// last hour of its life, a successor, which then goes into Update-Token as well.
// Call it once the account was found good: a token can be renewed for ever.
func (h *handlers) renew(c *call) (string, error) {
	fresh, renewed, err := h.tokens.Renewed(c.sent.claims)
	if err != nil || !renewed {
		return c.sent.raw, err
	}
	c.fresh = fresh
	return fresh, nil
}

// user is a user with its token in the contract's words.
func (h *handlers) user(u account.User, token string) api.User {
	out := api.User{
		ID:            u.ID,
		ParentID:      u.ParentID,
		UserName:      u.UserName,
		RealName:      u.RealName,
		AvatarURL:     u.AvatarURL,
		FullAvatarURL: fullAvatar(h.assetBase, u.AvatarURL),
		Email:         u.Email,
		EmailVerified: u.EmailVerified,
		GroupID:       u.GroupID,
		Status:        int32(u.Status),
		Balance:       u.Balance,
		TotalReward:   u.TotalReward,
		InviteCode:    u.InviteCode,
		LastLogin:     unix(u.LastLoginAt),
		ExpireTime:    unix(u.ExpiresAt),
		CreatedTime:   unix(u.CreatedAt),
		UpdatedTime:   unix(u.UpdatedAt),
		Token:         token,
	}
	if u.Phone != "" {
		out.Phone = h.formatPhone(u.Phone)
	}
	if u.Retailer {
		out.IsRetailer = 1
	}
	return out
}

// unix is a time in Unix seconds, and 0 for no time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// fullAvatar makes an avatar absolute: account lets in only absolute http(s)
// URLs and paths within the site.
func fullAvatar(base, avatar string) string {
	if u, err := url.Parse(avatar); err == nil && u.IsAbs() {
		return avatar
	}
	if avatar == "" || base == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(avatar, "/")
}
