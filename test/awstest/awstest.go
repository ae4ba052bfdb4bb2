// Package awstest verifies the signatures of requests in tests, as AWS does.
package awstest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Signed reports whether a request has the signature of a key, by "Create a signed AWS API request" (IAM User
// Guide, 2026). It returns the time of the signature. It is written independently of the signer that the senders use.
func Signed(r *http.Request, body, id, secret, region, service string) (at time.Time, ok bool) {
	auth := r.Header.Get("Authorization")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	scope := at.Format("20060102") + "/" + region + "/" + service + "/aws4_request"
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	names := field(auth, "SignedHeaders")
	if r.Header.Get("Content-Length") == "" {
		r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	canonical := r.Method + "\n" + cmp.Or(r.URL.Path, "/") + "\n" + r.URL.RawQuery + "\n" + headers(r, names) +
		"\n" + names + "\n" + sum(body)
	signature := hex.EncodeToString(
		mac(key, "AWS4-HMAC-SHA256\n"+at.Format("20060102T150405Z")+"\n"+scope+"\n"+sum(canonical)))
	// The token of a role's keys must be signed with the rest.
	if r.Header.Get("X-Amz-Security-Token") != "" && !strings.Contains(names, "x-amz-security-token") {
		return at, false
	}
	return at, err == nil && strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential="+id+"/"+scope+",") &&
		strings.Contains(names, "host") && strings.Contains(names, "x-amz-date") && field(auth, "Signature") == signature
}

func sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// field returns the value after name= in a header of comma-separated parts.
func field(header, name string) string {
	_, rest, _ := strings.Cut(header, name+"=")
	value, _, _ := strings.Cut(rest, ",")
	return value
}

// headers returns the canonical form of the headers that a request says are signed.
func headers(r *http.Request, names string) (canonical string) {
	for name := range strings.SplitSeq(names, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		canonical += name + ":" + strings.TrimSpace(value) + "\n"
	}
	return canonical
}
