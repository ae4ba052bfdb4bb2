// Package limit promises that no client network gets more of one process than
// its rate allows, decided in memory, in well under a microsecond, without
// reading anything of the request, and in a bounded amount of memory.
//
// # What a client is
//
// An address alone is no client: whoever has an IPv6 address has 2^64 of them,
// and a rented range of IPv4 addresses is cheap. So each request is counted
// twice, for a narrow network (an IPv4 address, an IPv6 /64) and for the wide
// one around it (/24, /48), and both must agree. What is refused is counted for
// neither, so that one noisy address does not use up what its neighbours share.
// [Proxies] tells which address is the client's.
//
// # What is not promised
//
// Each process counts alone and forgets all when it ends. N replicas behind a
// balancer let through up to N times the rate, a client that is always sent to
// the same replica gets the rate itself, and a restart gives everyone a full
// bucket. That is enough to keep a flood from the database and the password
// hashers; it is no budget. What must hold over all replicas (codes sent, tries
// of a code or a password) is counted in the database.
//
// People who share an address, in an office or behind a carrier's NAT, share its
// bucket: choose rates for the largest crowd that must pass.
package limit

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// The bounds of how many networks of one width are remembered.
const (
	// DefaultMaxNetworks takes about 5 MB for each width that is limited, when full.
	DefaultMaxNetworks = 100_000
	// MinMaxNetworks leaves each shard enough entries to choose from.
	MinMaxNetworks = shards * 16
)

// shards is how many locks there are. A lock is held for some 50 ns, so that
// 64 are enough for any number of cores.
const shards = 64

// Config holds what [New] needs. A zero Rate does not limit.
type Config struct {
	// IPv4Addr is for one IPv4 address, IPv4Block for the 256 of a /24.
	IPv4Addr, IPv4Block Rate
	// IPv6Subnet is for a /64, which one household or server has at the least,
	// IPv6Site for a /48, which one customer has at the most (RFC 6177).
	IPv6Subnet, IPv6Site Rate
	// MaxNetworks is how many networks of each of the four widths are remembered;
	// DefaultMaxNetworks if zero, and at least MinMaxNetworks. Beyond it those that
	// are idle are forgotten first, and if there are none, the one that is nearest
	// to it, which has the least to gain from being forgotten.
	MaxNetworks int
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// Limiter counts requests by client network. It is safe for concurrent use, and
// has nothing to close.
type Limiter struct {
	now        func() time.Time
	start      time.Time
	seed       maphash.Seed
	ipv4, ipv6 [shards]shard
}

// shard holds some of the wide networks, each with all its narrow ones: one lock
// then decides about both.
type shard struct {
	mu           sync.Mutex
	narrow, wide table
}

// New returns an error if a rate or MaxNetworks is out of bounds.
func New(cfg Config) (*Limiter, error) {
	if cfg.MaxNetworks == 0 {
		cfg.MaxNetworks = DefaultMaxNetworks
	}
	if cfg.MaxNetworks < MinMaxNetworks {
		return nil, fmt.Errorf("limit: %d networks are too few, at least %d must be remembered", cfg.MaxNetworks, MinMaxNetworks)
	}
	for _, rate := range []Rate{cfg.IPv4Addr, cfg.IPv4Block, cfg.IPv6Subnet, cfg.IPv6Site} {
		if err := rate.check(); err != nil {
			return nil, err
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	l := &Limiter{now: cfg.Now, start: cfg.Now(), seed: maphash.MakeSeed()}
	size := (cfg.MaxNetworks + shards - 1) / shards
	for i := range shards {
		l.ipv4[i].narrow, l.ipv4[i].wide = newTable(cfg.IPv4Addr, size), newTable(cfg.IPv4Block, size)
		l.ipv6[i].narrow, l.ipv6[i].wide = newTable(cfg.IPv6Subnet, size), newTable(cfg.IPv6Site, size)
	}
	return l, nil
}

// Allow counts a request of the client and reports whether it may go on. If not,
// it would be allowed after retryAfter, unless others of its network come first;
// that is exact, so round it up before you tell a client. All invalid addresses
// are one client, an IPv4 address in IPv6 clothes is that IPv4 address, and zones
// do not count.
func (l *Limiter) Allow(client netip.Addr) (ok bool, retryAfter time.Duration) {
	now := l.now().Sub(l.start)
	s, narrow, wide := l.find(client.Unmap())
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := max(s.narrow.wait(narrow, now), s.wide.wait(wide, now)); wait > 0 {
		return false, wait
	}
	s.narrow.spend(narrow, now)
	s.wide.spend(wide, now)
	return true, 0
}

// find returns the keys of a client's networks, unique among those of the same
// width, and the shard that has them. Which one that is nobody can foresee, and so
// nobody can crowd it.
func (l *Limiter) find(client netip.Addr) (s *shard, narrow, wide uint64) {
	family := &l.ipv4
	switch {
	case client.Is4():
		b := client.As4()
		narrow = uint64(binary.BigEndian.Uint32(b[:]))
		wide = narrow >> 8
	case client.Is6():
		b := client.As16()
		narrow = binary.BigEndian.Uint64(b[:8])
		wide = narrow >> 16
		family = &l.ipv6
	}
	return &family[maphash.Comparable(l.seed, wide)%shards], narrow, wide
}

// Networks is how many networks are remembered, of all widths; fit for a gauge.
func (l *Limiter) Networks() int {
	sum := 0
	for i := range shards {
		for _, s := range []*shard{&l.ipv4[i], &l.ipv6[i]} {
			s.mu.Lock()
			sum += len(s.narrow.full) + len(s.wide.full)
			s.mu.Unlock()
		}
	}
	return sum
}
