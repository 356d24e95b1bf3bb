// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: see ports.h. RFC 6056 asks that the next port can not be guessed;
 * so each one is drawn anew from all that are free.
 */
#include "ports.h"

#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/sort.h>

/*
 * So many draws from all ports of the ranges before the free ones are counted:
 * at half full all fail once in 65,536 times, at 90 % once in 5.
 */
#define DRAWS	16

static int cmp_range(const void *a, const void *b)
{
	const struct nat64_range *x = a;
	const struct nat64_range *y = b;

	return (int)x->lo - (int)y->lo;
}

struct nat64_ranges *nat64_ranges_alloc(struct nat64_range *range,
					unsigned int n, gfp_t gfp)
{
	struct nat64_ranges *r;
	unsigned int i;

	r = kvmalloc(struct_size(r, range, n), gfp);
	if (!r)
		return NULL;
	r->total = 0;
	r->n = 0;
	sort(range, n, sizeof(*range), cmp_range, NULL);
	for (i = 0; i < n; i++) {
		struct nat64_range *last = &r->range[r->n - 1];

		if (r->n && range[i].lo <= last->hi + 1)
			last->hi = max(last->hi, range[i].hi);
		else
			r->range[r->n++] = range[i];
	}
	for (i = 0; i < r->n; i++)
		r->total += r->range[i].hi - r->range[i].lo + 1;
	return r;
}

bool nat64_ranges_have(const struct nat64_ranges *r, u16 port)
{
	unsigned int i;

	for (i = 0; r && i < r->n; i++)
		if (port >= r->range[i].lo && port <= r->range[i].hi)
			return true;
	return false;
}

u16 nat64_ranges_meet(const struct nat64_ranges *a,
		      const struct nat64_ranges *b)
{
	unsigned int i = 0;
	unsigned int j = 0;

	while (a && b && i < a->n && j < b->n) {
		u16 lo = max(a->range[i].lo, b->range[j].lo);

		if (lo <= min(a->range[i].hi, b->range[j].hi))
			return lo;
		if (a->range[i].hi < b->range[j].hi)
			i++;
		else
			j++;
	}
	return 0;
}

static bool in_chunk(unsigned long *const *chunks, u16 port)
{
	const unsigned long *chunk = chunks[port / NAT64_CHUNK_BITS];

	return chunk && test_bit(port % NAT64_CHUNK_BITS, chunk);
}

static bool is_held(const struct nat64_ports *ports, u16 port)
{
	unsigned int i;

	for (i = 0; i < NAT64_HELD; i++)
		if (ports->n_held[i] && in_chunk(ports->held[i], port))
			return true;
	return false;
}

static bool is_free(const struct nat64_ports *ports, u16 port)
{
	return !in_chunk(ports->chunk, port) && !is_held(ports, port);
}

/* The bitmap that has the port, made if it is not there. */
static unsigned long *make_chunk(unsigned long **chunks, u16 port)
{
	unsigned int i = port / NAT64_CHUNK_BITS;

	if (!chunks[i])
		chunks[i] = bitmap_zalloc(NAT64_CHUNK_BITS,
					  GFP_ATOMIC | __GFP_NOWARN);
	return chunks[i];
}

static void forget_held(struct nat64_ports *ports, u16 port)
{
	unsigned int i;

	for (i = 0; i < NAT64_HELD; i++)
		if (ports->n_held[i] && in_chunk(ports->held[i], port)) {
			__clear_bit(port % NAT64_CHUNK_BITS,
				    ports->held[i][port / NAT64_CHUNK_BITS]);
			ports->n_held[i]--;
		}
}

int nat64_ports_take(struct nat64_ports *ports, u16 port)
{
	unsigned long *chunk = make_chunk(ports->chunk, port);

	if (!chunk)
		return -ENOMEM;
	if (__test_and_set_bit(port % NAT64_CHUNK_BITS, chunk))
		return -EEXIST;
	/* Asked for by name, a port need not rest. */
	forget_held(ports, port);
	ports->chunk_used[port / NAT64_CHUNK_BITS]++;
	ports->used++;
	return 0;
}

