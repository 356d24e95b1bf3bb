// SPDX-License-Identifier: GPL-2.0
/*
 * Text to values and back: see parse.h.
 *
 * The text is eaten from the front: who eats moves @at behind what it has
 * understood, and who has all that it wants sees whether the end is reached.
 */
#include "parse.h"

#include <linux/ctype.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "addr.h"
#include "icmp.h"
#include "net.h"
#include "pool6.h"

/* What is expected. */
#define POOL4_NAMES	\
	"make ADDRESS, ADDRESS_LENGTH or dev:INTERFACE, each alone, with #LOW-HIGH or, for no ports yet, with #"
#define STATIC_NAMES	\
	"make ADDRESS#PORT, with a port, or query id, from 1 to 65535"
#define PORTS		\
	"write ports, or query ids, from 1 to 65535, or nothing"
#define PREFIXES	\
	"write prefixes of 32, 40, 48, 56, 64 or 96 bits"
#define NETS		\
	"write IPv4 addresses or prefixes parted by blanks, or nothing"
#define MTUS		\
	"write up to " __stringify(NAT64_PLATEAUS_MAX) \
	" MTUs from 68 to 65535, or nothing"
#define MARKS		\
	"write VALUE/MASK, each decimal or 0x..; 0/0 is every packet's"
#define SETTINGS	\
	"write tcp=, udp=, icmp=, mark= or force=, each once with its value"
#define CLIENTS		\
	"write ADDRESS#PORT, with a port from 1 to 65535, or nothing"

/** struct text - what is still to be read */
struct text {
	const char *at;
	const char *end;
};

/*
 * Refuse a text: what is wrong, what is expected. Enough of it is shown to be
 * recognized, but no IPv6 address, which may be a client's.
 */
static int refuse(const struct text *t, const char *wrong, const char *expected,
		  struct nat64_why *why)
{
	size_t len = t->end - t->at;
	const char *colon = memchr(t->at, ':', len);

