package notice

import (
	"context"
	"sync"
)

// maxWorkers bounds the workers that send notices after an answer. A delivery takes some tenths of a second, or the
// sender's time limit if the mail server hangs. With a goroutine for each answer, a hanging mail server would let
// the changes of users pile up in memory. So the table of notices is the queue.
const maxWorkers = 4

// soon has the workers of [Service.SendSoon]. The zero value is ready for use and has no worker.
type soon struct {
	workers sync.WaitGroup

	mu      sync.Mutex
	running int
	// again says that a notice may have been written after a worker found none.
	again bool
}

// SendSoon starts a worker that sends the notices that are due, unless maxWorkers are running: then one of them sends
// once more. It returns at once, so that no answer waits for a mail server. A notice that cannot be sent is sent by a
// later call of [Service.Send].
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

// work sends the notices that are due. It repeats that as long as SendSoon was called while all workers were running.
func (s *Service) work(ctx context.Context) {
	for more := true; more; {
		_ = s.Send(ctx) // a later call of Send tries the failed notices again
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
