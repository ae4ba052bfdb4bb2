package server

import (
	"bytes"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/profile"
)

// mountAvatars adds the avatars that users have uploaded. They are no operations of the contract: their
// answers are pictures.
func mountAvatars(e *echo.Echo, accounts *account.Service) {
	// GET and HEAD have the same function. The requests count for the rate of documents, as all
	// outside /api/ do.
	serve := func(ec echo.Context) error {
		// One query by an index; pictures are small, so that they are read whole.
		picture, found, err := accounts.AvatarNamed(ec.Request().Context(), ec.Param("name"))
		// Only the database can fail here.
		if err != nil {
			return err
		}
		// With an envelope, as for any path that does not exist; caches keep no refusal.
		if !found {
			return &problem{reason: api.ReasonNotFound}
		}
		// begin has set nosniff, as for every answer: the browser must not guess another type.
		h := ec.Response().Header()
		// The path has the hash of the content, so that it never changes.
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Content-Type", picture.Media)
		// A picture has no script, and needs nothing of this origin, even if a browser took it for a page.
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox") // check: avatar-policy
		// Pages of other origins may show it: full_avatar_url is for them.
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		// It answers HEAD and ranges.
		http.ServeContent(ec.Response(), ec.Request(), "", time.Time{}, bytes.NewReader(picture.Data))
		return nil
	}
	// Other methods are refused by route, as everywhere.
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, profile.AvatarPath+":name", serve)
	}
}
