package profile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// fill sets the columns of the identifiers. The email is verified if its code was right. The column
// keys_version does not rise: it is the version of the rules by which the oldest key of the row was computed.
// It falls if this replica is of an earlier version than the row, so that a later `enroll migrate` computes
// the key again.
func (i identifiers) fill(row *db.ChangeProfileParams, owner code.Proven) {
	row.KeysVersion = identifier.DataVersion // check: keys-version-changed
	if i.userName != nil {
		row.UserNameGiven, row.UserName = true, postgres.NullIfEmpty(i.userName.Display)
		row.UserNameKey = postgres.NullIfEmpty(i.userName.Key)
		row.UserNameSkeleton = postgres.NullIfEmpty(i.userName.Skeleton)
	}
	if i.phone != nil {
		row.PhoneGiven, row.Phone = true, postgres.NullIfEmpty(i.phone.E164)
	}
	if i.email != nil {
		row.EmailGiven = true
		row.Email, row.EmailKey = postgres.NullIfEmpty(i.email.Display), postgres.NullIfEmpty(i.email.Key)
		row.EmailVerified = owner.Channel == code.Email // check: change-email-verified
	}
}

// storeIdentifiers spends the codes, changes the user and writes the notices, in one transaction.
//
// Rows are locked in the order codes, budgets of the codes, users by id. The budget of a user's notices comes
// last: only transactions that have locked the user count in it. Two users that swap their addresses at the same
// moment lock their rows in the same order, so they do not deadlock. An email that another user has verified is
// refused. The codes are spent nevertheless, because the answer has shown that they are right. An email that
// another user has not verified is taken from that user if its code was right.
func (s *Profiles) storeIdentifiers(
	ctx context.Context, c Change, i identifiers, row db.ChangeProfileParams, proven []code.Proven,
) (stored db.User, err error) {
	before := c.By.Live().User
	var refused *refusal.Error
	// proven has the code of the proof and that of the new address. The zero value has no code and spends nothing.
	// The codes are sorted, because two requests of one user may have the same codes in another order.
	slices.SortFunc(proven, func(a, b code.Proven) int { return strings.Compare(a.Address, b.Address) })
	err = s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) error {
		refused = nil // of an attempt that was rolled back
		for _, one := range proven {
			if err := one.Spend(ctx, q, row.Now); err != nil { // check: change-spends
				return err
			}
		}
		users, err := q.LockIdentifiers(ctx, db.LockIdentifiersParams{
			SiteID: row.SiteID, ID: row.ID, EmailKey: row.EmailKey,
		})
		if err != nil {
			return err
		}
		own := slices.IndexFunc(users, func(u db.User) bool { return u.ID == row.ID })
		// All sessions were ended since the token was checked, for example by a reset: the proof may be that
		// of a thief, because of whom the holder has ended the sessions (I12).
		// check: change-session
		if own < 0 || !equalTime(users[own].TokensValidFrom, before.TokensValidFrom) {
			return &refusal.Error{Reason: refusal.TokenInvalid}
		}
		// This is checked again under the lock: of two changes of the name at once the second is refused.
		if err := s.nameSettled(users[own], i); err != nil {
			return err
		}
		if other, found := otherHolder(users, row); found {
			if refused = takenEmail(other, row.EmailVerified); refused != nil {
				return nil
			}
			err := q.EvictUnverifiedEmail(ctx, db.EvictUnverifiedEmailParams{
				SiteID: row.SiteID, EmailKey: *row.EmailKey, ID: row.ID, Now: row.Now,
			})
			if err != nil {
				return err
			}
		}
		// The unique constraints decide whether a name or phone is free (I1): a look-up before would
		// be outdated at once.
		changed, err := q.ChangeProfile(ctx, row)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return &refusal.Error{Reason: refusal.AccountDisabled}
		// A check constraint of the table defines which identifiers allow a login, so that no other
		// program can leave a user without one either.
		case postgres.Constraint(err) == "users_way_in_check": // check: change-keeps-login
			return &refusal.Error{Reason: refusal.IdentifierNeeded, Field: clearedField(row)}
		case err != nil:
			return err
		}
		stored = db.User(changed)
		if i.userName != nil {
			// The reserved name of a deleted user is refused, as in a registration.
			_, err := q.RefuseKeptName(ctx, db.RefuseKeptNameParams{
				ID: row.ID, SiteID: row.SiteID, Now: row.Now,
				// check: change-quarantine
				KeptNameMacs: s.leaving.NameMACs(row.SiteID, i.userName.Key, i.userName.Skeleton),
			})
			if err != nil {
				return err
			}
		}
		if err := auditIdentifiers(ctx, q, row, stored, c.From.Network); err != nil { // check: identifiers-audited
			return err
		}
		return addChangeNotices(ctx, q, users[own], stored, c.Locale, row.Now)
	})
	if err == nil && refused != nil {
		err = refused
	}
	return stored, err
}

