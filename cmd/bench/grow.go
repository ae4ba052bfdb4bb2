package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// growClients is the number of connections of the loads in a full database.
const growClients = 32

// measureGrow adds users to one database in steps and repeats the loads after each.
func measureGrow(ctx context.Context, b *bench) error {
	database, err := b.testbed.database(ctx)
	if err != nil {
		return err
	}
	before := 0
	for _, users := range b.plan.users {
		if err := b.growOnce(ctx, database, before, users); err != nil {
			return errors.Join(err, b.testbed.drop(ctx, database))
		}
		before = users
	}
	return b.testbed.drop(ctx, database)
}

func (b *bench) growOnce(ctx context.Context, database string, before, users int) error {
	begun := time.Now()
	if err := b.testbed.fill(ctx, database, users-before); err != nil {
		return err
	}
	took := time.Since(begun)
	table, indexes, err := b.testbed.sizes(ctx, database)
	if err != nil {
		return err
	}
	b.say("%d users are there, in %d MB and %d MB of indexes; the last %d were copied within %s",
		users, table/1e6, indexes/1e6, users-before, took.Round(time.Second))
	scans, err := b.testbed.plans(ctx, database)
	if err != nil {
		return err
	}
	b.report.Scans = append(b.report.Scans, scans...)
	if err := b.besideNone(ctx, database, users, b.byPassword); err != nil {
		return err
	}
	return b.besideNone(ctx, database, users, b.byPhone)
}

// besideNone measures a load in the full database, with the same load in an empty
// database before and after it. The mean of those two is its Limit.
func (b *bench) besideNone(ctx context.Context, full string, users int,
	by func(context.Context, string, int, int, ...*served) error) error {
	empty, err := b.testbed.database(ctx)
	if err != nil {
		return err
	}
	for _, on := range []struct {
		database string
		users    int
	}{{empty, 0}, {full, users}, {empty, 0}} {
		if err == nil {
			err = b.onServer(ctx, on.database, func(v *served) error { return by(ctx, on.database, growClients, on.users, v) })
		}
	}
	if err == nil {
		loads := b.report.Loads[len(b.report.Loads)-3:]
		loads[1].Limit = (loads[0].Rate + loads[2].Rate) / 2
		b.say("    beside %d users the rate is %.3f of that in an empty database", users, loads[1].ofLimit())
	}
	return errors.Join(err, b.testbed.drop(ctx, empty))
}

// fill copies n users into the database. Their names ascend, which builds the
// indexes quickly, and cover the range of the names that byPassword makes, so that
// new users fall anywhere between them.
func (s *testbed) fill(ctx context.Context, database string, n int) error {
	if n == 0 {
		return nil
	}
	columns := []string{
		"site_id", "user_name", "user_name_key", "user_name_skeleton", "email", "email_key", "phone", "password_hash",
		"real_name", "avatar_url", "group_id", "status", "is_retailer", "balance", "total_reward", "invite_code",
		"invites_used", "created_at", "updated_at", "last_login_at",
	}
	now, batch := time.Now(), rand.Uint32()
	hash := "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43)
	step := uint64(1<<32) / uint64(n)
	const invites = "0123456789abcdefghjkmnpqrstvwxyz"
	row := func(i int) ([]any, error) {
		place := uint64(i) * step
		name := fmt.Sprintf("u%08x%08x", place, batch)
		email := name + "@example.com"
		// German numbers: plant stores codes for Chinese ones, whose owners must not
		// have registered yet.
		phone := fmt.Sprintf("+4915%08d%03d", uint64(i)*100_000_000/uint64(n), batch%1000)
		first := invites[place>>27]
		invite := fmt.Sprintf("%c%015x", first, place<<27&(1<<59-1)|uint64(batch)&(1<<27-1))
		return []any{int64(1), name, name, name, email, email, phone, hash, "Load Person", "", int64(2), int32(1), false,
			int64(0), int64(0), invite, int32(0), now, now, now}, nil
	}
	return s.with(ctx, database, func(c *pgx.Conn) error {
		if _, err := c.CopyFrom(ctx, pgx.Identifier{"users"}, columns, pgx.CopyFromSlice(n, row)); err != nil {
			return err
		}
		_, err := c.Exec(ctx, "VACUUM ANALYZE")
		return err
	})
}

// sizes returns the size in bytes of the table users and of its indexes. Both
// should fit into memory.
func (s *testbed) sizes(ctx context.Context, database string) (table, indexes int64, err error) {
	err = s.with(ctx, database, func(c *pgx.Conn) error {
		return c.QueryRow(ctx, "SELECT pg_table_size('users'), pg_indexes_size('users')").Scan(&table, &indexes)
	})
	return table, indexes, err
}

// probes are the statements of a registration and of a login that find a row in a
// growing table. Inserts are left out: PostgreSQL checks their unique indexes
// without a plan.
var probes = [...]string{
	"SELECT * FROM users WHERE site_id = 1 AND user_name_key = 'u0000000000000000'",
	"SELECT * FROM users WHERE site_id = 1 AND email_key = 'a@example.com' AND email_verified_at IS NOT NULL",
	"SELECT * FROM users WHERE site_id = 1 AND phone = '+8613000000000'",
	"SELECT * FROM users WHERE site_id = 1 AND id = 1000",
	"UPDATE users SET invites_used = invites_used + 1 " +
		"WHERE site_id = 1 AND invite_code = '0000000000000000' AND status = 1",
	"UPDATE users SET last_login_at = now() WHERE id = 1000",
	"DELETE FROM one_time_codes WHERE site_id = 1 AND address = '+8613000000000'",
	"UPDATE budgets SET used = used + 1 WHERE scope = 'sms_total' AND key = ''",
	"UPDATE idempotency_keys SET user_id = 1000 WHERE site_id = 1 AND key = 'key'",
}

// plans returns the probes that read a whole table, with their plans. It makes
// the planner avoid sequential scans, which are right for a small table: a scan
// that remains has no index to use.
func (s *testbed) plans(ctx context.Context, database string) (scans []string, err error) {
	err = s.with(ctx, database, func(c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "SET enable_seqscan = off"); err != nil {
			return err
		}
		for _, probe := range probes {
			rows, err := c.Query(ctx, "EXPLAIN "+probe)
			if err != nil {
				return err
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan") {
				scans = append(scans, probe+"\n"+plan)
			}
		}
		return nil
	})
	return scans, err
}
