// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a packet, and what it does to the timers: RFC 6146, 3.5, for
 * each kind of packet that belongs to no session (in the words of 3.5.2.2: in
 * CLOSED), then for each that does.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "../state.h"
#include "instance.h"

#define V6(e)	{ .dir = NAT64_6TO4, .event = NAT64_TCP_##e }
#define V6A(e)	{ .dir = NAT64_6TO4, .event = NAT64_TCP_##e, .ack = true }
#define V4(e)	{ .dir = NAT64_4TO6, .event = NAT64_TCP_##e }
#define V4A(e)	{ .dir = NAT64_4TO6, .event = NAT64_TCP_##e, .ack = true }

/* What there is when the segment comes. */
enum before {
	NOTHING,
	BINDING,	/* of the client's transport address */
	FRIEND,		/* and a session with the server, of another port */
	MET,		/* no binding, but a stored SYN */
};

/* What the policy is. */
enum policy {
	OPEN,
	ADDRESS_DEPENDENT,
	DROP_EXTERNAL,
	DRAIN,
};

/**
 * struct first - a segment of no session
 * @name: of the case
 * @before: what there is
 * @policy: what is allowed
 * @seg: the segment
 * @reason: what becomes of it
 * @state: of the session that it makes, if it passes
 * @left: seconds that this lives
 */
struct first {
	const char *name;
	enum before before;
	enum policy policy;
	struct segment seg;
	enum nat64_reason reason;
	enum nat64_tcp_state state;
	u32 left;
};

