package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// flooded is a flood and the capacity of the server that it is compared with.
type flooded struct {
	load
	Multiple  float64       `json:"multiple"` // of the capacity
	Capacity  float64       `json:"capacity"` // registrations per second, closed loop, right before and after
	Goodput   float64       `json:"goodput"`  // Rate / Capacity
	Elsewhere float64       `json:"goodput_with_the_generator_elsewhere"`
	Unloaded  time.Duration `json:"unloaded_p99"`
	Recovered time.Duration `json:"recovered_after"` // until answers are as fast as before
}

// capacityClients are enough connections to keep the hashers of up to eight cores busy,
// and few enough that the queue stays short.
const capacityClients = 8

func measureFlood(ctx context.Context, b *bench) error {
	database, err := b.testbed.database(ctx)
	if err != nil {
		return err
	}
	err = b.onServer(ctx, database, func(v *served) error {
		for _, multiple := range b.plan.multiples {
			if err := b.floodOnce(ctx, multiple, v); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, b.testbed.drop(ctx, database))
}

func (b *bench) floodOnce(ctx context.Context, multiple float64, v *served) error {
	if err := b.testbed.calm(ctx); err != nil {
		return err
	}
	alone, err := b.closed(ctx, "unloaded", 1, newByPassword(), v)
	if err != nil {
		return err
	}
	before, err := b.closed(ctx, "capacity", capacityClients, newByPassword(), v)
	if err != nil {
		return err
	}
	l, err := b.flood(ctx, fmt.Sprintf("flood, %gx", multiple), multiple*before.Rate, newByPassword(), v)
	if err != nil {
		return err
	}
	f := flooded{load: l, Multiple: multiple, Unloaded: alone.Served.P99}
	if f.Recovered, err = b.recovery(ctx, alone.Served.P99, v); err != nil {
		return err
	}
	after, err := b.closed(ctx, "capacity", capacityClients, newByPassword(), v)
	if err != nil {
		return err
	}
	f.compare(before, after)
	b.report.Floods = append(b.report.Floods, f)
	b.say("%s", alone.line())
	b.say("%s", before.line())
	b.say("%s\n    goodput %.3f (%.3f with the generator elsewhere), refused p50 %s p99 %s, due %d, "+
		"sent late by p99 %s, unsent %d, %d connections, back after %s",
		f.line(), f.Goodput, f.Elsewhere, short(f.Refused.P50), short(f.Refused.P99),
		f.Generator.Due, short(f.Generator.Late.P99), f.Generator.Unsent, f.Generator.Opened, short(f.Recovered))
	b.say("%s", after.line())
	return nil
}

// compare sets a flood in relation to the capacity before and after it. The
// generator takes CPU time from the server, more for a larger flood. Elsewhere
// estimates the goodput with the generator on another machine, in proportion to
// the CPU time that the server would then have.
func (f *flooded) compare(before, after load) {
	f.Capacity = (before.Rate + after.Rate) / 2
	f.Goodput = ratio(f.Rate, f.Capacity)
	cores := float64(runtime.NumCPU())
	f.Elsewhere = f.Goodput * (cores - (before.generatorCores()+after.generatorCores())/2) / (cores - f.generatorCores())
}

// generatorCores is how many cores the generator kept busy on average.
func (l load) generatorCores() float64 { return ratio(l.Usage.Generator.Seconds(), l.Seconds) }

// window is long enough for dozens of registrations of one connection, one after
// another.
const window = 500 * time.Millisecond

// recovery sends one registration after another. It returns the time until the
// first window in which 95 % of the answers took at most want, which is the 99th
// percentile before the flood. If there is none, it returns 5 times plan.recovery.
func (b *bench) recovery(ctx context.Context, want time.Duration, v *served) (time.Duration, error) {
	c, people := newClient(v.api), newByPassword()
	defer c.close()
	var body []byte
	begun := time.Now()
	for limit := 5 * b.plan.recovery; time.Since(begun) < limit; {
		since := time.Now()
		var seen latencies
		for time.Since(since) < window {
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			body, _ = people.next(body[:0])
			sent := time.Now()
			if a, err := c.register(body); err != nil || a.status != 200 {
				seen = append(seen, time.Hour) // a refusal counts as too slow
				continue
			}
			seen = append(seen, time.Since(sent))
		}
		if s := seen.summary(); s.P95 <= want {
			return since.Sub(begun), nil
		}
	}
	return 5 * b.plan.recovery, nil
}
