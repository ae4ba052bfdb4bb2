package strict_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/test/strict"
)

// TestRead: an answer that only a later version sends is valid by the contract and invalid by the closed one.
func TestRead(t *testing.T) {
	t.Parallel()
	published, err := openapi3.NewLoader().LoadFromData(enroll.Contract)
	if err != nil {
		t.Fatal(err)
	}
	view, err := strict.Read(enroll.Contract)
	if err != nil {
		t.Fatal(err)
	}
	refusal := func(name string, value any) map[string]any {
		all := map[string]any{"code": -1.0, "msg": "x", "reason": "busy", "data": nil, "request_id": "x"}
		all[name] = value
		return all
	}
	for about, later := range map[string]struct {
		schema string
		value  any
	}{
		"reason":           {"RefusalEnvelope", refusal("reason", "brand_new")},
		"code":             {"RefusalEnvelope", refusal("code", 1003.0)},
		"field":            {"RefusalEnvelope", refusal("hint", "x")},
		"field of data":    {"RefusalEnvelope", refusal("data", map[string]any{"x": 1.0})},
		"kind of captcha":  {"Captcha", map[string]any{"captcha_off": false, "captcha_type": "riddle"}},
		"use of a captcha": {"Captcha", map[string]any{"captcha_off": false, "captcha_on": []any{"logout"}}},
	} {
		if err := published.Components.Schemas[later.schema].Value.VisitJSON(later.value); err != nil {
			t.Errorf("%s: the contract refuses a later version's answer: %v", about, err)
		}
		if view.Components.Schemas[later.schema].Value.VisitJSON(later.value) == nil {
			t.Errorf("%s: the strict view takes it", about)
		}
	}
	for _, doc := range []*openapi3.T{published, view} {
		if err := doc.Components.Schemas["RefusalEnvelope"].Value.VisitJSON(refusal("code", -1.0)); err != nil {
			t.Errorf("a refusal of today: %v", err)
		}
	}
}
