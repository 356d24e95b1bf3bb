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
#include <net/ip.h>
#include <net/ipv6.h>

#include "addr.h"
#include "icmp.h"
#include "net.h"
#include "pool6.h"

#define POOL4_NAMES	\
	"an entry is named like 192.0.2.1, 192.0.2.1#5000-6000, 192.0.2.1# (no ports yet), 203.0.113.0_28#1024-65535, dev:ppp0 or dev:ppp0#5000-6000"
#define STATIC_NAMES	\
	"a static binding is named like 192.0.2.1#80, with a port, or query id, from 1 to 65535"

/** struct text - what is still to be read */
struct text {
	const char *at;
	const char *end;
};

/* Refuse a text; enough of it is shown to be recognized. */
static int refuse(const struct text *t, const char *what,
		  struct nat64_why *why)
{
	size_t len = t->end - t->at;

	if (memchr(t->at, '\0', len))
		return nat64_refuse(why, -EINVAL,
				    "not a text: has a byte of value 0");
	return nat64_refuse(why, -EINVAL, "%.*s: %s",
			    (int)min_t(size_t, len, 40), t->at, what);
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
		       struct nat64_why *why)
{
	struct text all = t;
	u32 lo, hi;
	bool good;

	good = eat_number(&t, U16_MAX, &lo);
	hi = lo;
	if (good && eat(&t, '-'))
		good = eat_number(&t, U16_MAX, &hi);
	if (!good || !at_end(&t))
		return refuse(&all, "not a range of ports from 1 to 65535 like 5000-6000 or 7000",
			      why);
	if (!lo)
		return refuse(&all, "port 0, or query id 0, is never lent; begin with 1",
			      why);
	if (lo > hi)
		return refuse(&all, "the lower end comes first, as in 5000-6000",
			      why);
	range->lo = lo;
	range->hi = hi;
	return 0;
}

static int refuse_host_bits(__be32 addr, u32 len, char sep,
			    struct nat64_why *why)
{
	__be32 base = addr & inet_make_mask(len);

	return nat64_refuse(why, -EINVAL,
			    "%pI4 has bits set behind its first %u: write %pI4%c%u, or a longer prefix",
			    &addr, len, &base, sep, len);
}

/* An address or prefix, up to the ports. */
static int parse_addrs(struct text *t, struct nat64_pool4_name *value,
		       struct nat64_why *why)
{
	u32 plen = 32;
	__be32 addr;

	if (!eat_addr4(t, &addr) ||
	    (eat(t, '_') && !eat_number(t, 32, &plen)))
		return nat64_refuse(why, -EINVAL, POOL4_NAMES);
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
		return refuse(t, "no interface can be called so; " POOL4_NAMES,
			      why);
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
		return at_end(&t) ? 0 : nat64_refuse(why, -EINVAL, POOL4_NAMES);
	if (!at_end(&t))
		return parse_range(t, &value->ports, why);
	value->ports = (struct nat64_range){};
	return 0;
}

int nat64_parse_static_name(const char *name, size_t len,
			    struct nat64_end4 *value, struct nat64_why *why)
{
	struct text t = { name, name + len };
	u32 port;

	if (!eat_addr4(&t, &value->addr) || !eat(&t, '#') ||
	    !eat_number(&t, U16_MAX, &port) || !port || !at_end(&t))
		return nat64_refuse(why, -EINVAL, STATIC_NAMES);
	value->port = htons(port);
	return 0;
}

static int parse_prefix(struct text t, struct nat64_prefix *prefix,
			struct nat64_why *why)
{
	struct text all = t;
	u32 len;

