// SPDX-License-Identifier: GPL-2.0
/*
 * The session tables: see session.h.
 */
#include "session.h"

#include <linux/build_bug.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/ipv6.h>

static struct kmem_cache *session_cache __read_mostly;
static hsiphash_key_t hash_key __read_mostly;

/* What the IPv6 side's hash is of: addr6, port6, rport and raddr. */
#define KEY6_LEN	offsetof(struct nat64_tuple, addr4)

u32 nat64_session_left(const struct nat64_session *session, u32 now)
{
	s32 left = READ_ONCE(session->expires) - now;

	if (left < 0)
		return 0;
	/* In its last second. */
	return left ?: 1;
}

/* The protocol may be outside: it makes three flows collide at the most. */
static u32 hash6(const struct nat64_tuple *t)
{
	return hsiphash(t, KEY6_LEN, &hash_key) ^ t->proto;
}

static u32 hash4(const struct nat64_tuple *t)
{
	return hsiphash_3u32((__force u32)t->raddr, (__force u32)t->addr4,
			     (__force u32)t->rport << 16 |
			     (__force u32)t->port4, &hash_key) ^ t->proto;
}

static u32 key_hash6(const void *data, u32 len, u32 seed)
{
	return hash6(data);
}

static u32 obj_hash6(const void *data, u32 len, u32 seed)
{
	const struct nat64_session *s = data;

	return hash6(&s->tuple);
}

static int cmp6(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nat64_tuple *key = arg->key;
	const struct nat64_session *s = obj;
	const struct nat64_tuple *t = &s->tuple;

	return t->port6 != key->port6 || t->rport != key->rport ||
	       t->raddr != key->raddr || t->proto != key->proto ||
	       t->prefix != key->prefix ||
	       !ipv6_addr_equal(&t->addr6, &key->addr6);
}

static u32 key_hash4(const void *data, u32 len, u32 seed)
{
	return hash4(data);
}

static u32 obj_hash4(const void *data, u32 len, u32 seed)
{
	const struct nat64_session *s = data;

	return hash4(&s->tuple);
}

static int cmp4(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nat64_tuple *key = arg->key;
	const struct nat64_session *s = obj;
	const struct nat64_tuple *t = &s->tuple;

	return t->raddr != key->raddr || t->addr4 != key->addr4 ||
	       t->rport != key->rport || t->port4 != key->port4 ||
	       t->proto != key->proto;
}

static const struct rhashtable_params params6 = {
	.head_offset = offsetof(struct nat64_session, node6),
	.key_len = sizeof(struct nat64_tuple),
	.hashfn = key_hash6,
	.obj_hashfn = obj_hash6,
	.obj_cmpfn = cmp6,
	.min_size = 1024,
	.automatic_shrinking = true,
};

static const struct rhashtable_params params4 = {
	.head_offset = offsetof(struct nat64_session, node4),
	.key_len = sizeof(struct nat64_tuple),
	.hashfn = key_hash4,
	.obj_hashfn = obj_hash4,
	.obj_cmpfn = cmp4,
	.min_size = 1024,
	.automatic_shrinking = true,
};

struct nat64_session *nat64_session_find6(struct nat64_sessions *sessions,
					  const struct nat64_tuple *key)
{
	return rhashtable_lookup(&sessions->by6, key, params6);
}

struct nat64_session *nat64_session_find4(struct nat64_sessions *sessions,
					  const struct nat64_tuple *key)
{
	return rhashtable_lookup(&sessions->by4, key, params4);
}

struct nat64_session *
nat64_session_insert_host(struct nat64_sessions *sessions,
			  struct nat64_session *flow)
{
	return rhashtable_lookup_get_insert_key(&sessions->by4, &flow->tuple,
						&flow->node4, params4);
}

void nat64_session_remove_host(struct nat64_sessions *sessions,
			       struct nat64_session *flow)
{
	if (!rhashtable_remove_fast(&sessions->by4, &flow->node4, params4))
		nat64_session_free_rcu(flow);
}

int nat64_session_insert(struct nat64_sessions *sessions,
			 struct nat64_session *session)
{
	struct nat64_session *host = nat64_session_insert_host(sessions, session);
	int err;

	if (host)
		return IS_ERR(host) ? PTR_ERR(host) : -EADDRINUSE;
	err = rhashtable_insert_fast(&sessions->by6, &session->node6, params6);
	if (err)
		rhashtable_remove_fast(&sessions->by4, &session->node4,
				       params4);
	return err;
}

void nat64_session_remove(struct nat64_sessions *sessions,
			  struct nat64_session *session)
{
	rhashtable_remove_fast(&sessions->by6, &session->node6, params6);
	rhashtable_remove_fast(&sessions->by4, &session->node4, params4);
}

void nat64_session_forget_routes(struct nat64_session *session)
{
	dst_release(unrcu_pointer(xchg(&session->dst4, NULL)));
	dst_release(unrcu_pointer(xchg(&session->dst6, NULL)));
}

int nat64_sessions_init(struct nat64_sessions *sessions)
{
	int err;

	err = rhashtable_init(&sessions->by6, &params6);
	if (err)
		return err;
	err = rhashtable_init(&sessions->by4, &params4);
	if (err)
		rhashtable_destroy(&sessions->by6);
	return err;
}

void nat64_sessions_destroy(struct nat64_sessions *sessions)
{
	rhashtable_destroy(&sessions->by4);
	rhashtable_destroy(&sessions->by6);
}

struct nat64_session *nat64_session_alloc(void)
{
	return kmem_cache_zalloc(session_cache, GFP_ATOMIC | __GFP_NOWARN);
}

void nat64_session_free(struct nat64_session *session)
{
	kmem_cache_free(session_cache, session);
}

/*
 * The routes once more: a packet that had found the session before it died
 * may have stored one until now.
 */
static void free_rcu_cb(struct rcu_head *rcu)
{
	struct nat64_session *s;

	s = container_of(rcu, struct nat64_session, rcu);
	nat64_session_forget_routes(s);
	nat64_session_free(s);
}

void nat64_session_free_rcu(struct nat64_session *session)
{
	call_rcu(&session->rcu, free_rcu_cb);
}

int nat64_session_module_init(void)
{
	BUILD_BUG_ON(sizeof(struct nat64_tuple) != 32);
	BUILD_BUG_ON(sizeof(struct nat64_session) > 128);
	get_random_bytes(&hash_key, sizeof(hash_key));
	session_cache = kmem_cache_create("nat64_session",
					  sizeof(struct nat64_session), 0,
					  SLAB_HWCACHE_ALIGN, NULL);
	return session_cache ? 0 : -ENOMEM;
}

void nat64_session_module_exit(void)
{
	kmem_cache_destroy(session_cache);
}
