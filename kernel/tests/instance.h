/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An instance for the tests: one transport address in pool4, the client and the
 * server of skb.h, and a clock that only the test puts forward. What it refuses is
 * not answered, and nothing is sent.
 */
#ifndef _NAT64_TESTS_INSTANCE_H
#define _NAT64_TESTS_INSTANCE_H

#include "../net.h"

struct kunit;

/**
 * struct segment - a packet of the client's or the server's
 * @proto: enum nat64_proto
 * @dir: enum nat64_dir
 * @event: enum nat64_tcp_event, for TCP
 * @ack: TCP has ACK set, too
 * @stranger: from IPv4 it is another server's
 */
struct segment {
	u8 proto;
	u8 dir;
	u8 event;
	bool ack;
	bool stranger;
};

/** nat64_test_instance() - make it; for kunit_suite.init */
int nat64_test_instance(struct kunit *test);

/** nat64_test_instance_end() - end it, and all it has; for kunit_suite.exit */
void nat64_test_instance_end(struct kunit *test);

/** nat64_test_nn() - the instance */
struct nat64_net *nat64_test_nn(struct kunit *test);

/** nat64_test_set_clock() - what nat64_now() is in this test */
void nat64_test_set_clock(struct kunit *test, u32 now);

/** nat64_test_bind() - the client has the transport address, static or not */
struct nat64_binding *nat64_test_bind(struct kunit *test, u8 proto,
				      bool is_static);

/**
 * nat64_test_send() - ask for the session of a packet
 * @test: who sends
 * @seg: the packet
 * @session: the result, valid as long as the session lives
 *
 * Return: what nat64_flow_6to4() or nat64_flow_4to6() say.
 */
enum nat64_reason nat64_test_send(struct kunit *test,
				  const struct segment *seg,
				  struct nat64_session **session);

/** nat64_test_find() - the session of client and server; NULL: none */
struct nat64_session *nat64_test_find(struct kunit *test, u8 proto);

/** nat64_test_sweep() - a whole round of the sweep */
void nat64_test_sweep(struct kunit *test);

#endif
