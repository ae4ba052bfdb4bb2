package code

// Draw draws a code, and Read finds the code in a typed text.
var (
	Draw = draw
	Read = read
)

// TakeSeats takes all seats of s. The returned function leaves them.
func TakeSeats(s *Service) (leave func()) {
	for range cap(s.seats) {
		s.seats <- struct{}{}
	}
	return func() {
		for range cap(s.seats) {
			<-s.seats
		}
	}
}
