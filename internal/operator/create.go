package operator

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// NewUser is a user to create. An empty field means that the user has none.
type NewUser struct {
	By       audit.Actor
	Site     int64
	UserName string
	Password string
	Email    string
	// EmailVerified says that the operator vouches for the email. Other users of the site that have it unverified lose
	// it, as if the user had entered its code.
	EmailVerified bool
	Phone         string
	// Basics is embedded, so that the digest of a remembered request covers each of its fields.
	person.Basics
	Group    int64 // 0 for the group of new users
	Disabled bool
	// IdempotencyKey makes a repetition of the request safe, as in a registration. "" means that the request has
	// no key.
	IdempotencyKey string
	DryRun         bool // create the user, and roll that back
}

// Create creates a user by the rules of a registration, without a code, a captcha or a session. A refusal
// is a *refusal.Error, or several joined, or [ErrGroupUnknown]. With OutcomeUnknown the user may have been created,
// with any other refusal it has not.
func (s *Service) Create(ctx context.Context, n NewUser) (User, error) {
	if s.rules == nil {
		return User{}, errNoRules
	}
	// A mistake in a field costs neither a query nor a hash.
	row, typed, err := s.newcomer(n)
	if err != nil {
		return User{}, err
	}
	var job *password.Job
	if typed != "" {
		// The request waits in the queue of registrations, so that an import by this operation does not delay logins.
		if job, err = s.rules.Hasher.Admit(ctx, admission.ForRegistration); err != nil {
			return User{}, refusal.OfHashing(err)
		}
		defer job.Cancel() // a no-op after the hash
	}
	// The key is claimed before the hash, so that a repetition of a request that is being worked on hashes nothing.
	claim, earlier, err := s.claim(ctx, n, typed, job)
	if err != nil || earlier != nil {
		return userOf(postgres.OrZero(earlier)), err
	}
	if row.PasswordHash, err = s.hash(ctx, typed, job); err == nil {
		var stored db.User
		if stored, err = s.insert(ctx, n, row, claim); err == nil {
			return userOf(stored), nil
		}
	}
	// If the outcome is unknown, the key stays held: a later repetition with the key finds the user if there is one.
	// Otherwise the key is released. If the release fails, the key is free ten seconds after its claim.
	known := (*refusal.Error)(nil)
	unknown := errors.Is(err, postgres.ErrOutcomeUnknown) ||
		errors.As(err, &known) && known.Reason == refusal.OutcomeUnknown
	if claim.Given() && !unknown {
		s.rules.Keys.Release(ctx, claim)
	}
	return User{}, err
}

// hash returns the hash of a password, or nil if there is no password. No transaction is open meanwhile (invariant I4
// of package account).
func (s *Service) hash(ctx context.Context, typed string, job *password.Job) (*string, error) {
	if typed == "" {
		return nil, nil
	}
	// The look-up asks another service, so it comes after the checks of the fields. If the API does not answer, the
	// password passes, as in a registration.
	if s.rules.Breaches != nil {
		if err := s.rules.Breaches.Check(ctx, typed); err != nil {
			return nil, refusal.OfPassword(err)
		}
	}
	// The wait for a hasher is here, and is canceled with the request.
	phc, err := job.Hash(ctx, typed)
	if err != nil {
		return nil, refusal.OfHashing(err)
	}
	return &phc, nil
}

// insert inserts the user and writes the entry, in one transaction.
func (s *Service) insert(
	ctx context.Context, n NewUser, row db.InsertUserParams, c idempotency.Claim,
) (stored db.User, err error) {
	// Each user has an invite code of its own, as after a registration.
	if row.InviteCode, err = invite.New(s.rules.Rand); err != nil {
		return stored, err
	}
	// The clock is read once, so that the user and its entry have one time, also if the transaction is repeated.
	row.Now = s.now()
	err = postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		if err := s.groupOf(ctx, q, row.SiteID, row.GroupID); err != nil {
			return err
		}
		if err := s.evict(ctx, q, row.SiteID, 0, row.EmailKey, row.EmailVerified, row.Now); err != nil {
			return err
		}
		// The unique constraints decide whether an identifier is free (I1).
		if stored, err = q.InsertUser(ctx, row); err != nil {
			return err
		}
		if err := s.refuseKept(ctx, q, stored, row.Now); err != nil {
			return err
		}
		// The entry has no detail: the user can be looked up as long as it exists.
		entry := audit.Entry{By: n.By, Act: created, Site: stored.SiteID, User: stored.ID, At: row.Now}
		if err := audit.Add(ctx, q, entry); err != nil { // check: operator-create-audited
			return err
		}
		if err := c.Remember(ctx, q, stored.ID, row.Now); err != nil { // check: operator-key-remembered
			return refusal.OfKey(err)
		}
		// The statements were run, so that a dry run finds each error that the creation would find, except errors of
		// the commit. The sequence of ids has moved on; ids may have gaps.
		if n.DryRun { // check: operator-create-dry
			return errDry
		}
		return nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return stored, s.refused(ctx, err)
}

