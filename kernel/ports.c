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
 * So many draws from all ports of the ranges before the free ones are counted,
 * which takes as long as some ten of them: at half full all fail once in 16
 * times.
 */
#define DRAWS	4

/* Every second port of 64. */
#define EVEN_PORTS	0x5555555555555555ULL

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

/* The bitmap that has the port, made if it is not there. */
static unsigned long *make_chunk(unsigned long **chunks, u16 port)
{
	unsigned long **chunk = &chunks[port / NAT64_CHUNK_BITS];

	if (!*chunk)
		/* Pairs with bits_at(), whose caller may have no lock. */
		smp_store_release(chunk, bitmap_zalloc(NAT64_CHUNK_BITS,
						       GFP_ATOMIC | __GFP_NOWARN));
	return *chunk;
}

/* Asked for by name, a port need not rest. False: it did not. */
static bool wake(struct nat64_ports *ports, u16 port)
{
	unsigned int i;

	for (i = 0; i < NAT64_HELD; i++)
		if (ports->n_held[i] && in_chunk(ports->held[i], port)) {
			__clear_bit(port % NAT64_CHUNK_BITS,
				    ports->held[i][port / NAT64_CHUNK_BITS]);
			ports->n_held[i]--;
			return true;
		}
	return false;
}

int nat64_ports_take(struct nat64_ports *ports, u16 port)
{
	unsigned long *chunk = make_chunk(ports->busy, port);

	if (!chunk)
		return -ENOMEM;
	if (!__test_and_set_bit(port % NAT64_CHUNK_BITS, chunk))
		ports->n_busy[port / NAT64_BLOCK_BITS][port & 1]++;
	else if (!wake(ports, port))
		return -EEXIST;
	ports->used++;
	return 0;
}

