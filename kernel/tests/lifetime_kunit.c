// SPDX-License-Identifier: GPL-2.0
/*
 * All lifetimes at their full, default length, with a clock that a test puts
 * forward: what lives in the last second of its time is gone in the next.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "../state.h"
#include "instance.h"

/**
 * struct life - of a session
 * @name: of the case
 * @proto: enum nat64_proto
 * @is_bound: the client has a static binding
 * @story: what happens when, e.g. "0S 1s 7201L": a time in seconds, and letters,
 *	S F R .	a segment from IPv6: SYN, FIN, RST, other
 *	s f r ,	the same from IPv4
 *	L	the sweep lets it live
 *	P	the sweep finds that it has to be probed
 *	X	the sweep ends it
 */
struct life {
	const char *name;
	u8 proto;
	bool is_bound;
	const char *story;
};

static const struct life lives[] = {
	/* RFC 4787, REQ-5 and REQ-6 */
	{ "udp: 5 minutes", NAT64_UDP, false, "0. 300L 301X" },
	{ "udp: from the client's last packet on", NAT64_UDP, false,
	  "0. 150. 300. 301L 600L 601X" },
	{ "udp: from the server's", NAT64_UDP, false,
	  "0. 150, 300, 301L 600L 601X" },
	{ "udp: begun by the server", NAT64_UDP, true, "0, 300L 301X" },
	/* RFC 5508, REQ-2 */
	{ "icmp: 1 minute", NAT64_ICMP, false, "0. 60L 61X" },
	{ "icmp: from the last request on", NAT64_ICMP, false,
	  "0. 59. 118. 178L 179X" },
	{ "icmp: from the last reply on", NAT64_ICMP, false,
	  "0. 60, 120L 121X" },

	/* RFC 7857, 2.1; RFC 6146, V6 INIT and V4 INIT */
	{ "opening, by the client: 4 minutes", NAT64_TCP, false,
	  "0S 240L 241X" },
	{ "opening: the SYN again begins anew", NAT64_TCP, false,
	  "0S 1S 3S 7S 247L 248X" },
	{ "opening: nothing else does", NAT64_TCP, false,
	  "0S 200. 201, 202F 203f 204R 205r 240L 241X" },
	{ "opening, by the server: 4 minutes", NAT64_TCP, true,
	  "0s 1s 200, 201. 202r 203R 240L 241X" },
	/* RFC 5382, REQ-4 */
	{ "closed: 6 seconds", NAT64_TCP, true, "0. 6L 7X" },
	{ "closed: whatever comes", NAT64_TCP, true,
	  "0, 1. 2R 3r 4F 5f 6L 7X" },
	{ "closed, and then a SYN", NAT64_TCP, true, "0. 6S 246L 247X" },

	/* RFC 5382, REQ-5: 2 h 4 min, half of which ends with the probe */
	{ "established: 2 hours, and 4 minutes", NAT64_TCP, false,
	  "0S 1s 7201L 7202P 7442L 7443X" },
	{ "established, by the server", NAT64_TCP, true,
	  "0s 1S 7201L 7202P 7442L 7443X" },
	{ "established: from the client's last segment on", NAT64_TCP, false,
	  "0S 1s 7000. 14200L 14201P 14441L 14442X" },
	{ "established: from the server's", NAT64_TCP, false,
	  "0S 1s 7000, 14200L 14201P 14441L 14442X" },
	{ "established: the client's answer revives it", NAT64_TCP, false,
	  "0S 1s 7202P 7203. 14403L 14404P 14644L 14645X" },
	{ "established: so does the server's, at the last moment", NAT64_TCP,
	  false, "0S 1s 7202P 7442, 14642L 14643P 14883L 14884X" },
	{ "established: the client knows nothing of it", NAT64_TCP, false,
	  "0S 1s 7202P 7203R 7442L 7443X" },

	/* RFC 7857, 2.2 */
	{ "reset by the server: 4 minutes", NAT64_TCP, false,
	  "0S 1s 100r 340L 341X" },
	{ "reset by the client: 4 minutes", NAT64_TCP, false,
	  "0S 1s 100R 340L 341X" },
	{ "reset again and again: 4 minutes", NAT64_TCP, false,
	  "0S 1s 100r 200R 300r 340L 341X" },
	{ "reset by somebody else: data goes on", NAT64_TCP, false,
	  "0S 1s 100r 340, 7540L 7541P 7781L 7782X" },
	{ "reset when half closed, by the server", NAT64_TCP, false,
	  "0S 1s 50F 100r 340L 341X" },
	{ "reset when half closed, by the client", NAT64_TCP, false,
	  "0S 1s 50f 100R 340L 341X" },
	{ "reset when half closed, by somebody else", NAT64_TCP, false,
	  "0S 1s 50F 100r 340, 7540L 7541X" },

	/* RFC 6146, FIN RCV: without a probe */
	{ "half closed by the client: 2 hours", NAT64_TCP, false,
	  "0S 1s 100F 7201L 7202X" },
	{ "half closed by the server: 2 hours", NAT64_TCP, false,
	  "0S 1s 100f 7201L 7202X" },
	{ "half closed: from the last segment on", NAT64_TCP, false,
	  "0S 1s 100F 7000, 14200L 14201X" },
	{ "closed by both: 4 minutes", NAT64_TCP, false,
	  "0S 1s 100F 110f 350L 351X" },
	{ "closed by both, the server first", NAT64_TCP, false,
	  "0S 1s 100f 110F 350L 351X" },
	{ "closed by both: nothing begins anew", NAT64_TCP, false,
	  "0S 1s 100f 110F 200. 201, 202F 203f 204R 205r 350L 351X" },
	{ "closed by both, and opened again", NAT64_TCP, false,
	  "0S 1s 100f 110F 349S 350s 7550L 7551P 7791L 7792X" },
};

