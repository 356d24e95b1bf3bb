/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last refusals of an instance, in words. No address of a client is ever
 * in it: what users write there names servers and pools.
 */
#ifndef _NAT64_ERROR_LOG_H
#define _NAT64_ERROR_LOG_H

#include <linux/mutex.h>
#include <linux/types.h>

#define NAT64_ERROR_LOG_SIZE	4095

/**
 * struct nat64_error_log - whole lines, newest last
 * @lock: guards the rest
 * @len: bytes in @text
 * @text: the lines, not terminated
 */
struct nat64_error_log {
	struct mutex lock;	/* guards the rest */
	size_t len;
	char text[NAT64_ERROR_LOG_SIZE];
};

/** nat64_error_log_init() - an empty log */
void nat64_error_log_init(struct nat64_error_log *log);

/**
 * nat64_error_log_add() - append a line, drop the oldest ones for it
 * @log: the log
 * @path: below the instance's directory
 * @value: what was written, shortened and escaped; NULL: a mkdir, or not to be
 *	shown
 * @len: its length
 * @err: the negative errno
 * @why: what is wrong, and what would be right
 *
 * Context: may sleep.
 */
void nat64_error_log_add(struct nat64_error_log *log, const char *path,
			 const char *value, size_t len, int err,
			 const char *why);

/** nat64_error_log_show() - copy the log to @page; returns the length */
ssize_t nat64_error_log_show(struct nat64_error_log *log, char *page);

#endif
