package account

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
)

// inviteAlphabet is lower-case Crockford base32. It has no i, l, o and u, which are easily
// mistaken when a code is read out or copied by hand.
var inviteAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newInviteCode returns 16 characters with 80 random bits. Codes cannot be guessed, and a
// collision is not to be expected; if there is one, a unique constraint refuses it.
func newInviteCode(random io.Reader) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("account: random invite code: %w", err)
	}
	return inviteAlphabet.EncodeToString(b[:]), nil
}

// canonicalInvite returns the form in which codes are compared. Generated codes are in
// lower case; codes that an operator writes into the database must be, too.
func canonicalInvite(code string) string { return strings.ToLower(strings.TrimSpace(code)) }

// useInvite spends one use of the invitation that the request names, in the caller's
// transaction (I2). It returns the inviter's id, or nil if the request names none.
func useInvite(ctx context.Context, q *db.Queries, a applicant) (*int64, error) {
	var inviter int64
	var err error
	// The reference accepts the inviter's id in place of the code; given both, both must be
	// of one user.
	field := "invite_code"
	switch {
	case a.inviteCode != "":
		inviter, err = q.UseInviteCode(ctx, db.UseInviteCodeParams{
			SiteID: a.site, InviteCode: a.inviteCode, InviteID: a.inviteID,
		})
	case a.inviteID != 0:
		field = "invite_id"
		inviter, err = q.UseInviteID(ctx, db.UseInviteIDParams{SiteID: a.site, InviteID: a.inviteID})
	default:
		return useHint(ctx, q, a)
	}
	// Unknown, used up and disabled are one refusal: the answer must not show which codes
	// exist (I9).
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, &Error{Reason: InviteInvalid, Field: field}
	}
	if err != nil {
		return nil, err
	}
	return &inviter, nil
}

// maxHint bounds an invitation of a cookie, in bytes. It is the contract's bound of invite_code.
const maxHint = 64

// useHint is useInvite for an invitation of a cookie. One that is not good is ignored: the person
// cannot see it, and could not register until the browser forgets it.
func useHint(ctx context.Context, q *db.Queries, a applicant) (*int64, error) {
	if a.inviteHint == "" || len(a.inviteHint) > maxHint || !plainInvite(a.inviteHint) {
		return nil, nil
	}
	inviter, err := q.UseInviteCode(ctx, db.UseInviteCodeParams{SiteID: a.site, InviteCode: a.inviteHint})
	// The reference's own cookie holds a code, and is read as an id there.
	if id, notID := strconv.ParseInt(a.inviteHint, 10, 64); errors.Is(err, pgx.ErrNoRows) && notID == nil {
		inviter, err = q.UseInviteID(ctx, db.UseInviteIDParams{SiteID: a.site, InviteID: id})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &inviter, nil
}

// plainInvite reports whether a text has letters and digits only, as all codes and ids. Others could not
// be stored in the database's encoding.
func plainInvite(text string) bool {
	return strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}
