package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// Events returns a function that checks a request to a receiver of events by the closed contract: its three headers and
// its body. The contract has them in x-webhooks, which no library reads in OpenAPI 3.0. Here they are a path, so that
// the library checks them as it checks any other operation, with their examples.
func Events(contract []byte) (check func(http.Header, []byte) error, err error) {
	doc, err := Read(contract)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(map[string]any{
		"openapi": doc.OpenAPI, "info": doc.Info, "components": doc.Components,
		"paths": map[string]any{"/event": doc.Extensions["x-webhooks"].(map[string]any)["event"]},
	})
	if err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	if doc, err = loader.LoadFromData(raw); err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context, openapi3.EnableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("x-webhooks: %w", err)
	}
	operation := doc.Paths.Value("/event").Post
	return func(h http.Header, body []byte) error {
		var errs []error
		for _, p := range operation.Parameters {
			if err := p.Value.Schema.Value.VisitJSON(h.Get(p.Value.Name)); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", p.Value.Name, err))
			}
		}
		var value any
		err := json.Unmarshal(body, &value)
		if err == nil {
			err = operation.RequestBody.Value.Content.Get(h.Get("Content-Type")).Schema.Value.VisitJSON(value)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("the body %s: %w", body, err))
		}
		return errors.Join(errs...)
	}, nil
}
