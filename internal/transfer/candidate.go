package transfer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// candidate is a row of a file that was checked without the database. It is not changed after that, because a batch
// may be tried again.
type candidate struct {
	line   int64
	source source.ID
	parent source.ID
	row    db.ImportUsersParams // without ParentID, and with an id only if that may be kept
	dated  bool                 // the file says when the user was created
	held   bool                 // the user could log in to Enroll, by rules that may have changed
	weak   bool                 // the hash in the row must be wrapped
	// Rows of two users with one id have two fingerprints, but for one in 65,536.
	fingerprint int16
	// notes are what was left out, or why the row is refused. None has a value of the file.
	notes   []string
	refused bool
}

// The notes that are not reasons of the contract. docs/transfer.md explains each.
const (
	noteID       = "id: changed"
	noteRepeated = "id: repeated"
	noteHash     = "password_hash: unknown"
	noteStatus   = "status: malformed"
	noteInvite   = "invite_code: changed"
	noteGroup    = "group_id: " + string(refusal.GroupUnknown)
	noteNoParent = "parent_id: not imported yet"
	noteEvicted  = "email: verified by another row"
	noteTakes    = "email: taken from a user that has it unverified"
	noteTerms    = "terms_version: malformed"
	noteHeld     = ": of earlier rules" // behind a member
)

// candidate checks a row by the rules of a registration, without the database.
func (r *run) candidate(from source.Record) candidate {
	// The first reason that makes a row useless ends the checks. What is only left out is collected.
	u := from.User
	c := candidate{line: from.Line, source: u.ID, parent: u.Parent, dated: u.Created != nil, held: from.Held,
		notes: from.Left}
	if from.Wrong != "" {
		return c.refuse(from.Wrong)
	}
	if c.source == "" {
		return c.refuse("id: required")
	}
	// The columns that need no look-up come first, and the rules change them.
	c.row, c.fingerprint = r.columns(*u), fingerprint(*u)
	c.identifiers(r, *u)
	c.profile(r, *u)
	c.terms(*u)
	// A hash that no login can verify would lock the user out, and no report would say so.
	hash, ok := password.Stored(u.PasswordHash)
	if c.weak = r.rules.Hasher != nil && password.Weak(u.PasswordHash); c.weak {
		hash, ok = u.PasswordHash, true
	}
	if u.PasswordHash != "" && !ok { // check: import-hash
		return c.refuse(noteHash)
	}
	c.row.PasswordHash = postgres.NullIfEmpty(hash)
	// A mistyped status must not enable a user that is meant to be disabled.
	switch u.Status {
	case "", source.Active:
		c.row.Status = 1
	case source.Disabled:
		c.row.Status = 0
	// The constraint users_waiting_check also refuses a user that waits and may log in.
	case source.Waiting:
		c.row.Status, c.row.Waiting = 0, true // check: import-waiting
	default:
		return c.refuse(noteStatus)
	}
	if !slices.Contains(r.cfg.Sites, c.row.SiteID) { // check: import-site
		return c.refuse("site_id: " + string(refusal.SiteUnknown))
	}
	// A user whose deletion is due is deleted, although a file still has it.
	if u.Delete != nil && !u.Delete.After(r.at) { // check: import-deleted
		return c.refuse(source.NoteDeleted)
	}
	// Groups give rights, so an unknown one must not stay as a number that may be given to another group later.
	if !r.groups[groupKey{c.row.SiteID, c.row.GroupID}] && c.row.GroupID != r.defaultGroup {
		c.row.GroupID = r.defaultGroup
		c.note(noteGroup)
	}
	// A user that is its own inviter could never be deleted: rows that refer to it must go first.
	if c.parent == c.source {
		c.parent = ""
	}
	return c
}

// refuse returns a candidate that is not imported.
func (c candidate) refuse(why string) candidate {
	// The clipped slice keeps the notes of other copies of the candidate.
	c.refused, c.notes = true, append(slices.Clip(c.notes), why)
	return c
}

