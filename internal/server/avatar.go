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

// mountAvatars adds the avatars that users have uploaded. They are not operations of the contract,
// because their answers are pictures.
func mountAvatars(e *echo.Echo, accounts *account.Service) {
	// GET and HEAD have the same function. The requests count for the rate of documents, as all
	// outside /api/ do.
	serve := func(ec echo.Context) error {
		// This is one query by an index. Pictures are small, so they are read as a whole.
		picture, found, err := accounts.AvatarNamed(ec.Request().Context(), ec.Param("name"))
		// Only the database can fail here.
		if err != nil {
			return err
		}
		// The refusal is an envelope, as for any path that does not exist, and must not be cached.
		if !found {
			return &problem{reason: api.ReasonNotFound}
		}
		// begin has set nosniff, as for every answer: the browser must not guess another type.
		h := ec.Response().Header()
		// The path has the hash of the content, so what it names never changes.
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Content-Type", picture.Media)
		// If a browser takes the file for a page, this policy forbids scripts and any access to this origin.
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox") // check: avatar-policy
		// Pages of other origins may show the picture: full_avatar_url is meant for them.
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		// ServeContent also answers HEAD and range requests.
		http.ServeContent(ec.Response(), ec.Request(), "", time.Time{}, bytes.NewReader(picture.Data))
		return nil
	}
	// Other methods are refused by route, as everywhere.
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, profile.AvatarPath+":name", serve)
	}
}
