package throttle

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

const (
	window    = time.Hour
	knownLife = 30 * 24 * time.Hour
	// fewTries is how many tries of a network count against the whole budget of an account. Its
	// further tries count against a third, so that two thirds, 67 of 100, are left for others. A
	// window of the account can overlap two windows of a network, so ten networks can use
	// 10 × 2 × 3 = 60 of the 67.
	fewTries = 3
	// subnets is how many /64 together may fail at as many accounts as an IPv6 /48. A household has one
	// /64, and a customer of a hosting company may have 65,536.
	subnets = 4
)

// Limits bound failed logins in an hour, counted over all replicas together. 0 means no limit.
type Limits struct {
	PerNetwork int32 // of an account from a client network
	PerAccount int32 // of an account
	Accounts   int32 // accounts at which logins from a client network fail; an IPv6 /48 has four times as many
}

// Config is what a Throttle needs. All fields but the limits must be set.
type Config struct {
	Pool   *pgxpool.Pool
	Limits Limits
	// Secret keys the hashes of names and networks. A change makes the counts begin anew
	// and all networks unknown.
	Secret []byte
	Now    func() time.Time
}

// Throttle counts failed logins. It is safe for concurrent use; all its state is in
// PostgreSQL.
type Throttle struct {
	queries *db.Queries
	limits  Limits
	key     []byte // of the hashes of names and networks
	now     func() time.Time
}

// New returns a Throttle, or an error if a dependency is missing or the secret is too short.
func New(cfg Config) (*Throttle, error) {
	if cfg.Pool == nil || cfg.Now == nil || len(cfg.Secret) < 32 {
		return nil, errors.New("throttle: a dependency is missing, or the secret has less than 32 bytes")
	}
	// If the form of the hashed text changes, the version in the label must change with it.
	key, err := hkdf.Key(sha256.New, cfg.Secret, nil, "enroll login name v1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("throttle: derive key: %w", err)
	}
	return &Throttle{
		queries: db.New(postgres.NewStatements(cfg.Pool)), limits: cfg.Limits, key: key, now: cfg.Now,
	}, nil
}

// Login is the account that a login names, and where the login comes from.
type Login struct {
	Site int64
	// Kind and Name are the identifier in canonical form. Kind is "" for a text that cannot be an identifier.
	Kind, Name string
	Network    string // of the client: IPv4 /24 or IPv6 /64, "" if it is not known
	Around     string // the IPv6 /48 around it, "" if there is none
}

// TooManyError refuses a login until the window of its count has ended.
type TooManyError struct{ RetryAfter time.Duration }

// Error names neither the account nor the network.
func (e *TooManyError) Error() string { return "throttle: too many failed logins" }

// Try is a login that was counted. Forgive sets its counts to 0 after a right password.
type Try struct {
	name    []byte // keyed hash of site and identifier
	account []byte // keyed hash of the user's id, or of the name if it is unknown
	network string // "" if the client's network is not known
	around  string // the wider network, "" if there is none
	known   bool   // the account's holder has registered or logged in there
	// spent is true if the account's tries are used up by other names.
	spent bool
	// crowded is the refusal of a network that has failed at too many other accounts, nil otherwise.
	crowded *TooManyError
}

// Compared reports whether the password may be compared. If not, the caller does the same work, so
// that the time of the answer does not show it.
func (t Try) Compared() bool { return !t.spent && (t.crowded == nil || t.known) } // check: spraying-known

// Refused returns the answer to a wrong password if the network has failed at too many accounts. It
// returns nil if the answer is that the password is wrong.
func (t Try) Refused() error {
	if t.crowded != nil { // check: spraying-equal
		return t.crowded
	}
	return nil
}

// Count counts a try before the password is compared, so that of many requests at once
// no more than the limit are compared. user is the zero row for an unknown name. An unknown
// name is counted by the same number of statements, so that neither the answer nor its time
// shows whether the name exists (I9).
func (t *Throttle) Count(ctx context.Context, l Login, user db.User) (Try, error) {
	try := Try{name: t.nameMAC(l), account: t.accountMAC(l, user.ID), network: l.Network, around: l.Around}
	// check: login-registered
	try.known = t.registeredIn(user, try.network)
	// check: login-tries
	var tries counted
	if try.network != "" && t.limits.PerNetwork > 0 { // check: login-network
		of := counted{t.limits.PerNetwork, t.limits.PerNetwork}
		var err error
		if tries, err = t.takeBoth(ctx, &try, try.network, of); err != nil {
			return try, err
		}
	}
	if err := t.takeNetworks(ctx, &try); err != nil {
		return try, err
	}
	if try.known || t.limits.PerAccount == 0 { // check: login-account
		return try, nil
	}
	if err := t.takeAround(ctx, try, &tries); err != nil {
		return try, err
	}
	share := func(tries int32) int32 {
		if tries > fewTries { // check: login-few
			return max(t.limits.PerAccount/3, 1)
		}
		return t.limits.PerAccount
	}
	_, err := t.takeBoth(ctx, &try, "", counted{share(tries.name), share(tries.account)})
	return try, err
}