// note adds what was left out.
func (c *candidate) note(what string) { c.notes = append(c.notes, what) }

// left notes each refusal of a rule whose value is left out.
func (c *candidate) left(err error) {
	// The reason of extra data as a whole has no field.
	for e := range refusal.All(err) {
		c.note(cmp.Or(e.Field, "extra") + ": " + string(e.Reason))
	}
}

// columns returns the columns that need no check, and those whose checks are constraints of the table.
func (r *run) columns(u source.User) db.ImportUsersParams {
	// All rows without a time get that of the run, so that a repetition does not depend on its speed.
	created := stored(u.Created, r.at)
	return db.ImportUsersParams{
		// The constraints of the table check the amounts: they are not for people to type.
		ID: u.ID.Number(), SiteID: cmp.Or(u.Site, r.cfg.Site), GroupID: cmp.Or(u.Group, r.defaultGroup),
		IsRetailer: u.Retailer, Balance: u.Balance, TotalReward: u.TotalReward,
		InviteCode: u.InviteCode, InviteLimit: u.InviteLimit, InvitesUsed: u.InvitesUsed,
		// As after a registration, the time of the last login is that of the creation if there was none.
		CreatedAt: created, UpdatedAt: stored(u.Updated, created), LastLoginAt: stored(u.LastLogin, created),
		ExpiresAt: orNil(u.Expires), DeleteAt: orNil(u.Delete), UserNameChangedAt: orNil(u.UserNameChanged),
		PhoneSince: orNil(u.PhoneSince), EmailSince: orNil(u.EmailSince), EmailVerifiedAt: orNil(u.EmailVerified),
		// Sessions do not move. Tokens of early releases have none, and one with this id could be another user's.
		TokensValidFrom: &r.at,
		KeysVersion:     identifier.DataVersion,
	}
}

// fingerprint returns a hash of what identifies a user in its source. It is of what the file has, so that it does not
// depend on the rules of the deployment.
func fingerprint(u source.User) int16 {
	// The zero byte keeps an email from being taken for a user name. The text has no secret: 16 bits would not protect it.
	parts := u.UserName + "\x00" + u.Email + "\x00" + u.Phone + "\x00"
	if u.Created != nil {
		parts += u.Created.UTC().Format(time.RFC3339Nano)
	}
	sum := sha256.Sum256([]byte(parts))
	return int16(binary.BigEndian.Uint16(sum[:])) //nolint:gosec // the bits are meant
}

// stored returns a time as the database has it, or the other one for nil.
func stored(at *time.Time, other time.Time) time.Time {
	if at == nil {
		return other
	}
	return at.UTC().Truncate(time.Microsecond)
}

// orNil is stored for a time that may be NULL.
func orNil(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	return new(stored(at, time.Time{}))
}

// identifiers sets the user name, the email and the phone. What a registration would refuse is left out, except in an
// export: its users could log in, and the rules may have changed since they have registered.
func (c *candidate) identifiers(r *run, u source.User) {
	row := &c.row
	// A registration would report all three, too.
	if u.UserName != "" {
		name, err := identifier.ParseUserName(u.UserName)
		if held, ok := identifier.HeldUserName(u.UserName); err != nil && ok && c.held { // check: import-held-name
			name, err = held, nil
			c.note("user_name" + noteHeld)
		}
		if err != nil { // check: import-identifiers
			c.left(refusal.OfUserName(err))
		} else {
			row.UserName, row.UserNameKey, row.UserNameSkeleton = &name.Display, &name.Key, &name.Skeleton
		}
	}
	// An email without a mark of verification stays one that only its user claims.
	if u.Email != "" {
		email, err := identifier.ParseEmail(u.Email)
		if key, ok := identifier.HeldEmail(u.Email); err != nil && ok && c.held { // check: import-held-email
			email.Display, email.Key, err = u.Email, key, nil
			c.note("email" + noteHeld)
		}
		if err != nil {
			c.left(refusal.OfEmail(err))
		} else {
			row.Email, row.EmailKey = &email.Display, &email.Key
		}
	}
	// National numbers are those of the default region, as at a registration.
	if u.Phone != "" {
		phone, err := r.rules.Phones.Parse(u.Phone)
		// An export has each phone in E.164. The numbering plan is asked a second time only for a phone that is refused: it
		// takes longer than all other checks of a row.
		if err != nil && c.held {
			if held, ok := r.rules.Phones.Held(u.Phone); ok && held.E164 == u.Phone {
				phone, err = held, nil // check: import-held-phone
				c.note("phone" + noteHeld)
			}
		}
		if err != nil {
			c.left(refusal.OfPhone(err))
		} else {
			row.Phone = &phone.E164
		}
	}
	// A row without an email must not have the times of one.
	if row.Email == nil {
		row.EmailVerifiedAt, row.EmailSince = nil, nil
	}
	if row.Phone == nil {
		row.PhoneSince = nil
	}
}

