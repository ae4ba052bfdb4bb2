package transfer

import (
	"hash/maphash"
	"strconv"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// Values of owner.row that are not the index of a row. An index is 0 or greater.
const (
	free       = -1 // the claim has no owner
	ofDatabase = -2 // a user of the database
	ofEarlier  = -3 // a row of an earlier batch of a dry run
)

// kindOf is the kind of a claim. Claims of two kinds never conflict.
type kindOf byte

const (
	claimID kindOf = iota
	claimName
	claimSkeleton
	claimEmail
	claimPhone
	claimInvite
	claimSource // the id of a row in its source, of a dry run
)

// claim is something that one user can have. The id of a user is of site 0, because it is unique over all sites.
type claim struct {
	kind kindOf
	site int64
	key  string
}

// owner is the owner of a claim: a row of the batch, or one of the values above.
// Only rows that are imported own something.
type owner struct {
	row      int
	verified bool // of an email
}

// claims are what the rows of a batch must not take from others.
type claims struct {
	// The claims of the rows, and those of the users of the database that have one of these. A user has at most six.
	owners map[claim]owner
	users  map[int64]db.UsersInTheWayRow // those of the database by id
	kept   map[string]bool               // hashes of reserved names
	seen   seen
}

// newClaims returns a set that has only the claims of s: those of earlier batches in a dry run, and none in an import.
func newClaims(s seen) claims {
	return claims{owners: map[claim]owner{}, users: map[int64]db.UsersInTheWayRow{}, kept: map[string]bool{}, seen: s}
}

// user adds the claims of a user of the database.
func (c claims) user(u db.UsersInTheWayRow) {
	// A user may be found by several of its identifiers.
	c.users[u.ID] = u
	c.all(db.ImportUsersParams{
		ID: u.ID, SiteID: u.SiteID, UserNameKey: u.UserNameKey, UserNameSkeleton: u.UserNameSkeleton, EmailKey: u.EmailKey,
		EmailVerifiedAt: u.EmailVerifiedAt, Phone: u.Phone, InviteCode: u.InviteCode,
	}, ofDatabase)
}

// add adds the claims of a row that is imported.
func (c claims) add(row db.ImportUsersParams, i int) { c.all(row, i) }

// all adds the claims of a user that are not empty.
func (c claims) all(row db.ImportUsersParams, who int) {
	// A later owner replaces an earlier one, which happens if a row takes over an email.
	for one := range claimsOf(row) {
		c.owners[one] = owner{who, one.kind == claimEmail && row.EmailVerifiedAt != nil}
	}
}

// claimsOf yields the claims of a user that are not empty.
func claimsOf(row db.ImportUsersParams) func(yield func(claim) bool) {
	return func(yield func(claim) bool) {
		// The constraints of the table users have the same columns.
		for _, one := range []claim{
			{claimID, 0, idKey(row.ID)}, {claimName, row.SiteID, postgres.OrZero(row.UserNameKey)},
			{claimSkeleton, row.SiteID, postgres.OrZero(row.UserNameSkeleton)},
			{claimEmail, row.SiteID, postgres.OrZero(row.EmailKey)}, {claimPhone, row.SiteID, postgres.OrZero(row.Phone)},
			{claimInvite, row.SiteID, row.InviteCode},
		} {
			if one.key != "" && !yield(one) {
				return
			}
		}
	}
}

// idKey returns the key of an id, "" for none.
func idKey(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// of returns the owner of a claim. An empty key has none.
func (c claims) of(kind kindOf, site int64, key string) owner {
	if key == "" {
		return owner{row: free}
	}
	// In a dry run, rows of earlier batches own claims, too. They were rolled back, so the database does not have them.
	one := claim{kind, site, key}
	if o, ok := c.owners[one]; ok {
		return o
	}
	return c.seen.of(one)
}

// same returns the id of the user of the database that has the id, the site and the time of creation of a row, and
// something else of it, and 0 if there is none. The row was exported from that user.
func (c claims) same(one candidate) int64 {
	// Two systems may have a user of one id that was created in the same second, so the id and the time are not enough.
	found, ok := c.users[one.row.ID]
	if ok && one.dated && found.CreatedAt.Equal(one.row.CreatedAt) && one.alike(known{ // check: import-same
		&found.SiteID, found.UserNameKey, found.EmailKey, found.Phone, &found.InviteCode,
	}) {
		return one.row.ID
	}
	return 0
}

// known is a user of the database. A missing value is nil.
type known struct {
	site                           *int64
	name, email, phone, inviteCode *string
}

// alike reports whether a row has an identifier of a user. In an export the invite code counts, too: a user cannot
// change it. Other systems may derive it from the id.
func (c *candidate) alike(u known) bool {
	// Two missing values are not equal.
	equal := func(a, b *string) bool { return a != nil && b != nil && *a == *b }
	return u.site != nil && *u.site == c.row.SiteID && (equal(c.row.UserNameKey, u.name) ||
		equal(c.row.EmailKey, u.email) || equal(c.row.Phone, u.phone) ||
		c.held && c.row.InviteCode != "" && equal(&c.row.InviteCode, u.inviteCode))
}

// idTaken reports whether another user has the id. In a dry run this may be a row of an earlier batch.
func (c claims) idTaken(row db.ImportUsersParams) bool {
	return c.of(claimID, 0, idKey(row.ID)).row != free
}

// nameTaken reports whether another user has the name, or one that looks like it.
func (c claims) nameTaken(row db.ImportUsersParams) bool {
	return c.of(claimName, row.SiteID, postgres.OrZero(row.UserNameKey)).row != free ||
		c.of(claimSkeleton, row.SiteID, postgres.OrZero(row.UserNameSkeleton)).row != free
}

// phoneTaken reports whether another user of the site has the phone.
func (c claims) phoneTaken(row db.ImportUsersParams) bool {
	return c.of(claimPhone, row.SiteID, postgres.OrZero(row.Phone)).row != free
}

// inviteTaken reports whether another user of the site has the invite code. A registration with the code would get that
// user as its inviter.
func (c claims) inviteTaken(row db.ImportUsersParams) bool {
	return c.of(claimInvite, row.SiteID, row.InviteCode).row != free
}

// email reports whether a row may have its email, and the owner that loses it to the row, or free.
func (c claims) email(row db.ImportUsersParams) (loser int, may bool) {
	// If both have verified the email, the owner that came first keeps it.
	o := c.of(claimEmail, row.SiteID, postgres.OrZero(row.EmailKey))
	if o.row == free {
		return free, true
	}
	// As in a verification by code, an unverified email must not keep the address from its owner.
	if row.EmailVerifiedAt != nil && !o.verified { // check: import-verified-wins
		return o.row, true
	}
	return free, false
}

// seen has the claims of earlier batches of a dry run, whose rows were rolled back. A claim is a hash of 64 bits. With
// a million users, the probability that any two claims have one hash is one in a million. The zero value has no claims
// and stays empty: it is for an import that is not a dry run.
type seen struct {
	seed maphash.Seed
	// The value says whether an email is verified. For other claims it is false.
	verified map[uint64]bool
}

// newSeen returns an empty set. The seed is random, so that no file can be made whose rows have equal hashes.
func newSeen() seen { return seen{maphash.MakeSeed(), map[uint64]bool{}} }

// of returns the owner of a claim.
func (s seen) of(one claim) owner {
	// Only a dry run has the map.
	if s.verified == nil {
		return owner{row: free}
	}
	verified, ok := s.verified[maphash.Comparable(s.seed, one)]
	if !ok {
		return owner{row: free}
	}
	return owner{ofEarlier, verified}
}

// imported reports whether an earlier batch of a dry run has imported a row.
func (s seen) imported(id source.ID) bool { return id != "" && s.of(sourceClaim(id)).row != free }

// sourceClaim returns the claim of a row on its id in the source.
func sourceClaim(id source.ID) claim { return claim{claimSource, 0, string(id)} }

// add adds what the rows of a plan have claimed.
func (s seen) add(p *plan) {
	if s.verified == nil {
		return
	}
	// Hashes are kept instead of texts, so that long identifiers take no more memory than short ones.
	for n, row := range p.users {
		for one := range claimsOf(row) {
			s.verified[maphash.Comparable(s.seed, one)] = one.kind == claimEmail && row.EmailVerifiedAt != nil
		}
		s.verified[maphash.Comparable(s.seed, sourceClaim(p.rows[p.index[n]].source))] = false
	}
}
