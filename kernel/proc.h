/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NAT64_PROC_H
#define _NAT64_PROC_H

struct net;

/** nat64_proc_init() - make a namespace's /proc/net/nat64; 0 or -ENOMEM */
int nat64_proc_init(struct net *net);

/** nat64_proc_exit() - its end; waits for readers and closes open files */
void nat64_proc_exit(struct net *net);

#endif