// errExtra reports extra data that is not a JSON object that the database can store.
var errExtra = &refusal.Error{Reason: refusal.ExtraInvalid, Field: "extra"}

// profile sets the profile. A text that a change of the profile would refuse is left out.
func (c *candidate) profile(r *run, u source.User) {
	// The rules are those of a change of the profile, which has more fields than a registration.
	edits := person.Edits{
		RealName: &u.RealName, FirstName: &u.FirstName, LastName: &u.LastName, AvatarURL: &u.AvatarURL,
		Introduce: &u.Introduce, Birthday: &u.Birthday,
	}
	// JSON null means that there are no extra data. PostgreSQL cannot store U+0000.
	if object := bytes.TrimSpace(u.Extra); len(object) > 0 && string(object) != "null" {
		if object[0] != '{' || bytes.Contains(object, []byte(`\u0000`)) {
			c.left(errExtra)
		} else {
			edits.Extra = object
		}
	}
	// A birthday in the future is compared with this time.
	columns := db.ChangeProfileParams{Now: r.at}
	err := edits.Fill(&columns, r.cfg.Extra)
	refused := false
	for range refusal.All(err) {
		refused = true
	}
	// The schema of the extra data could not be applied: that is an error of the schema, and no value is kept.
	if err != nil && !refused {
		err = errExtra
	}
	c.left(err)
	// A text that was refused is empty here.
	row := &c.row
	row.RealName, row.FirstName, row.LastName = *columns.RealName, *columns.FirstName, *columns.LastName
	row.AvatarUrl, row.Introduce = *columns.AvatarUrl, *columns.Introduce
	row.Birthday, row.Extra = columns.Birthday, columns.Extra
}

// terms sets the acceptance of the terms. One without a version, a time or a language is left out as a whole: it would
// be no evidence, and the user is asked at the next login.
func (c *candidate) terms(u source.User) {
	if u.TermsVersion == "" && u.TermsAt == nil && u.TermsLanguage == "" {
		return
	}
	// check: import-terms
	if !terms.ValidVersion(u.TermsVersion) || u.TermsAt == nil || !terms.ValidLanguage(u.TermsLanguage) {
		c.note(noteTerms)
		return
	}
	c.row.TermsVersion, c.row.TermsAt, c.row.TermsLanguage = &u.TermsVersion, orNil(u.TermsAt), &u.TermsLanguage
}

// hasWayIn reports whether the user of a row could log in: the rule of the constraint users_way_in_check.
func hasWayIn(row db.ImportUsersParams) bool {
	// An email that is not verified gets no code to log in with.
	return row.UserName != nil && row.PasswordHash != nil || row.Phone != nil || row.EmailVerifiedAt != nil
}

// keptInvite reports whether an invite code of a file can be kept. A registration compares codes in lower case and
// without blanks, so a code with other characters would match no request.
func keptInvite(code string) bool {
	// Codes of other systems are accepted, too, whose lengths and characters differ from Enroll's.
	return code != "" && len(code) <= 64 && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
