package settings

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/enroll-project/enroll/internal/account"
)

// Count is an upper bound; 0 means that there is no bound.
type Count int32

// UnmarshalText reads a whole number from 1, or "off". It refuses 0, which could be
// meant as "none at all" or as "no bound".
func (c *Count) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*c = 0
		return nil
	}
	n, err := strconv.ParseInt(string(text), 10, 32)
	if err != nil || n < 1 {
		return errors.New("not a count")
	}
	*c = Count(n)
	return nil
}

// Widths are the lengths of the network part of an address, in bits; 0 means off.
type Widths account.CaptchaNetwork

// UnmarshalText reads the bits of IPv4 and of IPv6 as 24/64, or "off". Fewer than 8
// and 16 bits would join networks of unrelated providers. More than 64 bits of IPv6
// would separate the addresses of one household, which change within a day.
func (w *Widths) UnmarshalText(text []byte) error {
	*w = Widths{}
	if string(text) == "off" {
		return nil
	}
	var read Widths
	// Sscanf ignores what follows and accepts a sign. Printing the numbers again shows
	// whether there was anything else.
	_, err := fmt.Sscanf(string(text), "%d/%d", &read.IPv4, &read.IPv6)
	if err != nil || fmt.Sprintf("%d/%d", read.IPv4, read.IPv6) != string(text) ||
		read.IPv4 < 8 || read.IPv4 > 32 || read.IPv6 < 16 || read.IPv6 > 64 {
		return errors.New("no widths of networks")
	}
	*w = read
	return nil
}