	if (!len)
		return nat64_refuse(why, -EINVAL, "empty; %s", expected);
	if (memchr(t->at, '\0', len))
		return nat64_refuse(why, -EINVAL,
				    "not a text, has a byte of value 0; %s",
				    expected);
	if (colon && memchr(colon + 1, ':', t->end - (colon + 1)))
		return nat64_refuse(why, -EINVAL, "%s; %s", wrong, expected);
	return nat64_refuse(why, -EINVAL, "%.*s: %s; %s",
			    (int)min_t(size_t, len, 32), t->at, wrong, expected);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static struct text trim(const char *buf, size_t len)
{
	struct text t = { buf, buf + len };

	while (t.at < t.end && is_blank(*t.at))
		t.at++;
	while (t.at < t.end && is_blank(t.end[-1]))
		t.end--;
	return t;
}

static bool at_end(const struct text *t)
{
	return t->at == t->end;
}

/* The next word of a list, if there is one; @also separates as blanks do. */
static bool next_word(struct text *list, char also, struct text *word)
{
	while (!at_end(list) && (is_blank(*list->at) || *list->at == also))
		list->at++;
	word->at = list->at;
	while (!at_end(list) && !is_blank(*list->at) && *list->at != also)
		list->at++;
	word->end = list->at;
	return !at_end(word);
}

static unsigned int count_words(struct text list, char also)
{
	struct text word;
	unsigned int n = 0;

	while (next_word(&list, also, &word))
		n++;
	return n;
}

static bool eat(struct text *t, char c)
{
	if (at_end(t) || *t->at != c)
		return false;
	t->at++;
	return true;
}

static bool eat_word(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if (t->end - t->at < len || memcmp(t->at, word, len))
		return false;
	t->at += len;
	return true;
}

static int digit_of(char c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

static bool eat_digits(struct text *t, int base, u32 max, u32 *value)
{
	const char *first = t->at;
	u64 v = 0;

	for (; !at_end(t); t->at++) {
		int digit = digit_of(*t->at);

		if (digit < 0 || digit >= base)
			break;
		v = v * base + digit;
		if (v > max)
			return false;
	}
	*value = v;
	return t->at > first;
}

/* Decimal; no leading zeros, which some take for octal. */
static bool eat_number(struct text *t, u32 max, u32 *value)
{
	if (t->end - t->at > 1 && *t->at == '0' && isdigit(t->at[1]))
		return false;
	return eat_digits(t, 10, max, value);
}

/* Decimal, or 0x and hexadecimal. */
static bool eat_mark(struct text *t, u32 *value)
{
	if (t->end - t->at < 2 || *t->at != '0' || tolower(t->at[1]) != 'x')
		return eat_number(t, U32_MAX, value);
	t->at += 2;
	return eat_digits(t, 16, U32_MAX, value);
}

/* Only as we would write it: in4_pton() is generous with zeros. */
static bool eat_addr4(struct text *t, __be32 *addr)
{
	char canonical[16];
	const char *end;
	int len;

	if (!in4_pton(t->at, t->end - t->at, (u8 *)addr, -1, &end))
		return false;
	len = scnprintf(canonical, sizeof(canonical), "%pI4", addr);
	if (end - t->at != len || memcmp(t->at, canonical, len))
		return false;
	t->at = end;
	return true;
}

static bool eat_addr6(struct text *t, struct in6_addr *addr)
{
	const char *end;

	if (!in6_pton(t->at, t->end - t->at, addr->s6_addr, -1, &end))
		return false;
	t->at = end;
	return true;
}

/* LO-HI or PORT, and nothing behind it. */
static int parse_range(struct text t, struct nat64_range *range,
		       const char *expected, struct nat64_why *why)
{
	struct text all = t;
	u32 lo, hi;
	bool good;

	good = eat_number(&t, U16_MAX, &lo);
	hi = lo;
	if (good && eat(&t, '-'))
		good = eat_number(&t, U16_MAX, &hi);
	if (!good || !at_end(&t))
		return refuse(&all, "not a range of ports", expected, why);
	if (!lo)
		return refuse(&all, "port 0 is never lent", expected, why);
	if (lo > hi)
		return refuse(&all, "the lower end comes first", expected, why);
	range->lo = lo;
	range->hi = hi;
	return 0;
}

static int refuse_host_bits(__be32 addr, u32 len, char sep,
			    struct nat64_why *why)
{
	__be32 base = addr & inet_make_mask(len);

	return nat64_refuse(why, -EINVAL,
			    "%pI4 has bits set behind its first %u; use a longer prefix, or clear them, e.g. %pI4%c%u",
			    &addr, len, &base, sep, len);
}

/* An address or prefix, up to the ports. */
static int parse_addrs(struct text *t, struct nat64_pool4_name *value,
		       struct nat64_why *why)
{
	struct text all = *t;
	u32 plen = 32;
	__be32 addr;

	if (!eat_addr4(t, &addr) ||
	    (eat(t, '_') && !eat_number(t, 32, &plen)))
		return refuse(&all, "no name of an entry", POOL4_NAMES, why);
	if (addr & ~inet_make_mask(plen))
		return refuse_host_bits(addr, plen, '_', why);
	value->first = ntohl(addr);
	value->last = ntohl(addr | ~inet_make_mask(plen));
	return 0;
}

/* An interface, up to the ports: a '#' can be in its name, the last one is not. */
static int parse_dev(struct text *t, struct nat64_pool4_name *value,
		     struct nat64_why *why)
{
	const char *end = t->end;
	const char *at;
	size_t len;

	for (at = t->at; at < t->end; at++)
		if (*at == '#')
			end = at;
	len = min_t(size_t, end - t->at, sizeof(value->dev) - 1);
	memcpy(value->dev, t->at, len);
	if (t->at + strlen(value->dev) != end || !dev_valid_name(value->dev))
		return refuse(t, "no name of an interface", POOL4_NAMES, why);
	t->at = end;
	return 0;
}

int nat64_parse_pool4_name(const char *name, size_t len,
			   struct nat64_pool4_name *value,
			   struct nat64_why *why)
{
	struct text t = { name, name + len };
	int err;

	*value = (struct nat64_pool4_name){ .ports = NAT64_DEFAULT_PORTS };
	if (eat_word(&t, "dev:"))
		err = parse_dev(&t, value, why);
	else
		err = parse_addrs(&t, value, why);
	if (err)
		return err;
	if (!eat(&t, '#'))
		return at_end(&t) ? 0 : refuse(&t, "unknown", POOL4_NAMES, why);
	if (!at_end(&t))
		return parse_range(t, &value->ports, POOL4_NAMES, why);
	value->ports = (struct nat64_range){};
	return 0;
}

int nat64_parse_static_name(const char *name, size_t len,
			    struct nat64_end4 *value, struct nat64_why *why)
{
	struct text t = { name, name + len };
	struct text all = t;
	u32 port;

	if (!eat_addr4(&t, &value->addr) || !eat(&t, '#') ||
	    !eat_number(&t, U16_MAX, &port) || !port || !at_end(&t))
		return refuse(&all, "no transport address", STATIC_NAMES, why);
	value->port = htons(port);
	return 0;
}

/* Which one it is, @nth, is told instead of the address, which may be a client's. */
static int parse_prefix(struct text t, unsigned int nth,
			struct nat64_prefix *prefix, struct nat64_why *why)
{
	struct text all = t;
	u32 len;

	if (!eat_addr6(&t, &prefix->addr) || !eat(&t, '/') ||
	    !eat_number(&t, 128, &len) || !at_end(&t))
		return refuse(&all, "not an IPv6 prefix", PREFIXES, why);
	prefix->len = len;
	prefix->id = NAT64_NO_PREFIX;
	if (!nat64_prefix_valid(prefix))
		return nat64_refuse(why, -EINVAL,
				    "prefix %u is not unicast, not of that length, or has bits set behind it or from 64 to 71 (RFC 6052, 2.2); "
				    PREFIXES, nth);
	return 0;
}

static int refuse_overlap(const struct nat64_prefix *prefix, unsigned int n,
			  struct nat64_why *why)
{
	unsigned int i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			if (ipv6_prefix_equal(&prefix[i].addr, &prefix[j].addr,
					      min(prefix[i].len, prefix[j].len)))
				return nat64_refuse(why, -EINVAL,
						    "%pI6c/%u and %pI6c/%u overlap; leave one out, e.g. %pI6c/%u",
						    &prefix[j].addr, prefix[j].len,
						    &prefix[i].addr, prefix[i].len,
						    &prefix[j].addr, prefix[j].len);
	return 0;
}

int nat64_parse_pool6(const char *buf, size_t len, struct nat64_prefix **value,
		      unsigned int *n, struct nat64_why *why)
{
	struct text list = { buf, buf + len };
	unsigned int words = count_words(list, ' ');
	struct nat64_prefix *prefix;
	struct text word;
	unsigned int i = 0;
	int err = 0;

	if (!words || words > NAT64_POOL6_MAX)
		return nat64_refuse(why, -EINVAL,
				    "%u prefixes; write 1 to %u",
				    words, NAT64_POOL6_MAX);
	prefix = kmalloc_array(words, sizeof(*prefix), GFP_KERNEL);
	if (!prefix)
		return nat64_no_memory(why);
	while (!err && next_word(&list, ' ', &word)) {
		err = parse_prefix(word, i + 1, &prefix[i], why);
		i++;
	}
	err = err ?: refuse_overlap(prefix, words, why);
	if (err) {
		kfree(prefix);
		return err;
	}
	*value = prefix;
	*n = words;
	return 0;
}

static int parse_net4(struct text t, struct nat64_net4 *net4,
		      struct nat64_why *why)
{
	struct text all = t;
	u32 len = 32;

	if (!eat_addr4(&t, &net4->addr) ||
	    (eat(&t, '/') && !eat_number(&t, 32, &len)) || !at_end(&t))
		return refuse(&all, "not an IPv4 prefix", NETS, why);
	net4->mask = inet_make_mask(len);
	if (net4->addr & ~net4->mask)
		return refuse_host_bits(net4->addr, len, '/', why);
	return 0;
}

int nat64_parse_net4(const char *buf, size_t len, struct nat64_net4 **value,
		     unsigned int *n, struct nat64_why *why)
{
	struct text list = { buf, buf + len };
	unsigned int words = count_words(list, ' ');
	struct nat64_net4 *net4;
	struct text word;
	unsigned int i = 0;
	int err = 0;

	net4 = kmalloc_array(words + 1, sizeof(*net4), GFP_KERNEL);
	if (!net4)
		return nat64_no_memory(why);
	while (!err && next_word(&list, ' ', &word))
		err = parse_net4(word, &net4[i++], why);
	if (err) {
		kfree(net4);
		return err;
	}
	*value = net4;
	*n = words;
	return 0;
}

static int descending(const void *a, const void *b)
{
	return *(const u16 *)b - *(const u16 *)a;
}

int nat64_parse_plateaus(const char *buf, size_t len,
			 struct nat64_plateaus *value, struct nat64_why *why)
{
	struct text list = { buf, buf + len };
	struct text word;
	unsigned int i;
	u16 n = 0;

	if (count_words(list, ' ') > NAT64_PLATEAUS_MAX)
		return nat64_refuse(why, -EINVAL, "too many; " MTUS);
	value->n = 0;
	while (next_word(&list, ' ', &word)) {
		struct text all = word;
		u32 mtu;

		if (!eat_number(&word, U16_MAX, &mtu) || !at_end(&word) ||
		    mtu < IPV4_MIN_MTU)
			return refuse(&all, "no such MTU", MTUS, why);
		value->mtu[value->n++] = mtu;
	}
	sort(value->mtu, value->n, sizeof(value->mtu[0]), descending, NULL);
	for (i = 0; i < value->n; i++)
		if (!i || value->mtu[i] != value->mtu[n - 1])
			value->mtu[n++] = value->mtu[i];
	value->n = n;
	return 0;
}

int nat64_parse_tos(const char *buf, size_t len, u32 *value,
		    struct nat64_why *why)
{
	struct text t = trim(buf, len);
	struct text all = t;

	if (t.end - t.at == strlen("inherit") &&
	    !memcmp(t.at, "inherit", t.end - t.at)) {
		*value = NAT64_TOS_INHERIT;
		return 0;
	}
	if (!eat_number(&t, U8_MAX, value) || !at_end(&t))
		return refuse(&all, "no such TOS",
			      "write inherit, or 0 to 255", why);
	return 0;
}

int nat64_parse_end6(const char *buf, size_t len, struct nat64_end6 *value,
		     struct nat64_why *why)
{
	struct text t = trim(buf, len);
	u32 port = 0;

	if (!at_end(&t) &&
	    (!eat_addr6(&t, &value->addr) || !eat(&t, '#') ||
	     !eat_number(&t, U16_MAX, &port) || !port || !at_end(&t)))
		return nat64_refuse(why, -EINVAL,
				    "not an IPv6 transport address; " CLIENTS);
	value->port = htons(port);
	return 0;
}

int nat64_parse_u32(const char *buf, size_t len, u32 min, u32 max,
		    const char *unit, u32 *value, struct nat64_why *why)
{
	struct text t = trim(buf, len);
	struct text all = t;
	char expected[80];

	if (eat_number(&t, max, value) && at_end(&t) && *value >= min)
		return 0;
	scnprintf(expected, sizeof(expected),
		  "write a decimal number from %u to %u (%s)", min, max, unit);
	return refuse(&all, "no such number", expected, why);
}

int nat64_parse_word(const char *buf, size_t len, const char *const *words,
		     unsigned int *value, struct nat64_why *why)
{
	struct text t = trim(buf, len);
	char expected[80] = "write";
	unsigned int i;
	size_t n = strlen(expected);

	for (i = 0; words[i]; i++) {
		if (strlen(words[i]) == t.end - t.at &&
		    !memcmp(words[i], t.at, t.end - t.at)) {
			*value = i;
			return 0;
		}
	}
	for (i = 0; words[i]; i++)
		n += scnprintf(expected + n, sizeof(expected) - n, "%s %s",
			       i ? " or" : "", words[i]);
	return refuse(&t, "no such word", expected, why);
}

/* Settings of a pool4 entry */

const char *const nat64_pool4_settings[] = {
	[NAT64_TCP] = "tcp",
	[NAT64_UDP] = "udp",
	[NAT64_ICMP] = "icmp",
	[NAT64_POOL4_MARK] = "mark",
	[NAT64_POOL4_FORCE] = "force",
	NULL
};

static int parse_ranges(struct text list, struct nat64_ranges **value,
			struct nat64_why *why)
{
	struct nat64_range *range;
	struct text word;
	unsigned int n = 0;
	int err = 0;

	range = kvmalloc_array(count_words(list, ',') + 1, sizeof(*range),
			       GFP_KERNEL);
	if (!range)
		return nat64_no_memory(why);
	while (!err && next_word(&list, ',', &word))
		err = parse_range(word, &range[n++], PORTS, why);
	if (!err) {
		*value = nat64_ranges_alloc(range, n, GFP_KERNEL_ACCOUNT);
		if (!*value)
			err = nat64_no_memory(why);
	}
	kvfree(range);
	return err;
}

static int parse_mark(struct text t, u32 *mark, u32 *mask,
		      struct nat64_why *why)
{
	struct text all = t;
	bool good;

	*mask = U32_MAX;
	good = eat_mark(&t, mark);
	if (good && eat(&t, '/'))
		good = eat_mark(&t, mask);
	if (!good || !at_end(&t))
		return refuse(&all, "not a mark", MARKS, why);
	if (*mark & ~*mask)
		return nat64_refuse(why, -EINVAL,
				    "%#x has bits that the mask %#x has not; " MARKS,
				    *mark, *mask);
	return 0;
}

static int parse_force(struct text t, bool *force, struct nat64_why *why)
{
	static const char *const words[] = { "0", "1", NULL };
	unsigned int value = 0;
	int err = nat64_parse_word(t.at, t.end - t.at, words, &value, why);

	*force = value;
	return err;
}

int nat64_parse_pool4_setting(const char *buf, size_t len, unsigned int which,
			      struct nat64_pool4_edit *edit,
			      struct nat64_why *why)
{
	struct text t = trim(buf, len);

	edit->given |= BIT(which);
	switch (which) {
	case NAT64_POOL4_MARK:
		return parse_mark(t, &edit->mark, &edit->mask, why);
	case NAT64_POOL4_FORCE:
		return parse_force(t, &edit->force, why);
	default:
		return parse_ranges(t, &edit->ranges[which], why);
	}
}

/* The next setting: a word, and the others up to the next one that has a =. */
static bool next_setting(struct text *list, struct text *setting)
{
	struct text ahead, word;

	if (!next_word(list, ' ', setting))
		return false;
	ahead = *list;
	while (next_word(&ahead, ' ', &word) &&
	       !memchr(word.at, '=', word.end - word.at)) {
		setting->end = word.end;
		*list = ahead;
	}
	return true;
}

static int parse_setting(struct text t, struct nat64_pool4_edit *edit,
			 struct nat64_why *why)
{
	struct text all = t;
	struct nat64_why value;
	const char *name;
	unsigned int i;
	int err;

	for (i = 0; i < NAT64_POOL4_SETTINGS; i++, t = all)
		if (eat_word(&t, nat64_pool4_settings[i]) && eat(&t, '='))
			break;
	if (i == NAT64_POOL4_SETTINGS)
		return refuse(&all, "not a setting", SETTINGS, why);
	name = nat64_pool4_settings[i];
	if (edit->given & BIT(i))
		return nat64_refuse(why, -EINVAL,
				    "%s= is there twice; " SETTINGS, name);
	err = nat64_parse_pool4_setting(t.at, t.end - t.at, i, edit, &value);
	if (err)
		scnprintf(why->text, sizeof(why->text), "%s: %.240s",
			  name, value.text);
	return err;
}

int nat64_parse_pool4_settings(const char *buf, size_t len,
			       struct nat64_pool4_edit *edit,
			       struct nat64_why *why)
{
	struct text list = { buf, buf + len };
	struct text setting;
	int err = 0;

	while (!err && next_setting(&list, &setting))
		err = parse_setting(setting, edit, why);
	if (!err && !edit->given)
		return nat64_refuse(why, -EINVAL, "empty; " SETTINGS);
	return err;
}
