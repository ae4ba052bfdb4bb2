package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/wire"
)

// TestContractExamples: the contract has an example of each request and of each answer, for
// Swagger UI and the mock. Each example fits its schema, a refusal has a reason of its operation
// and status, and its messages are the server's own.
func TestContractExamples(t *testing.T) {
	t.Parallel()
	languages, err := newLanguages(nil)
	if err != nil {
		t.Fatal(err)
	}
	offering, err := newLanguages(nil, variantSMS, variantImage, variantMail, variantNamePhone)
	if err != nil {
		t.Fatal(err)
	}
	texts := examplesOf{languages.All()[0], offering.All()[0]}
	for path, item := range load(t).Paths.Map() {
		for method, op := range item.Operations() {
			at := method + " " + path
			if op.RequestBody != nil && !onlyFiles(op.RequestBody.Value.Content) {
				for name, value := range examples(t, at, op.RequestBody.Value.Content) {
					if name == "" {
						t.Errorf("%s: the body has examples without a name: %v", at, value)
					}
				}
			}
			for status, response := range op.Responses.Map() {
				at := at + " " + status
				for name, value := range examples(t, at, response.Value.Content) {
					if status == "200" {
						if msg, has := value["msg"]; has && !texts.have("", "ok."+op.OperationID+besides[name], msg) {
							t.Errorf("%s: %s says %q", at, name, msg)
						}
						continue
					}
					for _, offence := range refusalOffences(op, status, value, texts) {
						t.Errorf("%s: %s: %s", at, name, offence)
					}
				}
			}
		}
	}
}

// onlyFiles says whether a body is a form of files, which has no example: an example is a value of JSON, and a picture
// is none, because its bytes are no text in UTF-8. A form with another field needs an example.
func onlyFiles(content openapi3.Content) bool {
	form := content["multipart/form-data"]
	if form == nil || len(content) != 1 {
		return false
	}
	for _, field := range form.Schema.Value.Properties {
		if field.Value.Format != "binary" {
			return false
		}
	}
	return true
}

// besides has, by the name of an example of a success, the last part of the key of its message, if it is not the usual
// message of the operation.
var besides = map[string]string{"waiting": ".approvalPending"}

// examplesOf has the messages of deployments that an example may come from: one that
// offers neither SMS nor images, and one that offers both.
type examplesOf []*message.Texts

// shared is the reason whose one example stands in the answers of many operations. It has the text of
// those that have none of their own.
const shared = "outcome_unknown"

func (all examplesOf) have(op, key string, msg any) bool {
	return slices.ContainsFunc(all, func(t *message.Texts) bool {
		return refusalText(t, op, key) == msg || key == shared && refusalText(t, "", key) == msg
	})
}

// examples returns the examples of a body by their names and checks each by the schema.
func examples(t *testing.T, at string, content openapi3.Content) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	for _, media := range content {
		if len(media.Examples) == 0 {
			t.Errorf("%s has no named example", at)
		}
		for name, example := range media.Examples {
			if example.Value.Summary == "" {
				t.Errorf("%s: %s has no summary", at, name)
			}
			if err := media.Schema.Value.VisitJSON(example.Value.Value); err != nil {
				t.Errorf("%s: %s: %v", at, name, err)
			}
			found[name], _ = example.Value.Value.(map[string]any)
		}
	}
	return found
}

// refusalOffences lists what is wrong in an example of a refusal.
func refusalOffences(op *openapi3.Operation, status string, value map[string]any,
	texts examplesOf) (offences []string) {
	var r struct {
		Code        int
		Reason, Msg string
		Errors      []struct{ Reason, Msg string }
	}
	raw, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		return []string{err.Error()}
	}
	listed := fmt.Sprint(op.Extensions["x-reasons"].(map[string]any)[status])
	if !strings.Contains(" "+strings.Trim(listed, "[]")+" ", " "+r.Reason+" ") {
		offences = append(offences, r.Reason+" is not listed in x-reasons")
	}
	var number int
	if _, err := fmt.Sscan(status, &number); err != nil || r.Code != int(wire.Code(number)) {
		offences = append(offences, fmt.Sprintf("code %d", r.Code))
	}
	if !texts.have(op.OperationID, r.Reason, r.Msg) {
		offences = append(offences, "its msg is not the server's: "+r.Msg)
	}
	for _, e := range r.Errors {
		if !texts.have(op.OperationID, e.Reason, e.Msg) {
			offences = append(offences, "its msg is not the server's: "+e.Msg)
		}
	}
	return offences
}
