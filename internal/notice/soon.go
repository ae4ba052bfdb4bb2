package notice

import (
	"context"
	"sync"
)

// maxWorkers bounds the workers that send notices after an answer. A delivery takes some tenths of a second, or the
// sender's time limit if the mail server hangs. With a goroutine for each answer, a hanging mail server would let
// the changes of users pile up in memory. So the table of notices is the queue.
const maxWorkers = 4

// soon has the workers of [Service.SendSoon]. The zero value has none.
type soon struct {
	workers sync.WaitGroup

	mu      sync.Mutex
	running int
	// again says that a notice may have been written after a worker found none.
	again bool
}

// SendSoon sends what is due after the answer, by one of maxWorkers workers. What is not sent then is sent by the
// next call of [Service.Send].
func (s *Service) SendSoon(ctx context.Context) {
	s.soon.mu.Lock()
	defer s.soon.mu.Unlock()
	if s.soon.running == maxWorkers { // check: notice-workers
		s.soon.again = true
		return
	}
	s.soon.running++
	s.soon.workers.Go(func() { s.work(context.WithoutCancel(ctx)) })
}

// work sends what is due until no call of SendSoon has asked for more.
func (s *Service) work(ctx context.Context) {
	for more := true; more; {
		_ = s.Send(ctx) // the next call of Send repeats what has failed
		s.soon.mu.Lock()
		if more = s.soon.again; more {
			s.soon.again = false
		} else {
			s.soon.running--
		}
		s.soon.mu.Unlock()
	}
}

// Close waits until the workers of [Service.SendSoon] have ended. Each sender bounds the time of one delivery.
func (s *Service) Close() { s.soon.workers.Wait() }
