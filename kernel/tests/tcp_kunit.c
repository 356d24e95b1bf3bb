// SPDX-License-Identifier: GPL-2.0
/*
 * The TCP state machine against RFC 6146, 3.5.2.2, read anew: each rule is a
 * sentence of the text, or of another RFC that is named, and together they say
 * something of every cell once. That each segment passes is flow_kunit.c's.
 */
#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/string.h>

#include "../tcp.h"

#define V6	BIT(NAT64_6TO4)
#define V4	BIT(NAT64_4TO6)
#define BOTH	(V6 | V4)

#define SYN	BIT(NAT64_TCP_SYN)
#define FIN	BIT(NAT64_TCP_FIN)
#define RST	BIT(NAT64_TCP_RST)
#define OTHER	BIT(NAT64_TCP_OTHER)
#define ANY	(SYN | FIN | RST | OTHER)

struct rule {
	const char *name;
	u8 state;
	u8 dirs;
	u8 events;
	u8 to;
	u8 timeout;
};

static const struct rule rules[] = {
	{ "CLOSED: a V6 SYN is received",
	  NAT64_TCP_CLOSED, V6, SYN,
	  NAT64_TCP_V6_INIT, NAT64_TIMEOUT_TCP_TRANS_OPEN },
	{ "CLOSED: a V4 SYN, (X,x) in use in the BIB",
	  NAT64_TCP_CLOSED, V4, SYN,
	  NAT64_TCP_V4_INIT, NAT64_TIMEOUT_TCP_TRANS_OPEN },
	{ "CLOSED: any other packet",
	  NAT64_TCP_CLOSED, BOTH, ANY & ~SYN,
	  NAT64_TCP_CLOSED, NAT64_TIMEOUT_KEEP },
	{ "V4 INIT: a V6 SYN is received",
	  NAT64_TCP_V4_INIT, V6, SYN,
	  NAT64_TCP_ESTABLISHED, NAT64_TIMEOUT_TCP_EST },
	{ "V4 INIT: any other packet from IPv6",
	  NAT64_TCP_V4_INIT, V6, ANY & ~SYN,
	  NAT64_TCP_V4_INIT, NAT64_TIMEOUT_KEEP },
	{ "V4 INIT: any other packet from IPv4",
	  NAT64_TCP_V4_INIT, V4, ANY,
	  NAT64_TCP_V4_INIT, NAT64_TIMEOUT_KEEP },
	{ "V6 INIT: a V4 SYN, with or without ACK",
	  NAT64_TCP_V6_INIT, V4, SYN,
	  NAT64_TCP_ESTABLISHED, NAT64_TIMEOUT_TCP_EST },
	{ "V6 INIT: a V6 SYN packet is received",
	  NAT64_TCP_V6_INIT, V6, SYN,
	  NAT64_TCP_V6_INIT, NAT64_TIMEOUT_TCP_TRANS_OPEN },
	{ "V6 INIT: any other packet",
	  NAT64_TCP_V6_INIT, BOTH, ANY & ~SYN,
	  NAT64_TCP_V6_INIT, NAT64_TIMEOUT_KEEP },
	{ "ESTABLISHED: a V4 FIN packet",
	  NAT64_TCP_ESTABLISHED, V4, FIN,
	  NAT64_TCP_V4_FIN_RCV, NAT64_TIMEOUT_KEEP },
	{ "ESTABLISHED: a V6 FIN packet",
	  NAT64_TCP_ESTABLISHED, V6, FIN,
	  NAT64_TCP_V6_FIN_RCV, NAT64_TIMEOUT_KEEP },
	{ "ESTABLISHED: a V4 RST or a V6 RST packet",
	  NAT64_TCP_ESTABLISHED, BOTH, RST,
	  NAT64_TCP_TRANS, NAT64_TIMEOUT_TCP_TRANS_CLOSE },
	{ "ESTABLISHED: any other packet",
	  NAT64_TCP_ESTABLISHED, BOTH, SYN | OTHER,
	  NAT64_TCP_ESTABLISHED, NAT64_TIMEOUT_TCP_EST },
	{ "V4 FIN RCV: a V6 FIN packet",
	  NAT64_TCP_V4_FIN_RCV, V6, FIN,
	  NAT64_TCP_V4_V6_FIN_RCV, NAT64_TIMEOUT_TCP_TRANS_CLOSE },
	{ "V4 FIN RCV: other than the V6 FIN, from IPv6",
	  NAT64_TCP_V4_FIN_RCV, V6, SYN | OTHER,
	  NAT64_TCP_V4_FIN_RCV, NAT64_TIMEOUT_TCP_EST },
	{ "V4 FIN RCV: other than the V6 FIN, from IPv4",
	  NAT64_TCP_V4_FIN_RCV, V4, SYN | FIN | OTHER,
	  NAT64_TCP_V4_FIN_RCV, NAT64_TIMEOUT_TCP_EST },
	{ "V4 FIN RCV: a RST waits for 4 minutes (RFC 7857, 2.2)",
	  NAT64_TCP_V4_FIN_RCV, BOTH, RST,
	  NAT64_TCP_V4_FIN_RCV, NAT64_TIMEOUT_TCP_TRANS_CLOSE },
	{ "V6 FIN RCV: a V4 FIN packet",
	  NAT64_TCP_V6_FIN_RCV, V4, FIN,
	  NAT64_TCP_V4_V6_FIN_RCV, NAT64_TIMEOUT_TCP_TRANS_CLOSE },
	{ "V6 FIN RCV: other than the V4 FIN, from IPv4",
	  NAT64_TCP_V6_FIN_RCV, V4, SYN | OTHER,
	  NAT64_TCP_V6_FIN_RCV, NAT64_TIMEOUT_TCP_EST },
	{ "V6 FIN RCV: other than the V4 FIN, from IPv6",
	  NAT64_TCP_V6_FIN_RCV, V6, SYN | FIN | OTHER,
	  NAT64_TCP_V6_FIN_RCV, NAT64_TIMEOUT_TCP_EST },
	{ "V6 FIN RCV: a RST waits for 4 minutes (RFC 7857, 2.2)",
	  NAT64_TCP_V6_FIN_RCV, BOTH, RST,
	  NAT64_TCP_V6_FIN_RCV, NAT64_TIMEOUT_TCP_TRANS_CLOSE },
	{ "V6 FIN + V4 FIN RCV: all packets",
	  NAT64_TCP_V4_V6_FIN_RCV, BOTH, ANY & ~SYN,
	  NAT64_TCP_V4_V6_FIN_RCV, NAT64_TIMEOUT_KEEP },
	{ "V6 FIN + V4 FIN RCV: a V6 SYN, as if CLOSED (RFC 5382, REQ-2)",
	  NAT64_TCP_V4_V6_FIN_RCV, V6, SYN,
	  NAT64_TCP_V6_INIT, NAT64_TIMEOUT_TCP_TRANS_OPEN },
	{ "V6 FIN + V4 FIN RCV: a V4 SYN, as if CLOSED (RFC 5382, REQ-2)",
	  NAT64_TCP_V4_V6_FIN_RCV, V4, SYN,
	  NAT64_TCP_V4_INIT, NAT64_TIMEOUT_TCP_TRANS_OPEN },
	{ "TRANS: a packet other than a RST packet",
	  NAT64_TCP_TRANS, BOTH, ANY & ~RST,
	  NAT64_TCP_ESTABLISHED, NAT64_TIMEOUT_TCP_EST },
	{ "TRANS: a RST packet",
	  NAT64_TCP_TRANS, BOTH, RST,
	  NAT64_TCP_TRANS, NAT64_TIMEOUT_KEEP },
};