void nat64_ports_put(struct nat64_ports *ports, u16 port)
{
	unsigned int i = port / NAT64_CHUNK_BITS;

	__clear_bit(port % NAT64_CHUNK_BITS, ports->chunk[i]);
	ports->chunk_used[i]--;
	ports->used--;
}

u32 nat64_ports_held(const struct nat64_ports *ports)
{
	u32 total = 0;
	unsigned int i;

	for (i = 0; i < NAT64_HELD; i++)
		total += ports->n_held[i];
	return total;
}

/* A new generation begins; the oldest is free. */
static void turn(struct nat64_ports *ports)
{
	unsigned long *oldest[NAT64_CHUNKS];
	unsigned int i;

	memcpy(oldest, ports->held[NAT64_HELD - 1], sizeof(oldest));
	for (i = 0; i < NAT64_CHUNKS; i++)
		if (oldest[i] && ports->n_held[NAT64_HELD - 1])
			bitmap_zero(oldest[i], NAT64_CHUNK_BITS);
	memmove(&ports->held[1], &ports->held[0],
		(NAT64_HELD - 1) * sizeof(ports->held[0]));
	memmove(&ports->n_held[1], &ports->n_held[0],
		(NAT64_HELD - 1) * sizeof(ports->n_held[0]));
	memcpy(ports->held[0], oldest, sizeof(oldest));
	ports->n_held[0] = 0;
}

void nat64_ports_rested(struct nat64_ports *ports, u32 seconds, u32 now)
{
	u32 generation = max(1U, seconds / (NAT64_HELD - 1));
	unsigned int i;

	for (i = 0; i < NAT64_HELD && now - ports->turned >= generation; i++) {
		turn(ports);
		ports->turned += generation;
	}
	if (now - ports->turned >= generation)
		ports->turned = now;
}

bool nat64_ports_release_oldest(struct nat64_ports *ports)
{
	if (!nat64_ports_held(ports))
		return false;
	while (!ports->n_held[NAT64_HELD - 1])
		turn(ports);
	turn(ports);
	return true;
}

void nat64_ports_hold(struct nat64_ports *ports, u16 port,
		      const struct nat64_hold *hold, u32 now)
{
	u32 most = ports->capacity / 100 * hold->percent +
		   ports->capacity % 100 * hold->percent / 100;
	unsigned long *chunk;

	nat64_ports_put(ports, port);
	nat64_ports_rested(ports, hold->seconds, now);
	if (nat64_ports_held(ports) >= most)
		nat64_ports_release_oldest(ports);
	if (!hold->seconds || nat64_ports_held(ports) >= most)
		return;
	chunk = make_chunk(ports->held[0], port);
	if (!chunk)
		return;
	__set_bit(port % NAT64_CHUNK_BITS, chunk);
	ports->n_held[0]++;
}

u32 nat64_ports_next(const struct nat64_ports *ports, u32 port)
{
	unsigned int i;

	for (i = port / NAT64_CHUNK_BITS; i < NAT64_CHUNKS; i++) {
		u32 base = i * NAT64_CHUNK_BITS;
		u32 bit = NAT64_CHUNK_BITS;

		if (ports->chunk_used[i])
			bit = find_next_bit(ports->chunk[i], NAT64_CHUNK_BITS,
					    max(port, base) - base);
		if (bit < NAT64_CHUNK_BITS)
			return base + bit;
	}
	return NAT64_NO_PORT;
}

void nat64_ports_free(struct nat64_ports *ports)
{
	unsigned int i, j;

	for (i = 0; ports && i < NAT64_CHUNKS; i++) {
		bitmap_free(ports->chunk[i]);
		for (j = 0; j < NAT64_HELD; j++)
			bitmap_free(ports->held[j][i]);
	}
	kfree(ports);
}

