/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was decided of a flow, kept per CPU for its next packets: that the policies
 * protect it, and by which SA; that they let it in; which SA has an SPI. Nothing is
 * decided here.
 *
 * What has been kept is of a number that the namespace has, and is forgotten with
 * that: whoever takes espgw_net.lock, to change anything that it may depend on,
 * takes the number away, and gives another one back. Beside the lock there change
 * only what is asked at each packet: that an SA is dead, or xfrm's policy left.
 */
#ifndef ESPGW_TABLE_FLOW_H
#define ESPGW_TABLE_FLOW_H

#include <linux/percpu.h>

#include "core/view.h"
#include "table/sad.h"
#include "table/spd.h"

#define ESPGW_FLOW_BITS		8
#define ESPGW_FLOW_SPI_BITS	6
#define ESPGW_FLOW_LOCAL_BITS	4

/**
 * struct espgw_flow_key - what a decision depends on, but for the configuration
 * @addr: source and destination, as struct espgw_addr has them
 * @upper: ports, protocol, TOS, family, direction
 * @where: the packet's mark, and the device that it leaves or has come by
 */
struct espgw_flow_key {
	u64 addr[4];
	u64 upper;
	u64 where;
};

/**
 * struct espgw_flow - what was decided
 * @key: of which flow
 * @gen: the number that the namespace had before it was asked
 * @policy: out: the policy that protects it; else NULL
 * @sa: out: the SA that it takes; in: by which it comes
 * @hash: out: the flow's, for queues
 * @tag: more of the hash of the last flow that was not found here
 */
struct espgw_flow {
	struct espgw_flow_key key;
	u64 gen;
	struct espgw_policy *policy;
	struct espgw_sa *sa;
	u32 hash;
	u32 tag;
};

/**
 * struct espgw_flow_spi - an inbound SA that was found
 * @gen: the number that the namespace had before
 * @sa: the SA
 */
struct espgw_flow_spi {
	u64 gen;
	struct espgw_sa *sa;
};

/**
 * struct espgw_flow_local - whether an IPv4 address is this host's
 * @gen: the number that the namespace had before it was asked
 * @routes: and that of its routes, of which addresses are some
 * @addr: the address
 * @is_local: it is
 */
struct espgw_flow_local {
	u64 gen;
	int routes;
	__be32 addr;
	bool is_local;
};

/**
 * struct espgw_flows - what a CPU has kept, of all namespaces, whose numbers differ
 * @flow: by a hash of the key: the last one
 * @spi: by a hash of the SPI: the last one
 * @local: by a hash of the address: the last one
 *
 * Only with bottom halves off.
 */
struct espgw_flows {
	struct espgw_flow flow[1 << ESPGW_FLOW_BITS];
	struct espgw_flow_spi spi[1 << ESPGW_FLOW_SPI_BITS];
	struct espgw_flow_local local[1 << ESPGW_FLOW_LOCAL_BITS];
};

extern struct espgw_flows __percpu *espgw_flows;

/**
 * espgw_flow_is_plain() - is a packet of a flow that can be kept
 * @v: the packet
 *
 * What is judged by more than addresses and ports is not.
 *
 * Return: true if so.
 */
static inline bool espgw_flow_is_plain(const struct espgw_view *v)
{
	return v->has_ports && !v->is_frag;
}

/**
 * espgw_flow_begin() - before a decision that may be kept
 * @en: namespace
 *
 * Context: under RCU, bottom halves off. Return: the number, for espgw_flow_find()
 * and espgw_flow_keep(); 0: it is being configured.
 */
static inline u64 espgw_flow_begin(const struct espgw_net *en)
{
	/* Pairs with espgw_net_unlock(). */
	return atomic64_read_acquire(&en->flow_gen);
}

static __always_inline void
espgw_flow_key_set(struct espgw_flow_key *k, const struct espgw_view *v, u8 dir,
		   int ifindex, u32 mark)
{
	memcpy(&k->addr[0], &v->src, sizeof(v->src));
	memcpy(&k->addr[2], &v->dst, sizeof(v->dst));
	k->upper = (u64)v->sport << 48 | (u64)v->dport << 32 |
		   (u32)v->proto << 24 | v->tos << 16 | v->family << 8 | dir;
	k->where = (u64)mark << 32 | (u32)ifindex;
}

/* Who sends so that flows share a slot has them decided anew, no more. */
static __always_inline u64 espgw_flow_hash(const struct espgw_flow_key *k)
{
	u64 h = k->addr[0] ^ k->addr[1] ^ k->upper;

	h = h * GOLDEN_RATIO_64 ^ k->addr[2] ^ k->addr[3];
	return h * GOLDEN_RATIO_64;
}

static __always_inline struct espgw_flow *espgw_flow_slot(u64 h)
{
	return &this_cpu_ptr(espgw_flows)->flow[h >> (64 - ESPGW_FLOW_BITS)];
}

/**
 * espgw_flow_find() - what was decided of a packet's flow
 * @gen: from espgw_flow_begin(); 0 afterwards: what is decided is not to be kept
 * @v: the packet, espgw_flow_is_plain()
 * @dir: enum espgw_dir
 * @ifindex: the device that it leaves or has come by
 * @mark: its mark
 *
 * Nothing is kept of a flow's first packet: it may be the only one, and what else
 * is in its place is of use.
 *
 * Context: in the RCU section of espgw_flow_begin(), bottom halves off. Return: it,
 * with what is asked at each packet not asked yet; or NULL.
 */
static __always_inline const struct espgw_flow *
espgw_flow_find(u64 *gen, const struct espgw_view *v, u8 dir, int ifindex,
		u32 mark)
{
	struct espgw_flow_key k;
	struct espgw_flow *f;
	u64 h;

	espgw_flow_key_set(&k, v, dir, ifindex, mark);
	h = espgw_flow_hash(&k);
	f = espgw_flow_slot(h);
	if (unlikely(f->gen != *gen || !*gen ||
		     ((f->key.addr[0] ^ k.addr[0]) |
		      (f->key.addr[1] ^ k.addr[1]) |
		      (f->key.addr[2] ^ k.addr[2]) |
		      (f->key.addr[3] ^ k.addr[3]) |
		      (f->key.upper ^ k.upper) | (f->key.where ^ k.where)))) {
		u32 tag = h >> (64 - ESPGW_FLOW_BITS - 32);

		if (f->tag != tag) {
			f->tag = tag;
			*gen = 0;
		}
		return NULL;
	}
	return f;
}

void espgw_flow_keep(u64 gen, const struct espgw_view *v, u8 dir, int ifindex,
		     u32 mark, struct espgw_policy *policy,
		     struct espgw_sa *sa, u32 hash);
struct espgw_sa *espgw_flow_sa(struct espgw_net *en,
			       const struct espgw_sa_key *key);
bool espgw_flow_is_local(const struct espgw_net *en,
			 const struct net_device *dev,
			 const struct espgw_addr *addr, u8 family);
int espgw_flow_init(void);
void espgw_flow_exit(void);

#endif
