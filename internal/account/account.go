package account

import (
	"net/netip"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/network"
)

// User is a person with an account on one site.
type User struct {
	ID       int64 // from 1000
	Site     int64
	ParentID int64 // id of the inviter, 0 for none
	UserName string
	// UserNameKey is the canonical form of UserName.
	UserNameKey string
	RealName    string    // for display; never made of the next two
	FirstName   string    // the given name, "" if it was not given
	LastName    string    // the family name, "" if it was not given
	Introduce   string    // may have several lines
	Birthday    time.Time // zero for none
	AvatarURL   string
	Email       string
	// EmailVerified is true if the user has entered a code that was sent to Email. If not, the
	// email may be another person's, and must not be used to identify the user.
	EmailVerified bool
	Phone         string // E.164
	GroupID       int64
	// Status is Active for a new user. Only an operator changes it.
	Status      Status
	Retailer    bool
	Balance     int64 // minor currency units
	TotalReward int64 // minor currency units
	InviteCode  string
	// A registration sets all three times, because it also logs in.
	CreatedAt   time.Time
	UpdatedAt   time.Time
	LastLoginAt time.Time
	ExpiresAt   time.Time // end of the group membership, zero for never
}

// userOf returns the user of a row. It leaves out the columns that only the database
// needs: keys, skeleton, password hash, and the count of invitations. So a hash cannot
// reach an answer or a log by way of a User.
func userOf(row db.User) User {
	return User{
		ID:            row.ID,
		Site:          row.SiteID,
		ParentID:      orZero(row.ParentID),
		UserName:      orZero(row.UserName),
		UserNameKey:   orZero(row.UserNameKey),
		RealName:      row.RealName,
		FirstName:     row.FirstName,
		LastName:      row.LastName,
		Introduce:     row.Introduce,
		Birthday:      orZero[time.Time](row.Birthday).UTC(),
		AvatarURL:     row.AvatarUrl,
		Email:         orZero(row.Email),
		EmailVerified: row.EmailVerifiedAt != nil, // check: email-shown
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

// userInserted returns the user that a statement has inserted. Columns that are no parameters
// have the values that the statement gives a new user.
func userInserted(id int64, row db.SpendCodeAndInsertUserParams) User {
	now := row.Now.UTC().Truncate(time.Microsecond) // as the database keeps it
	return User{
		ID:          id,
		Site:        row.SiteID,
		ParentID:    orZero(row.ParentID),
		UserName:    orZero(row.UserName),
		UserNameKey: orZero(row.UserNameKey),
		RealName:    row.RealName,
		FirstName:   row.FirstName,
		LastName:    row.LastName,
		AvatarURL:   row.AvatarUrl,
		Email:       orZero(row.Email),
		Phone:       orZero(row.Phone),
		GroupID:     row.GroupID,
		Status:      Active,

		EmailVerified: row.EmailProven,
		InviteCode:    row.InviteCode,
		CreatedAt:     now,
		UpdatedAt:     now,
		LastLoginAt:   now,
	}
}

// orZero returns the zero value for NULL: outside the database "" and 0 mean "none".
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// Status says whether a user may log in and use tokens.
type Status int32

// The two states of an account; an operator sets them in the database. Disabled is 0, so that the
// zero value of a row is not a user that may log in.
const (
	Disabled Status = 0
	Active   Status = 1
)

// SignedIn is a user with a new token.
type SignedIn struct {
	User  User
	Token string // JWT
	// DeletionCanceled is true if the login has taken back the deletion of the account.
	DeletionCanceled bool
}

// Registration is a request to register. An empty field was not given.
type Registration struct {
	Site int64
	// UserName and Password, Phone and Code, or Email and Code are needed: one pair is enough. Of a
	// phone and an email, Code is that of the phone.
	UserName string
	Password string
	RealName string
	// The given name and the family name, for sites that show them apart.
	FirstName string
	LastName  string
	// AvatarURL is an absolute URL or a path within the site.
	AvatarURL string
	Email     string
	Phone     string
	Code      string
	// InviteCode and InviteID name the inviter. If both are given, both must be of one user.
	InviteCode string
	InviteID   int64
	// InviteHint is an invitation that the person may not know of, from a cookie: a code or an id. It
	// counts if the request names no inviter, and is ignored if it is not good.
	InviteHint string
	Proof      Proof
	From       Origin // of the client; wrong codes are counted by it
	UserAgent  string // of the client; words of it are kept with the session
	// IdempotencyKey makes a repetition of the request safe. It has 64 characters at
	// most; "" is none. The contract asks for 128 random bits, because a client that
	// knows the key and the request can try passwords with it.
	IdempotencyKey string
}

// Login is a request to log in: one of UserName, Email and Phone, and a Password or, for the latter two,
// a Code. An empty field was not given.
type Login struct {
	Site     int64
	UserName string
	Email    string
	Phone    string
	Password string
	Code     string
	// Remember asks for a token that lives as long as one of a registration.
	Remember bool
	Locale   string // of the notice that the deletion of the account is taken back (BCP 47)
	Proof    Proof
	From     Origin // of the client; wrong passwords and codes are counted by it
	// UserAgent is the client's header; words of it are kept with the session.
	UserAgent string
}

// CodeRequest is a request for a code by SMS.
type CodeRequest struct {
	Site    int64
	Phone   string
	Purpose Purpose
	By      Holder // for ForChange: the user that may use the code
	Locale  string // of the SMS's text, BCP 47
	Proof   Proof
	From    Origin // of the client; messages are counted by it
}

// EmailCodeRequest is the request of a logged-in user for a code by mail.
type EmailCodeRequest struct {
	By      Holder
	Email   string  // "" for the user's own
	Purpose Purpose // ForChange, or else ForVerify
	Locale  string  // of the mail's text, BCP 47
	Proof   Proof
	From    Origin // of the client; messages are counted by it
}

// MailCodeRequest is a request for a code by mail of a person that is not logged in.
type MailCodeRequest struct {
	Site    int64
	Email   string
	Purpose Purpose // ForRegister, ForLogin or ForReset
	Locale  string  // of the mail's text, BCP 47
	Proof   Proof
	From    Origin // of the client; messages are counted by it
}

// PasswordReset is a request to set a new password: one of Email and Phone, the code that was
// sent there, and the password.
type PasswordReset struct {
	Site     int64
	Email    string
	Phone    string
	Code     string
	Password string
	Locale   string // of the notice's text, BCP 47
	Proof    Proof
	From     Origin // of the client; wrong codes are counted by it
}

// EmailVerification is the request of a logged-in user to verify an email by its
// code.
type EmailVerification struct {
	By    Holder
	Email string // "" for the user's own
	Code  string
	From  Origin // of the client, to count tries by
}

// Purpose is the use for which a code was requested. The code is valid for no other use.
type Purpose = code.Purpose

// The purposes of a code. ForVerify is for codes by mail only, the others for codes by SMS and by mail.
const (
	ForRegister = code.ForRegister
	ForLogin    = code.ForLogin
	ForVerify   = code.ForVerify
	ForReset    = code.ForReset
	ForChange   = code.ForChange
)

// CodeSent says until when a code is valid, and when the next one may be requested.
type CodeSent = code.Sent

// Origin names the networks of a client. Attempts and messages are counted by them. The
// zero value stands for all clients whose addresses are not known.
type Origin = network.Origin

// OriginOf returns the networks of a client. It is here, beside the requests that have an
// Origin, so that package server fills them in from this package alone.
func OriginOf(client netip.Addr) Origin { return network.OriginOf(client) }
