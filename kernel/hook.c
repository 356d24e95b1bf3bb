// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks, the pipeline, the verdict.
 *
 * PRE_ROUTING and LOCAL_OUT of both families, after defragmentation and raw
 * (whose rules may set the mark), and before conntrack, which then never sees
 * what is translated.
 */
#include "hook.h"

#include <linux/bottom_half.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/dst_metadata.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "compat.h"
#include "drop.h"
#include "flow.h"
#include "frag.h"
#include "xlat.h"
#include "xmit.h"

/* Between SELinux's first hook and conntrack. */
#define HOOK_PRIORITY	(NF_IP_PRI_CONNTRACK - 10)

/* Right before the fragments of IPv6 are put together. */
#define ATOMIC_PRIORITY	(NF_IP6_PRI_CONNTRACK_DEFRAG - 1)

/* What is translated as it is; super-packets of other kinds are cut first. */
#define GSO_TYPES	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_UDP_L4 | \
			 SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID | SKB_GSO_DODGY)

static void drop(struct nat64_net *nn, struct sk_buff *skb,
		 enum nat64_reason reason)
{
	nat64_drop_tell(nn, skb, reason);
	kfree_skb_reason(skb, nat64_drop_core(reason));
}

/*
 * Is the packet for us to look at? Not what others are to receive, nor what
 * has a route: the translator or the loopback device has sent it. Unless it was
 * decrypted: in transport mode the route is left from the packet around it.
 */
static bool is_ours(const struct sk_buff *skb,
		    const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_LOCAL_OUT)
		return true;
	if (skb->pkt_type != PACKET_HOST ||
	    (skb_valid_dst(skb) && !secpath_exists(skb)))
		return false;
	/* Inside a bridge: only what it is to hand up. */
	return !nf_bridge_in_prerouting(skb) ||
	       ether_addr_equal(eth_hdr(skb)->h_dest, state->in->dev_addr);
}

/* What forwarding refuses in either family, before it looks at addresses. */
static enum nat64_reason check_skb(struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	bool v6 = state->pf == NFPROTO_IPV6;

	if (state->hook == NF_INET_LOCAL_OUT)
		return NAT64_OK;
	if (skb_warn_if_lro(skb))
		return NAT64_DROP_lro;
	if (v6 ? !xfrm6_policy_check(NULL, XFRM_POLICY_FWD, skb) :
		 !xfrm4_policy_check(NULL, XFRM_POLICY_FWD, skb))
		return NAT64_DROP_xfrm_policy;
	return NAT64_OK;
}

/* Does a super-packet say of itself what it is? A guest's may lie. */
static bool gso_fits(const struct sk_buff *skb, const struct nat64_packet *pkt)
{
	unsigned int type = skb_shinfo(skb)->gso_type;

	if (pkt->error)
		return false;
	switch (pkt->proto) {
	case NAT64_TCP:
		return type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6);
	case NAT64_UDP:
		return type & SKB_GSO_UDP_L4;
	default:
		return false;
	}
}

/*
 * A partial checksum that is not that of our TCP or UDP header (of a tunnel's
 * inside, or of ICMP) is completed first; of a super-packet it would be a lie.
 */
static enum nat64_reason settle_offloads(struct sk_buff *skb,
					 const struct nat64_packet *pkt)
{
	static const u8 offset[] = {
		[NAT64_TCP] = offsetof(struct tcphdr, check),
		[NAT64_UDP] = offsetof(struct udphdr, check),
	};

	if (skb_is_gso(skb) && !gso_fits(skb, pkt))
		return NAT64_DROP_gso;
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return NAT64_OK;
	if (pkt->proto != NAT64_ICMP &&
	    skb_checksum_start_offset(skb) == pkt->thoff &&
	    skb->csum_offset == offset[pkt->proto])
		return NAT64_OK;
	if (skb_is_gso(skb))
		return NAT64_DROP_gso;
	return skb_checksum_help(skb) ? NAT64_DROP_no_memory : NAT64_OK;
}

