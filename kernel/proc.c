// SPDX-License-Identifier: GPL-2.0
/*
 * The tables in /proc/net/nat64: bib and sessions, one line an entry.
 *
 * An open file holds the instance and a walk through one of its hash tables,
 * which goes on where the last read() stopped: so all of a table of a million
 * entries is read in one pass, under RCU a page at a time. If the table is
 * resized meanwhile, the walk begins anew, and entries come twice.
 */
#include "proc.h"

#include <linux/err.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include "net.h"

/**
 * struct walk - an open table
 * @nn: the instance; NULL: the namespace had none when the file was opened
 * @table: one of its tables
 * @iter: where the walk is
 */
struct walk {
	struct nat64_net *nn;
	struct rhashtable *table;
	struct rhashtable_iter iter;
};

static const char *const state_names[NAT64_TCP_STATES] = {
	[NAT64_TCP_CLOSED] = "closed",
	[NAT64_TCP_V4_INIT] = "v4_init",
	[NAT64_TCP_V6_INIT] = "v6_init",
	[NAT64_TCP_ESTABLISHED] = "established",
	[NAT64_TCP_V4_FIN_RCV] = "v4_fin_rcv",
	[NAT64_TCP_V6_FIN_RCV] = "v6_fin_rcv",
	[NAT64_TCP_V4_V6_FIN_RCV] = "v4_v6_fin_rcv",
	[NAT64_TCP_TRANS] = "trans",
};

/* The table was resized: go on, in the new one. */
static bool resized(const void *entry)
{
	return entry == ERR_PTR(-EAGAIN);
}

static void walk_start(struct walk *walk)
	__acquires(RCU)
{
	if (walk->nn)
		rhashtable_walk_start(&walk->iter);
	else
		rcu_read_lock();
}

static void walk_stop(struct walk *walk)
	__releases(RCU)
{
	if (walk->nn)
		rhashtable_walk_stop(&walk->iter);
	else
		rcu_read_unlock();
}

static void *table_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct walk *walk = seq->private;
	void *entry;

	++*pos;
	if (!walk->nn)
		return NULL;
	do
		entry = rhashtable_walk_next(&walk->iter);
	while (resized(entry));
	return entry;
}

/*
 * Position 0 is the header. All others are where the walk stopped: seq_file
 * comes back to no position but that and 0.
 */
static void *table_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	struct walk *walk = seq->private;
	void *entry;

	if (!*pos && walk->nn) {
		rhashtable_walk_exit(&walk->iter);
		rhashtable_walk_enter(walk->table, &walk->iter);
	}
	walk_start(walk);
	if (!*pos)
		return SEQ_START_TOKEN;
	if (!walk->nn)
		return NULL;
	do
		entry = rhashtable_walk_peek(&walk->iter);
	while (resized(entry));
	return entry;
}

static void table_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	walk_stop(seq->private);
}

static int bib_show(struct seq_file *seq, void *v)
{
	const struct nat64_binding *binding = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "protocol ipv6 ipv4 type sessions\n");
		return 0;
	}
	seq_printf(seq, "%s %pI6c#%u %pI4#%u %s %u\n",
		   nat64_proto_name(binding->proto),
		   &binding->addr6, ntohs(binding->port6),
		   &binding->addr4, ntohs(binding->port4),
		   binding->is_static ? "static" : "dynamic",
		   READ_ONCE(binding->n_sessions));
	return 0;
}

static const struct seq_operations bib_ops = {
	.start = table_start,
	.next = table_next,
	.stop = table_stop,
	.show = bib_show,
};

static const char *state_name(const struct nat64_session *session)
{
	if (session->tuple.proto != NAT64_TCP)
		return "-";
	return state_names[READ_ONCE(session->state)];
}

static int sessions_show(struct seq_file *seq, void *v)
{
	const struct nat64_session *session = v;
	const struct nat64_tuple *t = &session->tuple;
	struct walk *walk = seq->private;
	const struct nat64_prefix *prefix;
	struct in6_addr remote;
	bool icmp;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "protocol ipv6_local ipv6_remote ipv4_local ipv4_remote state expires\n");
		return 0;
	}
	prefix = nat64_pool6_by_id(rcu_dereference(walk->nn->pool6), t->prefix);
	/* Its prefix was just removed, and it is about to be. */
	if (!prefix)
		return SEQ_SKIP;
	nat64_addr_embed(prefix, t->raddr, &remote);
	icmp = t->proto == NAT64_ICMP;
	seq_printf(seq, "%s %pI6c#%u %pI6c#%u %pI4#%u %pI4#%u %s %u\n",
		   nat64_proto_name(t->proto),
		   &t->addr6, ntohs(t->port6),
		   &remote, ntohs(icmp ? t->port6 : t->rport),
		   &t->addr4, ntohs(t->port4),
		   &t->raddr, ntohs(icmp ? t->port4 : t->rport),
		   state_name(session),
		   nat64_session_left(session, nat64_now()));
	return 0;
}

static const struct seq_operations sessions_ops = {
	.start = table_start,
	.next = table_next,
	.stop = table_stop,
	.show = sessions_show,
};

static int table_open(struct inode *inode, struct file *file,
		      const struct seq_operations *ops, size_t table)
{
	struct walk *walk = __seq_open_private(file, ops, sizeof(*walk));

	if (!walk)
		return -ENOMEM;
	walk->nn = nat64_net_get(pde_data(inode));
	if (walk->nn) {
		walk->table = (void *)walk->nn + table;
		rhashtable_walk_enter(walk->table, &walk->iter);
	}
	return 0;
}

static int bib_open(struct inode *inode, struct file *file)
{
	return table_open(inode, file, &bib_ops,
			  offsetof(struct nat64_net, bib.by6));
}

static int sessions_open(struct inode *inode, struct file *file)
{
	return table_open(inode, file, &sessions_ops,
			  offsetof(struct nat64_net, sessions.by6));
}

static int table_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct walk *walk = seq->private;

	if (walk->nn) {
		rhashtable_walk_exit(&walk->iter);
		nat64_net_put(walk->nn);
	}
	return seq_release_private(inode, file);
}

static const struct proc_ops bib_proc_ops = {
	.proc_open = bib_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = table_release,
};

static const struct proc_ops sessions_proc_ops = {
	.proc_open = sessions_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = table_release,
};

int nat64_proc_init(struct net *net)
{
	struct proc_dir_entry *dir;

	dir = proc_net_mkdir(net, "nat64", net->proc_net);
	if (!dir)
		return -ENOMEM;
	if (!proc_create_data("bib", 0440, dir, &bib_proc_ops, net) ||
	    !proc_create_data("sessions", 0440, dir, &sessions_proc_ops, net)) {
		nat64_proc_exit(net);
		return -ENOMEM;
	}
	return 0;
}

void nat64_proc_exit(struct net *net)
{
	remove_proc_subtree("nat64", net->proc_net);
}