KUNIT_ARRAY_PARAM_DESC(life, lives, name);

/* The clock wraps around at each of these times, or where a sign would change. */
static const u32 births[] = {
	0, 1000, U32_MAX, U32_MAX - 3, U32_MAX - 239, U32_MAX - 7201,
	(u32)S32_MAX - 100, (u32)S32_MAX + 1,
};

/** struct moment - where a story is */
struct moment {
	const struct life *life;
	u32 born;
	u32 at;
};

static void packet(struct kunit *test, const struct moment *m, char letter)
{
	static const char letters[] = "SFR.sfr,";
	unsigned int n = strchr(letters, letter) - letters;
	const struct segment seg = {
		.proto = m->life->proto,
		.dir = n / NAT64_TCP_EVENTS,
		.event = n % NAT64_TCP_EVENTS,
	};
	struct nat64_session *s;

	KUNIT_EXPECT_EQ_MSG(test, nat64_test_send(test, &seg, &s), NAT64_OK,
			    "%c at %u, born at %u", letter, m->at, m->born);
}

static void sweep(struct kunit *test, const struct moment *m, char letter)
{
	struct nat64_net *nn = nat64_test_nn(test);
	struct nat64_session *s;

	nat64_test_sweep(test);
	s = nat64_test_find(test, m->life->proto);
	KUNIT_EXPECT_EQ_MSG(test, !s, letter == 'X', "%c at %u, born at %u",
			    letter, m->at, m->born);
	/* A dynamic binding goes with its last session: RFC 6146, 3.1. */
	KUNIT_EXPECT_EQ(test, nat64_state_bindings(nn),
			s || m->life->is_bound);
	if (!s || letter != 'P')
		return;
	KUNIT_EXPECT_EQ(test, s->state, NAT64_TCP_TRANS);
	KUNIT_EXPECT_EQ(test, nat64_session_left(s, nat64_now()), 240);
}

static void tell(struct kunit *test, struct moment *m)
{
	const char *c;

	for (c = m->life->story; *c; c++) {
		switch (*c) {
		case ' ':
			m->at = 0;
			break;
		case '0' ... '9':
			m->at = m->at * 10 + *c - '0';
			nat64_test_set_clock(test, m->born + m->at);
			break;
		case 'L':
		case 'P':
		case 'X':
			sweep(test, m, *c);
			break;
		default:
			packet(test, m, *c);
			break;
		}
	}
}

static void whole_life(struct kunit *test)
{
	struct moment m = { .life = test->param_value };
	unsigned int i;

	if (m.life->is_bound)
		nat64_test_bind(test, m.life->proto, true);
	for (i = 0; i < ARRAY_SIZE(births); i++) {
		m.born = births[i];
		m.at = 0;
		tell(test, &m);
	}
}

/* RFC 6146, TCP_INCOMING_SYN, and the 3/3 that is counted then. */
static void stored_syn(struct kunit *test)
{
	const struct segment syn = { .dir = NAT64_4TO6 };
	struct nat64_net *nn = nat64_test_nn(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(births); i++) {
		unsigned int answered = NAT64_STAT_DROPS +
					NAT64_DROP_unanswered_syn;
		struct nat64_session *s;

		nat64_test_set_clock(test, births[i]);
		KUNIT_EXPECT_EQ(test, nat64_test_send(test, &syn, &s),
				NAT64_STORED);
		nat64_test_set_clock(test, births[i] + 6);
		nat64_test_sweep(test);
		KUNIT_EXPECT_EQ(test, nn->syns.n, 1);
		nat64_test_set_clock(test, births[i] + 7);
		nat64_test_sweep(test);
		KUNIT_EXPECT_EQ(test, nn->syns.n, 0);
		KUNIT_EXPECT_EQ(test, nat64_stats_sum(nn->stats, answered),
				i + 1);
	}
}