static bool must_cut(const struct sk_buff *skb)
{
	return skb_is_gso(skb) &&
	       ((skb_shinfo(skb)->gso_type & ~GSO_TYPES) ||
		skb->len > IP_MAX_MTU);
}

static enum nat64_reason translate(struct nat64_net *nn, struct sk_buff *skb,
				   const struct nf_hook_state *state);

/* Translate the segments of a super-packet one by one. */
static enum nat64_reason cut(struct nat64_net *nn, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct sk_buff *segs = nat64_gso_segment(skb);
	struct sk_buff *seg, *next;

	if (IS_ERR_OR_NULL(segs))
		return NAT64_DROP_gso;
	consume_skb(skb);
	skb_list_walk_safe(segs, seg, next) {
		enum nat64_reason reason;

		skb_mark_not_on_list(seg);
		reason = translate(nn, seg, state);
		if (reason)
			drop(nn, seg, reason == NAT64_GIVE_BACK ?
				      NAT64_DROP_no_binding : reason);
	}
	return NAT64_OK;
}

static void refuse(struct nat64_net *nn, struct sk_buff *skb,
		   const struct nat64_packet *pkt, enum nat64_reason reason,
		   u32 info)
{
	/* RFC 1122, 3.2.2, and RFC 4443, 2.4: never about an error. */
	if (pkt->error)
		return;
	if (reason == NAT64_DROP_routing_header)
		info = pkt->pointer;
	if (pkt->dir == NAT64_6TO4)
		nat64_xmit_refuse6(nn, skb, reason, info);
	else
		nat64_xmit_refuse4(nn, skb, reason, info);
}

/* @len: of the packet as it came. */
static void count(struct nat64_net *nn, const struct sk_buff *skb,
		  const struct nat64_packet *pkt, unsigned int len)
{
	nat64_stats_packet(nn->stats, pkt->dir,
			   pkt->error ? NAT64_KIND_ICMP_ERROR :
					(enum nat64_kind)pkt->proto,
			   max_t(u16, 1, skb_shinfo(skb)->gso_segs), len);
}

static enum nat64_reason plan(struct nat64_net *nn, struct sk_buff *skb,
			      const struct nat64_packet *pkt,
			      struct nat64_session *session,
			      struct nat64_plan *plan, u32 *info)
{
	enum nat64_reason reason = settle_offloads(skb, pkt);

	if (reason)
		return reason;
	return pkt->dir == NAT64_6TO4 ?
	       nat64_xmit_plan_6to4(nn, skb, pkt, session, plan, info) :
	       nat64_xmit_plan_4to6(nn, skb, pkt, session, plan, info);
}

static enum nat64_reason send(struct nat64_net *nn, struct sk_buff *skb,
			      const struct nat64_packet *pkt,
			      struct nat64_session *session,
			      const struct nf_hook_state *state)
{
	struct nat64_plan way __uninitialized;
	unsigned int len = skb->len;
	enum nat64_reason reason;
	u32 info = 0;

	reason = plan(nn, skb, pkt, session, &way, &info);
	if (reason) {
		refuse(nn, skb, pkt, reason, info);
		return reason;
	}
	/* IPv6 is not cut by the output of super-packets. */
	if (pkt->dir == NAT64_4TO6 && way.cut && skb_is_gso(skb))
		return cut(nn, skb, state);
	/* No way back: from here on the sender's packet is gone. */
	reason = pkt->dir == NAT64_6TO4 ?
		 nat64_xlat_6to4(skb, pkt, session, &way) :
		 nat64_xlat_4to6(skb, pkt, session, &way);
	if (reason)
		return reason;
	count(nn, skb, pkt, len);
	nat64_xmit_send(nn, skb, &way, state);
	return NAT64_OK;
}

