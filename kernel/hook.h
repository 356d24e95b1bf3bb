/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where packets enter: the Netfilter hooks.
 */
#ifndef _NAT64_HOOK_H
#define _NAT64_HOOK_H

struct nat64_net;

/**
 * nat64_hook_register() - let packets in
 * @nn: the instance, whose namespace lives
 *
 * Turns defragmentation on in the namespace.
 *
 * Context: may sleep, nn->mutex held.
 * Return: 0 or an errno.
 */
int nat64_hook_register(struct nat64_net *nn);

/**
 * nat64_hook_unregister() - no more packets
 * @nn: the instance, whose namespace lives or dies
 *
 * When it returns, no packet is inside any more.
 *
 * Context: may sleep, nn->mutex held.
 */
void nat64_hook_unregister(struct nat64_net *nn);

/**
 * nat64_hook_register_host() - see what the box sends of its own
 * @nn: the instance, whose namespace lives
 *
 * Context: may sleep, nn->mutex held.
 * Return: 0 or an errno.
 */
int nat64_hook_register_host(struct nat64_net *nn);

/** nat64_hook_unregister_host() - its end; before nat64_hook_unregister() */
void nat64_hook_unregister_host(struct nat64_net *nn);

#endif
