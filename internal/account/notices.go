package account

import (
	"context"

	"github.com/enroll-project/enroll/internal/refusal"
)

// SendNotices sends the notices that are due. Call it from time to time: nothing else sends the notices
// that were left by a crash or by an outage of a sender.
func (s *Service) SendNotices(ctx context.Context) error { return refusal.Of(s.notices.Send(ctx)) }