/* The part of a range that fits the wish; lo > hi if nothing does. */
static void clip(const struct nat64_range *range, const struct nat64_wish *wish,
		 u32 *lo, u32 *hi)
{
	*lo = max(range->lo, wish->lo);
	*hi = min(range->hi, wish->hi);
	if (wish->parity >= 0 && (*lo & 1) != wish->parity)
		++*lo;
	if (wish->parity >= 0 && (*hi & 1) != wish->parity)
		--*hi;
}

/* How many ports fit; with @nth not NULL: also which is number *@nth. */
static u32 fitting(const struct nat64_ranges *ranges,
		   const struct nat64_wish *wish, u32 nth, u16 *port)
{
	unsigned int step = wish->parity < 0 ? 1 : 2;
	u32 total = 0;
	unsigned int i;

	for (i = 0; i < ranges->n; i++) {
		u32 lo, hi, n;

		clip(&ranges->range[i], wish, &lo, &hi);
		if (lo > hi)
			continue;
		n = (hi - lo) / step + 1;
		if (port && nth - total < n) {
			*port = lo + (nth - total) * step;
			return total;
		}
		total += n;
	}
	return total;
}

static u64 bits_at(unsigned long *const *chunks, u32 base)
{
	const unsigned long *chunk = chunks[base / NAT64_CHUNK_BITS];
	unsigned int word = base % NAT64_CHUNK_BITS / BITS_PER_LONG;
	u64 bits;

	if (!chunk)
		return 0;
	bits = chunk[word];
#if BITS_PER_LONG == 32
	bits |= (u64)chunk[word + 1] << 32;
#endif
	return bits;
}

/* The free ports of the 64 from @base on that lie in @lo to @hi and fit. */
static u64 free_mask(const struct nat64_ports *ports, u32 base, u32 lo, u32 hi,
		     int parity)
{
	u64 mask = ~0ULL;
	unsigned int i;

	if (parity >= 0)
		mask = 0x5555555555555555ULL << parity;
	if (lo > base)
		mask &= ~0ULL << (lo - base);
	if (hi < base + 63)
		mask &= ~0ULL >> (base + 63 - hi);
	mask &= ~bits_at(ports->chunk, base);
	for (i = 0; i < NAT64_HELD; i++)
		if (ports->n_held[i])
			mask &= ~bits_at(ports->held[i], base);
	return mask;
}

/* How many free ports fit; with @port not NULL: also which is number @nth. */
static u32 free_fitting(const struct nat64_ports *ports,
			const struct nat64_ranges *ranges,
			const struct nat64_wish *wish, u32 nth, u16 *port)
{
	u32 total = 0;
	unsigned int i;

	for (i = 0; i < ranges->n; i++) {
		u32 lo, hi, base;

		clip(&ranges->range[i], wish, &lo, &hi);
		for (base = round_down(lo, 64); base <= hi; base += 64) {
			u64 mask = free_mask(ports, base, lo, hi, wish->parity);
			u32 n = hweight64(mask);

			if (port && nth - total < n) {
				while (nth-- > total)
					mask &= mask - 1;
				*port = base + __ffs64(mask);
				return total;
			}
			total += n;
		}
	}
	return total;
}

int nat64_ports_pick(struct nat64_ports *ports,
		     const struct nat64_ranges *ranges,
		     const struct nat64_wish *wish)
{
	u32 all = fitting(ranges, wish, 0, NULL);
	unsigned int i;
	u16 port = 0;
	int err;

	if (!all)
		return -ENOSPC;
	for (i = 0; i < DRAWS; i++) {
		fitting(ranges, wish, get_random_u32_below(all), &port);
		if (is_free(ports, port))
			goto take;
	}
	all = free_fitting(ports, ranges, wish, 0, NULL);
	if (!all)
		return -ENOSPC;
	free_fitting(ports, ranges, wish, get_random_u32_below(all), &port);
take:
	err = nat64_ports_take(ports, port);
	return err ?: port;
}
