package challenge

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/network"
)

// The scopes of the counts in the table budgets. Its column used counts the challenges that were
// issued, and redeemed those that were solved.
const (
	captchaSubnet  = "captcha_subnet"
	captchaNetwork = "captcha_network"
)

const (
	window = time.Hour
	// A sound costs as much to make as four pictures.
	imageCost, soundCost = 1, 4
	// A /48 may leave as many challenges unsolved as four /64.
	subnetsOfNetwork = 4
)

// budget is one count of challenges.
type budget struct {
	scope, key string
	allowed    int32 // unsolved challenges in a window
}

// budgets returns the counts of a client: that of its /24 or /64 and, for IPv6, that of the /48.
// There are none for challenges of a third party, and for an address that is not public: it may
// be a proxy that does not name its clients, whose count would be that of all of them.
func (s *Service) budgets(from network.Origin) []budget {
	most := s.config.PerNetwork
	if most == 0 || from.Subnet == "" || s.config.Captchas.Kind() == captcha.KindSiteVerify {
		return nil
	}
	all := []budget{{captchaSubnet, from.Subnet, most}}
	if from.Network != from.Subnet { // check: captcha-network
		all = append(all, budget{captchaNetwork, from.Network, subnetsOfNetwork * most})
	}
	return all
}

// load is the load of a network by the number of challenges that it has left unsolved: 0 up to
// a twentieth of the allowed number, and 1 from half of it on.
func (b budget) load(unsolved int32) float64 {
	free, full := float64(b.allowed)/20, float64(b.allowed)/2
	return max(0, min(1, (float64(unsolved)-free)/(full-free)))
}

// count counts a challenge before it is made, or refuses it, and returns the load
// that the network has caused. If the /64 is refused, the request is not counted for the /48.
func (s *Service) count(ctx context.Context, from network.Origin, cost int32) (load float64, err error) {
	for _, b := range s.budgets(from) {
		now := s.config.Now()
		unsolved, err := s.queries.CountUse(ctx, db.CountUseParams{
			Scope: b.scope, Key: b.key, Now: now, EndsAt: now.Add(window), Cost: cost, Allowed: b.allowed,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, s.tooMany(ctx, b, now)
		}
		if err != nil {
			return 0, err
		}
		load = max(load, b.load(unsolved)) // check: unsolved-cost
	}
	return load, nil
}

// tooMany is the refusal of a network, with the end of its window. The window does
// not move with further requests, so the time to wait is true.
func (s *Service) tooMany(ctx context.Context, b budget, now time.Time) error {
	end, err := s.queries.BudgetEnd(ctx, db.BudgetEndParams{Scope: b.scope, Key: b.key, Now: now})
	if err != nil {
		return err
	}
	return &Refusal{Why: TooMany, RetryAfter: max(end.Sub(now), time.Second)}
}

// load is the load of a challenge: what the network has caused, and how near the
// budgets of sending are to their end if the challenge may be used to send something. So the
// price rises before anybody is refused.
func (s *Service) load(ctx context.Context, r Request) (float64, error) {
	from := network.OriginOf(r.Client)
	load, err := s.count(ctx, from, imageCost)
	if err != nil {
		return 0, err
	}
	// A challenge for no operation in particular may send something, too. One for an operation
	// that sends nothing keeps the lower price.
	kind, sends := s.config.Captchas.Kind(), r.For != OnRegister && r.For != OnLogin && r.For != OnReset
	if !sends || kind != captcha.KindPoW && kind != captcha.KindImagePoW {
		return load, nil
	}
	pressure, err := s.config.Pressure(ctx, from)
	return max(load, pressure), err // check: captcha-pressure
}

// spentKeys names the counts in which a spent captcha counts as solved. They are those of
// the network that answers. It is the one that asked, unless CaptchaNetwork is wider or
// off. If the window of a count has ended since, nothing is counted there.
func (s *Service) spentKeys(from network.Origin) (scopes, keys []string) {
	scopes, keys = []string{}, []string{}
	for _, b := range s.budgets(from) {
		scopes, keys = append(scopes, b.scope), append(keys, b.key)
	}
	return scopes, keys
}

// countWrong takes back that a captcha was solved, and counts the answer as one more
// challenge.
func (s *Service) countWrong(ctx context.Context, from network.Origin) error {
	scopes, keys := s.spentKeys(from)
	if len(scopes) == 0 {
		return nil
	}
	return s.queries.CountWrongCaptcha(ctx, db.CountWrongCaptchaParams{
		Scopes: scopes, Keys: keys, Now: s.config.Now(),
	})
}
