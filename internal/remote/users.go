package remote

import (
	"context"
	"errors"
	"time"

	"github.com/enroll-project/enroll/gen/sdk/go-admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/terms"
)

// Operators has the methods of *operator.Service that commands call.
type Operators struct{ Client *Client }

// userOf returns a user of an answer.
func userOf(u enrolladmin.User) operator.User {
	v := operator.User{
		ID: u.ID, Site: u.SiteID, Group: u.GroupID, Inviter: u.ParentID, Invitation: u.InvitationID,
		UserName: u.UserName, Email: u.Email, EmailVerified: u.EmailVerified, Phone: u.Phone, Active: u.Status == 1,
		HasPassword: u.HasPassword, Waiting: u.Waiting, CreatedAt: timeOf(u.CreatedTime),
		LastLoginAt: timeOf(u.LastLogin), DeleteAt: timeOrNil(u.DeleteTime), Profile: profileOf(u),
	}
	// The contract has no language of the acceptance, and no command prints one.
	if u.AcceptedTerms != "" {
		v.Accepted = terms.Acceptance{Version: u.AcceptedTerms, At: timeOf(u.AcceptedTermsTime)}
	}
	return v
}

// changed returns the user of an answer to an act, as it is after the act, or as it would be after a dry run. All acts
// on a user have this form of answer and this scope.
func changed(answer *enrolladmin.UserEnvelope, err error) (operator.User, error) {
	if err != nil {
		return operator.User{}, errorOf(err, servicekey.UsersWrite)
	}
	return userOf(answer.Data), nil
}

// Get returns a user by its id. A key of one site finds users of that site only, so site is not used.
func (o Operators) Get(ctx context.Context, id, _ int64) (operator.User, error) {
	if !named(id) {
		return operator.User{}, operator.ErrUserUnknown
	}
	answer, err := o.Client.sdk.GetUser(ctx, id, enrolladmin.GetUserParams{})
	if err != nil {
		return operator.User{}, errorOf(err, servicekey.UsersRead)
	}
	return userOf(answer.Data), nil
}

// List returns the users that a filter selects, and the cursor of the next page.
func (o Operators) List(ctx context.Context, f operator.Filter) (users []operator.User, next string, err error) {
	// A filter that is zero is left out. With an identifier the service ignores the others, as package operator does.
	p := enrolladmin.ListUsersParams{
		Identifier: given(f.Identifier), GroupID: given(f.Group), InvitationID: given(f.Invitation),
		CreatedFrom: fromOf(f.CreatedFrom), CreatedUntil: untilOf(f.CreatedUntil), Cursor: given(f.Cursor),
		Limit: pageOf(f.Page, operator.MaxPage),
	}
	// At most one of the two is set.
	switch {
	case f.Disabled:
		p.Status = new(enrolladmin.ListUsersParamsStatusDisabled)
	case f.Waiting:
		p.Status = new(enrolladmin.ListUsersParamsStatusWaiting)
	}
	if p.SiteID, err = siteOf(f.Site); err != nil {
		return nil, "", err
	}
	answer, err := o.Client.sdk.ListUsers(ctx, p)
	if err != nil {
		return nil, "", errorOf(err, servicekey.UsersRead)
	}
	for _, u := range answer.Data.Users {
		users = append(users, userOf(u))
	}
	return users, answer.Data.NextCursor, nil
}

// attempts is how often a creation is sent at most, and pause how long to wait before a repetition if the service does
// not say it.
const (
	attempts = 3
	pause    = 200 * time.Millisecond
)

// Create creates a user. If the answer is lost, it sends the request again under the same idempotency key, so that the
// user is created once.
func (o Operators) Create(ctx context.Context, n operator.NewUser) (operator.User, error) {
	// The site is named in each request, so that a key of another site is refused and does not choose it.
	site, err := siteOf(n.Site)
	if err != nil {
		return operator.User{}, err
	}
	// A field that is empty is left out, and the user does not have it: so is the group of 0 that of new users.
	r := enrolladmin.NewUserRequest{
		UserName: n.UserName, Password: n.Password, Email: n.Email, EmailVerified: n.EmailVerified, Phone: n.Phone,
		GroupID: n.Group, Disabled: n.Disabled,
	}
	setBasics(&r, n.Basics)
	// The key is drawn once for all attempts. It is not stored: another run of the command is another request, whose
	// identifiers are then taken. A dry run ignores it.
	p := enrolladmin.CreateUserParams{
		SiteID: site, DryRun: given(n.DryRun), IdempotencyKey: new(enrolladmin.NewIdempotencyKey()),
	}
	answer, err := o.Client.sdk.CreateUser(ctx, p, r)
	for range attempts - 1 {
		again, after := repeatable(err)
		if !again || ctx.Err() != nil {
			break
		}
		wait(ctx, after)
		answer, err = o.Client.sdk.CreateUser(ctx, p, r)
	}
	return changed(answer, err)
}

