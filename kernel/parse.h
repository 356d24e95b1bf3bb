/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text to values and back: the names of directories and the contents of
 * attributes. Nothing here knows of an instance.
 *
 * Who parses takes any bytes, up to @len; what is not wholly understood is
 * refused. Contents may have blanks around and between values, names may not.
 * All parsers return 0 or a negative errno with @why filled in, as far as they can
 * without an example.
 *
 * Who formats writes to a page of its own, ends with a newline, and returns the
 * length. What was parsed from up to NAT64_TEXT_MAX bytes is no longer than that,
 * without the newline: no value is written in more bytes than it can be read from.
 */
#ifndef _NAT64_PARSE_H
#define _NAT64_PARSE_H

#include <linux/types.h>

#include "ports.h"
#include "tuple.h"
#include "why.h"

/*
 * A text, without the newline at its end. Of a longer write than 4095 bytes configfs
 * shows us so many, as if they were all, and the last one may be a newline.
 */
#define NAT64_TEXT_MAX	4093

struct nat64_net4;
struct nat64_plateaus;
struct nat64_pool4_edit;
struct nat64_pool4_entry;
struct nat64_pool4_name;
struct nat64_pool6;
struct nat64_prefix;

/**
 * nat64_parse_pool4_name() - the name of a pool4 entry
 * @name: 192.0.2.1, 203.0.113.0_28, dev:ppp0, each with #5000-6000 or #5000, with
 *	# and no ports, or without
 * @len: its length
 * @value: what it says
 * @why: what is wrong
 */
int nat64_parse_pool4_name(const char *name, size_t len,
			   struct nat64_pool4_name *value,
			   struct nat64_why *why);

/**
 * nat64_parse_static_name() - the name of a static binding
 * @name: 192.0.2.1#80
 * @len: its length
 * @value: what it says
 * @why: what is wrong
 */
int nat64_parse_static_name(const char *name, size_t len,
			    struct nat64_end4 *value, struct nat64_why *why);

/**
 * nat64_parse_pool6() - a list of RFC 6052 prefixes
 * @buf: the text
 * @len: its length
 * @value: at least one valid prefix, all disjoint; to be freed with kfree()
 * @n: how many, NAT64_POOL6_MAX at most
 * @why: what is wrong
 *
 * Context: may sleep.
 */
int nat64_parse_pool6(const char *buf, size_t len, struct nat64_prefix **value,
		      unsigned int *n, struct nat64_why *why);

/**
 * nat64_parse_net4() - a list of IPv4 prefixes, "": none
 * @buf: the text; an address without a length is all of a prefix
 * @len: its length
 * @value: the prefixes, to be freed with kfree()
 * @n: how many
 * @why: what is wrong
 *
 * Context: may sleep.
 */
int nat64_parse_net4(const char *buf, size_t len, struct nat64_net4 **value,
		     unsigned int *n, struct nat64_why *why);

/**
 * nat64_parse_plateaus() - a list of path MTUs, "": none
 * @buf: the text, in any order
 * @len: its length
 * @value: the MTUs, the largest first, each once
 * @why: what is wrong
 */
int nat64_parse_plateaus(const char *buf, size_t len,
			 struct nat64_plateaus *value, struct nat64_why *why);

/**
 * nat64_parse_tos() - a TOS octet, or "inherit"
 * @buf: the text
 * @len: its length
 * @value: the octet, or NAT64_TOS_INHERIT
 * @why: what is wrong
 */
int nat64_parse_tos(const char *buf, size_t len, u32 *value,
		    struct nat64_why *why);

/**
 * nat64_parse_end6() - an IPv6 transport address, 2001:db8::5#80
 * @buf: the text
 * @len: its length
 * @value: the transport address; port 0: the text is empty
 * @why: what is wrong
 */
int nat64_parse_end6(const char *buf, size_t len, struct nat64_end6 *value,
		     struct nat64_why *why);

/* By enum nat64_pool4_setting, then NULL. */
extern const char *const nat64_pool4_settings[];

/**
 * nat64_parse_pool4_setting() - one setting of a pool4 entry
 * @buf: the text
 * @len: its length
 * @which: enum nat64_pool4_setting: ports, "5000-6000,7000", "": none; a mark,
 *	VALUE/MASK, or VALUE for all of its bits, each number decimal or 0x and
 *	hexadecimal; force, 0 or 1
 * @edit: gets the value, to be freed with nat64_pool4_edit_end() in any case
 * @why: what is wrong
 *
 * Context: may sleep.
 */
int nat64_parse_pool4_setting(const char *buf, size_t len, unsigned int which,
			      struct nat64_pool4_edit *edit,
			      struct nat64_why *why);

/**
 * nat64_parse_pool4_settings() - some settings or all, "tcp=5000-6000 mark=1/1"
 * @buf: the text; a word with = begins a setting, which the words up to the next
 *	such belong to
 * @len: its length
 * @edit: gets the values, to be freed with nat64_pool4_edit_end() in any case
 * @why: what is wrong
 *
 * Context: may sleep.
 */
int nat64_parse_pool4_settings(const char *buf, size_t len,
			       struct nat64_pool4_edit *edit,
			       struct nat64_why *why);

/**
 * nat64_parse_u32() - a decimal number
 * @buf: the text
 * @len: its length
 * @min: the smallest value
 * @max: the largest
 * @unit: what it counts, in a word or two
 * @value: the number
 * @why: what is wrong
 */
int nat64_parse_u32(const char *buf, size_t len, u32 min, u32 max,
		    const char *unit, u32 *value, struct nat64_why *why);

/**
 * nat64_parse_word() - one of several words
 * @buf: the text
 * @len: its length
 * @words: the words, then NULL
 * @value: the index of the word
 * @why: what is wrong
 */
int nat64_parse_word(const char *buf, size_t len, const char *const *words,
		     unsigned int *value, struct nat64_why *why);

/** nat64_format_pool6() - "64:ff9b::/96 2001:db8::/32" */
int nat64_format_pool6(char *page, const struct nat64_pool6 *pool6);

/** nat64_format_net4() - "10.0.0.0/8 192.0.2.1" */
int nat64_format_net4(char *page, const struct nat64_net4 *net4,
		      unsigned int n);

/** nat64_format_plateaus() - "65535 32000" */
int nat64_format_plateaus(char *page, const struct nat64_plateaus *plateaus);

/** nat64_format_tos() - "inherit" or a number */
int nat64_format_tos(char *page, u32 tos);

/** nat64_format_pool4_setting() - @which: enum nat64_pool4_setting */
int nat64_format_pool4_setting(char *page, const struct nat64_pool4_entry *entry,
			       unsigned int which);

/**
 * nat64_format_pool4_settings() - "tcp=5000-6000", and so on, each in a line
 * @page: where to
 * @entry: whose
 *
 * Return: the length, or -E2BIG: more than can be written back.
 */
int nat64_format_pool4_settings(char *page,
				const struct nat64_pool4_entry *entry);

/** nat64_format_end6() - "2001:db8::5#80"; NULL: none */
int nat64_format_end6(char *page, const struct nat64_end6 *end);

#endif
