package main

import (
	"context"
	"errors"
)

// scaleClients is the number of connections to all servers together.
const scaleClients = 32

// measureScale runs the loads with several servers on one database. On one
// machine the servers share the cores, so look at the CPU time for each
// registration: it must not grow with the number of servers. The rate cannot grow.
func measureScale(ctx context.Context, b *bench) error {
	for _, n := range b.plan.processes {
		if err := b.scaleOnce(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) scaleOnce(ctx context.Context, n int) error {
	database, err := b.testbed.database(ctx)
	if err != nil {
		return err
	}
	var servers []*served
	for range n {
		v, startErr := b.testbed.serve(ctx, database)
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
	return errors.Join(err, b.testbed.drop(ctx, database))
}
