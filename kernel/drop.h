/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is told of a packet that ends here: its counter, a tracepoint, and to the
 * kernel log what an operator should hear of.
 */
#ifndef _NAT64_DROP_H
#define _NAT64_DROP_H

#include <linux/skbuff.h>

#include "net.h"

/**
 * nat64_drop_tell() - count and trace a packet that is about to be dropped
 * @nn: the instance
 * @skb: the packet
 * @reason: why
 *
 * Context: bottom halves off.
 */
void nat64_drop_tell(const struct nat64_net *nn, const struct sk_buff *skb,
		     enum nat64_reason reason);

/** nat64_drop_core() - the core's nearest reason */
enum skb_drop_reason nat64_drop_core(enum nat64_reason reason);

#endif
