/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is wrong with an input, in words for the error_log: filled in where
 * the fault is found, read where the caller is told.
 */
#ifndef _NAT64_WHY_H
#define _NAT64_WHY_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ratelimit.h>

/** struct nat64_why - what is wrong, and what would be right */
struct nat64_why {
	char text[256];
};

/**
 * nat64_refuse() - say why, and return the errno
 * @why: the struct nat64_why to fill in
 * @err: the negative errno
 * @fmt: "what is wrong; what is expected, e.g. EXAMPLE", the example at the end: what
 *	would be taken, as it is written, or a command; no capital, no full stop.
 *	Without one who tells the user adds the attribute's own.
 *
 * Return: @err.
 */
#define nat64_refuse(why, err, fmt, ...) ({ \
	snprintf((why)->text, sizeof((why)->text), fmt, ##__VA_ARGS__); \
	(err); \
})

#define NAT64_NO_MEMORY	"out of memory; nothing is changed"

/** nat64_no_memory() - -ENOMEM, in words */
static inline int nat64_no_memory(struct nat64_why *why)
{
	return nat64_refuse(why, -ENOMEM, NAT64_NO_MEMORY);
}

/**
 * nat64_warn() - tell the kernel's log what nobody waits to be told
 * @fmt: what is wrong; what to do
 *
 * Ten times a minute at most, each place by itself.
 */
#define nat64_warn(fmt, ...) ({ \
	static struct ratelimit_state limit = \
		RATELIMIT_STATE_INIT_FLAGS("nat64", 60 * HZ, 10, \
					   RATELIMIT_MSG_ON_RELEASE); \
	if (__ratelimit(&limit)) \
		pr_warn("nat64: " fmt, ##__VA_ARGS__); \
})

#endif
