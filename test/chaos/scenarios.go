package main

import (
	"context"
	"time"
)

// scenarios returns all scenarios in the order in which they run.
func scenarios() []scenario {
	const s = time.Second
	return []scenario{
		{name: "replica-kill", about: "kill -9 of a replica, one after the other", short: 5,
			bound: 5 * time.Minute, rounds: 20, gap: s, fault: killReplica},
		{name: "database-kill", about: "kill -9 of all processes of PostgreSQL", short: 3,
			bound: 8 * time.Minute, rounds: 20, gap: 2 * s, fault: killDatabase},
		{name: "lost-answers", about: "statements, COMMIT too, reach PostgreSQL; the answers are lost", short: 5,
			bound: 3 * time.Minute, rounds: 20, gap: s, fault: lostAnswers},
		{name: "black-hole", about: "nothing passes between replicas and PostgreSQL",
			bound: 3 * time.Minute, rounds: 2, gap: 3 * s, length: 30 * s, fault: blackHole},
		{name: "reset", about: "connections to PostgreSQL are reset and refused",
			bound: 3 * time.Minute, rounds: 2, gap: 3 * s, length: 30 * s, fault: resets},
		{name: "latency", about: "each part of an exchange with PostgreSQL 50 ms, 500 ms, 5 s late",
			bound: 4 * time.Minute, rounds: 3, gap: 3 * s, length: 20 * s, fault: latency},
		{name: "all-taken", about: "each free connection of PostgreSQL is taken", short: 1,
			bound: 2 * time.Minute, rounds: 2, gap: 3 * s, length: 10 * s, fault: allTaken},
		{name: "no-standby", about: "commits wait for a synchronous standby that is gone",
			bound: 3 * time.Minute, rounds: 2, gap: 3 * s, length: 20 * s, fault: noStandby},
		{name: "failover", about: "commits wait for a standby that is cut off; the primary is killed, the standby promoted",
			bound: 5 * time.Minute, rounds: 5, gap: 3 * s, prepare: withStandby(true), fault: failover},
		{name: "patroni-kill", about: "Patroni, three nodes: kill -9 of all processes of the primary's node (needs root)",
			bound: 25 * time.Minute, rounds: 10, gap: 3 * s, prepare: withPatroni, fault: patroniKill},
		{name: "patroni-stop", about: "Patroni: SIGSTOP of all processes of the primary's node (needs root)",
			bound: 25 * time.Minute, rounds: 10, gap: 3 * s, length: 30 * s, prepare: withPatroni, fault: patroniStop},
		{name: "patroni-cut", about: "Patroni: the primary's node is cut off the network (needs root)",
			bound: 25 * time.Minute, rounds: 10, gap: 3 * s, length: 30 * s, prepare: withPatroni, fault: patroniCut},
		{name: "patroni-waiting",
			about: "Patroni: commits wait for a standby that is stopped; the primary is killed (needs root)",
			bound: 25 * time.Minute, rounds: 10, gap: 3 * s, prepare: withPatroni, fault: patroniWaiting},
		{name: "read-only", about: "the database turns read-only",
			bound: 2 * time.Minute, rounds: 2, gap: 3 * s, length: 10 * s, fault: readOnly},
		{name: "disk-full", about: "the disk of the database is full (needs root)",
			bound: 3 * time.Minute, rounds: 2, gap: 3 * s, length: 10 * s, fault: fullDisk},
		{name: "rolling-restart", about: "both replicas are replaced behind haproxy; no request may fail", short: 1,
			bound: 5 * time.Minute, rounds: 5, gap: 2 * s, none: true,
			settings: []string{"ENROLL_STOP_DELAY=3s"}, prepare: behindHaproxy, fault: rollingRestart},
		{name: "migration", about: "24 migrations at once, some killed, while the version before serves; " +
			"then both versions side by side, and back. No request may fail",
			bound: 8 * time.Minute, rounds: 1, gap: 3 * s, none: true, previous: true,
			settings: []string{"ENROLL_STOP_DELAY=3s"}, prepare: behindHaproxy, fault: migrate},
		{name: "key-rotation", about: "token keys are rotated behind haproxy; no request may fail, each token is good",
			bound: 5 * time.Minute, rounds: 2, gap: 2 * s, none: true,
			settings: []string{"ENROLL_STOP_DELAY=3s"}, prepare: behindHaproxy, fault: rotateKeys},
		{name: "clock", about: "the clock of one replica is wrong by 10 minutes, then by a day; no request may fail, " +
			"each token is good", bound: 15 * time.Minute, rounds: 3, gap: 2 * s, length: 10 * s, none: true,
			settings: []string{"ENROLL_STOP_DELAY=3s"}, arrange: withWrongClock, prepare: behindHaproxy, fault: wrongClock},
		{name: "pooler", about: "PgBouncer in transaction mode: it is killed, then PostgreSQL behind it",
			bound: 5 * time.Minute, rounds: 10, gap: 2 * s,
			arrange: throughPooler, prepare: withPooler, fault: killPooler},
		{name: "senders", about: "receivers of SMS and mail: down, hanging, slow, with answers that do not end",
			bound: 5 * time.Minute, rounds: 4, gap: 2 * s, length: 10 * s, none: true,
			arrange: withReceivers, prepare: allByName, fault: brokenReceivers},
		{name: "restore", about: "the drill of docs/backup.md: rows are deleted by mistake, and the database is restored",
			bound: 5 * time.Minute, rounds: 1, gap: 3 * s, length: 5 * s,
			prepare: archiving, fault: restoreToPoint, examine: afterRestore},
		{name: "slowloris", about: "2,000 connections send their request lines a byte at a time",
			bound: 2 * time.Minute, rounds: 1, gap: 3 * s, length: 30 * s, fault: slowloris},
		{name: "overload", about: "ten times as many clients as before, all by password, who do not wait",
			bound: 3 * time.Minute, rounds: 1, gap: 15 * s, length: 30 * s, fault: overload},
		{name: "control-async", about: "control: with synchronous_commit=off, the check must see losses", short: 3,
			bound: 5 * time.Minute, rounds: 5, gap: 2 * s, fault: killDatabase,
			settings: []string{"ENROLL_DB_CHECK=warn"}, prepare: asynchronous,
			fails: func(v verdict) bool { return v.Lost > 0 }},
		{name: "control-replica", about: "control: failover without synchronous replication, the check must see losses",
			bound: 5 * time.Minute, rounds: 2, gap: 3 * s, prepare: withStandby(false), fault: failover,
			fails: func(v verdict) bool { return v.Lost > 0 }},
		{name: "control-constraint", about: "control: without the constraint of user names, the check must see doubles",
			short: 1, bound: 2 * time.Minute, rounds: 1, gap: 3 * s, length: s, prepare: withoutConstraint, fault: idle,
			fails: func(v verdict) bool { return v.Double > 0 }},
		{name: "control-restore", about: "control: restored without `enroll restored`, the check must see ids given twice",
			bound: 5 * time.Minute, rounds: 1, gap: 3 * s, length: 5 * s,
			prepare: archiving, fault: restoreToPoint, examine: afterRestore,
			fails: func(v verdict) bool { return v.Double > 0 && v.Tokens > 0 }},
		{name: "control-mistold", about: "control: an unknown fate is reported as refused, and the check must see phantoms",
			short: 5, bound: 2 * time.Minute, rounds: 10, gap: s, fault: lostAnswers, mistold: true,
			fails: func(v verdict) bool { return v.Phantom > 0 }},
	}
}

