// SPDX-License-Identifier: GPL-2.0
/* UDP-encapsulated SAs (RFC 3948) by their ports and by where their peers are. */
#include "table/natt.h"

#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/random.h>

/**
 * espgw_natt_enable() - be ready for UDP-encapsulated SAs
 * @en: namespace
 *
 * Not before the first one: most namespaces never need it.
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -ENOMEM.
 */
int espgw_natt_enable(struct espgw_net *en)
{
	struct espgw_natt *natt;

	lockdep_assert_held(&en->lock);
	if (en->natt)
		return 0;
	natt = kvzalloc(sizeof(*natt), GFP_KERNEL_ACCOUNT);
	if (!natt)
		return -ENOMEM;
	natt->seed = get_random_u32();
	/* SAs without encapsulation take what comes there as well. */
	set_bit(ESPGW_NATT_PORT, natt->ports);
	spin_lock_init(&natt->lock);
	/* Pairs with espgw_natt(): who sees it sees what is in it. */
	smp_store_release(&en->natt, natt);
	return 0;
}

/**
 * espgw_natt_use() - there is an SA more, or less
 * @en: namespace, enabled
 * @port: the local port of one that is new, or 0
 * @delta: 1, 0 or -1
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_natt_use(struct espgw_net *en, __be16 port, int delta)
{
	struct espgw_natt *natt = en->natt;

	lockdep_assert_held(&en->lock);
	if (port)
		set_bit(ntohs(port), natt->ports);
	WRITE_ONCE(natt->sas, natt->sas + delta);
}

/**
 * espgw_natt_at() - outbound SAs whose peer may be somewhere
 * @natt: UDP-encapsulated SAs
 * @addr: the peer's address
 * @port: its UDP port
 *
 * Context: under RCU. Return: a list that has those, and some others.
 */
struct hlist_head *espgw_natt_at(struct espgw_natt *natt,
				 const struct espgw_addr *addr, __be16 port)
{
	u32 hash = jhash2((const u32 *)addr, sizeof(*addr) / sizeof(u32),
			  natt->seed ^ (__force u16)port);

	return &natt->peers[hash >> (32 - ESPGW_NATT_HASH_BITS)];
}

/**
 * espgw_natt_add() - an outbound SA has come
 * @en: namespace, enabled
 * @node: its struct espgw_sa.on_natt
 * @addr: its peer's address
 * @port: its peer's port
 */
void espgw_natt_add(struct espgw_net *en, struct hlist_node *node,
		    const struct espgw_addr *addr, __be16 port)
{
	struct espgw_natt *natt = en->natt;

	spin_lock_bh(&natt->lock);
	hlist_add_head_rcu(node, espgw_natt_at(natt, addr, port));
	WRITE_ONCE(natt->linked, natt->linked + 1);
	spin_unlock_bh(&natt->lock);
}

/**
 * espgw_natt_move() - an outbound SA's peer is elsewhere
 * @en: namespace, enabled
 * @node: its struct espgw_sa.on_natt; nothing is done if it is in no list
 * @addr: its peer's address
 * @port: its peer's port
 *
 * A reader that is at it may miss the rest of its list: what it looks for is
 * told by another message.
 */
void espgw_natt_move(struct espgw_net *en, struct hlist_node *node,
		     const struct espgw_addr *addr, __be16 port)
{
	struct espgw_natt *natt = en->natt;

	spin_lock_bh(&natt->lock);
	if (!hlist_unhashed(node)) {
		hlist_del_rcu(node);
		hlist_add_head_rcu(node, espgw_natt_at(natt, addr, port));
	}
	spin_unlock_bh(&natt->lock);
}

/**
 * espgw_natt_del() - an outbound SA goes
 * @en: namespace, enabled
 * @node: its struct espgw_sa.on_natt
 */
void espgw_natt_del(struct espgw_net *en, struct hlist_node *node)
{
	struct espgw_natt *natt = en->natt;

	spin_lock_bh(&natt->lock);
	if (!hlist_unhashed(node)) {
		hlist_del_init_rcu(node);
		WRITE_ONCE(natt->linked, natt->linked - 1);
	}
	spin_unlock_bh(&natt->lock);
}

/**
 * espgw_natt_exit() - free what espgw_natt_enable() made
 * @en: namespace, without SAs and hooks
 */
void espgw_natt_exit(struct espgw_net *en)
{
	kvfree(en->natt);
}
