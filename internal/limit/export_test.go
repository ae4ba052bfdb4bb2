package limit

// Networks returns the number of networks of all widths that are remembered: the tests
// compare it with the bounds.
func (l *Limiter) Networks() int {
	sum := 0
	for i := range shards {
		for _, s := range []*shard{&l.ipv4[i], &l.ipv6[i]} {
			s.mu.Lock()
			sum += len(s.narrow.arrival) + len(s.wide.arrival)
			s.mu.Unlock()
		}
	}
	return sum
}
