package holder

import (
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/terms"
)

// User is a person with an account on one site.
type User struct {
	ID       int64 // from 1000, or as imported
	Site     int64
	ParentID int64 // id of the inviter, 0 for none
	UserName string
	// UserNameKey is the canonical form of UserName.
	UserNameKey string
	person.Profile
	Email string
	// EmailVerified is true if the user has entered a code that was sent to Email, or an operator has
	// vouched for it. If not, the email may be another person's, and must not be used to identify the user.
	EmailVerified bool
	Phone         string // E.164
	GroupID       int64
	Group         *Group // of GroupID, nil if there is none or if it was not read
	// Status is Active after a registration, unless the user waits. Otherwise only an operator sets it.
	Status      Status
	Waiting     bool // for the approval of an operator; Status is Disabled meanwhile
	Retailer    bool
	Balance     int64 // minor currency units
	TotalReward int64 // minor currency units
	InviteCode  string
	// A registration also logs the user in, and sets these three to one time.
	CreatedAt   time.Time
	UpdatedAt   time.Time
	LastLoginAt time.Time

	ExpiresAt time.Time // end of the group membership, zero for never
	// Accepted are the terms that the user has accepted last, the zero value if none.
	Accepted terms.Acceptance
}

// UserOf returns the user of a row. It leaves out the group, and the columns that an answer with
// a user does not have, such as the key of the email, the skeleton of the user name, and the hash
// of the password. So neither an answer nor a log line that is made from a User can contain a hash.
func UserOf(row db.User) User {
	return User{
		ID:            row.ID,
		Site:          row.SiteID,
		ParentID:      postgres.OrZero(row.ParentID),
		UserName:      postgres.OrZero(row.UserName),
		UserNameKey:   postgres.OrZero(row.UserNameKey),
		Profile:       person.Of(row),
		Email:         postgres.OrZero(row.Email),
		EmailVerified: row.EmailVerifiedAt != nil, // check: email-shown
		Phone:         postgres.OrZero(row.Phone),
		GroupID:       row.GroupID,
		Status:        Status(row.Status),
		Waiting:       row.Waiting,
		Retailer:      row.IsRetailer,
		Balance:       row.Balance,
		TotalReward:   row.TotalReward,
		InviteCode:    row.InviteCode,
		CreatedAt:     row.CreatedAt.UTC(),
		UpdatedAt:     row.UpdatedAt.UTC(),
		LastLoginAt:   row.LastLoginAt.UTC(),
		ExpiresAt:     postgres.OrZero[time.Time](row.ExpiresAt).UTC(),
		Accepted: terms.Acceptance{
			Version: postgres.OrZero(row.TermsVersion), Language: postgres.OrZero(row.TermsLanguage),
			At: postgres.OrZero[time.Time](row.TermsAt).UTC(),
		},
	}
}

// Status says whether a user may log in and use tokens.
type Status int32

// The two states of an account. An operator sets them by a command or by the admin API. Disabled is 0, so that the zero
// value of a row is not a user that may log in. A user that waits for approval is Disabled, so that code that checks
// the status only does not admit the user.
const (
	Disabled Status = 0
	Active   Status = 1
)

// Barred returns the refusal of a user that must not log in, or nil for an active one. It is for users that have
// shown the right credentials, because it shows that the account exists (I9 of package account).
func Barred(row db.User) *refusal.Error {
	switch {
	case Status(row.Status) == Active:
		return nil
	case row.Waiting: // check: waiting-barred
		return &refusal.Error{Reason: refusal.ApprovalPending}
	}
	return &refusal.Error{Reason: refusal.AccountDisabled}
}
