package enroll

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds an answer, in bytes. The largest answers are an export of the public API,
// which has up to 6 MB, and a page of users of the admin API, whose extra data may need a lower limit.
const maxAnswer = 8 << 20

// refusalBody is the envelope of a refusal. Gateways answer with some of these
// members too. An answer that lacks one of them is not the service's.
type refusalBody struct {
	Code      int          `json:"code"`
	Reason    Reason       `json:"reason"`
	Msg       string       `json:"msg"`
	RequestID string       `json:"request_id"`
	Errors    []FieldError `json:"errors,omitempty"`
}

// read decodes an answer: a success into T, and a refusal or an unexpected
// answer into an error.
func read[T any](res *http.Response, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the connection, and no context ends reading from it.
		return nil, &UnexpectedError{Status: res.StatusCode, Err: errors.New("it switches to another protocol")}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("enroll: read the answer: %w", err)
	}
	answer := new(T)
	no, err := decode(res.StatusCode, body, answer)
	if err != nil {
		return nil, &UnexpectedError{Status: res.StatusCode, RetryAfter: retryAfter(res.Header), Err: err}
	}
	if no != nil {
		return nil, &Refusal{
			Status: res.StatusCode, Code: no.Code, Reason: no.Reason, Msg: no.Msg,
			Errors: no.Errors, RequestID: no.RequestID, RetryAfter: retryAfter(res.Header),
		}
	}
	return answer, nil
}

// decode fills answer with a success, or returns a refusal. It returns an error
// if body is neither.
func decode[T any](status int, body []byte, answer *T) (*refusalBody, error) {
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("it has more than %d bytes", maxAnswer)
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	if code, ok := members["code"].(float64); ok && code != 0 {
		no := new(refusalBody)
		if err := decodeWhole(body, members, no); err != nil {
			return nil, err
		}
		if strings.TrimSpace(string(no.Reason)) == "" {
			return nil, errors.New("it is a refusal without a reason")
		}
		return no, nil
	}
	if status != http.StatusOK {
		return nil, errors.New("its status is not a success and its body is not a refusal")
	}
	return nil, decodeWhole(body, members, answer)
}

// decodeWhole decodes an object in which no required member is missing.
// encoding/json alone accepts a missing member, and Code for code.
func decodeWhole(body []byte, members map[string]any, into any) error {
	if err := complete(reflect.TypeOf(into).Elem(), members); err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// complete returns an error for the first required member of t that value lacks.
// A member is required unless its tag has omitempty. A required member may be null only if
// its type is a map or a pointer. encoding/json checks the types.
func complete(t reflect.Type, value any) error {
	switch members := value.(type) {
	case map[string]any:
		for i := range t.NumField() {
			name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			member, given := members[name]
			if !given && options == "omitempty" {
				continue
			}
			if err := completeMember(t.Field(i).Type, member, given, options == "omitempty"); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	case []any:
		for _, element := range members {
			if err := completeMember(t.Elem(), element, true, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func completeMember(t reflect.Type, value any, given, optional bool) error {
	switch {
	case !given:
		return errors.New("it is missing")
	// Extra data of the admin API may be any JSON.
	case t == reflect.TypeFor[json.RawMessage]():
		return nil
	case value == nil && t.Kind() != reflect.Map && t.Kind() != reflect.Pointer && !optional:
		return errors.New("it is null")
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	_, object := value.(map[string]any)
	_, list := value.([]any)
	if object && t.Kind() == reflect.Struct || list && t.Kind() == reflect.Slice {
		return complete(t, value)
	}
	return nil
}

// retryAfter returns the wait that the header Retry-After names, or 0. The service sends
// seconds; a proxy may also send a date (RFC 9110 §10.2.3).
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
