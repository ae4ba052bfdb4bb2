// Package listener bounds what clients can hold of a server: the time of each wait, the
// size of headers and the number of connections.
//
// It also ends a server without a failed request: while a load balancer still sends
// requests, each answer closes its connection.
package listener