/* One that nobody has answered yet, as the sweep is late, is met no more. */
static void stored_syn_is_late(struct kunit *test)
{
	const struct segment from4 = { .dir = NAT64_4TO6 };
	const struct segment from6 = { .dir = NAT64_6TO4 };
	u32 now = nat64_now();
	struct nat64_session *s;

	KUNIT_ASSERT_EQ(test, nat64_test_send(test, &from4, &s), NAT64_STORED);
	nat64_test_set_clock(test, now + 7);
	KUNIT_ASSERT_EQ(test, nat64_test_send(test, &from6, &s), NAT64_OK);
	KUNIT_EXPECT_EQ(test, s->state, NAT64_TCP_V6_INIT);
	KUNIT_EXPECT_EQ(test, nat64_test_nn(test)->syns.n, 1);
}

/* What the sweep is late for is over all the same, but for what is probed. */
static void the_sweep_is_late(struct kunit *test)
{
	const struct segment from6 = { NAT64_UDP, NAT64_6TO4 };
	const struct segment from4 = { NAT64_UDP, NAT64_4TO6 };
	struct nat64_net *nn = nat64_test_nn(test);
	struct nat64_session *s, *next;
	u32 now = nat64_now();

	KUNIT_ASSERT_EQ(test, nat64_test_send(test, &from6, &s), NAT64_OK);
	nn->filtering.address_dependent = 1;
	nat64_test_set_clock(test, now + 301);
	KUNIT_EXPECT_EQ(test, nat64_test_send(test, &from4, &next),
			NAT64_DROP_filtered);
	KUNIT_EXPECT_EQ(test, nat64_test_send(test, &from6, &next), NAT64_OK);
	KUNIT_EXPECT_PTR_NE(test, next, s);
	KUNIT_EXPECT_EQ(test, nat64_state_sessions(nn), 1);
}

/* When a port that is freed at @now rests no more; it is the only one. */
static u32 rests_until(struct kunit *test, u32 now)
{
	struct nat64_net *nn = nat64_test_nn(test);
	u32 at = now;

	while (nat64_pool4_rested(&nn->pool4, nn->hold.seconds, at) &&
	       at - now < 1000)
		at++;
	return at - now;
}

/* RFC 6888, REQ-8. A third more may pass, as ports rest in generations. */
static void hold_down(struct kunit *test)
{
	const struct segment seg = { NAT64_UDP, NAT64_6TO4 };
	struct nat64_net *nn = nat64_test_nn(test);
	struct nat64_session *s;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, nn->hold.seconds, 120);
	KUNIT_EXPECT_EQ(test, nn->hold.percent, 25);
	nn->hold.percent = 100;
	for (i = 0; i < ARRAY_SIZE(births); i++) {
		u32 rests;

		nat64_test_set_clock(test, births[i]);
		KUNIT_ASSERT_EQ(test, nat64_test_send(test, &seg, &s),
				NAT64_OK);
		nat64_test_set_clock(test, births[i] + 301);
		nat64_test_sweep(test);
		KUNIT_EXPECT_EQ(test, nat64_state_bindings(nn), 0);
		rests = rests_until(test, births[i] + 301);
		KUNIT_EXPECT_GE(test, rests, 120);
		KUNIT_EXPECT_LE(test, rests, 160);
	}
}

/* A change counts from a session's next packet; one that is over stays so. */
static void changed_timeout(struct kunit *test)
{
	const struct segment seg = { NAT64_UDP, NAT64_6TO4 };
	struct nat64_net *nn = nat64_test_nn(test);
	u32 now = nat64_now();
	struct nat64_session *s;

	KUNIT_ASSERT_EQ(test, nat64_test_send(test, &seg, &s), NAT64_OK);
	nn->timeouts[NAT64_TIMEOUT_UDP] = 120;
	nat64_test_set_clock(test, now + 300);
	nat64_test_sweep(test);
	KUNIT_EXPECT_EQ(test, nat64_state_sessions(nn), 1);
	KUNIT_EXPECT_EQ(test, nat64_test_send(test, &seg, &s), NAT64_OK);
	nat64_test_set_clock(test, now + 420);
	nat64_test_sweep(test);
	KUNIT_EXPECT_EQ(test, nat64_state_sessions(nn), 1);
	nat64_test_set_clock(test, now + 421);
	nat64_test_sweep(test);
	KUNIT_EXPECT_EQ(test, nat64_state_sessions(nn), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(whole_life, life_gen_params),
	KUNIT_CASE(stored_syn),
	KUNIT_CASE(stored_syn_is_late),
	KUNIT_CASE(the_sweep_is_late),
	KUNIT_CASE(hold_down),
	KUNIT_CASE(changed_timeout),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_lifetime",
	.init = nat64_test_instance,
	.exit = nat64_test_instance_end,
	.test_cases = cases,
};

kunit_test_suites(&suite);
