package operation

import (
	"context"
	"net/http"

	"github.com/enroll-project/enroll/gen/api"
)

// GetJwks is the operation getJwks.
func (h *Handlers) GetJwks(context.Context, api.GetJwksRequestObject) (api.GetJwksResponseObject, error) {
	return keySet(h.tokens.JWKS()), nil
}

// keySet is the JSON of a key set as package token wrote it. Decoding it into the type of
// gen/api and encoding it again would lose members that the type does not have.
type keySet []byte

// VisitGetJwksResponse writes the set.
func (k keySet) VisitGetJwksResponse(w http.ResponseWriter) error {
	// Package server adds the charset (complete), and has set Cache-Control (begin).
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(k)
	return err
}
