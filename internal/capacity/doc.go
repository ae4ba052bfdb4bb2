// Package capacity chooses how many passwords a process hashes at a time, how many threads run, and
// how many connections are open. It chooses by the limits of the machine or container.
//
// A setting of the operator is used as it is. Each choice is logged with its reason, and
// with a warning if it is more than the limits allow.
package capacity