// counted is a number of tries by name and by account. The two are counted apart: if the count by
// name depended on the other, a refusal would show how often the account was tried by other names.
type counted struct{ name, account int32 }

// takeBoth counts a try by name and by account. known is looked up for the account,
// because the holder may have logged in by another name.
func (t *Throttle) takeBoth(
	ctx context.Context, try *Try, network string, limit counted,
) (tries counted, err error) {
	byName, ok, err := t.takeTry(ctx, try.name, network, limit.name)
	if err != nil {
		return counted{}, err
	}
	if !ok {
		return counted{}, t.waitForTry(ctx, try.name, network)
	}
	byAccount, ok, err := t.takeTry(ctx, try.account, network, limit.account)
	try.spent = try.spent || !ok // check: login-spent
	try.known = try.known || byAccount.Known
	return counted{byName.Tries, byAccount.Tries}, err
}

// takeAround counts a try for the network around the client's, the /48 of a /64. It refuses no try, but
// raises tries to the count of that network. Otherwise the subnets of one customer would count as 65,536
// networks, each with its first few tries.
func (t *Throttle) takeAround(ctx context.Context, try Try, tries *counted) error {
	if try.around == "" || tries.name == 0 { // check: login-around
		return nil
	}
	for _, of := range []struct {
		mac   []byte
		tries *int32
	}{{try.name, &tries.name}, {try.account, &tries.account}} {
		_, few, err := t.takeTry(ctx, of.mac, try.around, fewTries)
		if err != nil {
			return err
		}
		if !few {
			*of.tries = max(*of.tries, fewTries+1)
		}
	}
	return nil
}

