package sms_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/test/awstest"
)

// sns plays Publish to a phone as AWS documents it: "Publish" and "Common Errors" of the Amazon SNS API Reference
// (API version 2010-03-31, pages of 2026). It returns the code of an error and the HTTP status.
func (b *book) sns(r *http.Request) (code string, status int) {
	body, _ := io.ReadAll(r.Body)
	form, err := url.ParseQuery(string(body))
	at, ok := awstest.Signed(r, string(body), "AKIA-test", providerSecret, "eu-central-1", "sns")
	attributes := map[string]string{}
	for i := 1; form.Has(fmt.Sprintf("MessageAttributes.entry.%d.Name", i)); i++ {
		entry := fmt.Sprintf("MessageAttributes.entry.%d.", i)
		if form.Get(entry+"Value.DataType") != "String" {
			return "ParameterValueInvalid", 400
		}
		attributes[form.Get(entry+"Name")] = form.Get(entry + "Value.StringValue")
	}
	switch {
	case !ok:
		return "SignatureDoesNotMatch", 403
	case time.Since(at).Abs() > 15*time.Minute:
		return "RequestExpired", 400
	case err != nil || form.Get("Action") != "Publish" || form.Get("Version") != "2010-03-31":
		return "InvalidAction", 400
	case form.Get("Message") == "" || !strings.HasPrefix(form.Get("PhoneNumber"), "+"):
		return "InvalidParameter", 400
	case attributes["AWS.SNS.SMS.SMSType"] != "Transactional":
		return "InvalidParameterValue", 400
	}
	for name, form := range map[string]string{
		"AWS.SNS.SMS.SenderID": `^[A-Za-z0-9-]{1,11}$`, "AWS.MM.SMS.OriginationNumber": `^\+[0-9]{7,15}$`,
	} {
		if value, given := attributes[name]; given && !regexp.MustCompile(form).MatchString(value) {
			return "InvalidParameterValue", 400
		}
	}
	b.take(form.Get("PhoneNumber"), attributes["AWS.SNS.SMS.SenderID"]+attributes["AWS.MM.SMS.OriginationNumber"],
		form.Get("Message"))
	return "", 200
}

// serveSNS answers as sns decides. The texts of errors quote the phone.
func serveSNS(b *book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, status := b.sns(r)
		w.WriteHeader(status)
		if code != "" {
			fmt.Fprint(w, snsError(code))
			return
		}
		fmt.Fprint(w, `<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
			<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult><ResponseMetadata>
			<RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata></PublishResponse>`)
	}
}

func snsError(code string) string {
	return `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>` + code +
		`</Code><Message>+8613800138000</Message></Error><RequestId>r</RequestId></ErrorResponse>`
}

// snsConfig is the configuration that the fake accepts.
func snsConfig(url string) sms.SNSConfig {
	return sms.SNSConfig{KeyID: "AKIA-test", SecretKey: providerSecret, Region: "eu-central-1", From: "ENROLL",
		Texts: sms.Texts{Name: "Enroll"}, Endpoint: url}
}