static const struct first firsts[] = {
	{ "a V6 SYN makes a BIB entry", NOTHING, OPEN, V6(SYN),
	  NAT64_OK, NAT64_TCP_V6_INIT, 240 },
	{ "so it does with ACK", NOTHING, OPEN, V6A(SYN),
	  NAT64_OK, NAT64_TCP_V6_INIT, 240 },
	{ "no BIB entry: a V6 FIN is discarded", NOTHING, OPEN, V6(FIN),
	  NAT64_DROP_no_session },
	{ "no BIB entry: a V6 RST is discarded", NOTHING, OPEN, V6(RST),
	  NAT64_DROP_no_session },
	{ "no BIB entry: any other from IPv6 is discarded",
	  NOTHING, OPEN, V6(OTHER), NAT64_DROP_no_session },
	{ "no BIB entry: a V4 SYN is stored", NOTHING, OPEN, V4(SYN),
	  NAT64_STORED },
	{ "no BIB entry: an answer to a SYN is discarded",
	  NOTHING, OPEN, V4A(SYN), NAT64_DROP_no_binding },
	{ "no BIB entry: a V4 FIN is discarded", NOTHING, OPEN, V4(FIN),
	  NAT64_DROP_no_binding },
	{ "no BIB entry: a V4 RST is discarded", NOTHING, OPEN, V4(RST),
	  NAT64_DROP_no_binding },
	{ "no BIB entry: any other from IPv4 is discarded",
	  NOTHING, OPEN, V4(OTHER), NAT64_DROP_no_binding },
	{ "draining: a V6 SYN", NOTHING, DRAIN, V6(SYN), NAT64_DROP_draining },
	{ "draining: a V4 SYN", NOTHING, DRAIN, V4(SYN), NAT64_DROP_draining },
	{ "policy: no V4 SYN is stored", NOTHING, DROP_EXTERNAL, V4(SYN),
	  NAT64_DROP_external_tcp },
	{ "policy: a V6 SYN passes", NOTHING, DROP_EXTERNAL, V6(SYN),
	  NAT64_OK, NAT64_TCP_V6_INIT, 240 },

	{ "a stored SYN and a V6 SYN", MET, OPEN, V6(SYN),
	  NAT64_OK, NAT64_TCP_ESTABLISHED, 7200 },
	{ "a stored SYN and a V4 SYN", MET, OPEN, V4(SYN),
	  NAT64_DROP_repeated_syn },
	{ "a stored SYN and a V6 RST", MET, OPEN, V6(RST),
	  NAT64_DROP_no_session },

	{ "BIB entry: a V6 SYN", BINDING, OPEN, V6(SYN),
	  NAT64_OK, NAT64_TCP_V6_INIT, 240 },
	{ "BIB entry: a V6 FIN passes", BINDING, OPEN, V6(FIN),
	  NAT64_OK, NAT64_TCP_CLOSED, 6 },
	{ "BIB entry: a V6 RST passes", BINDING, OPEN, V6(RST),
	  NAT64_OK, NAT64_TCP_CLOSED, 6 },
	{ "BIB entry: any other from IPv6 passes", BINDING, OPEN, V6(OTHER),
	  NAT64_OK, NAT64_TCP_CLOSED, 6 },
	{ "BIB entry: a V4 SYN", BINDING, OPEN, V4(SYN),
	  NAT64_OK, NAT64_TCP_V4_INIT, 240 },
	{ "BIB entry: with ACK it is a V4 SYN, too", BINDING, OPEN, V4A(SYN),
	  NAT64_OK, NAT64_TCP_V4_INIT, 240 },
	{ "BIB entry: a V4 FIN passes", BINDING, OPEN, V4(FIN),
	  NAT64_OK, NAT64_TCP_CLOSED, 6 },
	{ "BIB entry: a V4 RST passes", BINDING, OPEN, V4(RST),
	  NAT64_OK, NAT64_TCP_CLOSED, 6 },
	{ "BIB entry: any other from IPv4 passes", BINDING, OPEN, V4(OTHER),
	  NAT64_OK, NAT64_TCP_CLOSED, 6 },
	{ "BIB entry: draining, it is not new", BINDING, DRAIN, V4(SYN),
	  NAT64_OK, NAT64_TCP_V4_INIT, 240 },

	{ "address-dependent: a V4 SYN is stored",
	  BINDING, ADDRESS_DEPENDENT, V4(SYN), NAT64_STORED },
	{ "address-dependent: an answer to a SYN",
	  BINDING, ADDRESS_DEPENDENT, V4A(SYN), NAT64_DROP_filtered },
	{ "address-dependent: a V4 FIN",
	  BINDING, ADDRESS_DEPENDENT, V4(FIN), NAT64_DROP_filtered },
	{ "address-dependent: a V4 RST",
	  BINDING, ADDRESS_DEPENDENT, V4(RST), NAT64_DROP_filtered },
	{ "address-dependent: any other from IPv4",
	  BINDING, ADDRESS_DEPENDENT, V4(OTHER), NAT64_DROP_filtered },
	{ "address-dependent: a V6 SYN passes",
	  BINDING, ADDRESS_DEPENDENT, V6(SYN),
	  NAT64_OK, NAT64_TCP_V6_INIT, 240 },
	{ "address-dependent: whom the client knows may open",
	  FRIEND, ADDRESS_DEPENDENT, V4(SYN),
	  NAT64_OK, NAT64_TCP_V4_INIT, 240 },
	{ "address-dependent: and anything else",
	  FRIEND, ADDRESS_DEPENDENT, V4(OTHER),
	  NAT64_OK, NAT64_TCP_CLOSED, 6 },

	{ "policy: a V4 SYN is dropped", BINDING, DROP_EXTERNAL, V4(SYN),
	  NAT64_DROP_external_tcp },
	{ "policy: any other from IPv4 is dropped",
	  BINDING, DROP_EXTERNAL, V4(OTHER), NAT64_DROP_external_tcp },
	{ "policy: though the client knows it", FRIEND, DROP_EXTERNAL, V4(SYN),
	  NAT64_DROP_external_tcp },
	{ "policy: a V6 SYN of a BIB entry passes",
	  BINDING, DROP_EXTERNAL, V6(SYN), NAT64_OK, NAT64_TCP_V6_INIT, 240 },
};

KUNIT_ARRAY_PARAM_DESC(first, firsts, name);

