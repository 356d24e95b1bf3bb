/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports: which may be lent (ranges), and which of one address and protocol
 * are lent (a bitmap in chunks, there as far as it is used).
 */
#ifndef _NAT64_PORTS_H
#define _NAT64_PORTS_H

#include <linux/gfp_types.h>
#include <linux/overflow.h>
#include <linux/types.h>

/* Ports are in host byte order in this file and the next. */
#define NAT64_DEFAULT_PORTS	{ 61001, 65535 }

/** struct nat64_range - the ports @lo to @hi, both included */
struct nat64_range {
	u16 lo;
	u16 hi;
};

/**
 * struct nat64_ranges - a set of ports, const once it is published
 * @total: how many ports
 * @n: how many ranges; 0: none
 * @range: sorted, disjoint, not adjacent, without port 0
 */
struct nat64_ranges {
	u32 total;
	u32 n;
	struct nat64_range range[];
};

/**
 * nat64_ranges_alloc() - a set of ports from ranges in any order
 * @range: the ranges, each with @lo <= @hi; sorted and merged in place
 * @n: how many
 * @gfp: how to allocate
 *
 * Return: the set, to be freed with kvfree(); NULL without memory.
 */
struct nat64_ranges *nat64_ranges_alloc(struct nat64_range *range,
					unsigned int n, gfp_t gfp);

/** nat64_ranges_have() - is @port in the set @r (NULL: the empty set)? */
bool nat64_ranges_have(const struct nat64_ranges *r, u16 port);

/**
 * nat64_ranges_meet() - the first port that two sets share
 * @a: one set, or NULL
 * @b: the other, or NULL
 *
 * Return: the port, 0 if there is none.
 */
u16 nat64_ranges_meet(const struct nat64_ranges *a,
		      const struct nat64_ranges *b);

/**
 * struct nat64_wish - which ports a client's own port asks for
 * @lo: the lowest port
 * @hi: the highest port
 * @parity: 0 even, 1 odd, -1 either
 */
struct nat64_wish {
	u16 lo;
	u16 hi;
	s8 parity;
};

#define NAT64_NO_PORT		65536
#define NAT64_CHUNK_BITS	4096
#define NAT64_CHUNKS		(65536 / NAT64_CHUNK_BITS)
#define NAT64_BLOCK_BITS	1024
#define NAT64_BLOCKS		(65536 / NAT64_BLOCK_BITS)

/* Freed ports are held in this many generations; the last is free first. */
#define NAT64_HELD		4

/**
 * struct nat64_ports - the lent ports of one address and protocol
 * @used: how many
 * @n_busy: how many are lent or held in each block, even ones and odd ones
 * @busy: which, NULL where nothing was ever lent
 * @n_held: how many are held of each generation, the youngest first
 * @held: their bitmaps, NULL where none ever was
 * @turned: when the youngest generation began, seconds
 * @capacity: how many there are to lend, as far as the last lease knew
 *
 * A port is lent, or held, or neither. The owner serializes all calls.
 */
struct nat64_ports {
	u32 used;
	u16 n_busy[NAT64_BLOCKS][2];
	unsigned long *busy[NAT64_CHUNKS];
	u32 n_held[NAT64_HELD];
	unsigned long *held[NAT64_HELD][NAT64_CHUNKS];
	u32 turned;
	u32 capacity;
};

/**
 * struct nat64_hold - RFC 6888, REQ-8: ports rest before they are lent again
 * @seconds: for so long, and up to a third more; 0: not at all
 * @percent: no more than this share of an address's ports
 */
struct nat64_hold {
	u32 seconds;
	u32 percent;
};

/**
 * nat64_ports_pick() - lend a random port
 * @ports: what is lent
 * @ranges: what may be lent
 * @wish: what is asked for
 *
 * All free ports that fit are equally likely, and none follows from another
 * (RFC 6056). Takes a few steps while most ports are free, and two passes over
 * @ranges at most: a block a step, and 64 ports a step where a range begins or
 * ends and in the block that the port is in.
 *
 * Context: atomic.
 * Return: the port, -ENOSPC if no free port fits, -ENOMEM.
 */
int nat64_ports_pick(struct nat64_ports *ports,
		     const struct nat64_ranges *ranges,
		     const struct nat64_wish *wish);

/**
 * nat64_ports_take() - lend a port by name
 * @ports: what is lent
 * @port: the port
 *
 * Context: atomic.
 * Return: 0, -EEXIST if it is lent, -ENOMEM.
 */
int nat64_ports_take(struct nat64_ports *ports, u16 port);

/** nat64_ports_put() - take the lent @port back */
void nat64_ports_put(struct nat64_ports *ports, u16 port);

/**
 * nat64_ports_hold() - take a lent port back, and let it rest
 * @ports: what is lent
 * @port: the port
 * @hold: how
 * @now: seconds, monotonic
 *
 * If that is too many the oldest held ones are free, and if they do not suffice
 * it is free at once; so it is without memory.
 *
 * Context: atomic.
 */
void nat64_ports_hold(struct nat64_ports *ports, u16 port,
		      const struct nat64_hold *hold, u32 now);

/** nat64_ports_rested() - those that were held long enough are free */
void nat64_ports_rested(struct nat64_ports *ports, u32 seconds, u32 now);

/**
 * nat64_ports_release_oldest() - the oldest held ports are free
 * @ports: what is lent
 *
 * Return: true if there were any.
 */
bool nat64_ports_release_oldest(struct nat64_ports *ports);

/** nat64_ports_held() - how many are held */
u32 nat64_ports_held(const struct nat64_ports *ports);

/**
 * nat64_ports_next() - walk over the lent ports
 * @ports: what is lent
 * @port: where to begin
 *
 * Return: the first lent port that is not below @port, NAT64_NO_PORT if none.
 */
u32 nat64_ports_next(const struct nat64_ports *ports, u32 port);

/** nat64_ports_free() - free @ports, lent or not (NULL: nothing to do) */
void nat64_ports_free(struct nat64_ports *ports);

#endif
