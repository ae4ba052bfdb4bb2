package account

import (
	"net/netip"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/login"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/terms"
)

// userInserted returns the user that a statement has inserted. A column that is not a parameter
// has the value that the statement gives a new user.
func userInserted(
	id int64, row db.SpendCodeAndInsertUserParams, told person.Basics, accepted terms.Acceptance,
) holder.User {
	now := row.Now.UTC().Truncate(time.Microsecond) // the precision of the database
	status := holder.Active
	if row.Waiting {
		status = holder.Disabled
	}
	return holder.User{
		ID:          id,
		Site:        row.SiteID,
		ParentID:    postgres.OrZero(row.ParentID),
		UserName:    postgres.OrZero(row.UserName),
		UserNameKey: postgres.OrZero(row.UserNameKey),
		Profile:     person.Profile{Basics: told},
		Email:       postgres.OrZero(row.Email),
		Phone:       postgres.OrZero(row.Phone),
		GroupID:     row.GroupID,
		Status:      status,
		Waiting:     row.Waiting,

		EmailVerified: row.EmailProven,
		InviteCode:    row.InviteCode,
		CreatedAt:     now,
		UpdatedAt:     now,
		LastLoginAt:   now,
		Accepted:      accepted,
	}
}

// Registration is a request to register. An empty field means that the request does not have it.
type Registration struct {
	Site int64
	// One of three pairs is needed: UserName and Password, Phone and Code, or Email and Code. If both a
	// phone and an email are there, Code is that of the phone.
	UserName string
	Password string
	// Basics is embedded, so that the digest of a remembered request covers each of its fields.
	person.Basics
	Email string
	Phone string
	Code  string
	// Birthday is compared with the minimum age, and not stored: Unix seconds, 0 for none.
	Birthday int64
	// AcceptedTerms is the version of the terms that the person has accepted, "" for none.
	AcceptedTerms string
	// InviteCode is a user's invite code or the code of an operator's invitation. InviteID is the id of a
	// user that invites. If both are there, they must be those of one user.
	InviteCode string
	InviteID   int64
	// InviteHint is such a code or id from a cookie, of which the person may not know. It is used if the request
	// has neither InviteCode nor InviteID. One that is not valid is ignored, unless an invitation is required.
	InviteHint string
	Proof      Proof
	From       Origin // of the client; wrong codes are counted by it
	UserAgent  string // of the client; the session stores its browser and system
	// Locale is the language of the request (BCP 47), in which the person has accepted the terms. It is also that of a
	// notice: a repetition of the request logs in, which cancels a requested deletion, and the user gets a notice.
	Locale string
	// IdempotencyKey makes a repetition of the request safe. It has 64 characters at
	// most; "" means no key. The contract asks for 128 random bits, because a client that
	// knows the key and the request can try passwords with it.
	IdempotencyKey string
}

// Login is a request to log in.
type Login = login.Request

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

// CodeSent says how long a code is valid, and when the next one may be requested.
type CodeSent = code.Sent

// Origin names the networks of a client. Attempts and messages are counted by them. The
// zero value stands for all clients whose addresses are not known.
type Origin = network.Origin

// OriginOf returns the networks of a client. It is here, beside the requests that have an
// Origin, so that package server need not import package network.
func OriginOf(client netip.Addr) Origin { return network.OriginOf(client) }
