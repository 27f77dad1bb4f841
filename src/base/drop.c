// SPDX-License-Identifier: GPL-2.0
/* Packets that are dropped: counted, and told of. */
#include "base/drop.h"

#include <linux/in.h>

#include "base/event.h"
#include "base/trace.h"
#include "core/view.h"

/*
 * So many drops for one reason are told of in a tenth of a second, at most: a
 * flood of what is dropped is none of messages, costs no more than a look at the
 * clock, and hides nothing that is dropped for another reason.
 */
#define TELL_MAX	10

static bool may_tell(struct espgw_told *told)
{
	unsigned long now = jiffies;
	u32 count;

	if (now - READ_ONCE(told->since) >= HZ / 10) {
		WRITE_ONCE(told->since, now);
		WRITE_ONCE(told->count, 0);
	}
	count = READ_ONCE(told->count);
	if (likely(count >= TELL_MAX))
		return false;
	WRITE_ONCE(told->count, count + 1);
	return true;
}

/* What it is, as far as its IP header says; all 0: it cannot be read. */
static void look(const struct sk_buff *skb, struct espgw_view *v)
{
	const u8 *nh = skb_network_header(skb), *end = skb_tail_pointer(skb);
	u32 avail = nh < end ? end - nh : 0;

	memset(v, 0, sizeof(*v));
	if (!skb->network_header ||
	    (espgw_view(v, nh, avail, skb->len - skb_network_offset(skb)) !=
	     ESPGW_VIEW_OK && !espgw_view_addresses(v, nh, avail)))
		memset(v, 0, sizeof(*v));
}

/* Of ESP in the clear, its SPI; in UDP it is one of many things. */
static __be32 spi_of(const struct sk_buff *skb, const struct espgw_view *v)
{
	unsigned int at = skb_network_offset(skb) + v->hdr_len;
	__be32 spi;

	return v->proto == IPPROTO_ESP && v->hdr_len && !v->frag_off &&
	       !skb_copy_bits(skb, at, &spi, sizeof(spi)) ? spi : 0;
}

/* @post: to who listens, too. */
static noinline void tell(struct espgw_net *en, const struct sk_buff *skb,
			  enum espgw_stats_attr reason, bool post)
{
	struct espgw_view v;
	struct espgw_event ev = {
		.en = en,
		.what = reason,
		.dropped = skb,
		.view = &v,
	};

	static_assert(ESPGW_STATS_A_MAX <= U8_MAX);
	look(skb, &v);
	ev.spi = spi_of(skb, &v);
	trace_drop(en, skb, espgw_stats_names[reason], &v, ev.spi);
	if (post)
		espgw_event_post(ESPGW_EVENT_DROP, &ev);
}

/**
 * espgw_drop() - drop a packet, for a reason that is counted
 * @en: namespace
 * @skb: the packet; freed. Its device is there, or NULL
 * @reason: which counter
 *
 * Context: any but hard interrupts.
 */
void espgw_drop(struct espgw_net *en, struct sk_buff *skb,
		enum espgw_stats_attr reason)
{
	bool post;

	espgw_count(en, reason);
	if (reason == ESPGW_STATS_A_IN_DUMMY ||
	    reason == ESPGW_STATS_A_IN_PROBE) {
		consume_skb(skb);
		return;
	}
	post = may_tell(&en->drop_told[reason]);
	if (post || trace_drop_enabled())
		tell(en, skb, reason, post);
	kfree_skb_reason(skb, SKB_DROP_REASON_NETFILTER_DROP);
}
