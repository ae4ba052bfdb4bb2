package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/enroll-project/enroll/gen/sdk/go"
	"github.com/enroll-project/enroll/gen/sdk/go-admin"
)

// The broken answers of test/hostile.json are played to the SDK of the admin API, too. An operation of the public API
// stands for one of the same form: a change with a body, a look-up by a token or a key, and an answer without an
// envelope. An error is translated, so that both SDKs are compared by the same code.

// notForAdmin are the servers that break a member which no answer of the admin API has.
var notForAdmin = []string{"hostile/data.token-", "hostile/keys-"}

// forAdmin reports whether an answer has a counterpart in the admin API.
func forAdmin(on string) bool {
	for _, prefix := range notForAdmin {
		if strings.HasPrefix(on, prefix) {
			return false
		}
	}
	return true
}

// callAdmin makes the step's call through the SDK of the admin API, and compares the outcome.
func (st step) callAdmin(ctx context.Context, base string) (tree, error) {
	if st.Timeout != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(st.Timeout)*time.Millisecond)
		defer cancel()
	}
	client, err := enrolladmin.New(enrolladmin.Config{URL: base, Key: "ek_secret"})
	if err != nil {
		return nil, err
	}
	var answer any
	switch st.Call {
	case "register":
		answer, err = with(st.Body, func(r enrolladmin.NewUserRequest) (*enrolladmin.UserEnvelope, error) {
			return client.CreateUser(ctx, enrolladmin.CreateUserParams{}, r)
		})
	case "getUserDetail":
		answer, err = client.GetUser(ctx, 1000, enrolladmin.GetUserParams{})
	case "getJwks":
		answer, err = client.IntrospectToken(ctx, enrolladmin.IntrospectTokenParams{},
			enrolladmin.IntrospectionRequest{Token: "t"})
	default:
		return nil, fmt.Errorf("no operation of the admin API stands for %q", st.Call)
	}
	said := tree{}
	if err == nil {
		if err := convert(answer, &said); err != nil {
			return nil, err
		}
		said["headers"] = tree{}
	}
	return said, st.compare(said, asPublic(err))
}

// asPublic returns an error of the admin API's SDK as the one of the public SDK.
func asPublic(err error) error {
	var no *enrolladmin.Refusal
	if errors.As(err, &no) {
		return &enroll.Refusal{Status: no.Status, Code: no.Code, Reason: enroll.Reason(no.Reason), Msg: no.Msg,
			RequestID: no.RequestID, RetryAfter: no.RetryAfter}
	}
	var strange *enrolladmin.UnexpectedError
	if errors.As(err, &strange) {
		return &enroll.UnexpectedError{Status: strange.Status, RetryAfter: strange.RetryAfter, Err: strange.Err}
	}
	return err
}
