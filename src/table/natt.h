/* SPDX-License-Identifier: GPL-2.0 */
/* UDP-encapsulated SAs (RFC 3948) by their ports and by where their peers are. */
#ifndef ESPGW_TABLE_NATT_H
#define ESPGW_TABLE_NATT_H

#include <linux/rculist.h>
#include <linux/spinlock.h>

#include "base/net.h"

#define ESPGW_NATT_HASH_BITS	10

/* IKE's and ESP's (RFC 7296 2.23), host byte order. */
#define ESPGW_NATT_PORT	4500

/**
 * struct espgw_natt - a namespace's UDP-encapsulated SAs
 * @sas: how many there are (READ_ONCE/WRITE_ONCE); changed under espgw_net.lock
 * @seed: of @peers
 * @linked: how many are in @peers (READ_ONCE/WRITE_ONCE); changed under @lock
 * @lock: protects @peers; taken with bottom halves off, a leaf
 * @ports: bit n: n is or was the local port of one of them, or is 4500; there
 *	once one was
 * @peers: outbound SAs (struct espgw_sa.on_natt) by the peer's live address and
 *	port; read by RCU
 */
struct espgw_natt {
	unsigned int sas;
	u32 seed;
	unsigned int linked;
	spinlock_t lock;
	DECLARE_BITMAP(ports, U16_MAX + 1);
	struct hlist_head peers[1 << ESPGW_NATT_HASH_BITS];
};

/**
 * espgw_natt() - a namespace's UDP-encapsulated SAs
 * @en: namespace
 *
 * Context: any. Return: them, or NULL if there are none.
 */
static inline struct espgw_natt *espgw_natt(const struct espgw_net *en)
{
	/* Pairs with espgw_natt_enable(). */
	struct espgw_natt *natt = smp_load_acquire(&en->natt);

	return natt && READ_ONCE(natt->sas) ? natt : NULL;
}

/**
 * espgw_natt_is_port() - do UDP-encapsulated SAs use a local port
 * @en: namespace
 * @port: host byte order
 *
 * Return: true if one does, or may; or did, and there are others now.
 */
static inline bool espgw_natt_is_port(const struct espgw_net *en, u16 port)
{
	const struct espgw_natt *natt = espgw_natt(en);

	return natt && test_bit(port, natt->ports);
}

/* Caller holds espgw_net.lock. */
int espgw_natt_enable(struct espgw_net *en);
void espgw_natt_use(struct espgw_net *en, __be16 port, int delta);
void espgw_natt_exit(struct espgw_net *en);

/* Any but hard interrupts. */
void espgw_natt_add(struct espgw_net *en, struct hlist_node *node,
		    const struct espgw_addr *addr, __be16 port);
void espgw_natt_move(struct espgw_net *en, struct hlist_node *node,
		     const struct espgw_addr *addr, __be16 port);
void espgw_natt_del(struct espgw_net *en, struct hlist_node *node);
struct hlist_head *espgw_natt_at(struct espgw_natt *natt,
				 const struct espgw_addr *addr, __be16 port);

/**
 * espgw_natt_is_peer() - may an outbound SA's peer be somewhere
 * @en: namespace
 * @addr: the address
 * @port: the UDP port, host byte order
 *
 * Context: under RCU. Return: false if none is.
 */
static inline bool espgw_natt_is_peer(const struct espgw_net *en,
				      const struct espgw_addr *addr, u16 port)
{
	struct espgw_natt *natt = espgw_natt(en);

	return natt && READ_ONCE(natt->linked) &&
	       !hlist_empty(espgw_natt_at(natt, addr, htons(port)));
}

#endif
