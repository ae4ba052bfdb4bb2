package captcha

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestGate: of a hundred jobs at once two run at a time, three wait, and the others are
// refused before the first job has ended.
func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 3)
		var running, most, done, busy atomic.Int32
		begun := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				err := g.run(t.Context(), func() error {
					most.Store(max(most.Load(), running.Add(1)))
					time.Sleep(time.Second)
					running.Add(-1)
					return nil
				})
				switch {
				case err == nil:
					done.Add(1)
				case errors.Is(err, ErrBusy) && time.Since(begun) == 0:
					busy.Add(1)
				}
			})
		}
		all.Wait()
		if most.Load() != 2 || done.Load() != 5 || busy.Load() != 95 {
			t.Errorf("%d at a time, %d done, %d busy", most.Load(), done.Load(), busy.Load())
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("all took %v", took)
		}
	})
}

// TestGateLeavesNothing: a job whose request ends while it waits, and a job that panics,
// free their places for the jobs that follow.
func TestGateLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = g.run(t.Context(), func() error { time.Sleep(time.Minute); return nil }) }()
		synctest.Wait()
		go func() {
			if err := g.run(ctx, func() error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
				t.Errorf("a canceled one: %v", err)
			}
		}()
		synctest.Wait()
		if err := g.run(t.Context(), nil); !errors.Is(err, ErrBusy) {
			t.Errorf("a third: %v", err)
		}
		cancel()
		time.Sleep(2 * time.Minute)
		func() {
			defer func() { _ = recover() }()
			_ = g.run(t.Context(), func() error { panic("drawn badly") })
		}()
		if err := g.run(t.Context(), func() error { return nil }); err != nil || len(g.room)+len(g.slots) != 0 {
			t.Errorf("afterwards: %v, %d places are taken", err, len(g.room)+len(g.slots))
		}
	})
}

// TestDrawingAndSpeakingAreBounded: with their gates full, a picture and a sound are
// refused, and a full gate of sounds does not keep a picture waiting.
func TestDrawingAndSpeakingAreBounded(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
	for range cap(c.speaking.room) {
		c.speaking.room <- struct{}{}
	}
	if wav, err := c.Speak(t.Context(), Scope{Site: 7}, id, proofFor(id), "en"); !errors.Is(err, ErrBusy) || wav != nil {
		t.Errorf("a sound: %d bytes, %v", len(wav), err)
	}
	if _, err := c.Challenge(t.Context(), Scope{Site: 7}); err != nil {
		t.Errorf("a picture beside a flood of sounds: %v", err)
	}
	for range cap(c.drawing.room) {
		c.drawing.room <- struct{}{}
	}
	if ch, err := c.Challenge(t.Context(), Scope{Site: 7}); !errors.Is(err, ErrBusy) || ch.ID != "" {
		t.Errorf("a picture: %q, %v", ch.ID, err)
	}
}