// takeTry counts a try. ok is false if the tries of the window are used up.
func (t *Throttle) takeTry(
	ctx context.Context, mac []byte, network string, limit int32,
) (row db.TakeLoginTryRow, ok bool, err error) {
	now := t.now()
	row, err = t.queries.TakeLoginTry(ctx, db.TakeLoginTryParams{
		NameMac: mac, Network: network, Now: now, WindowAgo: now.Add(-window), MaxTries: limit,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, err
}

// waitForTry returns the refusal of a name whose tries are used up, with the rest of the window as
// the wait. It makes a query that other tries do not make. The time of that query shows nothing
// new, because the answer reports the bound anyway.
func (t *Throttle) waitForTry(ctx context.Context, mac []byte, network string) error {
	start, err := t.queries.LoginTryWindow(ctx, db.LoginTryWindowParams{NameMac: mac, Network: network})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // no row: purged meanwhile, so the wait is over
		return err
	}
	return t.tooMany(start)
}

// tooMany returns the refusal until the end of a window that began at start.
func (t *Throttle) tooMany(start time.Time) *TooManyError {
	return &TooManyError{RetryAfter: max(start.Add(window).Sub(t.now()), time.Second)}
}

// takeNetworks counts the account for the network and for the one around it, once for each account and
// window, and sets try.crowded if one of them has failed at too many accounts. If the network itself is
// refused, the try does not count for the one around it, so that a single /64 cannot use up its /48.
func (t *Throttle) takeNetworks(ctx context.Context, try *Try) error {
	if try.network == "" || t.limits.Accounts == 0 { // check: spraying
		return nil
	}
	refused, err := t.takeNetwork(ctx, try.account, try.network, t.limits.Accounts)
	try.crowded = refused
	if err != nil || refused != nil || try.around == "" { // check: spraying-around
		return err
	}
	most := min(t.limits.Accounts, math.MaxInt32/subnets) * subnets
	try.crowded, err = t.takeNetwork(ctx, try.account, try.around, most)
	if err != nil || try.crowded == nil {
		return err
	}
	// The try is refused because of the wide network, so the narrow network gets it back: a refused try
	// must not prolong that network's wait.
	return t.queries.UntakeNetworkTry(ctx, db.UntakeNetworkTryParams{
		Network: try.network, Account: inNetwork(try.account), // check: spraying-untaken
	})
}

// takeNetwork counts an account for a network, which may fail at most accounts. It returns the refusal if
// the network has failed at that many others, and nil otherwise.
func (t *Throttle) takeNetwork(
	ctx context.Context, account []byte, network string, most int32,
) (refused *TooManyError, err error) {
	now := t.now()
	ago := now.Add(-window)
	n, err := t.queries.TakeNetworkTry(ctx, db.TakeNetworkTryParams{
		Network: network, Account: inNetwork(account), Now: now, WindowAgo: ago, MaxAccounts: most,
	})
	if err != nil || n == 1 {
		return nil, err
	}
	earliest, err := t.queries.NetworkTryWindow(ctx, db.NetworkTryWindowParams{Network: network, WindowAgo: ago})
	if err != nil {
		return nil, err
	}
	return t.tooMany(earliest), nil
}

// inNetwork returns the name of an account in the row of a network: half of its keyed hash,
// which is long enough to be unique in one network.
func inNetwork(account []byte) string { return hex.EncodeToString(account[:16]) }

// Forgive sets the counts to 0 after a right password, and marks the network as known for
// knownLife.
func (t *Throttle) Forgive(ctx context.Context, try Try) error {
	return t.queries.ForgiveLoginTries(ctx, db.ForgiveLoginTriesParams{
		NameMac: try.name, AccountMac: try.account, Network: try.network, Around: try.around, Account: inNetwork(try.account),
		KnownUntil: t.now().Add(knownLife),
	})
}

// Forget deletes the counts of a user whose account is deleted, by its id and by each of its names. The
// counts of networks have the user as a keyed hash only, and end within an hour.
func (t *Throttle) Forget(ctx context.Context, user db.DueUsersRow) error {
	macs := t.macsOf(user.SiteID, user.ID, user.UserNameKey, user.EmailKey, user.Phone)
	_, err := t.queries.ForgetLoginTries(ctx, db.ForgetLoginTriesParams{NameMacs: macs})
	return err
}

// Counts returns the counts of a user by its id and by each of its names, 1,000 at most. An email that is not
// verified is left out: the counts by it may be of attempts to log in by another person.
func (t *Throttle) Counts(ctx context.Context, user db.User) ([]db.ExportLoginTriesRow, error) {
	email := user.EmailKey
	if user.EmailVerifiedAt == nil { // check: export-unverified-logins
		email = nil
	}
	return t.queries.ExportLoginTries(ctx, db.ExportLoginTriesParams{
		NameMacs: t.macsOf(user.SiteID, user.ID, user.UserNameKey, email, user.Phone),
	})
}

// macsOf returns the hashes under which a user is counted; a name may be nil.
func (t *Throttle) macsOf(site, id int64, userName, email, phone *string) [][]byte {
	macs := [][]byte{t.accountMAC(Login{Site: site}, id)}
	for kind, name := range map[string]*string{"user_name": userName, "email": email, "phone": phone} {
		if name != nil {
			macs = append(macs, t.nameMAC(Login{Site: site, Kind: kind, Name: *name}))
		}
	}
	return macs
}

// RegistrationNetwork returns a keyed hash of the network of a registration, for the user's
// row. The user's own invite code is part of it, so that the table does not show which users
// have registered in one network. It is nil if the network is not known.
func (t *Throttle) RegistrationNetwork(inviteCode, network string) []byte {
	if network == "" {
		return nil
	}
	return t.mac("registration|%s|%s", inviteCode, network) // check: login-registered-keyed
}

// registeredIn reports whether the user has registered in the network within knownLife. So a user
// that has not logged in yet is known in that network, as after a login.
func (t *Throttle) registeredIn(user db.User, network string) bool {
	// check: login-registered-life
	return user.RegistrationNetwork != nil && t.now().Before(user.CreatedAt.Add(knownLife)) &&
		hmac.Equal(user.RegistrationNetwork, t.RegistrationNetwork(user.InviteCode, network))
}

// nameMAC returns a keyed hash of the given name in its canonical form. It is keyed, so that
// a copy of the table does not reveal names.
func (t *Throttle) nameMAC(l Login) []byte {
	return t.mac("%d|%s|%s", l.Site, l.Kind, l.Name)
}

// accountMAC returns a keyed hash of the user's id, or of the given name if it is unknown.
// Its input cannot equal one of nameMAC, because no kind of identifier begins with
// "account" or "nobody".
func (t *Throttle) accountMAC(l Login, user int64) []byte {
	if user != 0 {
		return t.mac("%d|account|%d", l.Site, user)
	}
	return t.mac("%d|nobody %s|%s", l.Site, l.Kind, l.Name)
}

// mac is an HMAC-SHA-256 with a key of its own.
func (t *Throttle) mac(format string, parts ...any) []byte {
	h := hmac.New(sha256.New, t.key)
	fmt.Fprintf(h, format, parts...)
	return h.Sum(nil)
}

// PurgeNetworks deletes counts of networks whose window is over: 1,000 at most. It returns
// their number. Replicas may purge at the same time.
func (t *Throttle) PurgeNetworks(ctx context.Context) (int64, error) {
	return t.queries.PurgeLoginNetworks(ctx, db.PurgeLoginNetworksParams{EndedBefore: t.now().Add(-window)})
}

// PurgeTries deletes counts of accounts whose window is over and whose network is no longer
// known: 1,000 at most. It returns their number.
func (t *Throttle) PurgeTries(ctx context.Context) (int64, error) {
	return t.queries.PurgeLoginTries(ctx, db.PurgeLoginTriesParams{EndedBefore: t.now().Add(-window)})
}
