/* SPDX-License-Identifier: GPL-2.0 */
/* A packet on its way: one struct from the hook to the wire, or to the stack. */
#ifndef ESPGW_PACKET_CONTEXT_H
#define ESPGW_PACKET_CONTEXT_H

#include <linux/skbuff.h>

#include "base/drop.h"
#include "core/admit.h"
#include "core/fit.h"
#include "core/plan.h"
#include "core/view.h"
#include "table/device.h"
#include "table/sad.h"

struct dst_entry;

/* SAs around one packet, at most. */
#define ESPGW_NESTING_MAX	4

/**
 * struct espgw_inside - the SAs that a packet has been through
 * @count: of @id
 * @id: their numbers
 */
struct espgw_inside {
	u32 count;
	u32 id[ESPGW_NESTING_MAX - 1];
};

/*
 * The hook fills in what is read of its struct espgw_pkt. Under
 * CONFIG_INIT_STACK_ALL_ZERO the compiler would clear the whole for every packet,
 * which costs more than to look at one.
 */
#ifndef __uninitialized
#if __has_attribute(__uninitialized__)
#define __uninitialized __attribute__((__uninitialized__))
#else
#define __uninitialized
#endif
#endif

/**
 * struct espgw_pkt - a packet on its way
 * @en: namespace
 * @ed: the device whose hook it met; NULL: none, as for what the stack has
 *	reassembled and for the gateway's own
 * @skb: the packet
 * @nh: where its IP header begins, bytes from skb->data
 * @view: what it is; of ESP that has arrived: the outer packet until it is
 *	decrypted, then the inner one
 * @sa: the SA that it takes, or came by; NULL: none (yet)
 * @flow_gen: out: of what is decided, to be kept (see table/flow); 0: it is not
 * @flow_hash: out: its flow's, for queues; 0: none was kept
 * @dst: out: the outer route; a reference is held
 * @fit: out: what fits @sa
 * @plan: out: what is done with it
 * @origin: what it was when the stack, or this gateway, got hold of it
 * @came_by: of what was reassembled: names the path that it came by
 * @inside: out: the SAs that it has been through
 * @tfc: out: pad to this length with TFC padding, bytes
 * @frag_mtu: out: fragment after encryption what is longer, bytes; 0: do not
 * @seq: in: its sequence number
 * @esp_off: in: where the ESP header begins, bytes from skb->data
 * @udp: in: it is in UDP
 * @tell: out: if a router drops it, the inner sender is to be told
 * @fresh_id: out: the IPv4 ID is nothing to go by: pieces get a fresh one
 * @alone: out: nobody else has the skb: it may go on where it is
 */
struct espgw_pkt {
	struct espgw_net *en;
	struct espgw_dev *ed;
	struct sk_buff *skb;
	unsigned int nh;
	struct espgw_view view;
	struct espgw_sa *sa;
	u64 flow_gen;
	u32 flow_hash;
	struct dst_entry *dst;
	struct espgw_fit fit;
	struct espgw_plan plan;
	enum espgw_origin origin;
	u16 came_by;
	struct espgw_inside inside;
	u32 tfc;
	u32 frag_mtu;
	u64 seq;
	unsigned int esp_off;
	bool udp;
	bool tell;
	bool fresh_id;
	bool alone;
};

/**
 * struct espgw_taps - who wants to see inner packets, by struct espgw_path.watch
 *	and watch_len
 * @sent: one of TCP is about to leave, linear, skb->data at its IP header; @seq: low 32
 *	bits of its sequence number in the SA
 * @received: one has arrived. Return: true if it is for nobody else
 * @heard: a peer's packet has arrived, the first one in a second
 *
 * Context: under RCU, bottom halves off.
 */
struct espgw_taps {
	void (*sent)(struct espgw_sa *sa, const struct sk_buff *skb, u32 seq);
	bool (*received)(struct espgw_sa *sa, const struct sk_buff *skb,
			 const struct espgw_view *v);
	void (*heard)(struct espgw_path *path, const struct espgw_view *v);
};

/* Set once, before there is any namespace. */
extern const struct espgw_taps *espgw_taps;

bool espgw_skb_view(struct espgw_view *v, struct sk_buff *skb, unsigned int nh);
bool espgw_skb_behind_labels(const struct sk_buff *skb, unsigned int *nh,
			     __be16 *proto);
bool espgw_skb_unjumbo(struct sk_buff *skb, unsigned int nh,
		       struct espgw_view *v);
struct sk_buff *espgw_skb_own(struct sk_buff *skb);
void espgw_skb_inherit(struct sk_buff *n, const struct sk_buff *skb);
void espgw_skb_reset(struct sk_buff *skb);
unsigned int espgw_pkt_drop(struct espgw_pkt *p, enum espgw_stats_attr reason);

#endif
