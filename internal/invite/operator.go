package invite

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/refusal"
)

const (
	// prefix distinguishes the codes of operators from those of users, whose generated codes have no "_". So both are
	// sent in one field, and the cookie works for both.
	prefix = "inv_"
	// secretBytes is 128 bits, which cannot be guessed or found from their hash.
	secretBytes = 16
)

// NewInvited returns a code for an invitation of an operator: the prefix, and 26 characters with 128 random bits.
func NewInvited(random io.Reader) (string, error) {
	var b [secretBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("invite: random code: %w", err)
	}
	return prefix + inviteAlphabet.EncodeToString(b[:]), nil
}

// Invited reports whether a code in canonical form has the form of an operator's. An imported user may have a code that
// begins with the same prefix, but not of this form.
func Invited(code string) bool {
	secret, found := strings.CutPrefix(code, prefix)
	if !found {
		return false
	}
	b, err := inviteAlphabet.DecodeString(secret)
	return err == nil && len(b) == secretBytes
}

// Hash returns what is stored of a code. A slow hash is not needed, because the code cannot be found by trying.
func Hash(invited string) []byte {
	sum := sha256.Sum256([]byte(invited))
	return sum[:]
}

// BoundMAC returns what is stored of the only address that may use a code. The key is the code itself, so that neither
// the row nor the secret of the service shows the address. address is in canonical form.
func BoundMAC(invited string, channel code.Channel, address string) []byte {
	mac := hmac.New(sha256.New, []byte(invited))
	fmt.Fprintf(mac, "%s %s", channel, address)
	return mac.Sum(nil)
}

// invited returns the code of an operator's invitation that a request has, or "". With an id beside it, the code must
// be that of the user with the id.
func (n Named) invited() string {
	if n.ID == 0 && Invited(n.Code) {
		return n.Code
	}
	if Invited(n.Hint) { // there is a hint only if there is neither a code nor an id
		return n.Hint
	}
	return ""
}

// proven returns the MAC of the address that the code of the request proves. It is nil if the request proves none, and
// then no bound invitation admits it.
func (n Named) proven(invited string) []byte {
	if n.Proves.Address == "" {
		return nil
	}
	return BoundMAC(invited, n.Proves.Channel, n.Proves.Address)
}

// Missing returns a refusal if the registration needs an invitation of an operator, and the request has no code of that
// form. It needs no query.
func (n Named) Missing() error {
	if n.Required && n.invited() == "" { // check: invitation-missing
		return invalid("invite_code")
	}
	return nil
}

// Look returns a refusal if the registration needs an invitation of an operator, and the one that it names does not
// admit it. It uses up nothing, and comes before the captcha and the hash, which a refused request must not cost.
func Look(ctx context.Context, q *db.Queries, n Named, now time.Time) error {
	if !n.Required {
		return nil
	}
	if err := n.Missing(); err != nil {
		return err
	}
	invited := n.invited()
	open, err := q.InvitationIsOpen(ctx, db.InvitationIsOpenParams{
		Hash: Hash(invited), SiteID: n.Site, Now: now, BoundMac: n.proven(invited),
	})
	if err == nil && !open { // check: invitation-looked-up
		return invalid("invite_code")
	}
	return err
}

// useInvited is Use for an invitation of an operator.
func useInvited(ctx context.Context, q *db.Queries, n Named, now time.Time) (Used, error) {
	invited := n.invited()
	row, err := q.UseInvitation(ctx, db.UseInvitationParams{
		Hash: Hash(invited), SiteID: n.Site, Now: now, BoundMac: n.proven(invited),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		// A hint that admits nobody is ignored, like that of a user, unless an invitation is required.
		if n.Code == "" && !n.Required { // check: invitation-required
			return Used{}, nil
		}
		return Used{}, invalid("invite_code")
	}
	if err != nil {
		return Used{}, err
	}
	return Used{Group: row.GroupID, Invitation: &row.ID}, nil
}

// keep is how long an invitation stays after it was revoked, has expired or was used up, so that an operator can look
// its count up. Users keep its id.
const keep = 90 * 24 * time.Hour

// Purge deletes a batch of invitations that ended long ago, and returns how many. One that has no end and is not used
// up stays until it is revoked.
func Purge(ctx context.Context, q *db.Queries, now time.Time) (int64, error) {
	return q.PurgeInvitations(ctx, db.PurgeInvitationsParams{EndedBefore: now.Add(-keep)}) // check: invitation-kept
}

// invalid returns the refusal of an invitation. Unknown, used up, revoked, expired and bound to another address are one
// refusal: the answer must not show which codes exist (I9).
func invalid(field string) error { return &refusal.Error{Reason: refusal.InviteInvalid, Field: field} }
