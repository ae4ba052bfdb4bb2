package leave

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/enroll-project/enroll/gen/db"
)

// NameMACs returns the keyed hashes that reserve a user name: that of its key and that of its skeleton, so
// that look-alikes are reserved, too. It returns nil for an empty name, and if the quarantine is 0.
//
// A name whose key changes with the rules of package identifier is no longer found, because rekey
// cannot compute it from a hash. Few names are freed too early in this way.
func (s *Service) NameMACs(site int64, key, skeleton string) [][]byte {
	if s.quarantine == 0 || key == "" {
		return nil
	}
	return [][]byte{s.mac("key", site, key), s.mac("skeleton", site, skeleton)}
}

// mac returns the HMAC-SHA-256 of a name. Its key has no other use.
func (s *Service) mac(kind string, site int64, name string) []byte {
	h := hmac.New(sha256.New, s.nameKey)
	fmt.Fprintf(h, "%s|%d|%s", kind, site, name)
	return h.Sum(nil)
}

// keepNames reserves the names of users that are about to be deleted. Not even the same person can
// register such a name, because no data is left to recognize the person by.
func (s *Service) keepNames(ctx context.Context, users []db.DueUsersRow) error {
	p := db.KeepNamesParams{KeptUntil: s.now().Add(s.quarantine)}
	for _, u := range users {
		if u.UserNameKey == nil || u.UserNameSkeleton == nil {
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
