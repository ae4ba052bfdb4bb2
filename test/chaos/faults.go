package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// Each function below is the fault of a scenario. It returns when the fault is over. Recovery is measured from
// that moment, or from play.mended if the function sets it.

// killReplica kills one of the replicas and starts it again.
func killReplica(ctx context.Context, p *play, round int) error {
	r := p.stage.replicas[round%len(p.stage.replicas)]
	r.kill()
	return r.start(ctx)
}

// killDatabase kills all processes of PostgreSQL and starts it again.
func killDatabase(ctx context.Context, p *play, _ int) error {
	if err := p.stage.killPostgres(ctx); err != nil {
		return err
	}
	return p.stage.startPostgres(ctx)
}

// blackHole lets nothing through between replicas and database.
func blackHole(ctx context.Context, p *play, _ int) error {
	defer p.stage.relay.hole()()
	return pause(ctx, p.length)
}

// resets ends the connections and, for the length of the fault, each new one.
func resets(ctx context.Context, p *play, _ int) error {
	p.stage.relay.away.Store(true)
	defer p.stage.relay.away.Store(false)
	p.stage.relay.reset()
	return pause(ctx, p.length)
}

// lostAnswers passes statements on and drops their answers, then ends the connections.
func lostAnswers(ctx context.Context, p *play, _ int) error {
	p.stage.relay.mute.Store(true)
	if err := pause(ctx, 100*time.Millisecond); err != nil {
		return err
	}
	p.stage.relay.reset()
	p.stage.relay.mute.Store(false)
	return pause(ctx, time.Second)
}

// latency delays each part of each exchange, by more in each round.
func latency(ctx context.Context, p *play, round int) error {
	late := []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 5 * time.Second}[round%3]
	p.stage.relay.delay.Store(int64(late))
	defer p.stage.relay.delay.Store(0)
	return pause(ctx, p.length)
}

// allTaken takes each connection of PostgreSQL that is free, the reserved ones too.
func allTaken(ctx context.Context, p *play, _ int) error {
	var taken []*pgx.Conn
	defer func() {
		for _, conn := range taken {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}()
	for end := time.Now().Add(p.length); time.Now().Before(end); {
		conn, err := pgx.Connect(ctx, p.stage.database())
		if err == nil {
			taken = append(taken, conn)
			continue
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	p.note("%d connections taken", len(taken))
	return nil
}

// noStandby makes commits wait for a standby that does not exist.
func noStandby(ctx context.Context, p *play, _ int) error {
	return p.setting(ctx, "synchronous_standby_names", "nobody")
}

// readOnly makes new transactions read-only.
func readOnly(ctx context.Context, p *play, _ int) error {
	return p.setting(ctx, "default_transaction_read_only", "on")
}

// setting changes a setting of PostgreSQL for the length of the fault.
func (p *play) setting(ctx context.Context, name, value string) error {
	const reload = "SELECT pg_reload_conf()"
	if err := p.stage.exec(ctx, "ALTER SYSTEM SET "+name+" = '"+value+"'", reload); err != nil {
		return err
	}
	err := pause(ctx, p.length)
	// The setting to undo may be default_transaction_read_only, so this session is made writable.
	end := p.stage.exec(context.WithoutCancel(ctx),
		"SET default_transaction_read_only = off", "ALTER SYSTEM RESET "+name, reload)
	if err != nil {
		return err
	}
	return end
}

// fullDisk fills the file system on which the database is.
func fullDisk(ctx context.Context, p *play, _ int) error {
	name := p.stage.folder + "/filling"
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer os.Remove(name)
	for end := time.Now().Add(p.length); time.Now().Before(end); {
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			if err := pause(ctx, 10*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return file.Close()
}

// slowloris opens many connections to each replica. On each it sends a byte of a request line at a time, and opens
// another one when the replica closes it.
func slowloris(ctx context.Context, p *play, _ int) error {
	const each = 1000
	var slow []net.Conn
	defer func() {
		for _, conn := range slow {
			_ = conn.Close()
		}
	}()
	for _, r := range p.stage.replicas {
		for range each {
			conn, err := net.DialTimeout("tcp", r.api, time.Second)
			if err != nil {
				continue
			}
			slow = append(slow, conn)
		}
	}
	p.note("%d slow connections", len(slow))
	for begin := time.Now(); time.Since(begin) < p.length; {
		for i, conn := range slow {
			if _, err := fmt.Fprint(conn, "P"); err == nil {
				continue
			}
			_ = conn.Close()
			if again, err := net.DialTimeout("tcp", p.stage.replicas[i%2].api, time.Second); err == nil {
				slow[i] = again
			}
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// pause waits, and returns the error of a context that ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
