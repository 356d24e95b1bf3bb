/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NAT64_TCP_H
#define _NAT64_TCP_H

#include <linux/tcp.h>

#include "tuple.h"

/** enum nat64_tcp_state - RFC 6146, 3.5.2.1 */
enum nat64_tcp_state {
	NAT64_TCP_CLOSED,
	NAT64_TCP_V4_INIT,
	NAT64_TCP_V6_INIT,
	NAT64_TCP_ESTABLISHED,
	NAT64_TCP_V4_FIN_RCV,
	NAT64_TCP_V6_FIN_RCV,
	NAT64_TCP_V4_V6_FIN_RCV,
	NAT64_TCP_TRANS,
	NAT64_TCP_STATES
};

/** enum nat64_tcp_event - what the state machine sees of a segment */
enum nat64_tcp_event {
	NAT64_TCP_SYN,
	NAT64_TCP_FIN,
	NAT64_TCP_RST,
	NAT64_TCP_OTHER,
	NAT64_TCP_EVENTS
};

/** enum nat64_timeout - the timers of timeouts/, all in seconds */
enum nat64_timeout {
	NAT64_TIMEOUT_UDP,
	NAT64_TIMEOUT_ICMP,
	NAT64_TIMEOUT_TCP_EST,
	NAT64_TIMEOUT_TCP_TRANS_OPEN,
	NAT64_TIMEOUT_TCP_TRANS_CLOSE,
	NAT64_TIMEOUT_TCP_IN_SYN,
	NAT64_TIMEOUTS,
	NAT64_TIMEOUT_KEEP = NAT64_TIMEOUTS	/* leaves the lifetime alone */
};

/**
 * struct nat64_tcp_step - what a segment does to its session
 * @state: the enum nat64_tcp_state it moves to
 * @timeout: the enum nat64_timeout that starts anew
 */
struct nat64_tcp_step {
	u8 state;
	u8 timeout;
};

/**
 * nat64_tcp_event() - classify a segment
 * @tcp: its header
 *
 * Return: the event; a reset is one whatever other flags it has.
 */
enum nat64_tcp_event nat64_tcp_event(const struct tcphdr *tcp);

/**
 * nat64_tcp_step() - RFC 6146, 3.5.2.2: the state machine
 * @state: the session's state
 * @dir: where the segment goes
 * @event: what it is
 *
 * Pure: changes nothing.
 *
 * Return: the new state and the timer to start.
 */
struct nat64_tcp_step nat64_tcp_step(enum nat64_tcp_state state,
				     enum nat64_dir dir,
				     enum nat64_tcp_event event);

#endif
