package trace

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
)

// The defaults of the OTLP exporter's specification.
const (
	defaultEndpoint = "http://localhost:4318"
	defaultTimeout  = 10 * time.Second
)

// environment has the OTEL_* variables, by the names and defaults of the specification
// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Unlike there, a value that is not
// supported is an error at the start: a warning would be read only after traces were missed. An empty value
// counts as unset, as the specification says.
type environment map[string]string

func readEnvironment(environ []string) environment {
	e := environment{}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "OTEL_") && value != "" {
			e[name] = value
		}
	}
	return e
}

// otlp returns a variable of the exporter, and the name under which it is set. The name for traces
// only is preferred to the one for all signals.
func (e environment) otlp(name string) (value, full string) {
	for _, full := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
		if value := e[full]; value != "" {
			return value, full
		}
	}
	return "", "OTEL_EXPORTER_OTLP_" + name
}

// on reports whether traces are recorded. The specification's default is on. Here it is off, so that
// a deployment without a collector does not log failures.
func (e environment) on() (bool, error) {
	if strings.EqualFold(e["OTEL_SDK_DISABLED"], "true") {
		return false, nil
	}
	switch e["OTEL_TRACES_EXPORTER"] {
	case "none":
		return false, nil
	case "otlp":
		return true, nil
	case "":
		endpoint, _ := e.otlp("ENDPOINT")
		return endpoint != "", nil
	}
	return false, errors.New("OTEL_TRACES_EXPORTER must be otlp or none")
}

// target is where and how spans are sent.
type target struct {
	url     string            // with the signal's path
	headers map[string]string // usually an API key, so no header is logged
	roots   *x509.CertPool    // nil: the system's
	timeout time.Duration     // of one batch
	gzip    bool
}

// target returns all errors together. They name the variable and never have its value, which may be a
// secret.
func (e environment) target() (target, error) {
	t := target{timeout: defaultTimeout}
	var errs []error
	wrong := func(name, must string) { errs = append(errs, fmt.Errorf("%s must be %s", name, must)) }
	if protocol, name := e.otlp("PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		wrong(name, "http/protobuf, the only protocol of this exporter")
	}
	// A client certificate is refused: if it was ignored, a collector that demands one would get no spans.
	for _, name := range []string{"CLIENT_KEY", "CLIENT_CERTIFICATE"} {
		if value, name := e.otlp(name); value != "" {
			wrong(name, "unset: client certificates are not supported; run a collector beside the service")
		}
	}
	if text, name := e.otlp("TIMEOUT"); text != "" {
		if ms, err := strconv.Atoi(text); err != nil || ms < 1 || ms > 60_000 {
			wrong(name, "a number of milliseconds from 1 to 60000")
		} else {
			t.timeout = time.Duration(ms) * time.Millisecond
		}
	}
	compression, name := e.otlp("COMPRESSION")
	if t.gzip = compression == "gzip"; !t.gzip && compression != "" && compression != "none" {
		wrong(name, "gzip or none")
	}
	// The authorities replace the system's, as in OpenTelemetry's own exporter.
	if file, name := e.otlp("CERTIFICATE"); file != "" {
		t.roots = x509.NewCertPool()
		// The file is read once: a certificate that is replaced takes effect at the next start.
		if text, err := os.ReadFile(file); err != nil || !t.roots.AppendCertsFromPEM(text) {
			wrong(name, "a file with certificates in PEM")
		}
	}
	errs = append(errs, e.address(&t), e.headers(&t), e.sampler())
	return t, errors.Join(errs...)
}

// address sets the URL. The endpoint for all signals is a base to which the signal's path is added;
// the endpoint for traces is used as it is.
func (e environment) address(t *target) error {
	text, name := e.otlp("ENDPOINT")
	if text == "" {
		text = defaultEndpoint
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return fmt.Errorf("%s must be a URL that begins with http:// or https://", name)
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return fmt.Errorf("%s must have neither credentials nor a query: put credentials in OTEL_EXPORTER_OTLP_HEADERS", name)
	}
	if !strings.Contains(name, "_TRACES_") {
		u = u.JoinPath("v1", "traces")
	}
	// JoinPath keeps a path of the base, under which a proxy may have the collector.
	t.url = u.String()
	// A header is usually an API key.
	if headers, name := e.otlp("HEADERS"); headers != "" && u.Scheme == "http" && !outbound.IsLoopback(u.Hostname()) {
		return fmt.Errorf("%s would be sent in plain text: use an endpoint with https://, or one on this machine", name)
	}
	return nil
}

// headers reads pairs as name=value, comma-separated, with percent-encoded values.
func (e environment) headers(t *target) error {
	text, name := e.otlp("HEADERS")
	if text == "" {
		return nil
	}
	// A value is percent-encoded, so that it may have a comma. The text of the error has no pair,
	// because a misspelled pair may be the key itself.
	t.headers = map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(pair, "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		key = strings.TrimSpace(key)
		if !ok || err != nil || !isToken(key) || strings.ContainsAny(plain, "\r\n\x00") {
			return fmt.Errorf("%s must be pairs as name=value, comma-separated, with percent-encoded values", name)
		}
		t.headers[key] = plain
	}
	return nil
}

// isToken reports whether a text is the name of a header (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// sampler checks the two variables of the sampler, which the SDK reads itself. With a wrong value the SDK would print
// an error at most, and sample every trace about which no parent has decided.
func (e environment) sampler() error {
	name := e["OTEL_TRACES_SAMPLER"]
	// "" is allowed, and comes first because it gives the blank before the list in the error.
	known := []string{"", "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off",
		"parentbased_traceidratio"}
	if !slices.Contains(known, name) {
		return errors.New("OTEL_TRACES_SAMPLER must be one of" + strings.Join(known, " "))
	}
	arg := e["OTEL_TRACES_SAMPLER_ARG"]
	if share, err := strconv.ParseFloat(arg, 64); strings.HasSuffix(name, "ratio") && arg != "" &&
		(err != nil || !(share >= 0 && share <= 1)) { // not a number (NaN) is in no range
		return errors.New("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1")
	}
	return nil
}