KUNIT_ARRAY_PARAM_DESC(rule, rules, name);

static bool says(const struct rule *r, unsigned int state, unsigned int dir,
		 unsigned int event)
{
	return r->state == state && (r->dirs & BIT(dir)) &&
	       (r->events & BIT(event));
}

static void step(struct kunit *test)
{
	const struct rule *r = test->param_value;
	unsigned int dir, event;

	for (dir = 0; dir < NAT64_DIRS; dir++)
		for (event = 0; event < NAT64_TCP_EVENTS; event++) {
			struct nat64_tcp_step s;

			if (!says(r, r->state, dir, event))
				continue;
			s = nat64_tcp_step(r->state, dir, event);
			KUNIT_EXPECT_EQ_MSG(test, s.state, r->to,
					    "dir %u event %u", dir, event);
			KUNIT_EXPECT_EQ_MSG(test, s.timeout, r->timeout,
					    "dir %u event %u", dir, event);
		}
}

/* Else a cell could be wrong and no rule would see it. */
static void rules_cover_each_cell_once(struct kunit *test)
{
	unsigned int state, dir, event, i, n;

	for (state = 0; state < NAT64_TCP_STATES; state++)
		for (dir = 0; dir < NAT64_DIRS; dir++)
			for (event = 0; event < NAT64_TCP_EVENTS; event++) {
				for (i = 0, n = 0; i < ARRAY_SIZE(rules); i++)
					n += says(&rules[i], state, dir, event);
				KUNIT_EXPECT_EQ_MSG(test, n, 1,
						    "cell %u %u %u", state,
						    dir, event);
			}
}

