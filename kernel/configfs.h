/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NAT64_CONFIGFS_H
#define _NAT64_CONFIGFS_H

/**
 * nat64_configfs_init() - make the default instance and its directories
 *
 * Return: 0 or a negative errno.
 */
int nat64_configfs_init(void);

/** nat64_configfs_exit() - their end; there are no others any more */
void nat64_configfs_exit(void);

#endif
