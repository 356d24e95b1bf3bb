/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The passage of time: a worker that goes round and round over the sessions, and
 * takes out what has expired.
 */
#ifndef _NAT64_SWEEP_H
#define _NAT64_SWEEP_H

#include <linux/types.h>

struct nat64_net;

/** nat64_sweep_start() - begin; may sleep */
void nat64_sweep_start(struct nat64_net *nn);

/**
 * nat64_sweep_slice() - one slice of the round, of sessions, host flows and SYNs
 * @nn: the instance
 *
 * It has no hurry: of what has expired packets find only the connections that
 * are to be probed.
 *
 * Context: may sleep; one at a time.
 * Return: true if it was the last of a round.
 */
bool nat64_sweep_slice(struct nat64_net *nn);

/** nat64_sweep_stop() - stop it, and wait for it; may sleep */
void nat64_sweep_stop(struct nat64_net *nn);

#endif
