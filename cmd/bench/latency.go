package main

import (
	"slices"
	"time"
)

// latencies are measured times. All are kept, so that percentiles are exact.
type latencies []time.Duration

// summary is the part of latencies that is reported.
type summary struct {
	Count int           `json:"count"`
	P50   time.Duration `json:"p50"`
	P95   time.Duration `json:"p95"`
	P99   time.Duration `json:"p99"`
	Max   time.Duration `json:"max"`
}

func (l latencies) summary() summary {
	slices.Sort(l)
	return summary{Count: len(l), P50: l.at(0.50), P95: l.at(0.95), P99: l.at(0.99), Max: l.at(1)}
}

// at returns the smallest time that the given share of l does not exceed. l must be sorted.
func (l latencies) at(share float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	i := int(share*float64(len(l))+0.999999) - 1
	return l[min(max(i, 0), len(l)-1)]
}

// tally counts the answers of one connection. The tallies of a load are added up
// after it, so that connections need no lock to count.
type tally struct {
	served, refused latencies
	inTime          int            // the part of served that was answered within the measured time
	reasons         map[string]int // of refusals; "broken" counts missing and wrong answers
	errs            []string       // the errors of the first three broken answers
	late            latencies      // from when a request was due to when it was sent
}

func newTally() *tally { return &tally{reasons: map[string]int{}} }

// note counts an answer. inTime is false if it arrived after the measured time.
func (t *tally) note(a answer, err error, took time.Duration, inTime bool) {
	switch {
	case err != nil:
		t.reasons["broken"]++
		if len(t.errs) < 3 {
			t.errs = append(t.errs, err.Error())
		}
	case a.status == 200:
		t.served = append(t.served, took)
		if inTime {
			t.inTime++
		}
	default:
		t.refused = append(t.refused, took)
		t.reasons[a.reason]++
	}
}

func (t *tally) add(other *tally) {
	t.served = append(t.served, other.served...)
	t.inTime += other.inTime
	t.refused = append(t.refused, other.refused...)
	t.late = append(t.late, other.late...)
	t.errs = append(t.errs, other.errs...)
	for reason, n := range other.reasons {
		t.reasons[reason] += n
	}
}