/* RFC 6146, 3.8: to IPv4 and back at once, from one client to another. */
static enum nat64_reason hairpin(struct nat64_net *nn, struct sk_buff *skb,
				 const struct nat64_packet *pkt,
				 struct nat64_session *session,
				 struct nat64_session *partner,
				 const struct nf_hook_state *state)
{
	struct nat64_packet back = { .local = pkt->local };
	unsigned int len6 = skb->len, len4;
	struct nat64_plan way4, way6;
	enum nat64_reason reason;
	u32 info = 0;

	reason = settle_offloads(skb, pkt);
	if (!reason)
		reason = nat64_xmit_plan_hairpin(nn, skb, pkt, partner, &way6,
						 &info);
	if (reason) {
		refuse(nn, skb, pkt, reason, info);
		return reason;
	}
	if (way6.cut && skb_is_gso(skb))
		return cut(nn, skb, state);
	way4 = (struct nat64_plan){
		.dst = way6.dst,
		.mtu = way6.mtu,
		.tos = way6.tos,
		.df = way6.df,
	};
	reason = nat64_xlat_6to4(skb, pkt, session, &way4);
	len4 = skb->len;
	if (!reason)
		reason = nat64_packet_parse4(skb, &back);
	if (!reason)
		reason = nat64_xlat_4to6(skb, &back, partner, &way6);
	if (reason)
		return reason;
	count(nn, skb, pkt, len6);
	count(nn, skb, &back, len4);
	nat64_stats_inc(nn->stats, NAT64_STAT_hairpinned);
	nat64_xmit_send(nn, skb, &way6, state);
	return NAT64_OK;
}

/* The packet, which may be untracked and so not defragmented. */
static enum nat64_reason parse6(struct nat64_net *nn, struct sk_buff *skb,
				struct nat64_packet *pkt, bool *gone)
{
	enum nat64_reason reason = nat64_packet_parse6(skb, pkt);
	int err;

	if (reason != NAT64_DROP_fragment)
		return reason;
	err = nat64_frag_gather6(nn->net, skb, pkt->local);
	*gone = err == -EINPROGRESS;
	return err ? reason : nat64_packet_parse6(skb, pkt);
}

static enum nat64_reason parse4(struct nat64_net *nn, struct sk_buff *skb,
				struct nat64_packet *pkt, bool *gone)
{
	enum nat64_reason reason = nat64_packet_parse4(skb, pkt);

	if (reason != NAT64_DROP_fragment)
		return reason;
	*gone = nat64_frag_gather4(nn->net, skb, pkt->local);
	return *gone ? reason : nat64_packet_parse4(skb, pkt);
}

static enum nat64_reason translate6(struct nat64_net *nn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	const struct nat64_pool6 *pool6 = rcu_dereference(nn->pool6);
	struct nat64_session *session, *partner = NULL;
	struct nat64_packet pkt __uninitialized;
	const struct nat64_prefix *prefix;
	enum nat64_reason reason;
	bool gone = false;

	prefix = nat64_pool6_match(pool6, &ipv6_hdr(skb)->daddr);
	if (!prefix || !is_ours(skb, state))
		return NAT64_GIVE_BACK;
	pkt.local = state->hook == NF_INET_LOCAL_OUT;
	reason = parse6(nn, skb, &pkt, &gone);
	if (gone)
		return NAT64_OK;
	pkt.suffix = nat64_addr_suffix(prefix, &ipv6_hdr(skb)->daddr);
	if (!reason)
		reason = check_skb(skb, state);
	if (!reason)
		reason = nat64_flow_6to4(nn, skb, &pkt, prefix, &session);
	if (!reason && session->may_hairpin)
		reason = nat64_flow_hairpin(nn, skb, &pkt, session, &partner);
	if (reason == NAT64_GIVE_BACK)
		return reason;
	if (reason) {
		refuse(nn, skb, &pkt, reason, 0);
		return reason;
	}
	if (must_cut(skb))
		return cut(nn, skb, state);
	if (partner)
		return hairpin(nn, skb, &pkt, session, partner, state);
	return send(nn, skb, &pkt, session, state);
}

