/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is wrong with an input, in words for the error_log: filled in where
 * the fault is found, read where the caller is told.
 */
#ifndef _NAT64_WHY_H
#define _NAT64_WHY_H

#include <linux/kernel.h>

/** struct nat64_why - what is wrong, and what would be right */
struct nat64_why {
	char text[224];
};

/**
 * nat64_refuse() - say why, and return the errno
 * @why: the struct nat64_why to fill in
 * @err: the negative errno
 * @fmt: what is wrong, and what would be right; no capital, no full stop
 *
 * Return: @err.
 */
#define nat64_refuse(why, err, fmt, ...) ({ \
	snprintf((why)->text, sizeof((why)->text), fmt, ##__VA_ARGS__); \
	(err); \
})

#endif
