package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
)

// Wrong passwords are counted for each network and for all networks together. The second
// count bounds an attacker with many networks. A network from which the holder has
// registered or logged in is exempt from it, so that an attacker elsewhere cannot lock the
// holder out. A network with few tries may use all of that count, other networks a third:
// so ten networks cannot use up the tries of a holder in a new network. No wait is longer
// than throttleWindow.
//
// Each try is counted twice: by the name that was given, and by the account that it leads
// to. Otherwise an account with a user name, a phone and an email would allow three times
// as many tries. Only the count by name is reported as LoginTooMany. If the other were,
// too, an attacker could use up the tries of a user name and then find the phone of the
// same account: it would be refused at once (I9). So if only the account's tries are used
// up, the password is not compared, and the answer is that it is wrong.
//
// The accounts at which a network fails are counted as well, against an attacker that
// tries one password at many accounts (spraying). If a network has reached that bound, all
// its tries are refused with the time to wait. Only a right password from a network that
// is known for the account still logs in.
const (
	throttleWindow = time.Hour
	knownLife      = 30 * 24 * time.Hour
	// fewTries are those with which a network may use the whole budget of an account. Within one
	// of its windows a network has twice as many, by two windows of its own, and ten networks
	// have 60 of the 67 that a budget of 100 keeps.
	fewTries = 3
)

// loginTry is a try that was counted. forgive gives it back after a right password.
type loginTry struct {
	name    []byte // keyed hash of site and identifier
	account []byte // keyed hash of the user's id, or of the name if it is unknown
	network string // "" if the client's network is not known
	known   bool   // the account's holder has registered or logged in there
	// spent is true if the account's tries are used up by other names.
	spent bool
	// crowded is the refusal of a network that has failed at too many accounts, nil otherwise.
	crowded *Error
}

// compared reports whether the password may be compared. If not, the same work is done, so
// that the time of the answer does not show it.
func (t loginTry) compared() bool { return !t.spent && (t.crowded == nil || t.known) }

// wrong returns the refusal of a password that is wrong or was not compared.
func (t loginTry) wrong() error {
	if t.crowded != nil {
		return t.crowded
	}
	return &Error{Reason: CredentialsWrong}
}

// throttle counts a try before the password is compared, so that of many requests at once
// no more than the limit are compared. user is the zero row for an unknown name. That is
// counted by the same number of statements, so that neither the answer nor its time shows
// whether the name exists (I9).
func (s *Service) throttle(ctx context.Context, l Login, user db.User) (loginTry, error) {
	try := loginTry{name: s.nameMAC(l), account: s.accountMAC(l, user.ID), network: l.From.Narrow()}
	try.known = s.registeredIn(user, try.network)
	var tries counted
	if try.network != "" && s.config.Limits.LoginPerNetwork > 0 {
		of := counted{s.config.Limits.LoginPerNetwork, s.config.Limits.LoginPerNetwork}
		var err error
		if tries, err = s.takeBoth(ctx, &try, try.network, of); err != nil {
			return try, err
		}
	}
	if err := s.takeNetwork(ctx, &try); err != nil {
		return try, err
	}
	if try.known || s.config.Limits.LoginPerAccount == 0 {
		return try, nil
	}
	share := func(tries int32) int32 {
		if tries > fewTries {
			return max(s.config.Limits.LoginPerAccount/3, 1)
		}
		return s.config.Limits.LoginPerAccount
	}
	_, err := s.takeBoth(ctx, &try, "", counted{share(tries.name), share(tries.account)})
	return try, err
}

// counted is a number of tries by name and by account. Neither depends on the other: if the
// count by name did, its refusal would show the count of the account.
type counted struct{ name, account int32 }

// takeBoth counts a try by name and by account. known is looked up for the account,
// because the holder may have logged in by another name.
func (s *Service) takeBoth(
	ctx context.Context, try *loginTry, network string, limit counted,
) (tries counted, err error) {
	byName, ok, err := s.takeTry(ctx, try.name, network, limit.name)
	if err != nil {
		return counted{}, err
	}
	if !ok {
		return counted{}, s.waitForTry(ctx, try.name, network)
	}
	byAccount, ok, err := s.takeTry(ctx, try.account, network, limit.account)
	try.spent = try.spent || !ok
	try.known = try.known || byAccount.Known
	return counted{byName.Tries, byAccount.Tries}, err
}

