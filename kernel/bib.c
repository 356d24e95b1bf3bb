// SPDX-License-Identifier: GPL-2.0
/*
 * The binding information bases: see bib.h.
 */
#include "bib.h"

#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/ipv6.h>

static struct kmem_cache *binding_cache __read_mostly;
static hsiphash_key_t hash_key __read_mostly;

/* Hashes are keyed by a secret, so that nobody can fill one chain. */
static u32 hash6(const struct in6_addr *addr6, __be16 port6, u8 proto)
{
	struct {
		struct in6_addr addr6;
		u32 port6;
		u32 proto;
	} __aligned(8) key = { *addr6, (__force u16)port6, proto };

	return hsiphash(&key, sizeof(key), &hash_key);
}

static u32 hash4(__be32 addr4, __be16 port4, u8 proto)
{
	return hsiphash_2u32((__force u32)addr4,
			     (__force u16)port4 | proto << 16, &hash_key);
}

static u32 key_hash6(const void *data, u32 len, u32 seed)
{
	const struct nat64_tuple *key = data;

	return hash6(&key->addr6, key->port6, key->proto);
}

static u32 obj_hash6(const void *data, u32 len, u32 seed)
{
	const struct nat64_binding *b = data;

	return hash6(&b->addr6, b->port6, b->proto);
}

static int cmp6(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nat64_tuple *key = arg->key;
	const struct nat64_binding *b = obj;

	return b->port6 != key->port6 || b->proto != key->proto ||
	       !ipv6_addr_equal(&b->addr6, &key->addr6);
}

static u32 key_hash4(const void *data, u32 len, u32 seed)
{
	const struct nat64_tuple *key = data;

	return hash4(key->addr4, key->port4, key->proto);
}

static u32 obj_hash4(const void *data, u32 len, u32 seed)
{
	const struct nat64_binding *b = data;

	return hash4(b->addr4, b->port4, b->proto);
}

static int cmp4(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nat64_tuple *key = arg->key;
	const struct nat64_binding *b = obj;

	return b->addr4 != key->addr4 || b->port4 != key->port4 ||
	       b->proto != key->proto;
}

static const struct rhashtable_params params6 = {
	.head_offset = offsetof(struct nat64_binding, node6),
	.key_len = sizeof(struct nat64_tuple),
	.hashfn = key_hash6,
	.obj_hashfn = obj_hash6,
	.obj_cmpfn = cmp6,
	.min_size = 256,
	.automatic_shrinking = true,
};

static const struct rhashtable_params params4 = {
	.head_offset = offsetof(struct nat64_binding, node4),
	.key_len = sizeof(struct nat64_tuple),
	.hashfn = key_hash4,
	.obj_hashfn = obj_hash4,
	.obj_cmpfn = cmp4,
	.min_size = 256,
	.automatic_shrinking = true,
};

struct nat64_binding *nat64_bib_find6(struct nat64_bib *bib,
				      const struct nat64_tuple *key)
{
	return rhashtable_lookup(&bib->by6, key, params6);
}

struct nat64_binding *nat64_bib_find4(struct nat64_bib *bib,
				      const struct nat64_tuple *key)
{
	return rhashtable_lookup(&bib->by4, key, params4);
}

struct nat64_binding *nat64_bib_insert(struct nat64_bib *bib,
				       struct nat64_binding *binding)
{
	struct nat64_tuple key = {
		.addr6 = binding->addr6,
		.port6 = binding->port6,
		.proto = binding->proto,
	};
	struct nat64_binding *other;
	int err;

	/*
	 * The IPv4 side first: the lease keeps others off it. The IPv6 side
	 * is where two packets of one client race, and settles it.
	 */
	err = rhashtable_insert_fast(&bib->by4, &binding->node4, params4);
	if (err)
		return ERR_PTR(err);
	other = rhashtable_lookup_get_insert_key(&bib->by6, &key,
						 &binding->node6, params6);
	if (other)
		rhashtable_remove_fast(&bib->by4, &binding->node4, params4);
	return other;
}

void nat64_bib_remove(struct nat64_bib *bib, struct nat64_binding *binding)
{
	rhashtable_remove_fast(&bib->by6, &binding->node6, params6);
	rhashtable_remove_fast(&bib->by4, &binding->node4, params4);
}

int nat64_bib_init(struct nat64_bib *bib)
{
	int err;

	err = rhashtable_init(&bib->by6, &params6);
	if (err)
		return err;
	err = rhashtable_init(&bib->by4, &params4);
	if (err)
		rhashtable_destroy(&bib->by6);
	return err;
}

void nat64_bib_destroy(struct nat64_bib *bib)
{
	rhashtable_destroy(&bib->by4);
	rhashtable_destroy(&bib->by6);
}

struct nat64_binding *nat64_binding_alloc(void)
{
	struct nat64_binding *b;

	b = kmem_cache_zalloc(binding_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (b)
		spin_lock_init(&b->lock);
	return b;
}

void nat64_binding_free(struct nat64_binding *binding)
{
	kmem_cache_free(binding_cache, binding);
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	nat64_binding_free(container_of(rcu, struct nat64_binding, rcu));
}

void nat64_binding_free_rcu(struct nat64_binding *binding)
{
	call_rcu(&binding->rcu, free_rcu_cb);
}

int nat64_bib_module_init(void)
{
	get_random_bytes(&hash_key, sizeof(hash_key));
	binding_cache = kmem_cache_create("nat64_binding",
					  sizeof(struct nat64_binding), 0, 0,
					  NULL);
	return binding_cache ? 0 : -ENOMEM;
}

void nat64_bib_module_exit(void)
{
	kmem_cache_destroy(binding_cache);
}