// auditIdentifiers writes an audit entry for each identifier of a change, also for one that was cleared. An entry
// has no value: the log outlives the user.
func auditIdentifiers(
	ctx context.Context, q *db.Queries, row db.ChangeProfileParams, stored db.User, network string,
) error {
	for _, one := range []struct {
		given bool
		act   audit.Act
	}{
		{row.UserNameGiven, audit.UserNameChanged}, {row.PhoneGiven, audit.PhoneChanged},
		{row.EmailGiven, audit.EmailChanged},
	} {
		if !one.given {
			continue
		}
		if err := audit.AddOwn(ctx, q, stored, one.act, network, row.Now); err != nil {
			return err
		}
	}
	return nil
}

// otherHolder returns the user, other than that of the row, that has the row's new email. There is one at most,
// because an email is unique in a site. users may also have one that had the email when its row was looked up, and
// has changed it while LockIdentifiers waited for the lock.
func otherHolder(users []db.User, row db.ChangeProfileParams) (other db.User, found bool) {
	for _, u := range users {
		if u.ID != row.ID && postgres.OrZero(u.EmailKey) == postgres.OrZero(row.EmailKey) {
			return u, true
		}
	}
	return db.User{}, false
}

// takenEmail returns the refusal of an email that another user has, or nil if it may be taken from
// that user.
func takenEmail(other db.User, proved bool) *refusal.Error {
	if other.EmailVerifiedAt != nil || !proved { // check: change-email-taken
		return &refusal.Error{Reason: refusal.EmailTaken, Field: "email"}
	}
	return nil
}

// clearedField returns the cleared field that was the last way to log in. The constraint names no
// field. If a request clears several, clearedField returns one of them, because one is enough to log in.
func clearedField(row db.ChangeProfileParams) string {
	switch {
	case row.PhoneGiven && row.Phone == nil:
		return "phone"
	case row.UserNameGiven && row.UserName == nil:
		return "user_name"
	}
	return "email"
}

// addChangeNotices writes notices for the addresses that the user had before: the old phone and the
// old verified email. A new address needs no notice, and an unverified one may be another person's.
// The phone gets no notice about a change of the email, because an SMS costs money and the mail
// reaches the holder.
func addChangeNotices(ctx context.Context, q *db.Queries, old, fresh db.User, locale string, now time.Time) error {
	newPhone := postgres.OrZero(old.Phone) != postgres.OrZero(fresh.Phone)
	newEmail := postgres.OrZero(old.EmailKey) != postgres.OrZero(fresh.EmailKey)
	if newPhone && old.Phone != nil { // check: change-tells-phone
		if err := notice.Add(ctx, q, old.ID, notice.PhoneChanged, *old.Phone, locale, now); err != nil {
			return err
		}
	}
	address, ok := identifier.Mailbox(postgres.OrZero(old.Email))
	if !ok || old.EmailVerifiedAt == nil {
		return nil // no verified email
	}
	// If both addresses were changed, there are two notices, each with its own text.
	for kind, changed := range map[notice.Kind]bool{notice.PhoneChanged: newPhone, notice.EmailChanged: newEmail} {
		if changed { // check: change-tells-email
			if err := notice.Add(ctx, q, old.ID, kind, address, locale, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// equalTime compares two times of the database, each of which may be NULL. They are compared as moments, because
// a driver may give one of them another location.
func equalTime(a, b *time.Time) bool { return postgres.OrZero(a).Equal(postgres.OrZero(b)) }