// repeatable reports whether a request under an idempotency key may succeed if it is sent again, and after what
// time. A lost answer, an answer that is not the service's, and a refusal that leaves the outcome open are
// repeated. A refusal of a value is not: it would be refused again.
func repeatable(err error) (again bool, after time.Duration) {
	var no *enrolladmin.Refusal
	if !errors.As(err, &no) {
		return err != nil, pause
	}
	switch no.Reason {
	case enrolladmin.ReasonOutcomeUnknown, enrolladmin.ReasonIdempotencyInProgress, enrolladmin.ReasonBusy,
		enrolladmin.ReasonUnavailable:
		return true, max(no.RetryAfter, pause)
	}
	return false, 0
}

// Update changes a user, all fields or none.
func (o Operators) Update(ctx context.Context, a operator.Act, c operator.Changes) (operator.User, error) {
	if !named(a.User) {
		return operator.User{}, operator.ErrUserUnknown
	}
	// A nil field is left out, and stays as it is. An empty text is sent, and clears the field.
	r := enrolladmin.UserUpdateRequest{
		UserName: c.UserName, Email: c.Email, EmailVerified: c.EmailVerified, Phone: c.Phone, Password: c.Password,
		GroupID: c.Group,
	}
	setEdits(&r, c.Edits)
	return changed(o.Client.sdk.UpdateUser(ctx, a.User, enrolladmin.UpdateUserParams{DryRun: given(a.DryRun)}, r))
}

// Approve admits a user that waits.
func (o Operators) Approve(ctx context.Context, a operator.Act) (operator.User, error) {
	return changed(o.Client.sdk.ApproveUser(ctx, a.User, enrolladmin.ApproveUserParams{DryRun: given(a.DryRun)}))
}

// Disable disables a user and ends all its sessions.
func (o Operators) Disable(ctx context.Context, a operator.Act) (operator.User, error) {
	return changed(o.Client.sdk.DisableUser(ctx, a.User, enrolladmin.DisableUserParams{DryRun: given(a.DryRun)}))
}

// Enable enables a user.
func (o Operators) Enable(ctx context.Context, a operator.Act) (operator.User, error) {
	return changed(o.Client.sdk.EnableUser(ctx, a.User, enrolladmin.EnableUserParams{DryRun: given(a.DryRun)}))
}

// EndSessions ends all sessions of a user.
func (o Operators) EndSessions(ctx context.Context, a operator.Act) (operator.User, error) {
	return changed(o.Client.sdk.EndUserSessions(ctx, a.User, enrolladmin.EndUserSessionsParams{DryRun: given(a.DryRun)}))
}

// Delete deletes a user.
func (o Operators) Delete(ctx context.Context, a operator.Act) (operator.User, error) {
	return changed(o.Client.sdk.DeleteUser(ctx, a.User, enrolladmin.DeleteUserParams{DryRun: given(a.DryRun)}))
}

// SetGroup sets the group of a user.
func (o Operators) SetGroup(ctx context.Context, a operator.Act, group int64) (operator.User, error) {
	// The flag of the command has no default, so that 0 was typed. No group has it.
	if !named(group) {
		return operator.User{}, operator.ErrGroupUnknown
	}
	return changed(o.Client.sdk.SetUserGroup(ctx, a.User, enrolladmin.SetUserGroupParams{DryRun: given(a.DryRun)},
		enrolladmin.GroupRequest{GroupID: group}))
}

// SendCode sends the holder a code to reset the password, to the email, or else the phone, if channel is "". The
// service hands the message over after its answer at the latest, so nothing is left to do here. After a dry run
// both times are 0, as on the database.
func (o Operators) SendCode(
	ctx context.Context, a operator.Act, channel operator.Channel,
) (sent operator.CodeSent, err error) {
	answer, err := o.Client.sdk.SendUserCode(ctx, a.User, enrolladmin.SendUserCodeParams{DryRun: given(a.DryRun)},
		enrolladmin.UserCodeRequest{Channel: enrolladmin.UserCodeRequestChannel(channel)})
	if err != nil {
		return sent, errorOf(err, servicekey.UsersWrite)
	}
	return operator.CodeSent{Channel: operator.Channel(answer.Data.Channel), Sent: code.Sent{
		ExpiresIn:  time.Duration(answer.Data.ExpiresIn) * time.Second,
		RetryAfter: time.Duration(answer.Data.RetryAfter) * time.Second,
	}}, nil
}

// ResetCodes ends the codes of a phone or an email and forgets its counts. It needs a key of all sites, because an
// address is counted over all of them. The address is in the body and not in the URL, which logs of proxies have.
func (o Operators) ResetCodes(
	ctx context.Context, _ audit.Actor, typed string, dry bool,
) (operator.Reset, error) {
	answer, err := o.Client.sdk.ResetCodes(ctx, enrolladmin.ResetCodesParams{DryRun: given(dry)},
		enrolladmin.AddressRequest{Address: typed})
	if err != nil {
		return operator.Reset{}, errorOf(err, servicekey.UsersWrite)
	}
	return operator.Reset{Codes: answer.Data.Codes, Counts: answer.Data.Counts}, nil
}
