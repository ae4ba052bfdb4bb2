package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/gen/sdk/go"
)

// call makes the step's call through the SDK, and compares the outcome with the
// expected one. It returns the answer's data and headers, from which later steps may
// take values.
func (st step) call(ctx context.Context, base string) (tree, error) {
	config := enroll.Config{URL: base}
	if st.Timeout != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(st.Timeout)*time.Millisecond)
		defer cancel()
	}
	var rest struct {
		Site      int32                   `json:"Site-Id"`
		Language  string                  `json:"Accept-Language"`
		Key       string                  `json:"Idempotency-Key"`
		Captcha   string                  `json:"captcha_id"`
		Proof     string                  `json:"proof"`
		Operation enroll.CaptchaOperation `json:"operation"`
		Group     int64                   `json:"id"`
		Code      string                  `json:"code"`
		Email     string                  `json:"email"`
		ID        string                  `json:"session"`
		State     string                  `json:"state"` // not sent: the SDK has no argument for it
	}
	if err := convert(st.Params, &rest); err != nil {
		return nil, err
	}
	config.Site, config.Language = rest.Site, rest.Language
	client, err := enroll.New(config)
	if err != nil {
		return nil, err
	}
	token, _ := st.Token.(string)
	session := client.Session(token)
	var answer any
	switch st.Call {
	case "register":
		answer, err = with(st.Body, func(r enroll.RegisterRequest) (*enroll.RegisterEnvelope, error) {
			return client.RegisterOnce(ctx, rest.Key, r)
		})
	case "login":
		answer, err = with(st.Body,
			func(r enroll.LoginRequest) (*enroll.LoginEnvelope, error) { return client.Login(ctx, r) })
	case "resetPassword":
		answer, err = withIn(ctx, st.Body, client.ResetPassword)
	case "sendPhoneCode":
		send := client.SendPhoneCode
		if token != "" {
			send = session.SendPhoneCode
		}
		answer, err = withIn(ctx, st.Body, send)
	case "sendEmailCode":
		answer, err = with(st.Body, func(r enroll.EmailCodeRequest) (*enroll.EmailCodeEnvelope, error) {
			return session.SendEmailCode(ctx, r)
		})
	case "verifyEmail":
		answer, err = session.VerifyEmail(ctx, rest.Code, rest.Email)
	case "updateUser":
		answer, err = withIn(ctx, st.Body, session.UpdateUser)
	case "uploadAvatar":
		answer, err = with(st.Body, func(r picture) (*enroll.AvatarEnvelope, error) {
			return session.UploadAvatar(ctx, r.File)
		})
	case "getSettings":
		answer, err = client.GetSettings(ctx)
	case "getUserGroups":
		answer, err = client.GetUserGroups(ctx)
	case "getUserGroup":
		answer, err = client.GetUserGroup(ctx, rest.Group)
	case "logout", "listSessions", "endSession", "endOtherSessions", "changePassword", "getUserDetail",
		"confirmEmail", "deleteUser", "exportUser", "acceptTerms":
		answer, err = st.onSessions(ctx, session, rest.ID)
	case "getCaptcha":
		answer, err = client.GetCaptcha(ctx, rest.Operation)
	case "getCaptchaAudio":
		answer, err = client.GetCaptchaAudio(ctx, rest.Captcha, rest.Proof)
	case "getJwks":
		answer, err = client.GetJwks(ctx)
	default:
		return nil, fmt.Errorf("unknown operation %q", st.Call)
	}
	return st.ended(answer, err, token, session.Token())
}

// picture is the body of an upload: its file in base64.
type picture struct {
	File []byte `json:"file"`
}

// ended compares the end of a call with what is expected. The token is the one of the step, and fresh the
// session's after the call.
func (st step) ended(answer any, err error, token, fresh string) (tree, error) {
	said := tree{}
	if err != nil && fresh != token {
		return nil, fmt.Errorf("%w, and its token is taken over", err)
	}
	if err == nil {
		if err := convert(answer, &said); err != nil {
			return nil, err
		}
		if st.Call == "getJwks" {
			said = tree{"data": said}
		}
		said["headers"] = tree{"Update-Token": nil}
		if fresh != token {
			said["headers"] = tree{"Update-Token": fresh}
		}
	}
	return said, st.compare(said, err)
}