// TestSNSAnswers: each answer of AWS gives its result.
func TestSNSAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		answer string
		kind   sms.Kind
		code   string
		handed bool
	}{
		{400, snsError("InvalidParameter"), sms.Refused, "InvalidParameter", false},
		{400, snsError("OptedOut"), sms.RecipientRefused, "OptedOut", false},
		{403, snsError("AuthorizationError"), sms.Refused, "AuthorizationError", false},
		{403, snsError("SignatureDoesNotMatch"), sms.Refused, "SignatureDoesNotMatch", false},
		{429, snsError("Throttled"), sms.Refused, "Throttled", false},
		{500, snsError("InternalError"), sms.Refused, "InternalError", true},
		{500, snsError("InternalFailure"), sms.Refused, "InternalFailure", true},
		{503, snsError("ServiceUnavailable"), sms.Refused, "ServiceUnavailable", false},
		{200, `<PublishResponse><PublishResult></PublishResult></PublishResponse>`, sms.Broken, "", true},
		{202, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`, sms.Broken, "",
			true},
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.code), func(t *testing.T) {
			t.Parallel()
			sender, err := sms.NewSNS(snsConfig(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			}).URL))
			if err != nil {
				t.Fatal(err)
			}
			answered(t, sender.Send(t.Context(), message), c.status, c.kind, c.code, c.handed)
		})
	}
}

// TestSNSSenders: a number and a sender ID are different attributes, and neither is needed. A request of yesterday or
// for another region is refused.
func TestSNSSenders(t *testing.T) {
	t.Parallel()
	var b book
	server := serve(t, serveSNS(&b))
	for _, c := range []struct {
		change func(*sms.SNSConfig)
		code   string
	}{
		{func(c *sms.SNSConfig) { c.From = "+15005550006" }, ""},
		{func(c *sms.SNSConfig) { c.From = "" }, ""},
		{func(c *sms.SNSConfig) { c.Now = func() time.Time { return time.Now().AddDate(0, 0, -1) } }, "RequestExpired"},
		{func(c *sms.SNSConfig) { c.Region = "us-east-1" }, "SignatureDoesNotMatch"},
	} {
		cfg := snsConfig(server.URL)
		c.change(&cfg)
		sender, err := sms.NewSNS(cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = sender.Send(t.Context(), message)
		if d, _ := err.(*sms.DeliveryError); (err == nil) != (c.code == "") || d != nil && d.Code != c.code {
			t.Errorf("%v, want code %q", err, c.code)
		}
	}
	if len(b.taken) != 2 || !strings.HasPrefix(b.taken[0], "+8613800138000 +15005550006 ") {
		t.Errorf("taken %q", b.taken)
	}
}

// TestSNSByRole: a message is signed with the keys of the role, whose token goes with it. Without keys nothing is sent,
// and another sender may be tried.
func TestSNSByRole(t *testing.T) {
	t.Parallel()
	var b book
	var token string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		token = r.Header.Get("X-Amz-Security-Token")
		serveSNS(&b)(w, r)
	})
	cfg := snsConfig(server.URL)
	cfg.KeyID, cfg.SecretKey = "", ""
	cfg.Role = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIA-test", SecretAccessKey: providerSecret, SessionToken: "session"}, nil
	})
	sender, err := sms.NewSNS(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), message); err != nil || token != "session" {
		t.Errorf("%v, token %q", err, token)
	}
	cfg.Role = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no keys")
	})
	if sender, err = sms.NewSNS(cfg); err != nil {
		t.Fatal(err)
	}
	failed(t, sender.Send(t.Context(), message), sms.Unsigned, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed(t, sender.Send(ctx, message), sms.Canceled, 0)
	if len(b.taken) != 1 {
		t.Errorf("taken %q", b.taken)
	}
}

// TestNewSNSRefuses: settings that are missing or not safe are an error without the secret.
func TestNewSNSRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sms.SNSConfig){
		"no key":      func(c *sms.SNSConfig) { c.KeyID = "" },
		"no secret":   func(c *sms.SNSConfig) { c.SecretKey = "" },
		"no region":   func(c *sms.SNSConfig) { c.Region = "" },
		"other host":  func(c *sms.SNSConfig) { c.Region = "x.example/" },
		"no name":     func(c *sms.SNSConfig) { c.Texts.Name = "" },
		"http":        func(c *sms.SNSConfig) { c.Endpoint = "http://a.example" },
		"bad timeout": func(c *sms.SNSConfig) { c.Timeout = -1 },
	} {
		cfg := snsConfig("")
		change(&cfg)
		if _, err := sms.NewSNS(cfg); err == nil || strings.Contains(err.Error(), providerSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sms.NewSNS(snsConfig("")); err != nil {
		t.Error(err)
	}
}