void nat64_ports_put(struct nat64_ports *ports, u16 port)
{
	__clear_bit(port % NAT64_CHUNK_BITS,
		    ports->busy[port / NAT64_CHUNK_BITS]);
	ports->n_busy[port / NAT64_BLOCK_BITS][port & 1]--;
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

static u64 bits_at(unsigned long *const *chunks, u32 base)
{
	const unsigned long *chunk = READ_ONCE(chunks[base / NAT64_CHUNK_BITS]);
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

/* Those of a chunk that are held in the oldest generation are free. */
static void free_oldest(struct nat64_ports *ports, unsigned int i)
{
	unsigned long **oldest = ports->held[NAT64_HELD - 1];
	u32 base;

	if (!oldest[i])
		return;
	for (base = i * NAT64_CHUNK_BITS; base < (i + 1) * NAT64_CHUNK_BITS;
	     base += 64) {
		u16 *n_busy = ports->n_busy[base / NAT64_BLOCK_BITS];
		u64 bits = bits_at(oldest, base);

		n_busy[0] -= hweight64(bits & EVEN_PORTS);
		n_busy[1] -= hweight64(bits & ~EVEN_PORTS);
	}
	bitmap_andnot(ports->busy[i], ports->busy[i], oldest[i],
		      NAT64_CHUNK_BITS);
	bitmap_zero(oldest[i], NAT64_CHUNK_BITS);
}

/* A new generation begins; the oldest is free. */
static void turn(struct nat64_ports *ports)
{
	unsigned long *oldest[NAT64_CHUNKS];
	unsigned int i;

	for (i = 0; i < NAT64_CHUNKS && ports->n_held[NAT64_HELD - 1]; i++)
		free_oldest(ports, i);
	memcpy(oldest, ports->held[NAT64_HELD - 1], sizeof(oldest));
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
	unsigned long *chunk = NULL;

	nat64_ports_rested(ports, hold->seconds, now);
	if (nat64_ports_held(ports) >= most)
		nat64_ports_release_oldest(ports);
	if (hold->seconds && nat64_ports_held(ports) < most)
		chunk = make_chunk(ports->held[0], port);
	if (!chunk) {
		nat64_ports_put(ports, port);
		return;
	}
	__set_bit(port % NAT64_CHUNK_BITS, chunk);
	ports->n_held[0]++;
	ports->used--;
}

/* Which of the 64 ports from @base on are lent. */
static u64 lent_mask(const struct nat64_ports *ports, u32 base)
{
	u64 mask = bits_at(ports->busy, base);
	unsigned int i;

	for (i = 0; i < NAT64_HELD; i++)
		if (ports->n_held[i])
			mask &= ~bits_at(ports->held[i], base);
	return mask;
}

static bool is_idle(const struct nat64_ports *ports, unsigned int block)
{
	return !ports->n_busy[block][0] && !ports->n_busy[block][1];
}

u32 nat64_ports_next(const struct nat64_ports *ports, u32 port)
{
	u32 base = round_down(port, 64);

	while (base < NAT64_NO_PORT) {
		u64 mask;

		if (is_idle(ports, base / NAT64_BLOCK_BITS)) {
			base = round_down(base, NAT64_BLOCK_BITS) +
			       NAT64_BLOCK_BITS;
			continue;
		}
		mask = lent_mask(ports, base);
		if (base < port)
			mask &= ~0ULL << (port - base);
		if (mask)
			return base + __ffs64(mask);
		base += 64;
	}
	return NAT64_NO_PORT;
}

void nat64_ports_free(struct nat64_ports *ports)
{
	unsigned int i, j;

	for (i = 0; ports && i < NAT64_CHUNKS; i++) {
		bitmap_free(ports->busy[i]);
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

/* The free ports of the 64 from @base on that lie in @lo to @hi and fit. */
static u64 free_mask(const struct nat64_ports *ports, u32 base, u32 lo, u32 hi,
		     int parity)
{
	u64 mask = ~bits_at(ports->busy, base);

	if (parity >= 0)
		mask &= EVEN_PORTS << parity;
	if (lo > base)
		mask &= ~0ULL << (lo - base);
	if (hi < base + 63)
		mask &= ~0ULL >> (base + 63 - hi);
	return mask;
}

/* How many of the block from @base on are free, all of which is in a range. */
static u32 free_in_block(const struct nat64_ports *ports, u32 base, int parity)
{
	const u16 *busy = ports->n_busy[base / NAT64_BLOCK_BITS];

	if (parity < 0)
		return NAT64_BLOCK_BITS - busy[0] - busy[1];
	return NAT64_BLOCK_BITS / 2 - busy[parity];
}

/**
 * struct search - for a free port
 * @ports: what is lent
 * @parity: as in struct nat64_wish
 * @nth: which of the free ports; U32_MAX: count them
 * @seen: how many have been passed over
 * @port: the port
 */
struct search {
	const struct nat64_ports *ports;
	int parity;
	u32 nth;
	u32 seen;
	u32 port;
};

static bool is_among(const struct search *s, u32 n)
{
	return s->nth - s->seen < n;
}

/* Go on through the ports from @lo to @hi; true: that is it. */
static bool search_range(struct search *s, u32 lo, u32 hi)
{
	u32 base = round_down(lo, 64);

	while (base <= hi) {
		u64 mask;
		u32 n;

		if (base % NAT64_BLOCK_BITS == 0 && base >= lo &&
		    base + NAT64_BLOCK_BITS - 1 <= hi) {
			n = free_in_block(s->ports, base, s->parity);
			if (!is_among(s, n)) {
				s->seen += n;
				base += NAT64_BLOCK_BITS;
				continue;
			}
		}
		mask = free_mask(s->ports, base, lo, hi, s->parity);
		n = hweight64(mask);
		if (is_among(s, n)) {
			for (; s->seen < s->nth; s->seen++)
				mask &= mask - 1;
			s->port = base + __ffs64(mask);
			return true;
		}
		s->seen += n;
		base += 64;
	}
	return false;
}

static void search(struct search *s, const struct nat64_ranges *ranges,
		   const struct nat64_wish *wish)
{
	unsigned int i;

	for (i = 0; i < ranges->n; i++) {
		u32 lo = max(ranges->range[i].lo, wish->lo);
		u32 hi = min(ranges->range[i].hi, wish->hi);

		if (lo <= hi && search_range(s, lo, hi))
			return;
	}
}

/* Count the free ports that fit, and draw one of them. */
static int pick_counted(struct nat64_ports *ports,
			const struct nat64_ranges *ranges,
			const struct nat64_wish *wish)
{
	struct search s = {
		.ports = ports,
		.parity = wish->parity,
		.nth = U32_MAX,
	};

	search(&s, ranges, wish);
	if (!s.seen)
		return -ENOSPC;
	s.nth = get_random_u32_below(s.seen);
	s.seen = 0;
	search(&s, ranges, wish);
	return s.port;
}

int nat64_ports_pick(struct nat64_ports *ports,
		     const struct nat64_ranges *ranges,
		     const struct nat64_wish *wish)
{
	u32 all = fitting(ranges, wish, 0, NULL);
	unsigned int i;
	u16 drawn = 0;
	int port;
	int err;

	if (!all)
		return -ENOSPC;
	for (i = 0; i < DRAWS; i++) {
		fitting(ranges, wish, get_random_u32_below(all), &drawn);
		if (!in_chunk(ports->busy, drawn))
			break;
	}
	port = i < DRAWS ? drawn : pick_counted(ports, ranges, wish);
	if (port < 0)
		return port;
	err = nat64_ports_take(ports, port);
	return err ?: port;
}