// onSessions calls an operation on the user, its sessions or the password.
func (st step) onSessions(ctx context.Context, session *enroll.Session, id string) (any, error) {
	switch st.Call {
	case "logout":
		return with(st.Body,
			func(r enroll.LogoutRequest) (*enroll.DoneEnvelope, error) { return session.Logout(ctx, r) })
	case "getUserDetail":
		return session.GetUserDetail(ctx)
	case "confirmEmail":
		return with(st.Body, func(r enroll.EmailConfirmRequest) (*enroll.UserEnvelope, error) {
			return session.ConfirmEmail(ctx, r)
		})
	case "acceptTerms":
		return with(st.Body, func(r enroll.TermsRequest) (*enroll.UserEnvelope, error) {
			return session.AcceptTerms(ctx, r)
		})
	case "deleteUser":
		return with(st.Body, func(r enroll.DeletionRequest) (*enroll.DeletionEnvelope, error) {
			return session.DeleteUser(ctx, r)
		})
	case "listSessions":
		return session.ListSessions(ctx)
	case "exportUser":
		return session.ExportUser(ctx)
	case "endSession":
		return session.EndSession(ctx, id)
	case "endOtherSessions":
		return session.EndOtherSessions(ctx)
	}
	return with(st.Body, func(r enroll.PasswordChangeRequest) (*enroll.UserEnvelope, error) {
		return session.ChangePassword(ctx, r)
	})
}

// with calls an operation with a body.
func with[Request, Answer any](body tree, operation func(Request) (*Answer, error)) (any, error) {
	var r Request
	if err := convert(body, &r); err != nil {
		return nil, err
	}
	return operation(r)
}

// withIn is with for an operation that takes its context.
func withIn[Request, Answer any](
	ctx context.Context, body tree, operation func(context.Context, Request) (*Answer, error),
) (any, error) {
	return with(body, func(r Request) (*Answer, error) { return operation(ctx, r) })
}

// convert goes from a type to another by way of JSON.
func convert(from, to any) error {
	raw, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return decode(raw, to)
}

// compare compares an answer or an error with what is expected.
func (st step) compare(said tree, err error) error {
	var no *enroll.Refusal
	var strange *enroll.UnexpectedError
	switch want := st.Expect; {
	case want.OK != nil:
		if err != nil {
			return fmt.Errorf("%w: %s", err, detail(err))
		}
		data, _ := said["data"].(tree)
		return errors.Join(matchAll(want.OK.Data, data), match("msg", want.OK.Msg, said["msg"]),
			matchAll(want.OK.Headers, said["headers"].(tree)))
	case want.Refusal != nil:
		if !errors.As(err, &no) {
			return fmt.Errorf("no refusal, but %v %v", said, err)
		}
		return want.Refusal.matches(no)
	case want.Unexpected != nil:
		if !errors.As(err, &strange) {
			return fmt.Errorf("nothing unexpected, but %v %v", said, err)
		}
		return errors.Join(match("status", want.Unexpected.Status, number(strange.Status)),
			match("retry_after", want.Unexpected.RetryAfter, number(int(strange.RetryAfter.Seconds()))))
	case want.NoAnswer != nil:
		if err == nil || errors.As(err, &no) {
			return fmt.Errorf("an answer, %v %v", said, err)
		}
		return nil
	}
	if err != nil && !errors.As(err, &no) {
		return err
	}
	return nil
}

// detail is what a refusal says besides its reason.
func detail(err error) string {
	var no *enroll.Refusal
	if !errors.As(err, &no) {
		return ""
	}
	return fmt.Sprintf("%s %v", no.Msg, no.Errors)
}

func (want refused) matches(no *enroll.Refusal) error {
	var wait any
	if no.RetryAfter != 0 {
		wait = number(int(no.RetryAfter.Seconds()))
	}
	errs := []error{
		match("status", want.Status, number(no.Status)), match("code", want.Code, number(no.Code)),
		match("reason", want.Reason, string(no.Reason)), match("msg", want.Msg, no.Msg),
		match("request_id", want.RequestID, no.RequestID), match("retry_after", want.RetryAfter, wait),
	}
	known := want.Known == nil || *want.Known
	if no.Reason.Valid() != known {
		errs = append(errs, fmt.Errorf("reason %s is known: %t", no.Reason, !known))
	}
	if known && no.RequestID == "" {
		errs = append(errs, errors.New("there is no request_id"))
	}
	if want.Errors != nil && len(no.Errors) != len(want.Errors) {
		errs = append(errs, fmt.Errorf("errors are %v, want %v", no.Errors, want.Errors))
	}
	for field, reason := range want.Errors {
		if e, _ := no.Field(field); string(e.Reason) != reason {
			errs = append(errs, fmt.Errorf("field %s has %q, want %q", field, e.Reason, reason))
		}
	}
	for field, msg := range want.FieldMsg {
		if e, _ := no.Field(field); e.Msg != msg {
			errs = append(errs, fmt.Errorf("field %s says %q, want %q", field, e.Msg, msg))
		}
	}
	return errors.Join(errs...)
}
