package awsrole

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/enroll-project/enroll/internal/outbound"
)

// WebIdentity exchanges a token of the cluster for keys: AssumeRoleWithWebIdentity of AWS STS, version 2011-06-15. EKS
// calls it "IAM roles for service accounts".
type WebIdentity struct {
	// RoleARN is the role, and TokenFile the file with the token. The cluster replaces its content, so it is read for
	// each attempt.
	RoleARN, TokenFile string
	// Session names the process in AWS's logs. It has 2 to 64 letters, digits and _=,.@-
	Session string
	// Endpoint is the address of STS, such as https://sts.eu-central-1.amazonaws.com.
	Endpoint string
}

// Container asks the agent of the container, as ECS and EKS Pod Identity document it.
type Container struct {
	// URL is the agent's address with its path.
	URL string
	// Token is the header Authorization. If it is empty, it is the content of TokenFile, which the agent replaces. Both
	// may be empty.
	Token, TokenFile string
}

// Instance asks the metadata service of a virtual machine, by version 2 of its protocol (IMDSv2).
type Instance struct {
	// Endpoint is the service's address, such as http://169.254.169.254.
	Endpoint string
}

// The addresses of AWS's own agents, which are reached within the machine and have no TLS (ECS, EKS Pod Identity, EC2).
var agents = map[string]bool{
	"169.254.170.2": true, "169.254.170.23": true, "fd00:ec2::23": true, "169.254.169.254": true, "fd00:ec2::254": true,
}

// checkAgent returns an error if a token must not be sent to an address: it is neither https nor an agent of this
// machine.
func checkAgent(raw string) error {
	// AWS's SDKs have the same list. Other hosts need TLS: a token in plain text could be read on the way.
	u, err := url.Parse(raw)
	if err == nil && u.Scheme == "http" && u.User == nil && agents[u.Hostname()] { // check: role-agent
		return nil
	}
	return outbound.CheckURL(raw)
}

// check returns an error if a part is missing. The file is read once, so that a wrong mount is noticed at the start
// and not by the first person that waits for a code.
func (w WebIdentity) check() error {
	if w.RoleARN == "" || w.TokenFile == "" || w.Session == "" {
		return errors.New("the role, the file with the token and the session must be set")
	}
	if _, err := readToken(w.TokenFile); err != nil {
		return err
	}
	return outbound.CheckURL(w.Endpoint)
}

// check returns an error if the agent's address is missing or not one of this machine. An agent of ECS needs no token:
// its address has a secret path.
func (c Container) check() error {
	if c.TokenFile != "" {
		if _, err := readToken(c.TokenFile); err != nil {
			return err
		}
	}
	return checkAgent(c.URL)
}

// check returns an error if the address is not one of this machine.
func (i Instance) check() error { return checkAgent(i.Endpoint) }

// readToken reads a token from a file. Its error does not have the name of the file.
func readToken(name string) (string, error) {
	content, err := os.ReadFile(name)
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err != nil {
		return "", fmt.Errorf("the file with the token: %w", err)
	}
	// A newline at the end is not part of the token, and no header may hold one.
	token := strings.TrimSpace(string(content))
	if token == "" {
		return "", errors.New("the file with the token is empty")
	}
	return token, nil
}

// fetch asks STS. The request has no signature, because the token authenticates the caller. STS decides how long the
// keys live: an hour, if the request does not say.
func (w WebIdentity) fetch(ctx context.Context, client *http.Client) (aws.Credentials, error) {
	token, err := readToken(w.TokenFile)
	if err != nil {
		return aws.Credentials{}, err
	}
	form := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {w.RoleARN},
		"RoleSessionName": {w.Session}, "WebIdentityToken": {token},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return aws.Credentials{}, errors.New("the request to STS cannot be built")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// A refusal has a body with a code, which the log should have: it says whether the role, its trust policy or the
	// token is wrong. The message beside it is not read, because it may quote the token.
	body, err := call(client, req, "STS")
	var answer struct {
		Keys struct {
			AccessKeyID     string    `xml:"AccessKeyId"`
			SecretAccessKey string    `xml:"SecretAccessKey"`
			SessionToken    string    `xml:"SessionToken"`
			Expiration      time.Time `xml:"Expiration"`
		} `xml:"AssumeRoleWithWebIdentityResult>Credentials"`
		Code string `xml:"Error>Code"`
	}
	malformed := xml.Unmarshal(body, &answer)
	switch {
	case err != nil && isName(answer.Code): // check: role-code
		return aws.Credentials{}, fmt.Errorf("%w, %s", err, answer.Code)
	case err != nil:
		return aws.Credentials{}, err
	case malformed != nil:
		return aws.Credentials{}, errors.New("the answer of STS is not as documented")
	}
	return complete("STS", answer.Keys.AccessKeyID, answer.Keys.SecretAccessKey, answer.Keys.SessionToken,
		answer.Keys.Expiration)
}