static enum nat64_reason translate4(struct nat64_net *nn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct nat64_packet pkt __uninitialized;
	struct nat64_session *session;
	enum nat64_reason reason;
	bool gone = false;

	if (!nat64_flow_may_be_ours(nn, ip_hdr(skb)->daddr) ||
	    !is_ours(skb, state))
		return NAT64_GIVE_BACK;
	pkt.local = state->hook == NF_INET_LOCAL_OUT;
	reason = parse4(nn, skb, &pkt, &gone);
	if (gone)
		return NAT64_OK;
	if (reason)
		reason = nat64_flow_strange4(nn, ip_hdr(skb)->daddr, reason);
	else
		reason = nat64_flow_4to6(nn, skb, &pkt, &session);
	if (reason == NAT64_GIVE_BACK)
		return reason;
	if (reason == NAT64_STORED) {
		consume_skb(skb);
		return NAT64_OK;
	}
	if (!reason)
		reason = check_skb(skb, state);
	if (reason) {
		refuse(nn, skb, &pkt, reason, 0);
		return reason;
	}
	if (must_cut(skb))
		return cut(nn, skb, state);
	return send(nn, skb, &pkt, session, state);
}

/*
 * The whole of it. NAT64_OK: the skb is gone; NAT64_GIVE_BACK: it is untouched;
 * else it is to be dropped for that reason, and its sender has been told.
 */
static enum nat64_reason translate(struct nat64_net *nn, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	if (skb->protocol == htons(ETH_P_IPV6))
		return translate6(nn, skb, state);
	return translate4(nn, skb, state);
}

static unsigned int nat64_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct nat64_net *nn = priv;
	enum nat64_reason reason;

	reason = state->pf == NFPROTO_IPV6 ? translate6(nn, skb, state) :
					     translate4(nn, skb, state);
	if (reason == NAT64_GIVE_BACK)
		return NF_ACCEPT;
	if (reason)
		drop(nn, skb, reason);
	return NF_STOLEN;
}

/* From a socket: counters and locks want bottom halves off. */
static unsigned int nat64_hook_local(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	unsigned int verdict;

	local_bh_disable();
	verdict = nat64_hook(priv, skb, state);
	local_bh_enable();
	return verdict;
}

/* An atomic fragment to pool6 is none, before nf_defrag_ipv6 sees it. */
static unsigned int nat64_hook_atomic(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	struct nat64_net *nn = priv;

	if (ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr) &&
	    nat64_pool6_match(rcu_dereference(nn->pool6),
			      &ipv6_hdr(skb)->daddr) && is_ours(skb, state))
		nat64_frag_strip_atomic(skb);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook_ops[NAT64_HOOKS] = {
	{
		.hook = nat64_hook_atomic,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = ATOMIC_PRIORITY,
	},
	{
		.hook = nat64_hook_atomic,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = ATOMIC_PRIORITY,
	},
	{
		.hook = nat64_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = nat64_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = nat64_hook_local,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = nat64_hook_local,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = HOOK_PRIORITY,
	},
};

int nat64_hook_register(struct nat64_net *nn)
{
	unsigned int i;
	int err;

	err = nat64_frag_enable(nn->net);
	if (err)
		return err;
	/* A copy of each: what is registered knows its instance. */
	memcpy(nn->hooks, hook_ops, sizeof(hook_ops));
	for (i = 0; i < NAT64_HOOKS; i++)
		nn->hooks[i].priv = nn;
	err = nf_register_net_hooks(nn->net, nn->hooks, NAT64_HOOKS);
	if (err)
		nat64_frag_disable(nn->net);
	return err;
}

void nat64_hook_unregister(struct nat64_net *nn)
{
	nf_unregister_net_hooks(nn->net, nn->hooks, NAT64_HOOKS);
	nat64_frag_disable(nn->net);
	synchronize_net();
}
