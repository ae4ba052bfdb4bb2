package sms

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/breaker"
	"github.com/enroll-project/enroll/internal/trace"
)

// Route is one of the senders that a deployment has.
type Route struct {
	// Name names the sender in the metric, such as aliyun.
	Name string
	// Country is the ISO 3166-1 code of the phones that the sender is for. If it is empty, the sender
	// is for all countries without a route of their own.
	Country string
	// Voice says that the sender is for calls. Messages and calls have routes of their own.
	Voice  bool
	Sender Sender
}

// Router sends each message through the first sender for its country that accepts it. It tries the
// next one if a sender certainly has not accepted the message: the sender cannot be reached, refuses
// the message, or does not serve the country. If the message may arrive, Router tries no other, because
// two messages cost twice and show the person two codes.
//
// A sender whose approved template is in another language than the message comes after those that have its language.
//
// A sender with five outages in a row, such as no connection, no answer or a status from 500 on, is
// skipped for 30 seconds, unless it is the last one left. No sender begins later than lastBegin.
// Router is safe for concurrent use.
type Router struct {
	routes []route
	sent   *prometheus.CounterVec // by sender, country and result
	spent  *prometheus.CounterVec // by sender and country; nil if no money is counted
	price  func(m Message, sender string) float64
	count  func(m Message, sender string, handed bool, err error) // may be nil
	now    func() time.Time
}

// lastBegin is how long after the first sender the last one may begin. A message then takes at most 6.5 seconds, which
// is less than a request's 8 seconds. A second sender is in time even if the first has taken the whole of MaxTimeout.
const lastBegin = MaxTimeout + 500*time.Millisecond

// route is a Route with a breaker that counts the outages of its sender. A sender with several routes
// has a breaker for each, because an outage of a provider may concern one country only.
type route struct {
	Route
	breaker *breaker.Breaker
}

// RouterConfig is what a Router needs. All fields but Price and Count must be set.
type RouterConfig struct {
	// Routes are tried in their order.
	Routes []Route
	// Price returns what a message costs with a sender, in units of a currency. It may be nil: then no money is counted.
	Price func(m Message, sender string) float64
	// Count is called after each attempt to send a message, with what the sender has returned. handed reports
	// whether the message was or may have been handed over. It may be nil, must be safe for concurrent use and return
	// soon.
	Count   func(m Message, sender string, handed bool, err error)
	Now     func() time.Time
	Metrics prometheus.Registerer
}

// NewRouter returns an error if there is no route.
func NewRouter(c RouterConfig) (*Router, error) {
	if len(c.Routes) == 0 {
		return nil, errors.New("sms: no sender")
	}
	r := &Router{sent: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_sms_total",
		Help: "Messages and calls handed to a sender, by sender, country and result: sent, unknown, or the kind of failure.",
	}, []string{"sender", "country", "result"})}
	c.Metrics.MustRegister(r.sent)
	r.count, r.now = c.Count, c.Now
	if r.price = c.Price; r.price != nil {
		r.spent = prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enroll_sms_spent_total",
			Help: "Money for messages that a sender has taken or may have taken, codes and notices, by sender and country.",
		}, []string{"sender", "country"})
		c.Metrics.MustRegister(r.spent)
	}
	for _, one := range c.Routes {
		r.routes = append(r.routes, route{one, breaker.New(c.Now)})
	}
	return r, nil
}

// Send sends the message through one sender. Its error is that of the last sender that serves the message, with the
// kind Unreachable if this sender was skipped because of an outage. The kinds Unserved and RecipientRefused mean that
// no sender serves the message, so a repetition is in vain until the settings change.
func (r *Router) Send(ctx context.Context, m Message) error {
	// If the country has no route, the error is that no sender serves the message, which is not an outage.
	// Senders of another country are not among them.
	left := speaking(r.of(m.Country, m.Voice), m)
	if len(left) == 0 {
		return &DeliveryError{Kind: Unserved}
	}
	var last error
	begun := r.now()
	for i, one := range left {
		attempt, ok := one.breaker.Allow()
		if !ok && i < len(left)-1 { // check: sms-breaker
			last = &DeliveryError{Kind: Unreachable} // it may serve the message when it is back
			continue
		}
		err := one.send(ctx, m)
		failed := deliveryOf(err)
		one.report(attempt, err, failed)
		r.sent.WithLabelValues(one.Name, m.Country, resultOf(err, failed)).Inc()
		if r.price != nil && (err == nil || failed != nil && failed.handed) { // check: money-by-sender
			r.spent.WithLabelValues(one.Name, m.Country).Add(r.price(m, one.Name))
		}
		if r.count != nil {
			r.count(m, one.Name, err == nil || failed != nil && failed.handed, err)
		}
		if err == nil || failed == nil || failed.handed || ctx.Err() != nil { // check: sms-once
			return err
		}
		if last == nil || !failed.Final() { // check: sms-unserved
			last = err
		}
		// The error is that nothing was sent, so the person can ask again at once. Each sender that took its whole time has
		// counted an outage, so that a later message skips it.
		if r.now().Sub(begun) > lastBegin { // check: sms-total-time
			return last
		}
	}
	return last
}

// report tells the breaker how an attempt has ended. A message that never reached the sender shows nothing about it.
func (one route) report(attempt breaker.Attempt, err error, failed *DeliveryError) {
	switch {
	case err == nil:
		one.breaker.Report(attempt, true)
	case failed == nil || failed.silent(): // check: sms-silent
		one.breaker.Forget(attempt)
	default:
		one.breaker.Report(attempt, !failed.outage())
	}
}

// send sends the message through this route's sender. The span has the name of the sender and the
// result, and nothing of the message.
func (one route) send(ctx context.Context, m Message) error {
	ctx, span := trace.Call(ctx, "sms "+one.Name)
	defer span.End()
	err := one.Sender.Send(ctx, m)
	if err != nil {
		span.Fail(resultOf(err, deliveryOf(err)))
	}
	return err
}

// of returns the routes for the phones of a country: its own, or else those without a country, of calls or of
// messages. A country with routes of its own never uses the others: for example, an operator may have to send to
// China through a provider in China.
func (r *Router) of(country string, voice bool) []route {
	for _, of := range []string{country, ""} {
		fit := slices.DeleteFunc(slices.Clone(r.routes), func(one route) bool {
			return one.Country != of || one.Voice != voice // check: voice-routes
		})
		if len(fit) > 0 {
			return fit
		}
	}
	return nil
}

// Close closes the senders' idle connections. It does not affect deliveries in progress. A sender of
// several countries is closed several times, which does no harm.
func (r *Router) Close() {
	for _, one := range r.routes {
		if keeper, ok := one.Sender.(interface{ Close() }); ok {
			keeper.Close()
		}
	}
}

// deliveryOf returns the DeliveryError in err. It is nil if the message could not even be built;
// then no other sender is tried.
func deliveryOf(err error) *DeliveryError {
	var failed *DeliveryError
	errors.As(err, &failed)
	return failed
}

// resultOf returns the label result of the metric: sent, failed if no request could be built, unknown if the
// message may arrive, or the kind of the failure.
func resultOf(err error, failed *DeliveryError) string {
	switch {
	case err == nil:
		return "sent"
	case failed == nil:
		return "failed"
	case failed.handed:
		return "unknown"
	}
	return string(failed.Kind)
}