func idle(ctx context.Context, p *play, _ int) error { return pause(ctx, p.length) }

// asynchronous makes PostgreSQL answer before a commit is on the disk. The commit reaches the disk up to 10 s later,
// so that a crash loses some.
func asynchronous(ctx context.Context, p *play) error {
	return p.stage.exec(ctx, "ALTER SYSTEM SET synchronous_commit = off",
		"ALTER ROLE enroll SET synchronous_commit = off", "ALTER SYSTEM SET wal_writer_delay = '10s'",
		"SELECT pg_reload_conf()")
}

// withoutConstraint drops what keeps names unique.
func withoutConstraint(ctx context.Context, p *play) error {
	return p.stage.exec(ctx, "ALTER TABLE users DROP CONSTRAINT users_user_name_unique",
		"ALTER TABLE users DROP CONSTRAINT users_user_name_skeleton_unique")
}

// overload adds clients by password, which send the next registration as soon as they are refused.
func overload(ctx context.Context, p *play, _ int) error {
	before := p.crowd.history.count()[acknowledged]
	flood := newCrowd(p.crowd.replicas, nil)
	flood.byName = 1
	load, stop := context.WithTimeout(ctx, p.length)
	defer stop()
	flood.register(load, 80)
	p.note("acknowledged before: %d, in the flood: %d by password and %d by the others", before,
		flood.history.count()[acknowledged], p.crowd.history.count()[acknowledged]-before)
	// The attempts of the flood are checked, too.
	for _, a := range flood.history.sorted() {
		p.crowd.history.add(a)
	}
	return nil
}
