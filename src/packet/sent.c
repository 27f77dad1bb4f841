// SPDX-License-Identifier: GPL-2.0
/*
 * The beginnings of packets sent lately, by their sequence numbers.
 *
 * A router that drops an ESP packet quotes its sequence number, not what is
 * inside. With this table the inner sender is told at once; without, its next
 * packet would have to be too big again. It also tells of a packet that comes
 * round whose tunnels it has been through.
 *
 * One table for all SAs of a namespace: newer packets overwrite older ones, and
 * memory does not grow with the number of SAs.
 */
#include "packet/sent.h"

#include <linux/hash.h>

#include "packet/context.h"
#include "packet/nat.h"

#define SLOT_BITS	12

/**
 * struct slot - a packet
 * @busy: somebody reads or writes the slot; taken by xchg(), nobody waits
 * @sa_id: the SA's number; 0: empty
 * @seq: low 32 bits of its sequence number
 * @iif: the device that it came by; 0: this host's own
 * @has_hdr: @hdr is there, and nobody has taken it
 * @inside: the SAs that it had been through before
 * @hdr: its beginning, as it was before any NAT
 */
struct slot {
	u32 busy;
	u32 sa_id;
	u32 seq;
	int iif;
	bool has_hdr;
	struct espgw_inside inside;
	u8 hdr[ESPGW_SENT_HDR] __aligned(4);
};

/**
 * struct espgw_sent - the table
 * @slot: an SA's packets follow one another
 */
struct espgw_sent {
	struct slot slot[1 << SLOT_BITS];
};

static struct slot *slot_of(struct espgw_sent *sent, const struct espgw_sa *sa,
			    u32 seq)
{
	u32 i = hash_32(sa->id, SLOT_BITS) + seq;

	return &sent->slot[i & ((1 << SLOT_BITS) - 1)];
}

/**
 * espgw_sent_note() - keep a packet's beginning
 * @sa: the outbound SA that it takes
 * @seq: its sequence number there
 * @skb: the packet, skb->data at its IP header
 * @v: what it is
 * @inside: the SAs that it has been through
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_sent_note(struct espgw_sa *sa, u64 seq, const struct sk_buff *skb,
		     const struct espgw_view *v,
		     const struct espgw_inside *inside)
{
	struct slot *slot = slot_of(sa->en->sent, sa, seq);

	if (xchg(&slot->busy, 1))
		return;
	slot->sa_id = sa->id;
	slot->seq = (u32)seq;
	slot->inside = *inside;
	slot->has_hdr = skb_headlen(skb) >= ESPGW_SENT_HDR;
	if (likely(slot->has_hdr)) {
		memcpy(slot->hdr, skb->data, ESPGW_SENT_HDR);
		slot->iif = skb->skb_iif;
		if (espgw_nat_was(skb))
			espgw_nat_undo(slot->hdr, ESPGW_SENT_HDR, skb, v);
	}
	smp_store_release(&slot->busy, 0);
}

/**
 * espgw_sent_take() - take a packet's beginning out of the table
 * @sa: the outbound SA that it took
 * @seq: low 32 bits of its sequence number there
 * @hdr: result, ESPGW_SENT_HDR bytes
 * @iif: result: the device that it came by; 0: this host's own
 *
 * Context: under RCU, bottom halves off. Return: false if it is not there (any
 * more); it is found once.
 */
bool espgw_sent_take(struct espgw_sa *sa, u32 seq, u8 *hdr, int *iif)
{
	struct slot *slot = slot_of(sa->en->sent, sa, seq);
	bool found;

	if (xchg(&slot->busy, 1))
		return false;
	found = slot->sa_id == sa->id && slot->seq == seq && slot->has_hdr;
	if (found) {
		memcpy(hdr, slot->hdr, ESPGW_SENT_HDR);
		*iif = slot->iif;
		slot->has_hdr = false;
	}
	smp_store_release(&slot->busy, 0);
	return found;
}

/**
 * espgw_sent_inside() - the SAs that a packet had been through before
 * @sa: the outbound SA that it took
 * @seq: low 32 bits of its sequence number there
 * @inside: result; as it was if the packet is not there (any more)
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_sent_inside(struct espgw_sa *sa, u32 seq,
		       struct espgw_inside *inside)
{
	struct slot *slot = slot_of(sa->en->sent, sa, seq);

	if (xchg(&slot->busy, 1))
		return;
	if (slot->sa_id == sa->id && slot->seq == seq)
		*inside = slot->inside;
	smp_store_release(&slot->busy, 0);
}

/**
 * espgw_sent_enable() - have a table
 * @en: namespace, before its first SA is found by anybody
 *
 * Not before: most namespaces never need it.
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -ENOMEM.
 */
int espgw_sent_enable(struct espgw_net *en)
{
	lockdep_assert_held(&en->lock);
	if (!en->sent)
		en->sent = kvzalloc(sizeof(*en->sent), GFP_KERNEL_ACCOUNT);
	return en->sent ? 0 : -ENOMEM;
}

/**
 * espgw_sent_exit() - free the table
 * @en: namespace, without SAs
 */
void espgw_sent_exit(struct espgw_net *en)
{
	kvfree(en->sent);
}
