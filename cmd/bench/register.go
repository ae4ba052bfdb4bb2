package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// measureRegister runs the closed loops.
func measureRegister(ctx context.Context, b *bench) error {
	database, err := b.testbed.database(ctx)
	if err != nil {
		return err
	}
	err = b.onServer(ctx, database, func(v *served) error {
		for _, n := range b.plan.clients {
			if err := b.byPassword(ctx, database, n, 0, v); err != nil {
				return err
			}
			if err := b.byPhoneBesidePgbench(ctx, database, n, v); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, b.testbed.drop(ctx, database))
}

// onServer starts a server, calls do with it, and stops it.
func (b *bench) onServer(ctx context.Context, database string, do func(*served) error, more ...string) error {
	v, err := b.testbed.serve(ctx, database, more...)
	if err != nil {
		return err
	}
	return errors.Join(do(v), v.stop())
}

func (b *bench) byPassword(ctx context.Context, database string, n, users int, servers ...*served) error {
	if err := b.testbed.calm(ctx); err != nil {
		return err
	}
	before, err := b.hashRate(ctx)
	if err != nil {
		return err
	}
	l, err := b.closed(ctx, fmt.Sprintf("by password, %d", n), n, newByPassword(), servers...)
	if err != nil {
		return err
	}
	after, err := b.hashRate(ctx)
	l.Limit = (before + after) / 2
	return b.keep("password", l, users, err)
}

// byPhoneBesidePgbench runs pgbench before and after the load that is compared
// with it.
func (b *bench) byPhoneBesidePgbench(ctx context.Context, database string, n int, v *served) error {
	if n != transactionClients {
		return b.byPhone(ctx, database, n, 0, v)
	}
	before, err := b.transactions(ctx)
	if err != nil {
		return err
	}
	if err := b.byPhone(ctx, database, n, 0, v); err != nil {
		return err
	}
	after, err := b.transactions(ctx)
	b.report.Loads[len(b.report.Loads)-1].Limit = (before + after) / 2
	return err
}

func (b *bench) byPhone(ctx context.Context, database string, n, users int, servers ...*served) error {
	people, err := b.testbed.plant(ctx, database, b.planted())
	if err != nil {
		return err
	}
	if err := b.testbed.calm(ctx); err != nil {
		return err
	}
	l, err := b.closed(ctx, fmt.Sprintf("by phone, %d", n), n, people, servers...)
	return b.keep("phone", l, users, err)
}

func (b *bench) planted() int {
	return b.plan.plantedPer * int((b.plan.warm+b.plan.load)/time.Second)
}

// keep adds a load to the report.
func (b *bench) keep(kind string, l load, users int, err error) error {
	if err != nil {
		return err
	}
	l.Kind, l.Users = kind, users
	b.report.Loads = append(b.report.Loads, l)
	b.say("%s", l.line())
	return nil
}
