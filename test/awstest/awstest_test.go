package awstest_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/awstest"
)

// TestSigned: Signed accepts the signatures that AWS publishes in its test suite for signature version 4 (General
// Reference, "Signature Version 4 Test Suite", 2015), and no others.
func TestSigned(t *testing.T) {
	t.Parallel()
	const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	for _, c := range []struct{ name, method, form, names, signature string }{
		{"get-vanilla", "GET", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", "POST", "", "host;x-amz-date",
			"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-x-www-form-urlencoded", "POST", "Param1=value1", "content-type;host;x-amz-date",
			"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
	} {
		r := httptest.NewRequest(c.method, "https://example.amazonaws.com/", strings.NewReader(c.form))
		r.Header.Set("X-Amz-Date", "20150830T123600Z")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "+
			"SignedHeaders="+c.names+", Signature="+c.signature)
		if _, ok := awstest.Signed(r, c.form, "AKIDEXAMPLE", secret, "us-east-1", "service"); !ok {
			t.Errorf("%s is refused", c.name)
		}
		for _, bad := range [][5]string{
			{c.form + "x", "AKIDEXAMPLE", secret, "us-east-1", "service"}, {c.form, "AKID", secret, "us-east-1", "service"},
			{c.form, "AKIDEXAMPLE", "x", "us-east-1", "service"}, {c.form, "AKIDEXAMPLE", secret, "us-east-2", "service"},
			{c.form, "AKIDEXAMPLE", secret, "us-east-1", "sns"},
		} {
			if _, ok := awstest.Signed(r, bad[0], bad[1], bad[2], bad[3], bad[4]); ok {
				t.Errorf("%s is accepted as %q", c.name, bad)
			}
		}
	}
}
