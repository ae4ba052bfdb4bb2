// Package rekey computes the stored keys of users again after a change of the rules by which
// identifiers are compared.
//
// A new version of the tables of package identifier may give a name another key. Until the
// stored key is computed again, its user cannot log in by the name, and a look-alike of it
// can be registered. `enroll migrate` therefore calls [Run] before the new version serves, and
// [Done] keeps a replica from serving before Run has finished. The previous version still serves
// meanwhile and does not know the new keys, so a user whose key has changed cannot log in by it
// until the new version serves.
package rekey

import (
	"context"
	"fmt"
	"slices"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Collision is a user whose identifier would have the same key or skeleton as that of
// another user of the site by the present data version. The stored key was not changed.
type Collision struct {
	User  int64
	Field string // of the contract: user_name, email or phone
	// Look is set if only the skeletons are equal: two names look alike, and each
	// user can still log in with their own name.
	Look bool
}

// Run computes again all keys that were made by an older data version, and changes those that
// differ. User names and emails are still shown as they were typed; a phone is stored in one
// form only, which may change. Run returns how many users have changed, and the collisions,
// which a person has to resolve. It is meant to run before a new version serves, and may be
// repeated. version is identifier.DataVersion, except in tests.
//
// It repeats the pass over all users while a pass changes some and others collide: the key
// that a user needs may be one that another user gave up in the same pass.
func Run(ctx context.Context, pool *postgres.Pool, version int32) (changed int, collisions []Collision, err error) {
	for {
		r := pass{queries: db.New(postgres.NewStatements(pool)), version: version}
		if err := r.all(ctx); err != nil {
			return changed, nil, fmt.Errorf("rekey: compute keys again: %w", postgres.Safe(err))
		}
		changed += r.changed
		if r.changed == 0 || len(r.collisions) == 0 {
			return changed, r.collisions, finish(ctx, r)
		}
	}
}

// finish stores that no key is older than the version of a pass, unless two users have one key: a login by
// it could lead to the wrong one. Names that only look alike have different keys.
func finish(ctx context.Context, r pass) error {
	if slices.ContainsFunc(r.collisions, func(c Collision) bool { return !c.Look }) { // check: rekey-finished
		return nil
	}
	if err := r.queries.FinishKeys(ctx, db.FinishKeysParams{Version: r.version}); err != nil {
		return fmt.Errorf("rekey: store the version: %w", postgres.Safe(err))
	}
	return nil
}

// Done reports whether [Run] has finished for a version or a later one. Its error is safe to log.
func Done(ctx context.Context, pool *postgres.Pool, version int32) (bool, error) {
	done, err := db.New(postgres.NewStatements(pool)).KeysDone(ctx, db.KeysDoneParams{Version: version})
	if err != nil {
		return false, fmt.Errorf("rekey: %w", postgres.Safe(err))
	}
	return done, nil
}

// pass is one pass over all users.
type pass struct {
	queries    *db.Queries
	version    int32
	changed    int
	collisions []Collision
}

// all goes over the users in batches, by id, so that a stop in the middle loses nothing:
// the version of a row says whether it is done.
func (r *pass) all(ctx context.Context) error {
	for after := int64(0); ; {
		last, err := r.queries.EndOfKeys(ctx, db.EndOfKeysParams{After: after})
		if err != nil || last == 0 {
			return err
		}
		users, err := r.queries.UsersWithOldKeys(ctx, db.UsersWithOldKeysParams{
			After: after, Last: last, KeysVersion: r.version,
		})
		if err != nil {
			return err
		}
		// Rows whose keys stay get their new version in one statement.
		var same []int64
		for _, u := range users {
			wanted := r.wanted(u)
			if wanted.keeps(u) {
				same = append(same, u.ID)
			} else if err := r.replace(ctx, u, wanted); err != nil {
				return err
			}
		}
		if len(same) > 0 {
			if err := r.queries.KeepKeys(ctx, db.KeepKeysParams{Ids: same, KeysVersion: r.version}); err != nil {
				return err
			}
		}
		after = last
	}
}

// keys are the new keys of a user.
type keys db.ReplaceKeysParams

// wanted computes the keys of a user by the present version. A key that cannot be
// computed any more stays.
func (r *pass) wanted(u db.UsersWithOldKeysRow) keys {
	k := identifier.Names{UserName: orEmpty(u.UserName), Email: orEmpty(u.Email), Phone: orEmpty(u.Phone)}.Keys()
	orKept := func(computed string, stored *string) *string {
		if computed == "" || stored == nil {
			return stored
		}
		return &computed
	}
	return keys{
		ID: u.ID, UserName: u.UserName, Email: u.Email, OldPhone: u.Phone, KeysVersion: r.version,
		UserNameKey:      orKept(k.UserNameKey, u.UserNameKey),
		UserNameSkeleton: orKept(k.UserNameSkeleton, u.UserNameSkeleton),
		EmailKey:         orKept(k.EmailKey, u.EmailKey), Phone: orKept(k.Phone, u.Phone),
	}
}

// keeps reports whether the keys are those that the row has.
func (k keys) keeps(u db.UsersWithOldKeysRow) bool {
	return orEmpty(k.UserNameKey) == orEmpty(u.UserNameKey) &&
		orEmpty(k.UserNameSkeleton) == orEmpty(u.UserNameSkeleton) &&
		orEmpty(k.EmailKey) == orEmpty(u.EmailKey) && orEmpty(k.Phone) == orEmpty(u.Phone)
}

// replace stores new keys. If another user has one of them, the old key and the version of
// the row stay as they were, so that the next run tries it again.
func (r *pass) replace(ctx context.Context, u db.UsersWithOldKeysRow, wanted keys) error {
	for !wanted.keeps(u) {
		// The statement compares the names as they were read. If a name has changed since, the row
		// stays: its keys are those of the new name, and its version is still an older one.
		n, err := r.queries.ReplaceKeys(ctx, db.ReplaceKeysParams(wanted))
		if err == nil {
			r.changed += int(n)
			return nil
		}
		// PostgreSQL names only the first constraint that is violated, so a name can collide by its key
		// in one round of this loop and by its skeleton in the next.
		c := Collision{User: u.ID}
		switch postgres.Constraint(err) {
		case "users_user_name_unique":
			c.Field, wanted.UserNameKey, wanted.UserNameSkeleton = "user_name", u.UserNameKey, u.UserNameSkeleton
		case "users_user_name_skeleton_unique":
			c.Field, c.Look, wanted.UserNameSkeleton = "user_name", true, u.UserNameSkeleton
		case "users_email_unique":
			c.Field, wanted.EmailKey = "email", u.EmailKey
		case "users_phone_unique":
			c.Field, wanted.Phone = "phone", u.Phone
		default:
			return err
		}
		r.collisions = append(r.collisions, c) // check: rekey-collision
		// check: rekey-done
		wanted.KeysVersion = u.KeysVersion
	}
	return nil
}

// orEmpty returns "" for NULL, because package identifier takes "" for a missing name.
func orEmpty(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