/* A session of the client's binding with the server, but for the port. */
static void befriend(struct kunit *test)
{
	struct nat64_net *nn = nat64_test_nn(test);
	struct nat64_binding *b = nat64_test_bind(test, NAT64_TCP, false);
	struct nat64_tuple t = {
		.raddr = cpu_to_be32(0xc6336407),
		.rport = cpu_to_be16(22),
		.proto = NAT64_TCP,
		.prefix = b->prefix,
	};
	struct nat64_session *s;

	local_bh_disable();
	rcu_read_lock();
	s = nat64_state_open(nn, b, &t, NAT64_TCP_ESTABLISHED, 7200);
	rcu_read_unlock();
	local_bh_enable();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
}

static void prepare(struct kunit *test, enum before before)
{
	static const struct segment syn = V4(SYN);
	struct nat64_session *s;

	switch (before) {
	case NOTHING:
		break;
	case BINDING:
		nat64_test_bind(test, NAT64_TCP, true);
		break;
	case FRIEND:
		befriend(test);
		break;
	case MET:
		KUNIT_ASSERT_EQ(test, nat64_test_send(test, &syn, &s),
				NAT64_STORED);
		break;
	}
}

static void set_policy(struct kunit *test, enum policy policy)
{
	struct nat64_net *nn = nat64_test_nn(test);

	nn->filtering.address_dependent = policy == ADDRESS_DEPENDENT;
	nn->filtering.drop_external_tcp = policy == DROP_EXTERNAL;
	nn->enabled = policy == DRAIN ? NAT64_DRAIN : NAT64_ON;
}

static void first_segment(struct kunit *test)
{
	struct nat64_net *nn = nat64_test_nn(test);
	const struct first *c = test->param_value;
	unsigned int sessions, bindings, syns;
	bool makes = c->reason == NAT64_OK;
	struct nat64_session *s = NULL;

	prepare(test, c->before);
	set_policy(test, c->policy);
	sessions = nat64_state_sessions(nn);
	bindings = nat64_state_bindings(nn);
	syns = nn->syns.n;
	KUNIT_EXPECT_EQ(test, nat64_test_send(test, &c->seg, &s), c->reason);
	KUNIT_EXPECT_EQ(test, nat64_state_sessions(nn), sessions + makes);
	/* Only a SYN from IPv6 makes one of nothing. */
	KUNIT_EXPECT_EQ(test, nat64_state_bindings(nn),
			bindings + (makes && !bindings));
	if (c->before != MET)
		KUNIT_EXPECT_EQ(test, nn->syns.n,
				syns + (c->reason == NAT64_STORED));
	else
		KUNIT_EXPECT_EQ(test, nn->syns.n, !makes);
	if (!makes)
		return;
	KUNIT_EXPECT_PTR_EQ(test, s, nat64_test_find(test, NAT64_TCP));
	KUNIT_EXPECT_EQ(test, s->state, c->state);
	KUNIT_EXPECT_EQ(test, nat64_session_left(s, nat64_now()), c->left);
}

static struct nat64_session *make_session(struct kunit *test, u8 proto)
{
	const struct segment seg = { .proto = proto, .dir = NAT64_6TO4 };
	struct nat64_session *s = NULL;

	KUNIT_ASSERT_EQ(test, nat64_test_send(test, &seg, &s), NAT64_OK);
	return s;
}

/* RFC 6146: "the packet is translated and forwarded", in each state but CLOSED. */
static void every_segment_of_a_session_passes(struct kunit *test)
{
	struct nat64_session *s = make_session(test, NAT64_TCP), *found;
	struct segment seg = { .proto = NAT64_TCP };
	unsigned int state;

	for (state = 0; state < NAT64_TCP_STATES; state++)
		for (seg.dir = 0; seg.dir < NAT64_DIRS; seg.dir++)
			for (seg.event = 0; seg.event < NAT64_TCP_EVENTS;
			     seg.event++) {
				struct nat64_tcp_step step;

				step = nat64_tcp_step(state, seg.dir,
						      seg.event);
				s->state = state;
				KUNIT_EXPECT_EQ(test, NAT64_OK,
						nat64_test_send(test, &seg,
								&found));
				KUNIT_EXPECT_PTR_EQ(test, found, s);
				KUNIT_EXPECT_EQ(test, s->state, step.state);
			}
}

