// Package capacity chooses how much a process does at a time by the limits of its machine or
// container: passwords hashed, threads and open connections.
//
// A setting of the operator is used as it is. Each choice is logged with its reason, and
// with a warning if it is more than the limits allow.
package capacity