// evict takes an email that the operator vouches for from the other users of the site that have it unverified. A
// registration that claims the email between this statement and the commit is reported as a taken email.
func (s *Service) evict(
	ctx context.Context, q *db.Queries, site, user int64, key *string, verified bool, now time.Time,
) error {
	// An email that the operator does not vouch for is not taken from another user.
	if key == nil || !verified {
		return nil
	}
	// check: operator-evicts
	return q.EvictUnverifiedEmail(ctx, db.EvictUnverifiedEmailParams{SiteID: site, EmailKey: *key, ID: user, Now: now})
}

// refuseKept refuses a user name that is reserved since its user was deleted.
func (s *Service) refuseKept(ctx context.Context, q *db.Queries, row db.User, now time.Time) error {
	// check: operator-quarantine
	macs := s.rules.Names.MACs(row.SiteID, postgres.OrZero(row.UserNameKey), postgres.OrZero(row.UserNameSkeleton))
	// There is no name, or the deployment reserves no names.
	if len(macs) == 0 {
		return nil
	}
	_, err := q.RefuseKeptName(ctx, db.RefuseKeptNameParams{ID: row.ID, SiteID: row.SiteID, KeptNameMacs: macs, Now: now})
	return err
}

// compared returns the fields by which two requests with one idempotency key are the same. Of the password it has only
// whether there is one (I6). Of the actor it has the kind and the name, so that neither another service key nor a
// registration is answered with this user. The network may be another one in a repetition.
func compared(n NewUser) NewUser {
	n.By = audit.Actor{Kind: n.By.Kind, Name: n.By.Name} // check: operator-key-actor
	// The text has no meaning: it only differs from that of a request without a password.
	if n.Password != "" {
		n.Password = "given"
	}
	return n
}

// claim claims the key of a request. If the same request has inserted a user before, claim returns that user, as it
// is now. A repetition with another password is another request (I5).
func (s *Service) claim(
	ctx context.Context, n NewUser, typed string, job *password.Job,
) (c idempotency.Claim, earlier *db.User, err error) {
	// Without a key, a repetition of the request is refused because its identifiers are taken.
	if n.IdempotencyKey == "" {
		return c, nil, nil
	}
	c, id, err := s.rules.Keys.Claim(ctx, idempotency.Request{
		Site: n.Site, Key: n.IdempotencyKey, Fields: compared(n), WithPassword: typed != "", Trusted: true,
	})
	if err != nil || id == 0 {
		return c, nil, refusal.Of(refusal.OfKey(err))
	}
	// The user is read without a lock: an answer may be outdated in any case when it arrives.
	row, err := s.queries.UserOfAnySite(ctx, db.UserOfAnySiteParams{ID: id})
	// Without a password the digest has covered the whole request.
	right := err == nil
	if err == nil && typed != "" {
		// If the holder has removed or changed the password since, the requests cannot be compared.
		right = false
		if row.PasswordHash != nil {
			right, _, err = job.Verify(ctx, *row.PasswordHash, typed) // check: operator-replay-password
		}
	}
	// A password that is not right counts as a failure of the key, unless an error has prevented the comparison.
	if typed != "" {
		if settled := s.rules.Keys.Settle(ctx, c, right || err != nil, err != nil); err == nil && right {
			err = refusal.OfKey(settled)
		}
	}
	switch {
	// The user was deleted a moment ago: the key goes with it.
	case errors.Is(err, pgx.ErrNoRows), err == nil && !right:
		return c, nil, refusal.KeyReused()
	case err != nil:
		return c, nil, refusal.Of(refusal.OfHashing(err))
	}
	return c, &row, nil
}
