/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters in /sys/kernel/nat64: one value a file.
 *
 * All of these functions may sleep. Removing waits for readers, who may wait
 * for nn->mutex: so nobody calls these with that mutex held.
 */
#ifndef _NAT64_SYSFS_H
#define _NAT64_SYSFS_H

struct nat64_net;
struct nat64_pool4_entry;
struct nat64_sysfs;
struct nat64_sysfs_entry;

/**
 * nat64_sysfs_add() - show an instance's counters
 * @root: the directory of the default instance; NULL: this is the one
 * @name: of the directory; one in instances/ unless it is the default instance
 * @nn: the instance
 *
 * Return: the directory, ERR_PTR() if it can not be made.
 */
struct nat64_sysfs *nat64_sysfs_add(struct nat64_sysfs *root, const char *name,
				    struct nat64_net *nn);

/** nat64_sysfs_del() - remove a directory; afterwards nobody reads from nn */
void nat64_sysfs_del(struct nat64_sysfs *dir);

/**
 * nat64_sysfs_entry_add() - show how much of a pool4 entry is used
 * @dir: the instance's directory
 * @name: of the entry
 * @entry: the entry
 *
 * Return: the directory, ERR_PTR() if it can not be made.
 */
struct nat64_sysfs_entry *
nat64_sysfs_entry_add(struct nat64_sysfs *dir, const char *name,
		      struct nat64_pool4_entry *entry);

/** nat64_sysfs_entry_del() - remove it; afterwards nobody reads the entry */
void nat64_sysfs_entry_del(struct nat64_sysfs_entry *entry);

#endif
