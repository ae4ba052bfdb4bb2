package sms

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/breaker"
)

// Route is one of the senders that a deployment has.
type Route struct {
	// Name names the sender in the metric, such as aliyun.
	Name string
	// Country is the ISO 3166-1 code of the phones that the sender is for, or empty: for those of all
	// countries that have no route of their own.
	Country string
	Sender  Sender
}

// Router sends each message by the first sender for its country that takes it. It tries the next one
// if a sender certainly has not taken the message: it cannot be reached, refuses the message, or
// does not serve the country. It never does if the message may arrive, because two messages cost
// twice and show the person two codes.
//
// A sender that could not be reached five times in a row is not asked for 30 seconds, unless it is
// the last one left. It is safe for concurrent use.
type Router struct {
	routes []route
	sent   *prometheus.CounterVec // by sender, country and result
}

// route is a Route with the memory of how its sender did. A sender for several countries has one for each,
// because providers fail by country, too.
type route struct {
	Route
	breaker *breaker.Breaker
}

// RouterConfig is what a Router needs. All fields must be set.
type RouterConfig struct {
	// Routes are tried in their order.
	Routes  []Route
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
		Help: "Messages handed to a sender of SMS, by sender, country and result: sent, unknown, or the kind of failure.",
	}, []string{"sender", "country", "result"})}
	c.Metrics.MustRegister(r.sent)
	for _, one := range c.Routes {
		r.routes = append(r.routes, route{one, breaker.New(c.Now)})
	}
	return r, nil
}

// Send sends the message by one sender. Its error is that of the last sender that was tried and that serves the
// message. The kind Unserved means that none does, so that the message is lost until the settings change.
func (r *Router) Send(ctx context.Context, m Message) error {
	// Without a route the message is refused as one that no sender serves, which is not an outage.
	left := r.of(m.Country)
	if len(left) == 0 {
		return &DeliveryError{Kind: Unserved}
	}
	var last error
	for i, one := range left {
		attempt, ok := one.breaker.Allow()
		if !ok && i < len(left)-1 { // check: sms-breaker
			last = &DeliveryError{Kind: Unreachable} // it may serve the message when it is back
			continue
		}
		err := one.Sender.Send(ctx, m)
		failed := deliveryOf(err)
		one.breaker.Report(attempt, err == nil || failed == nil || !failed.outage())
		r.sent.WithLabelValues(one.Name, m.Country, resultOf(err, failed)).Inc()
		if err == nil || failed == nil || failed.handed || ctx.Err() != nil { // check: sms-once
			return err
		}
		if last == nil || failed.Kind != Unserved { // check: sms-unserved
			last = err
		}
	}
	return last
}

// of returns the routes for the phones of a country: its own, or else those without one. A country with
// routes of its own falls back to no other: the phones of China may have to stay with a
// provider in China, which is for the operator to know.
func (r *Router) of(country string) []route {
	for _, of := range []string{country, ""} {
		fit := slices.DeleteFunc(slices.Clone(r.routes), func(one route) bool { return one.Country != of })
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

// deliveryOf returns the delivery's error in err, or nil: then the message could not even be built, and no
// other sender could build it.
func deliveryOf(err error) *DeliveryError {
	var failed *DeliveryError
	errors.As(err, &failed)
	return failed
}

// resultOf returns the label of the metric. Its values are those that Router's metric documents, a few only.
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
