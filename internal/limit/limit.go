// Package limit limits the rate of requests that one process accepts from a client
// network. A decision needs only the client's address: it takes one lock and a few
// look-ups in memory, and it allocates nothing for a network that is counted already.
// Memory is bounded.
//
// # Client networks
//
// A single address does not identify a client: an IPv6 subscriber has 2^64
// addresses, and ranges of IPv4 addresses are cheap to rent. So each request is
// counted twice: for a narrow network (an IPv4 address, an IPv6 /64) and for the
// wide network around it (/24, /48). It is allowed if both rates allow it. A
// refused request is counted for neither, so that one address cannot use up the
// rate of its whole network by requests that are refused. [Proxies.Client] finds
// the client's address.
//
// # Limits of this package
//
// Counts belong to one process and end with it. N replicas behind a balancer
// accept up to N times the rate, a client that always reaches the same replica
// gets the rate itself, and a restart resets all counts. That is enough to keep a
// flood from the database and the password hashers, and not enough for a budget:
// counts that must hold over all replicas (codes sent, tries of a code or a
// password) are rows in the database.
//
// The people of an office or behind a carrier's NAT share one address, and so its
// rate. Choose rates for the largest such group that must be served.
package limit

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// Bounds of Config.MaxNetworks.
const (
	// DefaultMaxNetworks needs about 5 MB for each width that is limited, when all
	// entries are in use (measured: 4.7 MB for 100,000 /64 networks).
	DefaultMaxNetworks = 100_000
	// MinMaxNetworks gives each shard 16 entries, of which evict samples 8.
	MinMaxNetworks = shards * 16
)

// shards is the number of locks for each address family. A lock is held for a few
// look-ups in a map, so that with 64 of them two cores rarely need the same one.
const shards = 64

// Config configures [New]. A zero Rate means no limit.
type Config struct {
	// IPv4Addr is the rate of one IPv4 address, IPv4Block that of a /24.
	IPv4Addr, IPv4Block Rate
	// IPv6Subnet is the rate of a /64, the smallest network of a household or a
	// server, IPv6Site that of a /48, the largest of one customer (RFC 6177).
	IPv6Subnet, IPv6Site Rate
	// MaxNetworks is the largest number of networks of each of the four widths that are
	// remembered, rounded up to a multiple of shards: DefaultMaxNetworks if zero, and at
	// least MinMaxNetworks. For a new network a sample of eight others is examined. Idle
	// ones are forgotten. If none is idle and there is no room, the one of the sample that will
	// be idle soonest is forgotten, because it gains the least.
	MaxNetworks int
	// Now is the clock, time.Now if nil. time.Now has a monotonic clock: a set wall clock changes no wait.
	Now func() time.Time
}

// Limiter counts requests by client network. It is safe for concurrent use. It has
// no goroutine and no resource to release.
type Limiter struct {
	now        func() time.Time
	start      time.Time
	seed       maphash.Seed
	ipv4, ipv6 [shards]shard
}

// shard holds a part of the wide networks and all narrow networks within those, so
// that one lock protects both counts of a request.
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
		return nil, fmt.Errorf("limit: MaxNetworks is %d and must be at least %d", cfg.MaxNetworks, MinMaxNetworks)
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

// Allow counts a request of the client and reports whether it is within the rates. If
// it is not, a request after retryAfter would be, provided that no other request of its
// network comes first. retryAfter has the clock's precision: round it up to whole
// seconds for a Retry-After header.
//
// All invalid addresses count as one client, an IPv4-mapped IPv6 address counts as
// the IPv4 address, and zones are ignored.
func (l *Limiter) Allow(client netip.Addr) (ok bool, retryAfter time.Duration) {
	now := l.now().Sub(l.start)
	s, narrow, wide := l.find(client.Unmap())
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := max(s.narrow.wait(narrow, now), s.wide.wait(wide, now)); wait > 0 { // check: network-wide
		return false, wait
	}
	s.narrow.spend(narrow, now) // check: network-counted
	s.wide.spend(wide, now)
	return true, 0
}

// find returns the shard of a client's networks and their keys, which are unique
// among the networks of the same width and family. The seed of the hash is random,
// so that a client cannot choose addresses that all fall into one shard.
func (l *Limiter) find(client netip.Addr) (s *shard, narrow, wide uint64) {
	family := &l.ipv4
	switch {
	case client.Is4():
		b := client.As4()
		narrow = uint64(binary.BigEndian.Uint32(b[:]))
		wide = narrow >> 8
	case client.Is6():
		b := client.As16()
		narrow = binary.BigEndian.Uint64(b[:8]) // check: network-ipv6
		wide = narrow >> 16
		family = &l.ipv6
	}
	return &family[maphash.Comparable(l.seed, wide)%shards], narrow, wide
}