/* The connection after the next: it asks as any other, but for its session. */
static void the_next_connection_asks(struct kunit *test)
{
	static const struct segment syn = V4(SYN), ack = V4(OTHER);
	struct nat64_session *s = make_session(test, NAT64_TCP), *found;

	s->state = NAT64_TCP_V4_V6_FIN_RCV;
	set_policy(test, DROP_EXTERNAL);
	KUNIT_EXPECT_EQ(test, nat64_test_send(test, &syn, &found),
			NAT64_DROP_external_tcp);
	KUNIT_EXPECT_EQ(test, s->state, NAT64_TCP_V4_V6_FIN_RCV);
	KUNIT_EXPECT_EQ(test, nat64_test_send(test, &ack, &found), NAT64_OK);
	set_policy(test, ADDRESS_DEPENDENT);
	KUNIT_EXPECT_EQ(test, nat64_test_send(test, &syn, &found), NAT64_OK);
	KUNIT_EXPECT_PTR_EQ(test, found, s);
	KUNIT_EXPECT_EQ(test, s->state, NAT64_TCP_V4_INIT);
	KUNIT_EXPECT_EQ(test, nat64_state_sessions(nat64_test_nn(test)), 1);
}

/* RFC 7857, 7.1: a reset from inside may shorten what is left, and no more. */
static void no_reset_prolongs(struct kunit *test)
{
	static const struct segment rst = V6(RST);
	struct nat64_session *s = make_session(test, NAT64_TCP), *found;
	unsigned int state;

	for (state = 0; state < NAT64_TCP_STATES; state++) {
		u32 left = 7000;

		s->state = state;
		nat64_session_refresh(s, nat64_now(), left);
		nat64_test_send(test, &rst, &found);
		KUNIT_EXPECT_LE(test, nat64_session_left(s, nat64_now()), left);
		/* RFC 7857, 2.2: nothing is deleted for four minutes. */
		KUNIT_EXPECT_GE(test, nat64_session_left(s, nat64_now()), 240);
	}
}

/* Who is not let in keeps nothing alive: RFC 7857, 7. */
static void what_is_filtered_prolongs_nothing(struct kunit *test)
{
	struct segment seg = { .dir = NAT64_4TO6, .stranger = true };
	struct nat64_net *nn = nat64_test_nn(test);
	struct nat64_session *found;

	for (seg.proto = 0; seg.proto < NAT64_PROTOS; seg.proto++) {
		struct nat64_session *s = make_session(test, seg.proto);
		u32 expires = s->expires;

		set_policy(test, ADDRESS_DEPENDENT);
		nat64_test_set_clock(test, nat64_now() + 1);
		seg.event = NAT64_TCP_OTHER;
		KUNIT_EXPECT_NE(test, nat64_test_send(test, &seg, &found),
				NAT64_OK);
		KUNIT_EXPECT_EQ(test, s->expires, expires);
		seg.event = NAT64_TCP_SYN;
		KUNIT_EXPECT_NE(test, nat64_test_send(test, &seg, &found),
				NAT64_OK);
		KUNIT_EXPECT_EQ(test, s->expires, expires);
		set_policy(test, OPEN);
	}
	KUNIT_EXPECT_EQ(test, nat64_state_sessions(nn), NAT64_PROTOS);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(first_segment, first_gen_params),
	KUNIT_CASE(every_segment_of_a_session_passes),
	KUNIT_CASE(the_next_connection_asks),
	KUNIT_CASE(no_reset_prolongs),
	KUNIT_CASE(what_is_filtered_prolongs_nothing),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_flow",
	.init = nat64_test_instance,
	.exit = nat64_test_instance_end,
	.test_cases = cases,
};

kunit_test_suites(&suite);
