package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// verdict is the result of comparing a history with the database.
type verdict struct {
	Acknowledged, Refused, Unknown int

	Lost    int // acknowledged, but without a row
	Phantom int // refused, but with a row
	Double  int // two rows of one attempt, one name or one phone; two winners of a name; two users of a key
	Tokens  int // acknowledged, but the token is not accepted
	Settled int // unknown, with a row

	examples []string
}

// good reports whether all promises were kept.
func (v verdict) good() bool { return v.Lost+v.Phantom+v.Double+v.Tokens == 0 }

func (v *verdict) found(n *int, what string, a attempt) {
	*n++
	if len(v.examples) < 5 {
		v.examples = append(v.examples, fmt.Sprintf("%s: %+v", what, a))
	}
}

// check compares a history with the rows of a database, and sends each token to the service.
func check(ctx context.Context, c *crowd, database string) (verdict, error) {
	rows, err := readRows(ctx, database)
	if err != nil {
		return verdict{}, err
	}
	v := rows.compare(c.history)
	v.tokens(ctx, c)
	return v, nil
}

// compare finds the broken promises of a history.
func (rows users) compare(h *history) verdict {
	v := verdict{}
	winners, keys := map[string]int{}, map[string]int64{}
	for _, a := range h.sorted() {
		ids := rows.byMark[a.Mark]
		if len(ids) > 1 {
			v.found(&v.Double, "two rows", a)
		}
		switch a.Fate {
		case acknowledged:
			v.Acknowledged++
			if len(ids) == 0 || ids[0] != a.ID {
				v.found(&v.Lost, "lost", a)
			}
			if winners[a.Name+a.Phone]++; winners[a.Name+a.Phone] > 1 {
				v.found(&v.Double, "two winners", a)
			}
			if id, used := keys[a.Key]; used && a.Key != "" && id != a.ID {
				v.found(&v.Double, "two users of a key", a)
			}
			keys[a.Key] = a.ID
		case refused:
			v.Refused++
			if len(ids) > 0 {
				v.found(&v.Phantom, "phantom", a)
			}
		case unknown:
			v.Unknown++
			if len(ids) > 0 {
				v.Settled++
			}
		}
	}
	v.Double += rows.doubles
	return v
}

// users has the columns of the table users that are compared.
type users struct {
	byMark  map[string][]int64
	doubles int // names and phones of more than one row
}

func readRows(ctx context.Context, database string) (users, error) {
	u := users{byMark: map[string][]int64{}}
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return u, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	// The check reads without indexes, because a fault may have damaged them.
	if _, err := conn.Exec(ctx, "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off",
		pgx.QueryExecModeSimpleProtocol); err != nil {
		return u, err
	}
	rows, err := conn.Query(ctx, "SELECT id, real_name, coalesce(user_name_key, ''), coalesce(phone, '') FROM users")
	if err != nil {
		return u, err
	}
	seen := map[string]int{}
	var id int64
	var mark, name, phone string
	_, err = pgx.ForEachRow(rows, []any{&id, &mark, &name, &phone}, func() error {
		u.byMark[mark] = append(u.byMark[mark], id)
		for _, key := range []string{"name " + name, "phone " + phone} {
			if seen[key]++; key != "name " && key != "phone " && seen[key] == 2 {
				u.doubles++
			}
		}
		return nil
	})
	return u, err
}

// tokens counts the acknowledged tokens that the service does not accept.
func (v *verdict) tokens(ctx context.Context, c *crowd) {
	work := make(chan attempt)
	var group sync.WaitGroup
	var wrong atomic.Int64
	for range 8 {
		group.Go(func() {
			for a := range work {
				// The replica that a scenario killed last may still be starting.
				err := c.accepted(a.token, a.ID)
				for try := 0; err != nil && try < 5; try++ {
					err = c.accepted(a.token, a.ID)
				}
				if err != nil {
					wrong.Add(1)
				}
			}
		})
	}
	for _, a := range c.history.sorted() {
		if a.Fate == acknowledged && a.token != "" && ctx.Err() == nil {
			work <- a
		}
	}
	close(work)
	group.Wait()
	v.Tokens = int(wrong.Load())
	c.client.CloseIdleConnections()
}