/* The life of a connection, a letter a segment: S F R . from IPv6, s f r , */
struct life {
	const char *name;
	const char *segments;
	u8 states[8];
	u8 last_timeout;
};

static const struct life lives[] = {
	{ "opened and closed by the client", "Ss..F,f.",
	  { NAT64_TCP_V6_INIT, NAT64_TCP_ESTABLISHED, NAT64_TCP_ESTABLISHED,
	    NAT64_TCP_ESTABLISHED, NAT64_TCP_V6_FIN_RCV, NAT64_TCP_V6_FIN_RCV,
	    NAT64_TCP_V4_V6_FIN_RCV, NAT64_TCP_V4_V6_FIN_RCV },
	  NAT64_TIMEOUT_KEEP },
	{ "opened and closed by the server", "sS,f.F",
	  { NAT64_TCP_V4_INIT, NAT64_TCP_ESTABLISHED, NAT64_TCP_ESTABLISHED,
	    NAT64_TCP_V4_FIN_RCV, NAT64_TCP_V4_FIN_RCV,
	    NAT64_TCP_V4_V6_FIN_RCV },
	  NAT64_TIMEOUT_TCP_TRANS_CLOSE },
	{ "refused: the RST leaves the client's SYN alone", "Sr",
	  { NAT64_TCP_V6_INIT, NAT64_TCP_V6_INIT }, NAT64_TIMEOUT_KEEP },
	{ "a forged RST, then data goes on", "Ssr.",
	  { NAT64_TCP_V6_INIT, NAT64_TCP_ESTABLISHED, NAT64_TCP_TRANS,
	    NAT64_TCP_ESTABLISHED }, NAT64_TIMEOUT_TCP_EST },
	{ "resets do not prolong each other", "SsRrR",
	  { NAT64_TCP_V6_INIT, NAT64_TCP_ESTABLISHED, NAT64_TCP_TRANS,
	    NAT64_TCP_TRANS, NAT64_TCP_TRANS }, NAT64_TIMEOUT_KEEP },
	{ "resets while half closed, then data goes on", "SsFrR.",
	  { NAT64_TCP_V6_INIT, NAT64_TCP_ESTABLISHED, NAT64_TCP_V6_FIN_RCV,
	    NAT64_TCP_V6_FIN_RCV, NAT64_TCP_V6_FIN_RCV,
	    NAT64_TCP_V6_FIN_RCV }, NAT64_TIMEOUT_TCP_EST },
	{ "both open at once", "sS",
	  { NAT64_TCP_V4_INIT, NAT64_TCP_ESTABLISHED }, NAT64_TIMEOUT_TCP_EST },
	{ "closed by both, and opened again by the client", "SsFfSs",
	  { NAT64_TCP_V6_INIT, NAT64_TCP_ESTABLISHED, NAT64_TCP_V6_FIN_RCV,
	    NAT64_TCP_V4_V6_FIN_RCV, NAT64_TCP_V6_INIT,
	    NAT64_TCP_ESTABLISHED }, NAT64_TIMEOUT_TCP_EST },
	{ "closed by both, and opened again by the server", "SsfFsS",
	  { NAT64_TCP_V6_INIT, NAT64_TCP_ESTABLISHED, NAT64_TCP_V4_FIN_RCV,
	    NAT64_TCP_V4_V6_FIN_RCV, NAT64_TCP_V4_INIT,
	    NAT64_TCP_ESTABLISHED }, NAT64_TIMEOUT_TCP_EST },
	{ "found in its middle, then opened", ".,Ss",
	  { NAT64_TCP_CLOSED, NAT64_TCP_CLOSED, NAT64_TCP_V6_INIT,
	    NAT64_TCP_ESTABLISHED }, NAT64_TIMEOUT_TCP_EST },
};

