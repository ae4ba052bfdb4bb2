package main

import (
	"context"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

// ceiling has this machine's highest rates without the service, and the x/crypto rate for
// comparison.
type ceiling struct {
	Hashes      float64       `json:"hashes_per_second"`         // by internal/password, a goroutine for each core
	HashCPU     time.Duration `json:"cpu_of_a_hash"`             // while all cores hash
	XCrypto     float64       `json:"xcrypto_hashes_per_second"` // golang.org/x/crypto's at the same cost
	Transaction float64       `json:"transactions_per_second"`   // of a registration by phone, 32 connections
}

// measureCeiling measures the two hash rates in turn, several times, and then
// pgbench's rate. They take turns so that another process that runs for long slows both rates
// down, and changes their ratio little. A short burst can still hit one of them only.
func measureCeiling(ctx context.Context, b *bench) error {
	c := &b.report.Ceiling
	const rounds = 3
	for range rounds {
		ours, cpu, err := b.hashes(ctx, b.hash(ctx))
		if err != nil {
			return err
		}
		theirs, _, err := b.hashes(ctx, func() error {
			argon2.IDKey([]byte("plum-orbit-01234567"), make([]byte, 16), 2, 19*1024, 1, 32)
			return nil
		})
		if err != nil {
			return err
		}
		c.Hashes += ours / rounds
		c.HashCPU += cpu / rounds
		c.XCrypto += theirs / rounds
	}
	b.say("hashes: %.1f/s, %s of CPU each; golang.org/x/crypto: %.1f/s", c.Hashes, short(c.HashCPU), c.XCrypto)
	var err error
	c.Transaction, err = b.transactions(ctx)
	return err
}

// hashRate is how many passwords internal/password hashes per second now.
func (b *bench) hashRate(ctx context.Context) (float64, error) {
	rate, _, err := b.hashes(ctx, b.hash(ctx))
	return rate, err
}

func (b *bench) hash(ctx context.Context) func() error {
	return func() error {
		_, err := b.hasher.Hash(ctx, "plum-orbit-01234567")
		return err
	}
}

// hashes calls hash on as many goroutines as there are cores. It returns the calls per
// second, and the CPU time of this process for each.
func (b *bench) hashes(ctx context.Context, hash func() error) (rate float64, cpu time.Duration, err error) {
	before, err := readStat(os.Getpid())
	if err != nil {
		return 0, 0, err
	}
	var n atomic.Int64
	var failed atomic.Pointer[error]
	var group sync.WaitGroup
	begun := time.Now()
	for range runtime.NumCPU() {
		group.Go(func() {
			for time.Since(begun) < b.plan.hashing && ctx.Err() == nil {
				if err := hash(); err != nil {
					failed.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	group.Wait()
	took := time.Since(begun)
	after, err := readStat(os.Getpid())
	if f := failed.Load(); f != nil {
		err = *f
	}
	if n.Load() == 0 {
		return 0, 0, err
	}
	return float64(n.Load()) / took.Seconds(), (after.own - before.own) / time.Duration(n.Load()), err
}
