package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/enroll-project/enroll/internal/account"
)

// count is a bound, 0 for none.
type count int32

// UnmarshalText reads a whole number from 1, or off.
func (c *count) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*c = 0
		return nil
	}
	n, err := strconv.ParseInt(string(text), 10, 32)
	if err != nil || n < 1 {
		return errors.New("not a count")
	}
	*c = count(n)
	return nil
}

// widths are how much of an address names a network.
type widths account.CaptchaNetwork

// UnmarshalText reads the bits of IPv4 and of IPv6 as 24/64, or off. Less than 8
// and 16 bits would be whole registries, and an IPv6 /64 is one household.
func (w *widths) UnmarshalText(text []byte) error {
	*w = widths{}
	if string(text) == "off" {
		return nil
	}
	var read widths
	_, err := fmt.Sscanf(string(text), "%d/%d", &read.IPv4, &read.IPv6)
	if err != nil || fmt.Sprintf("%d/%d", read.IPv4, read.IPv6) != string(text) ||
		read.IPv4 < 8 || read.IPv4 > 32 || read.IPv6 < 16 || read.IPv6 > 64 {
		return errors.New("no widths of networks")
	}
	*w = read
	return nil
}
