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
// issued, four for each sound and one for each wrong answer. Its column redeemed counts the
// challenges that were solved.
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
// Challenges of a third party and challenges for an address that is not public are not counted: such
// an address may be a proxy that does not name its clients, and all of them would share one count.
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

// load returns how hard the next challenge of a network should be ([captcha.Scope]): 0 while at most a
// twentieth of the allowed number are unsolved, 1 from half of it on, and linear between the two.
// unsolved includes the challenge that is about to be made.
func (b budget) load(unsolved int32) float64 {
	free, full := float64(b.allowed)/20, float64(b.allowed)/2
	return max(0, min(1, (float64(unsolved)-free)/(full-free)))
}

// count counts a challenge before it is made and returns the load that the network has
// caused. If a bound is reached, it returns a refusal. If the /64 is refused, the request is
// not counted for the /48. If the /48 is refused, the count of the /64 stays.
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

// tooMany returns the refusal of a network, with the time until its window ends. Further
// requests do not move the window, so a request after that time is accepted.
func (s *Service) tooMany(ctx context.Context, b budget, now time.Time) error {
	end, err := s.queries.BudgetEnd(ctx, db.BudgetEndParams{Scope: b.scope, Key: b.key, Now: now})
	if err != nil {
		return err
	}
	return &Refusal{Why: TooMany, RetryAfter: max(end.Sub(now), time.Second)}
}

// load counts a challenge and returns its load: the load that the network has caused. If it is a
// proof of work that may be used to send a message, the load is at least the pressure on the budgets
// of sending. So challenges become harder before the budgets refuse a request.
func (s *Service) load(ctx context.Context, r Request) (float64, error) {
	from := network.OriginOf(r.Client)
	load, err := s.count(ctx, from, imageCost)
	if err != nil {
		return 0, err
	}
	// A challenge for AnyOperation may be used to send a message, too. For an operation that
	// sends no message the pressure does not count.
	kind, sends := s.config.Captchas.Kind(), r.For != OnRegister && r.For != OnLogin && r.For != OnReset
	if !sends || kind != captcha.KindPoW && kind != captcha.KindImagePoW {
		return load, nil
	}
	pressure, err := s.config.Pressure(ctx, from)
	return max(load, pressure), err // check: captcha-pressure
}

// spentKeys returns the counts in which a spent captcha counts as solved: those of the
// network that sends the answer. It is the network that requested the captcha, unless
// Config.Network is wider or 0. A count whose window has ended since does not change.
func (s *Service) spentKeys(from network.Origin) (scopes, keys []string) {
	scopes, keys = []string{}, []string{}
	for _, b := range s.budgets(from) {
		scopes, keys = append(scopes, b.scope), append(keys, b.key)
	}
	return scopes, keys
}

// countWrong undoes the count of a spent captcha as solved, and counts the wrong answer as
// one more challenge.
func (s *Service) countWrong(ctx context.Context, from network.Origin) error {
	scopes, keys := s.spentKeys(from)
	if len(scopes) == 0 {
		return nil
	}
	return s.queries.CountWrongCaptcha(ctx, db.CountWrongCaptchaParams{
		Scopes: scopes, Keys: keys, Now: s.config.Now(),
	})
}
