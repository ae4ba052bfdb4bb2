package event

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/webhook"
)

// MaxReceivers bounds the receivers of events: each has connections, goroutines and queries of its own.
const MaxReceivers = 16

// receiverName is the form of a receiver's name, which is a label of metrics and a key in the database. It has no
// character that a log, a query of Prometheus or a shell would have to quote. A host with a port is such a name.
var receiverName = regexp.MustCompile(`^[a-z0-9][a-z0-9.:_-]{0,63}$`)

// Receiver is a program of the operator that gets events by HTTP.
type Receiver struct {
	// Name is what the database keeps. The URL and the types can change while events wait, and then hold for these,
	// too.
	Name   string
	types  []Type // that it gets
	url    string // may hold a key in its path or query, so no log and no error has it
	signer webhook.Signer
}

// ParseReceivers parses receivers as crm=https://a.example/hook user.registered|user.deleted,https://b.example/in: a
// name, a URL and types of events. Without a name it is the host of the URL, and without types the receiver gets all.
//
// secrets are in the form of Standard Webhooks, comma-separated. One with a name, as crm=whsec_…, is for that receiver
// alone. The others are for the receivers without one of their own. Errors have no URL and no secret.
func ParseReceivers(urls, secrets string) ([]Receiver, error) {
	if urls == "" {
		return nil, nil
	}
	common, own, err := splitSecrets(secrets)
	if err != nil {
		return nil, err
	}
	// An error tells the receivers apart by their number, since a URL may hold a key.
	var all []Receiver
	for text := range strings.SplitSeq(urls, ",") {
		r, err := parseReceiver(text)
		if err == nil {
			signing := common
			if s := own[r.Name]; s != nil {
				signing = s
			}
			delete(own, r.Name) // what is left belongs to no receiver
			r.signer, err = webhook.NewSigner(signing...)
		}
		if err != nil {
			return nil, fmt.Errorf("receiver %d: %w", len(all)+1, err)
		}
		if slices.ContainsFunc(all, func(other Receiver) bool { return other.Name == r.Name }) {
			return nil, fmt.Errorf("receiver %d has the name of another: put name= before its URL", len(all)+1)
		}
		all = append(all, r)
	}
	// It would be a mistyped name, whose receiver would get posts that it refuses.
	if len(own) > 0 {
		return nil, errors.New("a secret is for a receiver that is not there")
	}
	if len(all) > MaxReceivers {
		return nil, fmt.Errorf("more than %d receivers", MaxReceivers)
	}
	return all, nil
}

// splitSecrets returns the secrets without a name, and those of each receiver. With one secret for all, each receiver
// could send events to the others in Enroll's name, so an operator who does not trust all of them alike gives each its
// own. Their form is checked when the signers are made.
func splitSecrets(secrets string) (common []string, own map[string][]string, err error) {
	own = map[string][]string{}
	for text := range strings.SplitSeq(secrets, ",") {
		// A secret ends in = as base64 does, so only a receiver's name before the first one counts.
		name, secret, found := strings.Cut(text, "=whsec_")
		switch {
		case found && receiverName.MatchString(name):
			own[name] = append(own[name], "whsec_"+secret)
		case text != "":
			common = append(common, text)
		}
	}
	if len(common)+len(own) == 0 {
		return nil, nil, errors.New("there is no secret to sign with")
	}
	return common, own, nil
}

// parseReceiver parses one receiver. It leaves the signer empty. A comma in a URL has to be written as %2C, and a space
// as %20, because they separate receivers and types.
func parseReceiver(text string) (Receiver, error) {
	address, types, limited := strings.Cut(strings.TrimSpace(text), " ")
	r := Receiver{types: Types()}
	// A URL may have = in its query, but no name has the colon and the slashes before it.
	if name, rest, ok := strings.Cut(address, "="); ok && !strings.Contains(name, "/") {
		r.Name, address = name, rest
	}
	if err := outbound.CheckURL(address); err != nil { // check: event-url
		return Receiver{}, err
	}
	r.url = address
	if u, err := url.Parse(address); err == nil && r.Name == "" {
		r.Name = strings.ToLower(u.Host)
	}
	if !receiverName.MatchString(r.Name) {
		return Receiver{}, errors.New("a name has 1 to 64 of a-z, 0-9, dots, colons, hyphens and underscores: put name= " +
			"before the URL")
	}
	// An unknown type is an error: its receiver would wait for it in vain.
	if limited {
		r.types = nil
		for kind := range strings.SplitSeq(types, "|") {
			if !slices.Contains(Types(), Type(kind)) || slices.Contains(r.types, Type(kind)) {
				return Receiver{}, errors.New("types of events are separated by |, each once, such as user.registered")
			}
			r.types = append(r.types, Type(kind))
		}
	}
	return r, nil
}
