package main

import "time"

// plan bounds every measurement in time and count.
type plan struct {
	warm       time.Duration // at the start of each closed loop, not counted
	hashing    time.Duration // of each measurement of a hash rate
	load       time.Duration // of each closed loop
	flood      time.Duration
	recovery   time.Duration // a fifth of the longest wait for the recovery after a flood
	clients    []int         // connections of the closed loops
	multiples  []float64     // of the capacity, in a flood
	processes  []int         // servers on one database
	users      []int         // sizes of the database of part grow, ascending
	starts     int
	pairs      int // rounds of part pair, an odd number, so that the median is one of them
	plantedPer int // codes planted for each second of a load by phone
}

func fullPlan() plan {
	return plan{
		warm: 2 * time.Second, hashing: 5 * time.Second, load: 20 * time.Second, flood: time.Minute,
		recovery: 2 * time.Second,
		clients:  []int{1, 8, 32, 128}, multiples: []float64{3, 10}, processes: []int{1, 2, 4},
		users: []int{1_000_000, 10_000_000}, starts: 20, pairs: 5, plantedPer: 8000,
	}
}

func quickPlan() plan {
	p := fullPlan()
	p.warm, p.hashing, p.load, p.flood = time.Second, 2*time.Second, 4*time.Second, 10*time.Second
	p.clients, p.processes, p.users, p.starts, p.pairs = []int{8, 32}, []int{1, 2}, []int{100_000}, 5, 3
	return p
}

// connections is PostgreSQL's max_connections. It has room for four servers,
// pgbench and this program.
func (p plan) connections() int { return 200 }
