package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
)

// A login's tries are counted by the account, over all networks, and by
// account and network. The first bounds whoever guesses from many networks; a
// network from which the holder has logged in is exempt from it, so that
// guessers elsewhere do not lock the holder out. No wait is longer than
// throttleWindow.
const (
	throttleWindow = time.Hour
	knownLife      = 30 * 24 * time.Hour
)

// loginTry is a try that was counted and is given back when it succeeds.
type loginTry struct {
	name    []byte // keyed hash of site and identifier
	network string // "" where client networks are not told apart
}

// throttle counts a try at a password before it is judged, so that of many at
// once no more than the limit are. Names that nobody has are counted alike,
// so that the refusal tells nothing (I9).
func (s *Service) throttle(ctx context.Context, l Login) (loginTry, error) {
	try := loginTry{name: s.nameMAC(l), network: l.Network}
	known := false
	if l.Network != "" && s.Limits.LoginPerNetwork > 0 {
		var err error
		if known, err = s.takeTry(ctx, try, l.Network, s.Limits.LoginPerNetwork); err != nil {
			return try, err
		}
	}
	if known || s.Limits.LoginPerAccount == 0 {
		return try, nil
	}
	_, err := s.takeTry(ctx, try, "", s.Limits.LoginPerAccount)
	return try, err
}

func (s *Service) takeTry(ctx context.Context, try loginTry, network string, limit int32) (known bool, err error) {
	now := s.Now()
	known, err = s.queries.TakeLoginTry(ctx, db.TakeLoginTryParams{
		NameMac: try.name, Network: network, Now: now, WindowAgo: now.Add(-throttleWindow), MaxTries: limit,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, &Error{Reason: LoginTooMany, RetryAfter: throttleWindow}
	}
	return known, refusal(err)
}

// forgive gives the tries back after a success.
func (s *Service) forgive(ctx context.Context, try loginTry) error {
	until := s.Now().Add(knownLife)
	for _, network := range []string{try.network, ""} {
		err := s.queries.ForgiveLoginTries(ctx, db.ForgiveLoginTriesParams{NameMac: try.name, Network: network, KnownUntil: &until})
		if err != nil || network == "" {
			return refusal(err)
		}
	}
	return nil
}

// nameMAC names an account by what was typed, in canonical form where it has
// one. Keyed, so that the table tells nobody who logs in.
func (s *Service) nameMAC(l Login) []byte {
	kind, name := s.canonical(l)
	h := hmac.New(sha256.New, s.nameKey)
	fmt.Fprintf(h, "%d|%s|%s", l.Site, kind, name)
	return h.Sum(nil)
}