// isName reports whether a code of an error may be logged: it is a word, as all documented ones are.
func isName(code string) bool {
	return code != "" && len(code) <= 64 &&
		strings.Trim(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.") == ""
}

// agentAnswer is an answer of the container's agent or of the metadata service. Other members, such as the role's ARN,
// are not needed.
type agentAnswer struct {
	Code            string // "Success" or absent
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Token           string
	Expiration      time.Time
}

// agentKeys returns the keys in the body of an agent's answer.
func agentKeys(from string, body []byte) (aws.Credentials, error) {
	var answer agentAnswer
	if json.Unmarshal(body, &answer) != nil || answer.Code != "" && answer.Code != "Success" {
		return aws.Credentials{}, fmt.Errorf("the answer of %s has no keys", from)
	}
	return complete(from, answer.AccessKeyID, answer.SecretAccessKey, answer.Token, answer.Expiration)
}

// complete returns keys, or an error if a part is missing. Keys without an end would be used until AWS refuses them.
func complete(from, id, secret, session string, ends time.Time) (aws.Credentials, error) {
	if id == "" || secret == "" || session == "" || ends.IsZero() { // check: role-complete
		return aws.Credentials{}, fmt.Errorf("the answer of %s lacks a part of the keys", from)
	}
	return aws.Credentials{
		AccessKeyID: id, SecretAccessKey: secret, SessionToken: session, CanExpire: true, Expires: ends,
	}, nil
}

// fetch asks the agent, which has taken the role for the container already.
func (c Container) fetch(ctx context.Context, client *http.Client) (aws.Credentials, error) {
	const from = "the container's agent"
	token := c.Token
	if token == "" && c.TokenFile != "" {
		var err error
		if token, err = readToken(c.TokenFile); err != nil {
			return aws.Credentials{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return aws.Credentials{}, errors.New("the request to the container's agent cannot be built")
	}
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	body, err := call(client, req, from)
	if err != nil {
		return aws.Credentials{}, err
	}
	return agentKeys(from, body)
}

// fetch makes the three requests of the protocol: for a token, for the name of the role, and for its keys. Version 1 of
// the protocol, without a token, is not used: a request that somebody makes the service send could get the keys by it.
func (i Instance) fetch(ctx context.Context, client *http.Client) (aws.Credentials, error) {
	// The name of a role is escaped, as it becomes a part of a path.
	const from, roles = "the metadata service", "/latest/meta-data/iam/security-credentials/"
	ask := func(method, path, header, value string) ([]byte, error) {
		address := (&url.URL{Path: path}).EscapedPath()
		req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(i.Endpoint, "/")+address, nil)
		if err != nil {
			return nil, errors.New("the request to the metadata service cannot be built")
		}
		req.Header.Set(header, value)
		return call(client, req, from)
	}
	// A machine whose hop limit is one answers no container, and the attempt then ends by its time limit.
	//
	// The token is for the requests of this attempt, so a minute is enough.
	token, err := ask(http.MethodPut, "/latest/api/token", "X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
	if err != nil {
		return aws.Credentials{}, err
	}
	// The list has one name a line.
	// The answer is the name of the machine's role, of which there is one at most.
	role, err := ask(http.MethodGet, roles, "X-Aws-Ec2-Metadata-Token", string(token))
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("the role of the machine: %w", err)
	}
	name, _, _ := strings.Cut(strings.TrimSpace(string(role)), "\n")
	if name == "" || strings.ContainsAny(name, "/?#") {
		return aws.Credentials{}, errors.New("the machine has no role")
	}
	body, err := ask(http.MethodGet, roles+name, "X-Aws-Ec2-Metadata-Token", string(token))
	if err != nil {
		return aws.Credentials{}, err
	}
	return agentKeys(from, body)
}