KUNIT_ARRAY_PARAM_DESC(life, lives, name);

static void whole_life(struct kunit *test)
{
	static const char letters[] = "SFR.sfr,";
	const struct life *life = test->param_value;
	struct nat64_tcp_step s = { NAT64_TCP_CLOSED, NAT64_TIMEOUT_KEEP };
	unsigned int i;

	for (i = 0; life->segments[i]; i++) {
		unsigned int n = strchr(letters, life->segments[i]) - letters;

		s = nat64_tcp_step(s.state, n < 4 ? NAT64_6TO4 : NAT64_4TO6,
				   n % 4);
		KUNIT_EXPECT_EQ_MSG(test, s.state, life->states[i],
				    "segment %u", i);
	}
	KUNIT_EXPECT_EQ(test, s.timeout, life->last_timeout);
}

struct segment {
	const char *name;
	struct tcphdr tcp;
	enum nat64_tcp_event event;
};

static const struct segment segments[] = {
	{ "SYN", { .syn = 1 }, NAT64_TCP_SYN },
	{ "SYN ACK", { .syn = 1, .ack = 1 }, NAT64_TCP_SYN },
	{ "SYN ECE CWR", { .syn = 1, .ece = 1, .cwr = 1 }, NAT64_TCP_SYN },
	{ "SYN FIN", { .syn = 1, .fin = 1 }, NAT64_TCP_SYN },
	{ "FIN", { .fin = 1 }, NAT64_TCP_FIN },
	{ "FIN ACK", { .fin = 1, .ack = 1 }, NAT64_TCP_FIN },
	{ "FIN PSH ACK URG", { .fin = 1, .psh = 1, .ack = 1, .urg = 1 },
	  NAT64_TCP_FIN },
	{ "RST", { .rst = 1 }, NAT64_TCP_RST },
	{ "RST ACK", { .rst = 1, .ack = 1 }, NAT64_TCP_RST },
	{ "RST SYN", { .rst = 1, .syn = 1 }, NAT64_TCP_RST },
	{ "RST FIN", { .rst = 1, .fin = 1 }, NAT64_TCP_RST },
	{ "ACK", { .ack = 1 }, NAT64_TCP_OTHER },
	{ "PSH ACK URG", { .psh = 1, .ack = 1, .urg = 1 }, NAT64_TCP_OTHER },
	{ "no flag", { .doff = 5 }, NAT64_TCP_OTHER },
};

KUNIT_ARRAY_PARAM_DESC(segment, segments, name);

static void event(struct kunit *test)
{
	const struct segment *s = test->param_value;

	KUNIT_EXPECT_EQ(test, nat64_tcp_event(&s->tcp), s->event);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(step, rule_gen_params),
	KUNIT_CASE(rules_cover_each_cell_once),
	KUNIT_CASE_PARAM(whole_life, life_gen_params),
	KUNIT_CASE_PARAM(event, segment_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_tcp",
	.test_cases = cases,
};

kunit_test_suites(&suite);
