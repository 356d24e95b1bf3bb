// SPDX-License-Identifier: GPL-2.0
/*
 * The order of things: what is set up before what, and taken down after it.
 */
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <net/net_namespace.h>

#include "config.h"
#include "configfs.h"
#include "flush.h"
#include "proc.h"

/* As in dkms.conf. */
#define NAT64_VERSION	"0.1"

static int __net_init net_init(struct net *net)
{
	return nat64_proc_init(net);
}

/* While packets may still come; a grace period lies between this and exit. */
static void __net_exit net_pre_exit(struct net *net)
{
	nat64_config_netns_gone(net);
}

static void __net_exit net_exit(struct net *net)
{
	nat64_proc_exit(net);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &nat64_net_id,
	.size = sizeof(struct nat64_per_net),
};

/* Interfaces and their IPv4 addresses, under RTNL. */
static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct nat64_net *nn = nat64_net_get(dev_net(dev));

	if (!nn)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGENAME:
		nat64_config_links_changed(nn);
		break;
	case NETDEV_UNREGISTER:
		/* Sessions must not keep a device from going away. */
		nat64_flush_routes(nn, dev);
		break;
	}
	nat64_net_put(nn);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

/* One has come, or gone. */
static int address_event(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct nat64_net *nn = nat64_net_get(dev_net(ifa->ifa_dev->dev));

	if (nn) {
		nat64_config_own_addr(nn, ifa->ifa_local);
		nat64_config_links_changed(nn);
		nat64_net_put(nn);
	}
	return NOTIFY_DONE;
}

static struct notifier_block address_notifier = {
	.notifier_call = address_event,
};

static int __init nat64_init(void)
{
	int err;

	err = nat64_bib_module_init();
	if (err)
		return err;
	err = nat64_session_module_init();
	if (err)
		goto bib;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto session;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		goto pernet;
	err = register_inetaddr_notifier(&address_notifier);
	if (err)
		goto devices;
	err = nat64_configfs_init();
	if (err)
		goto addresses;
	pr_info("nat64: %s is ready; mkdir /sys/kernel/config/nat64/pool4/ADDRESS\n",
		NAT64_VERSION);
	return 0;

addresses:
	unregister_inetaddr_notifier(&address_notifier);
devices:
	unregister_netdevice_notifier(&device_notifier);
pernet:
	unregister_pernet_subsys(&net_ops);
session:
	rcu_barrier();
	nat64_session_module_exit();
bib:
	nat64_bib_module_exit();
	return err;
}

static void __exit nat64_exit(void)
{
	nat64_configfs_exit();
	unregister_inetaddr_notifier(&address_notifier);
	unregister_netdevice_notifier(&device_notifier);
	unregister_pernet_subsys(&net_ops);
	/* Bindings, sessions and addresses on their way out. */
	rcu_barrier();
	nat64_session_module_exit();
	nat64_bib_module_exit();
}

module_init(nat64_init);
module_exit(nat64_exit);

MODULE_DESCRIPTION("Stateful NAT64 (RFC 6146), configured by directories");
MODULE_VERSION(NAT64_VERSION);
MODULE_LICENSE("GPL");
