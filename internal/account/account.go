package account

import (
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
)

// User is a person with an account on one site.
type User struct {
	ID        int64 // from 1000
	Site      int64
	ParentID  int64 // who invited, 0 for nobody
	UserName  string
	RealName  string
	AvatarURL string
	Email     string
	// EmailVerified says that the user reads the mail of Email. If not, anybody may have typed
	// it in, and it identifies nobody.
	EmailVerified bool
	Phone         string // E.164
	GroupID       int64
	Status        Status
	Retailer      bool
	Balance       int64 // minor currency units
	TotalReward   int64 // minor currency units
	InviteCode    string
	CreatedAt     time.Time
	UpdatedAt     time.Time
	LastLoginAt   time.Time
	ExpiresAt     time.Time // end of the group membership, zero for never
}

// userOf returns the user of a row. It leaves out the columns that only the database
// needs: keys, skeleton, password hash, and the count of invitations.
func userOf(row db.User) User {
	return User{
		ID:            row.ID,
		Site:          row.SiteID,
		ParentID:      orZero(row.ParentID),
		UserName:      orZero(row.UserName),
		RealName:      row.RealName,
		AvatarURL:     row.AvatarUrl,
		Email:         orZero(row.Email),
		EmailVerified: row.EmailVerifiedAt != nil,
		Phone:         orZero(row.Phone),
		GroupID:       row.GroupID,
		Status:        Status(row.Status),
		Retailer:      row.IsRetailer,
		Balance:       row.Balance,
		TotalReward:   row.TotalReward,
		InviteCode:    row.InviteCode,
		CreatedAt:     row.CreatedAt.UTC(),
		UpdatedAt:     row.UpdatedAt.UTC(),
		LastLoginAt:   row.LastLoginAt.UTC(),
		ExpiresAt:     orZero[time.Time](row.ExpiresAt).UTC(),
	}
}

// userInserted returns the user that a statement has inserted. The rest of a new user is as
// the statement has it.
func userInserted(id int64, row db.SpendCodeAndInsertUserParams) User {
	now := row.Now.UTC().Truncate(time.Microsecond) // as the database keeps it
	return User{
		ID:          id,
		Site:        row.SiteID,
		ParentID:    orZero(row.ParentID),
		UserName:    orZero(row.UserName),
		RealName:    row.RealName,
		AvatarURL:   row.AvatarUrl,
		Email:       orZero(row.Email),
		Phone:       orZero(row.Phone),
		GroupID:     row.GroupID,
		Status:      Active,
		InviteCode:  row.InviteCode,
		CreatedAt:   now,
		UpdatedAt:   now,
		LastLoginAt: now,
	}
}

// orZero returns the zero value for NULL.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// Status says whether an account may be used.
type Status int32

// The two states of an account; an operator sets them in the database.
const (
	Disabled Status = 0
	Active   Status = 1
)

// SignedIn is a user with a fresh token.
type SignedIn struct {
	User  User
	Token string // JWT
}

// Registration is what a person sends to register. Empty fields were not given.
type Registration struct {
	Site       int64
	UserName   string
	Password   string
	RealName   string
	AvatarURL  string
	Email      string
	Phone      string
	Code       string
	InviteCode string
	InviteID   int64
	Proof      Proof
	From       Origin // of the client, to count tries at the code by
	// IdempotencyKey makes a repetition of the request safe: 64 characters at
	// most, "" for none. The contract wants 128 random bits.
	IdempotencyKey string
}

// Login is what a person sends to log in. Empty fields were not given.
type Login struct {
	Site     int64
	UserName string
	Email    string
	Phone    string
	Password string
	Code     string
	Remember bool // for a token with the long life of a registration's
	Proof    Proof
	From     Origin // of the client, to count tries by
}

// CodeRequest asks for a code by SMS.
type CodeRequest struct {
	Site    int64
	Phone   string
	Purpose Purpose
	Locale  string // of the SMS's text, BCP 47
	Proof   Proof
	From    Origin // of the client, to count SMS by
}

// EmailCodeRequest asks for a code by mail, on behalf of a user who is logged in.
type EmailCodeRequest struct {
	Site   int64
	User   int64
	Issued time.Time // of the user's token
	Email  string    // "" for the user's own
	Locale string    // of the mail's text, BCP 47
	Proof  Proof
	From   Origin // of the client, to count mails by
}

// EmailVerification shows that a user reads an address's mail.
type EmailVerification struct {
	Site   int64
	User   int64
	Issued time.Time // of the user's token
	Email  string    // "" for the user's own
	Code   string
	From   Origin // of the client, to count tries by
}

// Purpose is what a code is good for. It is good for nothing else.
type Purpose = code.Purpose

// The purposes of a code: the first two of one by SMS, the last of one by mail.
const (
	ForRegister = code.ForRegister
	ForLogin    = code.ForLogin
	ForVerify   = code.ForVerify
)

// CodeSent tells how long a code that is on its way is good for, and when
// another one may be asked for.
type CodeSent = code.Sent

// Origin is where a client is in the network, to count by. Its zero value is that of clients
// that are not told apart.
type Origin = code.Origin