// takeTry counts a try. ok is false if the tries of the window are used up.
func (s *Service) takeTry(
	ctx context.Context, mac []byte, network string, limit int32,
) (row db.TakeLoginTryRow, ok bool, err error) {
	now := s.config.Now()
	row, err = s.queries.TakeLoginTry(ctx, db.TakeLoginTryParams{
		NameMac: mac, Network: network, Now: now, WindowAgo: now.Add(-throttleWindow), MaxTries: limit,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, refusalOf(err)
}

// waitForTry returns the refusal of a name whose tries are used up, with the rest of the
// window as the wait. It costs a query that other tries do not make, but only after the
// bound, and the bound is reported anyway.
func (s *Service) waitForTry(ctx context.Context, mac []byte, network string) error {
	start, err := s.queries.LoginTryWindow(ctx, db.LoginTryWindowParams{NameMac: mac, Network: network})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // no row: purged meanwhile, so the wait is over
		return refusalOf(err)
	}
	return s.tooMany(start)
}

// tooMany returns the refusal until the end of a window that began at start.
func (s *Service) tooMany(start time.Time) *Error {
	return &Error{Reason: LoginTooMany, RetryAfter: max(start.Add(throttleWindow).Sub(s.config.Now()), time.Second)}
}

// takeNetwork counts the account for the network, once for each account and window, and sets
// try.crowded if the network has failed at too many accounts.
func (s *Service) takeNetwork(ctx context.Context, try *loginTry) error {
	if try.network == "" || s.config.Limits.LoginAccounts == 0 {
		return nil
	}
	now := s.config.Now()
	ago := now.Add(-throttleWindow)
	n, err := s.queries.TakeNetworkTry(ctx, db.TakeNetworkTryParams{
		Network: try.network, Account: inNetwork(try.account), Now: now, WindowAgo: ago,
		MaxAccounts: s.config.Limits.LoginAccounts,
	})
	if err != nil || n == 1 {
		return refusalOf(err)
	}
	earliest, err := s.queries.NetworkTryWindow(ctx, db.NetworkTryWindowParams{Network: try.network, WindowAgo: ago})
	if err != nil {
		return refusalOf(err)
	}
	try.crowded = s.tooMany(earliest)
	return nil
}

// inNetwork returns the name of an account in the row of a network: half of its keyed hash,
// which is long enough to be unique in one network.
func inNetwork(account []byte) string { return hex.EncodeToString(account[:16]) }

// forgive sets the counts to 0 after a right password, and marks the network as known for
// knownLife.
func (s *Service) forgive(ctx context.Context, try loginTry) error {
	return refusalOf(s.queries.ForgiveLoginTries(ctx, db.ForgiveLoginTriesParams{
		NameMac: try.name, AccountMac: try.account, Network: try.network, Account: inNetwork(try.account),
		KnownUntil: s.config.Now().Add(knownLife),
	}))
}

// registrationNetwork returns a keyed hash of the network of a registration, for the user's
// row. The user's own invite code is part of it, so that the table does not show which users
// have registered in one network. It is nil if the network is not known.
func (s *Service) registrationNetwork(inviteCode, network string) []byte {
	if network == "" {
		return nil
	}
	return s.throttleMAC("registration|%s|%s", inviteCode, network)
}

// registeredIn reports whether the user has registered in the network within knownLife. So a
// user without a login yet is known in that network, as after a login.
func (s *Service) registeredIn(user db.User, network string) bool {
	return user.RegistrationNetwork != nil && s.config.Now().Before(user.CreatedAt.Add(knownLife)) &&
		hmac.Equal(user.RegistrationNetwork, s.registrationNetwork(user.InviteCode, network))
}

// nameMAC returns a keyed hash of the given name in its canonical form. It is keyed, so that
// a copy of the table does not reveal names.
func (s *Service) nameMAC(l Login) []byte {
	kind, name := s.canonical(l)
	return s.throttleMAC("%d|%s|%s", l.Site, kind, name)
}

// accountMAC returns a keyed hash of the user's id, or of the given name if it is unknown.
// Its input cannot equal one of nameMAC, because no kind of identifier begins with
// "account" or "nobody".
func (s *Service) accountMAC(l Login, user int64) []byte {
	if user != 0 {
		return s.throttleMAC("%d|account|%d", l.Site, user)
	}
	kind, name := s.canonical(l)
	return s.throttleMAC("%d|nobody %s|%s", l.Site, kind, name)
}

// throttleMAC is an HMAC-SHA-256 with a key of its own.
func (s *Service) throttleMAC(format string, parts ...any) []byte {
	h := hmac.New(sha256.New, s.nameKey)
	fmt.Fprintf(h, format, parts...)
	return h.Sum(nil)
}
