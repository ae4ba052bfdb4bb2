package captcha

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// ErrBusy reports that no more challenges can be drawn or spoken now, because all slots are in
// use and the queue is full. Nothing was done.
var ErrBusy = errors.New("captcha: busy")

// The largest number of requests that wait for each slot. Drawing takes about 3 ms and speaking
// 10 ms, so on a machine without other load no request waits for more than a quarter of a second.
const (
	DrawingQueue  = 64
	SpeakingQueue = 8
)

// gate bounds how many jobs run at a time and how many wait. Without a gate, all requests
// of a flood for sounds would share the processors, and each picture would wait for all of
// them. It is safe for concurrent use.
type gate struct {
	room  chan struct{} // one for each job that runs or waits
	slots chan struct{} // one for each job that runs
}

func newGate(slots, queue int) gate {
	return gate{make(chan struct{}, slots+queue), make(chan struct{}, slots)}
}

// newDrawing returns a gate for pictures, which may use all processors.
func newDrawing() gate {
	n := runtime.GOMAXPROCS(0)
	return newGate(n, n*DrawingQueue)
}

// newSpeaking returns a gate for sounds, which leave half of the processors to pictures,
// if there is more than one.
func newSpeaking() gate {
	n := max(1, runtime.GOMAXPROCS(0)/2)
	return newGate(n, n*SpeakingQueue)
}

// run calls do when a slot is free. It returns ErrBusy at once if the queue is full, and
// ctx's error if ctx ends before a slot is free; do was not called then.
func (g gate) run(ctx context.Context, do func() error) error {
	select {
	case g.room <- struct{}{}:
	default: // check: captcha-queue
		return ErrBusy
	}
	defer func() { <-g.room }()
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("captcha: %w", ctx.Err())
	}
	defer func() { <-g.slots }()
	return do()
}
