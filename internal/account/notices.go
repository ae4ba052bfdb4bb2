package account

import (
	"context"

	"github.com/enroll-project/enroll/internal/refusal"
)

// SendNotices sends the notices that are due. Call it from time to time: after an outage of the mail
// server, or a crash, nothing else does.
func (s *Service) SendNotices(ctx context.Context) error { return refusal.Of(s.notices.Send(ctx)) }
