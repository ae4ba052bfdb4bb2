package account

import (
	"context"

	"github.com/enroll-project/enroll/internal/refusal"
)

// SendNotices sends the notices that are due. Call it from time to time: without it, a notice that a crash
// or an outage of a sender has left waits until the service has another notice to send.
func (s *Service) SendNotices(ctx context.Context) error { return refusal.Of(s.notices.Send(ctx)) }

// ObserveMoney reads what all replicas have counted in the budgets of money into the metrics. Call it from time to
// time.
func (s *Service) ObserveMoney(ctx context.Context) error {
	return refusal.Of(s.codes.ObserveMoney(ctx))
}
