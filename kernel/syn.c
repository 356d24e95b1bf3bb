// SPDX-License-Identifier: GPL-2.0
/*
 * Stored SYNs: see syn.h.
 */
#include "syn.h"

#include <linux/ip.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/ip.h>

/**
 * struct nat64_syn - a stored SYN
 * @node: in nat64_syns.table
 * @by_age: in nat64_syns.by_age
 * @key: T, t, Z and z
 * @since: nat64_now() when it came
 * @skb: the packet
 */
struct nat64_syn {
	struct rhash_head node;
	struct list_head by_age;
	struct nat64_syn_key {
		__be32 addr4;
		__be32 raddr;
		__be16 port4;
		__be16 rport;
	} key;
	u32 since;
	struct sk_buff *skb;
};

/* Looked at and changed under the lock only, so that nothing waits for RCU. */
static const struct rhashtable_params params = {
	.head_offset = offsetof(struct nat64_syn, node),
	.key_offset = offsetof(struct nat64_syn, key),
	.key_len = sizeof_field(struct nat64_syn, key),
	.automatic_shrinking = true,
};

static struct nat64_syn_key key_of(const struct nat64_tuple *tuple)
{
	return (struct nat64_syn_key){
		.addr4 = tuple->addr4,
		.raddr = tuple->raddr,
		.port4 = tuple->port4,
		.rport = tuple->rport,
	};
}

/*
 * Other than sessions they know when they began: so the list stays in order, and
 * nobody waits behind another, when tcp_in_syn is made shorter.
 */
static bool is_over(const struct nat64_syn *syn, u32 lifetime, u32 now)
{
	return (s32)(now - syn->since - lifetime) > 0;
}

/* A small one of its own, whatever buffers the packet has come in. */
static struct sk_buff *copy_of(const struct sk_buff *skb)
{
	unsigned int len = min_t(unsigned int, skb->len, NAT64_SYN_KEPT);
	struct sk_buff *copy;

	copy = alloc_skb(len, GFP_ATOMIC | __GFP_NOWARN);
	if (!copy)
		return NULL;
	skb_copy_bits(skb, 0, skb_put(copy, len), len);
	skb_reset_network_header(copy);
	copy->protocol = htons(ETH_P_IP);
	copy->pkt_type = PACKET_HOST;
	copy->mark = skb->mark;
	return copy;
}

/* The caller frees it, out of the lock. */
static void take_out(struct nat64_syns *syns, struct nat64_syn *syn)
{
	lockdep_assert_held(&syns->lock);
	rhashtable_remove_fast(&syns->table, &syn->node, params);
	list_del(&syn->by_age);
	WRITE_ONCE(syns->n, syns->n - 1);
}

static struct nat64_syn *syn_new(const struct nat64_syn_key *key,
				 const struct sk_buff *skb, u32 now)
{
	struct nat64_syn *syn = kmalloc(sizeof(*syn), GFP_ATOMIC | __GFP_NOWARN);

	if (!syn)
		return NULL;
	syn->key = *key;
	syn->since = now;
	syn->skb = copy_of(skb);
	if (syn->skb)
		return syn;
	kfree(syn);
	return NULL;
}

static void syn_free(struct nat64_syn *syn)
{
	consume_skb(syn->skb);
	kfree(syn);
}

/* Nothing is made for a SYN that is not kept: there may be a flood of them. */
static int store_locked(struct nat64_syns *syns,
			const struct nat64_syn_key *key,
			const struct sk_buff *skb, u32 limit, u32 now)
{
	struct nat64_syn *syn;
	int err;

	lockdep_assert_held(&syns->lock);
	if (rhashtable_lookup_fast(&syns->table, key, params))
		return -EEXIST;
	if (limit && syns->n >= limit)
		return -ENOSPC;
	syn = syn_new(key, skb, now);
	if (!syn)
		return -ENOMEM;
	err = rhashtable_insert_fast(&syns->table, &syn->node, params);
	if (err) {
		syn_free(syn);
		return err;
	}
	list_add_tail(&syn->by_age, &syns->by_age);
	WRITE_ONCE(syns->n, syns->n + 1);
	return 0;
}

int nat64_syn_store(struct nat64_syns *syns, const struct nat64_tuple *tuple,
		    const struct sk_buff *skb, u32 limit, u32 now)
{
	struct nat64_syn_key key = key_of(tuple);
	int err;

	spin_lock(&syns->lock);
	err = store_locked(syns, &key, skb, limit, now);
	spin_unlock(&syns->lock);
	return err;
}

bool nat64_syn_meets(struct nat64_syns *syns, const struct nat64_tuple *tuple,
		     u32 lifetime, u32 now)
{
	struct nat64_syn_key key = key_of(tuple);
	struct nat64_syn *syn;

	if (!READ_ONCE(syns->n))
		return false;
	spin_lock(&syns->lock);
	syn = rhashtable_lookup_fast(&syns->table, &key, params);
	if (syn && is_over(syn, lifetime, now))
		syn = NULL;
	if (syn)
		take_out(syns, syn);
	spin_unlock(&syns->lock);
	if (!syn)
		return false;
	syn_free(syn);
	return true;
}

/* The oldest one, if its time is over at @now or @any is wanted. */
static struct sk_buff *take_oldest(struct nat64_syns *syns, u32 lifetime,
				   u32 now, bool any)
{
	struct nat64_syn *syn;
	struct sk_buff *skb;

	spin_lock_bh(&syns->lock);
	syn = list_first_entry_or_null(&syns->by_age, struct nat64_syn, by_age);
	if (syn && (any || is_over(syn, lifetime, now)))
		take_out(syns, syn);
	else
		syn = NULL;
	spin_unlock_bh(&syns->lock);
	if (!syn)
		return NULL;
	skb = syn->skb;
	kfree(syn);
	return skb;
}

struct sk_buff *nat64_syn_expired(struct nat64_syns *syns, u32 lifetime,
				  u32 now)
{
	return take_oldest(syns, lifetime, now, false);
}

void nat64_syns_flush(struct nat64_syns *syns)
{
	struct sk_buff *skb;

	while ((skb = take_oldest(syns, 0, 0, true)))
		consume_skb(skb);
}

int nat64_syns_init(struct nat64_syns *syns)
{
	spin_lock_init(&syns->lock);
	INIT_LIST_HEAD(&syns->by_age);
	return rhashtable_init(&syns->table, &params);
}

void nat64_syns_destroy(struct nat64_syns *syns)
{
	rhashtable_destroy(&syns->table);
}
