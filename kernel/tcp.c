// SPDX-License-Identifier: GPL-2.0
/*
 * The TCP state machine of RFC 6146, 3.5.2.2, as a table.
 *
 * A session in CLOSED is one whose first segment was no SYN but whose client
 * has a binding: the RFC lets its segments pass and its state alone.
 *
 * Two cells are not RFC 6146's. A reset while one side has closed leaves four
 * minutes, as RFC 7857, 2.2, says of any; else what both ends have forgotten
 * would stay for hours. And a SYN when both have closed is the next connection
 * of the same ports, a valid sequence (RFC 5382, REQ-2) that would be cut off.
 */
#include "tcp.h"

/* The letters of the table: state, timer. */
#define sCL { NAT64_TCP_CLOSED, NAT64_TIMEOUT_KEEP }
#define s4I { NAT64_TCP_V4_INIT, NAT64_TIMEOUT_TCP_TRANS_OPEN }
#define k4I { NAT64_TCP_V4_INIT, NAT64_TIMEOUT_KEEP }
#define s6I { NAT64_TCP_V6_INIT, NAT64_TIMEOUT_TCP_TRANS_OPEN }
#define k6I { NAT64_TCP_V6_INIT, NAT64_TIMEOUT_KEEP }
#define sES { NAT64_TCP_ESTABLISHED, NAT64_TIMEOUT_TCP_EST }
#define s4F { NAT64_TCP_V4_FIN_RCV, NAT64_TIMEOUT_TCP_EST }
#define k4F { NAT64_TCP_V4_FIN_RCV, NAT64_TIMEOUT_KEEP }
#define r4F { NAT64_TCP_V4_FIN_RCV, NAT64_TIMEOUT_TCP_TRANS_CLOSE }
#define s6F { NAT64_TCP_V6_FIN_RCV, NAT64_TIMEOUT_TCP_EST }
#define k6F { NAT64_TCP_V6_FIN_RCV, NAT64_TIMEOUT_KEEP }
#define r6F { NAT64_TCP_V6_FIN_RCV, NAT64_TIMEOUT_TCP_TRANS_CLOSE }
#define s2F { NAT64_TCP_V4_V6_FIN_RCV, NAT64_TIMEOUT_TCP_TRANS_CLOSE }
#define k2F { NAT64_TCP_V4_V6_FIN_RCV, NAT64_TIMEOUT_KEEP }
#define sTR { NAT64_TCP_TRANS, NAT64_TIMEOUT_TCP_TRANS_CLOSE }
#define kTR { NAT64_TCP_TRANS, NAT64_TIMEOUT_KEEP }

static const struct nat64_tcp_step
steps[NAT64_TCP_STATES][NAT64_DIRS][NAT64_TCP_EVENTS] = {
	/*				  SYN  FIN  RST  other */
	[NAT64_TCP_CLOSED] = {
		/* A SYN opens; the rest passes, changing nothing. */
		[NAT64_6TO4]		= { s6I, sCL, sCL, sCL },
		[NAT64_4TO6]		= { s4I, sCL, sCL, sCL },
	},
	[NAT64_TCP_V4_INIT] = {
		/* The client answers, or opens from its side as well. */
		[NAT64_6TO4]		= { sES, k4I, k4I, k4I },
		[NAT64_4TO6]		= { k4I, k4I, k4I, k4I },
	},
	[NAT64_TCP_V6_INIT] = {
		/* The client's SYN again: the timer starts anew. */
		[NAT64_6TO4]		= { s6I, k6I, k6I, k6I },
		/* SYN+ACK, or SYN: both open at once. */
		[NAT64_4TO6]		= { sES, k6I, k6I, k6I },
	},
	[NAT64_TCP_ESTABLISHED] = {
		/* A FIN leaves the lifetime alone; a RST may be a forged one. */
		[NAT64_6TO4]		= { sES, k6F, sTR, sES },
		[NAT64_4TO6]		= { sES, k4F, sTR, sES },
	},
	[NAT64_TCP_V4_FIN_RCV] = {
		/* Half closed: the other side may go on for long. */
		[NAT64_6TO4]		= { s4F, s2F, r4F, s4F },
		[NAT64_4TO6]		= { s4F, s4F, r4F, s4F },
	},
	[NAT64_TCP_V6_FIN_RCV] = {
		[NAT64_6TO4]		= { s6F, s6F, r6F, s6F },
		[NAT64_4TO6]		= { s6F, s2F, r6F, s6F },
	},
	[NAT64_TCP_V4_V6_FIN_RCV] = {
		/* Last ACKs and repeated FINs pass, and the time runs out. */
		[NAT64_6TO4]		= { s6I, k2F, k2F, k2F },
		[NAT64_4TO6]		= { s4I, k2F, k2F, k2F },
	},
	[NAT64_TCP_TRANS] = {
		/* The reset was not believed: data goes on. */
		[NAT64_6TO4]		= { sES, sES, kTR, sES },
		[NAT64_4TO6]		= { sES, sES, kTR, sES },
	},
};

enum nat64_tcp_event nat64_tcp_event(const struct tcphdr *tcp)
{
	if (tcp->rst)
		return NAT64_TCP_RST;
	if (tcp->syn)
		return NAT64_TCP_SYN;
	return tcp->fin ? NAT64_TCP_FIN : NAT64_TCP_OTHER;
}

struct nat64_tcp_step nat64_tcp_step(enum nat64_tcp_state state,
				     enum nat64_dir dir,
				     enum nat64_tcp_event event)
{
	return steps[state][dir][event];
}
