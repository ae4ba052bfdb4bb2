package operation

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
)

// ExportUser is the operation exportUser. Its answer has no token, because people save it as a
// file.
func (h *Handlers) ExportUser(ctx context.Context, _ api.ExportUserRequestObject) (api.ExportUserResponseObject,
	error) {
	c := CallOf(ctx)
	// The data are those of the token's user: no parameter names another one.
	held, err := h.accounts.Export(ctx, c.Holder)
	if err != nil {
		return nil, err
	}
	return api.ExportUser200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: h.export(held)}, nil
}

// export returns what is held about a user as the contract writes it. Lists are not nil, so that an empty one is
// [] and not null.
func (h *Handlers) export(e account.Export) api.Export {
	held := e.Held
	out := api.Export{
		ExportTime: unix(held.At), User: h.exportUser(e),
		Sessions: make([]api.ExportSession, len(held.Sessions)), Codes: make([]api.ExportCode, len(held.Codes)),
		Notices: make([]api.ExportNotice, len(held.Notices)), Counts: make([]api.ExportCount, len(held.Counts)),
		Changes: make([]api.ExportChange, len(held.Changes)),
		Logins:  make([]api.ExportLogin, len(held.Logins)),
	}
	// The picture is a data URI, which a browser can show: JSON cannot have bytes.
	if a := held.Avatar; a != nil {
		out.Avatar = &api.ExportAvatar{
			Picture:     "data:" + a.Media + ";base64," + base64.StdEncoding.EncodeToString(a.Data),
			CreatedTime: unix(a.CreatedAt),
		}
	}
	// Sessions that have ended are listed as well, without their clients: an export has all that is stored.
	for i, s := range held.Sessions {
		out.Sessions[i] = api.ExportSession{
			ID: s.ID, CreatedTime: unix(s.CreatedAt), LastUsedTime: unix(s.UsedAt), ExpireTime: unix(s.ExpiresAt),
			EndTime: unixOrNone(s.EndedAt), Network: s.Network, Client: s.Agent,
		}
	}
	// No answer has a code, or a hash from which it could be found.
	for i, c := range held.Codes {
		out.Codes[i] = api.ExportCode{
			Address: c.Address, Purpose: c.Purpose, SentTime: unix(c.SentAt), ExpireTime: unix(c.ExpiresAt),
		}
	}
	for i, n := range held.Notices {
		out.Notices[i] = api.ExportNotice{
			Kind: n.Kind, Address: n.Address, Locale: n.Locale, CreatedTime: unix(n.CreatedAt), DueTime: unix(n.DueAt),
			Attempts: n.Attempts,
		}
	}
	// The names of scopes are those of the code. A person can ask the operator what one means.
	for i, c := range held.Counts {
		out.Counts[i] = api.ExportCount{Scope: c.Scope, Used: c.Used, EndTime: unix(c.EndsAt)}
	}
	for i, c := range held.Changes {
		out.Changes[i] = api.ExportChange{
			Time: unix(c.At), Actor: c.Actor, Act: c.Act, Network: c.Network, Detail: c.Detail,
		}
	}
	for i, l := range held.Logins {
		out.Logins[i] = api.ExportLogin{
			Network: l.Network, Failed: l.Tries, SinceTime: unix(l.Since), KnownUntilTime: unixOrNone(l.KnownUntil),
		}
	}
	return out
}

// exportUser returns the user's row. The forms are those of the answer with a user, so that a person finds the
// same values there.
func (h *Handlers) exportUser(e account.Export) api.ExportUser {
	// The token is left out: with it the file would be as good as a login.
	u, record := h.user(e.User, ""), e.Held.Record
	out := api.ExportUser{
		ID: u.ID, SiteID: e.User.Site, ParentID: u.ParentID,
		UserName: u.UserName, UserNameCanonical: u.UserNameCanonical, UserNameChangedTime: unix(record.NameChanged),
		PasswordSet:   record.PasswordSet,
		AcceptedTerms: u.AcceptedTerms, AcceptedTermsTime: u.AcceptedTermsTime,
		AcceptedTermsLanguage: e.User.Accepted.Language,
		Email:                 u.Email, EmailCanonical: record.EmailKey,
		EmailVerifiedTime: unix(record.EmailVerified), EmailChangedTime: unix(record.EmailChanged),
		Phone: u.Phone, PhoneChangedTime: unix(record.PhoneChanged),
		GroupID: u.GroupID, Status: u.Status, IsRetailer: u.IsRetailer,
		Balance: u.Balance, TotalReward: u.TotalReward,
		InviteCode: u.InviteCode, InviteLimit: record.MayInvite, InvitesUsed: record.InvitesUsed,
		LastLogin: u.LastLogin, ExpireTime: u.ExpireTime, CreatedTime: u.CreatedTime, UpdatedTime: u.UpdatedTime,
		SessionsEndedTime: unix(record.SessionsEnded), DeleteTime: unix(record.DeleteAt),
	}
	exportProfile(&out, e.User.Profile)
	return out
}

// unixOrNone returns a time that may be nil in Unix seconds, or 0.
func unixOrNone(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return unix(*t)
}
