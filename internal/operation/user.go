package operation

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/holder"
)

// GetUserDetail is the operation getUserDetail. Clients call it to renew a token and to
// see that the user has not been disabled.
func (h *Handlers) GetUserDetail(ctx context.Context,
	_ api.GetUserDetailRequestObject) (api.GetUserDetailResponseObject, error) {
	c := CallOf(ctx)
	token, err := h.renew(ctx, c)
	if err != nil {
		return nil, err
	}
	// The user was read when the token was checked, so it is not read again here.
	return api.GetUserDetail200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.user(c.Holder.User(), token)}, nil
}

// renew returns the token of the request, or in the last part of its life (token.Window) a new
// one, which is then also sent as Update-Token. With an error it returns the token of the request
// as well. authenticate has checked the session and the user.
func (h *Handlers) renew(ctx context.Context, c *Call) (string, error) {
	// If the end of the session could not be moved, there is no new token, and the old one stays good.
	fresh, err := h.renewed(ctx, c.Holder, c.From, c.Agent)
	if err != nil || fresh == "" {
		return c.Sent.Raw, err // check: renewal-after-change
	}
	// Package server sends c.Fresh in the header Update-Token.
	c.Fresh, c.Issued = fresh, fresh
	return fresh, nil
}

// renewAfter is renew after a change that is committed. If the token cannot be renewed, the answer is
// still that of the change (I11), with the token that was sent: the next request tries again.
func (h *Handlers) renewAfter(ctx context.Context, c *Call) string {
	current, _ := h.renew(ctx, c)
	return current
}

// user returns a user as the contract writes it, with its token. Fields that Enroll does
// not have are zero, so that every field of AnQiCMS is there.
func (h *Handlers) user(u holder.User, token string) api.User {
	out := api.User{
		ID:                u.ID,
		ParentID:          u.ParentID,
		UserName:          u.UserName,
		UserNameCanonical: u.UserNameKey,
		Email:             u.Email,
		EmailVerified:     u.EmailVerified,
		Recoverable:       h.recoverable(u),
		GroupID:           u.GroupID,
		Status:            int32(u.Status), // check: answer-status
		Balance:           u.Balance,
		TotalReward:       u.TotalReward,
		InviteCode:        u.InviteCode,
		LastLogin:         unix(u.LastLoginAt),
		ExpireTime:        unix(u.ExpiresAt),
		CreatedTime:       unix(u.CreatedAt),
		UpdatedTime:       unix(u.UpdatedAt),
		AcceptedTerms:     u.Accepted.Version,
		AcceptedTermsTime: unix(u.Accepted.At),
		Token:             token,
	}
	h.showProfile(&out, u.Profile)
	if u.Group != nil {
		in := group(*u.Group)
		out.Group = &in
	}
	// "" stays "": FormatPhone expects a phone.
	if u.Phone != "" {
		out.Phone = h.formatPhone(u.Phone)
	}
	// IsRetailer is a number, because AnQiCMS has a number.
	if u.Retailer {
		out.IsRetailer = 1
	}
	return out
}

// unix returns a time in Unix seconds, or 0 for the zero time.
func unix(t time.Time) int64 {
	// The zero time would be the year 1.
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
