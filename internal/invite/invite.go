package invite

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
)

// inviteAlphabet is lower-case Crockford base32. It has no i, l, o and u, which are easily
// mistaken when a code is read out or copied by hand.
var inviteAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New returns 16 characters with 80 random bits. Such a code cannot be guessed. A
// collision is improbable, and a unique constraint refuses it.
func New(random io.Reader) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("invite: random code: %w", err)
	}
	return inviteAlphabet.EncodeToString(b[:]), nil
}

// Canonical returns the form in which codes are compared. Generated codes are in lower
// case; codes that an operator writes into the database must be in lower case, too, or
// no request matches them.
func Canonical(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// Named is what a registration says about the user or the invitation that it comes by: a code, the id of a user or
// both, or else a hint.
type Named struct {
	Site int64
	Code string // in canonical form; of a user or of an operator's invitation
	ID   int64  // of a user
	Hint string // in canonical form; the code or id of the cookie
	// Required says that only an invitation of an operator admits the registration.
	Required bool
	// Proves is the address that the code of the request proves, the zero value for none. It matters only to an
	// invitation that is bound to an address.
	Proves code.Destination
}

// None reports whether there is no code, no id and no hint.
func (n Named) None() bool { return n.Code == "" && n.ID == 0 && n.Hint == "" }

// Used is what the code or the id gives to the new user.
type Used struct {
	Inviter    *int64 // the user that has invited; nil for none
	Group      int64  // the group that the operator has chosen; 0 for the default group
	Invitation *int64 // the id of the operator's invitation; nil for none
}

// Use counts one use of what the request names, an invite code or an invitation of an operator, in the caller's
// transaction (I2). Nothing is counted if the request names none, or only a hint that is not valid.
func Use(ctx context.Context, q *db.Queries, n Named, now time.Time) (Used, error) {
	// Look has refused a request that needs an invitation of an operator and has none. It is checked again here,
	// because a caller that left that out would admit everybody.
	if err := n.Missing(); err != nil {
		return Used{}, err
	}
	if n.invited() != "" {
		return useInvited(ctx, q, n, now)
	}
	inviter, err := useOwn(ctx, q, n)
	return Used{Inviter: inviter}, err
}

// useOwn is Use for the invite code or the id of a user. It returns the inviter's id, or nil for none.
func useOwn(ctx context.Context, q *db.Queries, n Named) (*int64, error) {
	var inviter int64
	var err error
	// AnQiCMS accepts the inviter's id in place of the code. If both are given, they must
	// belong to one user.
	field := "invite_code"
	switch {
	case n.Code != "":
		inviter, err = q.UseInviteCode(ctx, db.UseInviteCodeParams{
			SiteID: n.Site, InviteCode: n.Code, InviteID: n.ID,
		})
	case n.ID != 0:
		field = "invite_id"
		inviter, err = q.UseInviteID(ctx, db.UseInviteIDParams{SiteID: n.Site, InviteID: n.ID})
	default:
		return useHint(ctx, q, n)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, invalid(field)
	}
	if err != nil {
		return nil, err
	}
	return &inviter, nil
}

// maxHint is the greatest length, in bytes, of a code that comes from a cookie. It equals the
// contract's bound of invite_code.
const maxHint = 64

// useHint is useOwn for a code or an id that comes from a cookie. An invalid one is ignored: the
// person cannot see it, so a refusal would block the registration until the browser forgets
// the cookie.
func useHint(ctx context.Context, q *db.Queries, n Named) (*int64, error) {
	if n.Hint == "" || len(n.Hint) > maxHint || !plainInvite(n.Hint) {
		return nil, nil
	}
	inviter, err := q.UseInviteCode(ctx, db.UseInviteCodeParams{SiteID: n.Site, InviteCode: n.Hint})
	// AnQiCMS writes a code into this cookie but reads it as an id, so both are accepted.
	if id, notID := strconv.ParseInt(n.Hint, 10, 64); errors.Is(err, pgx.ErrNoRows) && notID == nil {
		inviter, err = q.UseInviteID(ctx, db.UseInviteIDParams{SiteID: n.Site, InviteID: id})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &inviter, nil
}

// plainInvite reports whether a text has letters and digits only, as ids and the codes that Enroll makes
// have. PostgreSQL would answer other texts, such as invalid UTF-8, with an error. An imported code with
// "-" or "_" is accepted in the field invite_code, but not from a cookie.
func plainInvite(text string) bool {
	return strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}
