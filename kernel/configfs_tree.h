/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that make the tree in configfs share.
 *
 * configfs calls make and drop functions one at a time, under the subsystem's
 * mutex. It calls show and store without that mutex, but never once a
 * directory is being removed: its drop function runs when the last of them has
 * returned, and what was in it was dropped before. So none of them meets
 * anything that is gone. What holds for values is up to config.c.
 */
#ifndef _NAT64_CONFIGFS_TREE_H
#define _NAT64_CONFIGFS_TREE_H

#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "parse.h"
#include "tuple.h"
#include "why.h"

struct nat64_net;
struct nat64_sysfs;

/**
 * struct nat64_configfs - the directories of an instance
 * @group: its own; not used in the default instance, which is the subsystem's
 * @pool4: and so on: the directories of these names
 * @bib: likewise
 * @bib_proto: by enum nat64_proto
 * @timeouts: likewise
 * @allocation: likewise
 * @filtering: likewise
 * @limits: likewise
 * @translation: likewise
 * @nn: what they configure
 * @sysfs: its counters
 */
struct nat64_configfs {
	struct config_group group;
	struct config_group pool4;
	struct config_group bib;
	struct config_group bib_proto[NAT64_PROTOS];
	struct config_group timeouts;
	struct config_group allocation;
	struct config_group filtering;
	struct config_group limits;
	struct config_group translation;
	struct nat64_net *nn;
	struct nat64_sysfs *sysfs;
};

/** nat64_configfs_of() - the instance that a directory is in */
struct nat64_configfs *nat64_configfs_of(struct config_item *item);

/** nat64_configfs_nn() - what that instance configures */
static inline struct nat64_net *nat64_configfs_nn(struct config_item *item)
{
	return nat64_configfs_of(item)->nn;
}

/**
 * nat64_configfs_refuse() - log that a mkdir was refused
 * @dir: where
 * @name: what
 * @example: a name that would be taken
 * @err: the negative errno
 * @why: what is wrong
 *
 * Return: ERR_PTR(@err).
 */
void *nat64_configfs_refuse(struct config_group *dir, const char *name,
			    const char *example, int err,
			    struct nat64_why *why);

/* Parses a text and sets the value; 0 or a negative errno and why. */
typedef int nat64_set_fn(struct config_item *item, const char *buf, size_t len,
			 struct nat64_why *why);

/**
 * nat64_configfs_store() - what all stores have in common
 * @item: the directory
 * @name: of the attribute
 * @example: a text that would be taken
 * @buf: what was written
 * @len: its length
 * @set: does the rest
 *
 * Refuses what is too long, and logs what is refused.
 *
 * Return: @len or a negative errno.
 */
ssize_t nat64_configfs_store(struct config_item *item, const char *name,
			     const char *example, const char *buf, size_t len,
			     nat64_set_fn *set);

/* An attribute, from dir_name_show() and dir_name_set(), for its owner alone. */
#define NAT64_ATTR_PRIVATE(dir, name, example)				\
static ssize_t dir##_##name##_store(struct config_item *item,		\
				    const char *buf, size_t len);	\
static struct configfs_attribute dir##_attr_##name = {			\
	.ca_name = #name,						\
	.ca_mode = 0600,						\
	.ca_owner = THIS_MODULE,					\
	.show = dir##_##name##_show,					\
	.store = dir##_##name##_store,					\
};									\
NAT64_STORE(dir, name, example)

/* The same, for all to read. */
#define NAT64_ATTR(dir, name, example)					\
static ssize_t dir##_##name##_store(struct config_item *item,		\
				    const char *buf, size_t len);	\
CONFIGFS_ATTR(dir##_, name);						\
NAT64_STORE(dir, name, example)

#define NAT64_STORE(dir, name, example)					\
static ssize_t dir##_##name##_store(struct config_item *item,		\
				    const char *buf, size_t len)	\
{									\
	return nat64_configfs_store(item, #name, example, buf, len,	\
				    dir##_##name##_set);		\
}

/*
 * An attribute that is a number of nn, from @min to @max of @unit; @setter is an
 * expression that sets it to value, or returns a negative errno and why.
 */
#define NAT64_NUMBER_ATTR(dir, name, number, min, max, unit, example, setter) \
static ssize_t dir##_##name##_show(struct config_item *item, char *page) \
{									\
	struct nat64_net *nn = nat64_configfs_nn(item);			\
									\
	return sysfs_emit(page, "%u\n", READ_ONCE(number));		\
}									\
									\
static int dir##_##name##_set(struct config_item *item, const char *buf, \
			      size_t len, struct nat64_why *why)	\
{									\
	struct nat64_net *nn = nat64_configfs_nn(item);			\
	u32 value;							\
	int err = nat64_parse_u32(buf, len, min, max, unit, &value, why); \
									\
	return err ?: (setter);						\
}									\
									\
NAT64_ATTR(dir, name, example)

/* The same where the number is 0 or 1. */
#define NAT64_SWITCH_ATTR(dir, name, number, setter)			\
	NAT64_NUMBER_ATTR(dir, name, number, 0, 1, "1: on", "1", setter)

/*
 * An attribute that is one of several words; @number: its index, of nn.
 */
#define NAT64_WORD_ATTR(dir, name, words, number, example)		\
static ssize_t dir##_##name##_show(struct config_item *item, char *page) \
{									\
	struct nat64_net *nn = nat64_configfs_nn(item);			\
									\
	return sysfs_emit(page, "%s\n", (words)[READ_ONCE(number)]);	\
}									\
									\
static int dir##_##name##_set(struct config_item *item, const char *buf, \
			      size_t len, struct nat64_why *why)	\
{									\
	struct nat64_net *nn = nat64_configfs_nn(item);			\
	u32 value;							\
	int err = nat64_parse_word(buf, len, words, &value, why);	\
									\
	return err ?: nat64_config_number(nn, &(number), value, why);	\
}									\
									\
NAT64_ATTR(dir, name, example)

/* The types of translation/, pool4/ and of bib/<protocol>/. */
extern const struct config_item_type nat64_configfs_translation_type;
extern const struct config_item_type nat64_configfs_pool4_type;
extern const struct config_item_type nat64_configfs_bib_type;

#endif
