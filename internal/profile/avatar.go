package profile

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/avatar"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
)

// AvatarPath is the path below which avatars are served. The path of an avatar is within the site, so
// that a user may also set it by ChangeProfile.
const AvatarPath = "/avatars/"

// AvatarUpload is the request of a logged-in user to set a picture as their avatar. Nothing of the file
// has been checked but its size.
type AvatarUpload struct {
	By   holder.Holder
	File []byte
}

// SetAvatar makes an avatar of a file, stores it in place of the earlier one, and returns its path.
//
// The picture is in the database and not in a folder, so that each replica serves it, a backup has it,
// and a foreign key removes it with its user. The order of the steps is that of a registration: counted
// first, computed outside any transaction, then stored by one statement.
func (s *Profiles) SetAvatar(ctx context.Context, a AvatarUpload) (path string, err error) {
	user := a.By.User()
	// The upload is counted before it is decoded, because decoding is the cost that the count bounds. A bad
	// picture counts, too: it may cost as much as a good one.
	if err := s.prover.CountUse(ctx, holder.AvatarUploads, user.ID); err != nil {
		return "", err
	}
	picture, err := s.avatars.Make(ctx, a.File)
	// Nothing was decoded, so the upload is not counted. A picture whose decoding took too long stays
	// counted: otherwise a file that is made to be slow would cost its sender nothing.
	if errors.Is(err, avatar.ErrBusy) {
		s.prover.UncountUse(ctx, holder.AvatarUploads, user.ID)
	}
	if err != nil {
		return "", avatarRefusal(err)
	}
	// The hash in the path is that of the content, which makes the path new for each picture.
	hash, err := hex.DecodeString(picture.Hash)
	if err != nil {
		return "", err
	}
	// The path never names another picture, so a client need not load it twice.
	path = AvatarPath + picture.Hash + avatarSuffix[picture.Media]
	var kept int64
	err = s.run.Alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		kept, err = q.PutAvatar(ctx, db.PutAvatarParams{
			SiteID: user.Site, ID: user.ID, AvatarUrl: path,
			Hash: hash, Media: picture.Media, Data: picture.Data, Now: s.config.Now(),
		})
		return err
	})
	if err == nil && kept == 0 {
		err = &refusal.Error{Reason: refusal.AccountDisabled} // since the token was checked
	}
	return path, refusal.Of(err)
}

// avatarSuffix is the end of an avatar's path by its media type. Programs that save a picture choose its
// type by the suffix, and some proxies decide by it what to cache.
var avatarSuffix = map[string]string{"image/jpeg": ".jpg", "image/png": ".png"}

// avatarRefusal returns the refusal for an error of the avatar's maker. The cause has no bytes of the
// file, so it may be logged.
func avatarRefusal(err error) error {
	switch {
	case errors.Is(err, avatar.ErrBusy):
		// There is no queue by which to estimate the wait. A picture takes some tenths of a second, 2 s at most.
		return &refusal.Error{Reason: refusal.Busy, RetryAfter: 2 * time.Second}
	case errors.Is(err, avatar.ErrSlow):
		return &refusal.Error{Reason: refusal.Busy, RetryAfter: 10 * time.Second, Err: err}
	// There are three reasons, because a person can do three things: wait, shrink the picture, or
	// choose another one.
	case errors.Is(err, avatar.ErrTooLarge):
		return &refusal.Error{Reason: refusal.AvatarTooLarge, Field: "file", Err: err}
	case errors.Is(err, avatar.ErrInvalid):
		return &refusal.Error{Reason: refusal.AvatarInvalid, Field: "file", Err: err}
	}
	return refusal.Of(err)
}

// Avatar is a finished picture that is served under its path. It needs no token, since pages of other people
// show it.
type Avatar struct {
	Media string // image/jpeg or image/png
	Data  []byte // at most avatar.MaxData bytes
}

// AvatarNamed returns the avatar with a name, the part of its path after [AvatarPath], or false if there is none.
// It finds the avatars of all sites, because a path names a content and not a user. Two users with one picture
// share its path. AvatarNamed reads the database, so that each replica serves what another one has stored.
func (s *Profiles) AvatarNamed(ctx context.Context, name string) (Avatar, bool, error) {
	// The suffix is compared at the end, when the kind of the picture is known.
	stem, _, _ := strings.Cut(name, ".")
	hash, err := hex.DecodeString(stem)
	// A path has one spelling, so that caches keep one copy.
	if err != nil || len(hash) != 32 || strings.ToLower(stem) != stem {
		return Avatar{}, false, nil
	}
	row, err := s.queries.AvatarByHash(ctx, db.AvatarByHashParams{Hash: hash})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Avatar{}, false, nil
	case err != nil:
		return Avatar{}, false, refusal.Of(err)
	// With another suffix a browser or a cache could take the picture for another kind.
	case stem+avatarSuffix[row.Media] != name:
		return Avatar{}, false, nil
	}
	return Avatar{Media: row.Media, Data: row.Data}, true, nil
}
