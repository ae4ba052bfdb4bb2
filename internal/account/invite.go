package account

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
)

// inviteAlphabet is lower-case Crockford base32: no i, l, o, u, so that a code
// that is read out or copied by hand arrives.
var inviteAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newInviteCode returns 16 characters, 80 random bits: it cannot be guessed
// from an id, and two alike will not be seen.
func newInviteCode(random io.Reader) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("account: random invite code: %w", err)
	}
	return inviteAlphabet.EncodeToString(b[:]), nil
}

// canonicalInvite is the form in which codes are compared: those we make are
// in lower case; an operator's own codes have to be.
func canonicalInvite(code string) string { return strings.ToLower(strings.TrimSpace(code)) }

// useInvite takes one use of the invitation that the applicant names, in the
// caller's transaction (I2), and returns the inviter, nil for no invitation.
func useInvite(ctx context.Context, q *db.Queries, a applicant) (*int64, error) {
	var inviter int64
	var err error
	field := "invite_code"
	switch {
	case a.inviteCode != "":
		inviter, err = q.UseInviteCode(ctx, db.UseInviteCodeParams{SiteID: a.site, InviteCode: a.inviteCode, InviteID: a.inviteID})
	case a.inviteID != 0:
		field = "invite_id"
		inviter, err = q.UseInviteID(ctx, db.UseInviteIDParams{SiteID: a.site, InviteID: a.inviteID})
	default:
		return nil, nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, &Error{Reason: InviteInvalid, Field: field}
	}
	if err != nil {
		return nil, err
	}
	return &inviter, nil
}
