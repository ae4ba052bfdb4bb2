package main

import (
	"context"
	"errors"
)

// scaleClients are the connections in all, shared by the processes.
const scaleClients = 32

// measureScale has more and more processes serve from one database. On one
// machine they share the cores, so that it is the CPU for each registration that
// tells, and not the rate.
func measureScale(ctx context.Context, b *bench) error {
	for _, n := range b.plan.processes {
		if err := b.scaleOnce(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) scaleOnce(ctx context.Context, n int) error {
	database, err := b.stage.database(ctx)
	if err != nil {
		return err
	}
	var servers []*served
	for range n {
		v, startErr := b.stage.serve(ctx, database)
		if startErr != nil {
			err = startErr
			break
		}
		servers = append(servers, v)
	}
	if err == nil {
		err = b.byPassword(ctx, database, scaleClients, 0, servers...)
	}
	if err == nil {
		err = b.byPhone(ctx, database, scaleClients, 0, servers...)
	}
	for _, v := range servers {
		err = errors.Join(err, v.stop())
	}
	return errors.Join(err, b.stage.drop(ctx, database))
}
