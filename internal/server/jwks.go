package server

import (
	"context"
	"net/http"

	"github.com/enroll-project/enroll/gen/api"
)

// GetJwks is the operation getJwks.
func (h *handlers) GetJwks(context.Context, api.GetJwksRequestObject) (api.GetJwksResponseObject, error) {
	return keySet(h.tokens.JWKS()), nil
}

// keySet is a key set as package token wrote it: decoding it to encode it again
// would lose what gen/api does not know.
type keySet []byte

// VisitGetJwksResponse writes the set.
func (k keySet) VisitGetJwksResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(k)
	return err
}