	if (!eat_addr6(&t, &prefix->addr) || !eat(&t, '/') ||
	    !eat_number(&t, 128, &len) || !at_end(&t))
		return refuse(&all, "not an IPv6 prefix like 64:ff9b::/96",
			      why);
	prefix->len = len;
	prefix->id = NAT64_NO_PREFIX;
	if (!nat64_prefix_valid(prefix))
		return refuse(&all,
			      "must be a unicast prefix of 32, 40, 48, 56, 64 or 96 bits, zero behind them and in bits 64 to 71 (RFC 6052, 2.2)",
			      why);
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
						    "%pI6c/%u and %pI6c/%u overlap; leave one out",
						    &prefix[j].addr, prefix[j].len,
						    &prefix[i].addr, prefix[i].len);
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
				    "%u prefixes: write 1 to %u of them, the usual one is 64:ff9b::/96",
				    words, NAT64_POOL6_MAX);
	prefix = kmalloc_array(words, sizeof(*prefix), GFP_KERNEL);
	if (!prefix)
		return nat64_refuse(why, -ENOMEM, "no memory");
	while (!err && next_word(&list, ' ', &word))
		err = parse_prefix(word, &prefix[i++], why);
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
		return refuse(&all, "not an IPv4 prefix like 10.0.0.0/8 or 192.0.2.1",
			      why);
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
		return nat64_refuse(why, -ENOMEM, "no memory");
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
		return nat64_refuse(why, -EINVAL, "more than %u MTUs",
				    NAT64_PLATEAUS_MAX);
	value->n = 0;
	while (next_word(&list, ' ', &word)) {
		struct text all = word;
		u32 mtu;

		if (!eat_number(&word, U16_MAX, &mtu) || !at_end(&word) ||
		    mtu < IPV4_MIN_MTU)
			return refuse(&all, "not an MTU from 68 to 65535", why);
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

	if (t.end - t.at == strlen("inherit") &&
	    !memcmp(t.at, "inherit", t.end - t.at)) {
		*value = NAT64_TOS_INHERIT;
		return 0;
	}
	if (!eat_number(&t, U8_MAX, value) || !at_end(&t))
		return nat64_refuse(why, -EINVAL,
				    "write inherit, or a number from 0 to 255");
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
				    "not an IPv6 transport address like 2001:db8::5#80, its port from 1 to 65535, nor empty");
	value->port = htons(port);
	return 0;
}

int nat64_parse_u32(const char *buf, size_t len, u32 max, u32 *value,
		    struct nat64_why *why)
{
	struct text t = trim(buf, len);

	if (!eat_number(&t, max, value) || !at_end(&t))
		return nat64_refuse(why, -EINVAL,
				    "not a decimal number from 0 to %u", max);
	return 0;
}

int nat64_parse_word(const char *buf, size_t len, const char *const *words,
		     unsigned int *value, struct nat64_why *why)
{
	struct text t = trim(buf, len);
	unsigned int i;
	size_t n = 0;

	for (i = 0; words[i]; i++) {
		if (strlen(words[i]) == t.end - t.at &&
		    !memcmp(words[i], t.at, t.end - t.at)) {
			*value = i;
			return 0;
		}
	}
	n = scnprintf(why->text, sizeof(why->text), "write");
	for (i = 0; words[i]; i++)
		n += scnprintf(why->text + n, sizeof(why->text) - n, "%s %s",
			       i ? " or" : "", words[i]);
	return -EINVAL;
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
		return nat64_refuse(why, -ENOMEM, "no memory");
	while (!err && next_word(&list, ',', &word))
		err = parse_range(word, &range[n++], why);
	if (!err) {
		*value = nat64_ranges_alloc(range, n, GFP_KERNEL_ACCOUNT);
		if (!*value)
			err = nat64_refuse(why, -ENOMEM, "no memory");
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
		return refuse(&all, "not a mark like 0x1/0xff, 1/255 or 1; 0/0 is for everybody",
			      why);
	if (*mark & ~*mask)
		return nat64_refuse(why, -EINVAL,
				    "%#x has bits that the mask %#x has not: write %#x/%#x",
				    *mark, *mask, *mark & *mask, *mask);
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
		return refuse(&all, "not a setting; write tcp=, udp=, icmp=, mark= or force=, and the value",
			      why);
	name = nat64_pool4_settings[i];
	if (edit->given & BIT(i))
		return nat64_refuse(why, -EINVAL,
				    "%s= is there twice; write each setting once",
				    name);
	err = nat64_parse_pool4_setting(t.at, t.end - t.at, i, edit, &value);
	if (err)
		scnprintf(why->text, sizeof(why->text), "%s: %s", name,
			  value.text);
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
		return nat64_refuse(why, -EINVAL,
				    "no setting; write some of tcp=, udp=, icmp=, mark= and force=, and the values, one a line");
	return err;
}
