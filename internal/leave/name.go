package leave

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// Names computes the hashes that reserve user names. It is not a part of [Service], because package operator needs
// the hashes and no Service. The zero value reserves nothing.
type Names struct {
	quarantine time.Duration // how long names are reserved
	key        []byte        // of the hashes
}

// NewNames returns Names. quarantine is how long the user name of a deleted user cannot be registered; 0 frees it at
// once. secret is the key of the hashes, 32 bytes or more.
func NewNames(secret []byte, quarantine time.Duration) (Names, error) {
	if len(secret) < 32 || quarantine < 0 {
		return Names{}, errors.New("leave: the secret has less than 32 bytes, or the quarantine is negative")
	}
	// If the hashed text gets another form, the number in this label must be raised.
	key, err := hkdf.Key(sha256.New, secret, nil, "enroll kept name v1", sha256.Size)
	if err != nil {
		return Names{}, fmt.Errorf("leave: derive key: %w", err)
	}
	return Names{quarantine, key}, nil
}

// MACs returns the keyed hashes that reserve a user name: that of its key and that of its skeleton, so
// that look-alikes are reserved, too. It returns nil for an empty name, and if the quarantine is 0.
//
// A name whose key changes with the rules of package identifier is no longer found, because rekey
// cannot compute it from a hash. Few names are freed too early in this way.
func (n Names) MACs(site int64, key, skeleton string) [][]byte {
	if n.quarantine == 0 || key == "" {
		return nil
	}
	return [][]byte{n.mac("key", site, key), n.mac("skeleton", site, skeleton)}
}

// mac returns the HMAC-SHA-256 of a name. Its key has no other use.
func (n Names) mac(kind string, site int64, name string) []byte {
	h := hmac.New(sha256.New, n.key)
	fmt.Fprintf(h, "%s|%d|%s", kind, site, name)
	return h.Sum(nil)
}

// NameMACs returns the hashes of a user name, as [Names.MACs] does.
func (s *Service) NameMACs(site int64, key, skeleton string) [][]byte {
	return s.names.MACs(site, key, skeleton)
}

// keepNames reserves the names of users that are about to be deleted. Not even the same person can
// register such a name, because no data is left to recognize the person by.
func (s *Service) keepNames(ctx context.Context, users []db.DueUsersRow) error {
	p := db.KeepNamesParams{KeptUntil: s.now().Add(s.names.quarantine)}
	for _, u := range users {
		// A rejected applicant could do nothing under its name, so the name is free at once.
		if u.UserNameKey == nil || u.UserNameSkeleton == nil || u.Waiting { // check: waiting-name-free
			continue
		}
		for _, mac := range s.NameMACs(u.SiteID, *u.UserNameKey, *u.UserNameSkeleton) {
			p.SiteIds, p.NameMacs = append(p.SiteIds, u.SiteID), append(p.NameMacs, mac)
		}
	}
	if len(p.NameMacs) == 0 {
		return nil
	}
	return s.queries.KeepNames(ctx, p)
}
