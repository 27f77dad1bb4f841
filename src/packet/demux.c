// SPDX-License-Identifier: GPL-2.0
/* Which inbound SA a packet is of, if any. */
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <net/gso.h>

#include "packet/decap.h"
#include "table/flow.h"
#include "table/natt.h"

/* The SA that has an SPI at the place where p->view goes, in UDP or not. */
static __always_inline struct espgw_sa *find_sa(const struct espgw_pkt *p,
						__be32 spi, bool udp)
{
	const struct espgw_view *v = &p->view;
	struct espgw_sa_key key = {
		.dst = v->dst,
		.spi = spi,
		.family = v->family,
		.dir = ESPGW_DIR_IN,
	};
	struct espgw_sa *sa;

	if (!spi)
		return NULL;
	sa = espgw_flow_sa(p->en, &key);
	/*
	 * In UDP or not, whatever was agreed on: peers change with what they find
	 * on the way (RFC 7296 2.23).
	 */
	if (!sa || (udp && v->dport != (sa->set.encap_sport ?
					ntohs(sa->set.encap_dport) :
					ESPGW_NATT_PORT)))
		return NULL;
	/* Xfrm goes on with what was its own, or says that it has gone. */
	if (unlikely(sa->x && test_bit(ESPGW_SA_F_DEAD, &sa->flags)))
		return NULL;
	return sa;
}

/**
 * espgw_decap_find() - the inbound SA that a packet belongs to
 * @p: the packet, whole: its skb, skb->data at its IP header, and view; sa and
 *	esp_off are set
 *
 * UDP is ESP if no zero word follows the UDP header: that is IKE's marker (RFC
 * 3948 2.2), and one byte is a keepalive (2.3).
 *
 * Context: under RCU, bottom halves off. Return: false if it is no SA's.
 */
bool espgw_decap_find(struct espgw_pkt *p)
{
	const struct espgw_view *v = &p->view;

	p->sa = NULL;
	p->udp = false;
	p->esp_off = v->hdr_len;
	if (v->proto == IPPROTO_UDP) {
		if (!v->has_ports || !espgw_natt_is_port(p->en, v->dport))
			return false;
		p->esp_off += sizeof(struct udphdr);
		p->udp = true;
	} else if (v->proto != IPPROTO_ESP) {
		return false;
	}
	if (v->len < p->esp_off + sizeof(struct ip_esp_hdr) ||
	    !pskb_may_pull(p->skb, p->esp_off + sizeof(struct ip_esp_hdr)))
		return false;
	p->sa = find_sa(p, *(__be32 *)(p->skb->data + p->esp_off), p->udp);
	return p->sa;
}

/**
 * espgw_decap_find_among() - is an inbound SA's packet in an aggregate of UDP
 * @p: the aggregate, which does not begin with one: its skb, skb->data at its IP
 *	header, and view
 *
 * Context: under RCU, bottom halves off. Return: true if one is.
 */
bool espgw_decap_find_among(struct espgw_pkt *p)
{
	const struct skb_shared_info *si = skb_shinfo(p->skb);
	unsigned int off = p->view.hdr_len + sizeof(struct udphdr);
	__be32 spi;

	if (p->view.proto != IPPROTO_UDP || !(si->gso_type & SKB_GSO_UDP_L4) ||
	    !si->gso_size || !espgw_natt(p->en))
		return false;
	for (off += si->gso_size; off < p->view.len; off += si->gso_size)
		if (!skb_copy_bits(p->skb, off, &spi, sizeof(spi)) &&
		    find_sa(p, spi, true))
			return true;
	return false;
}

/**
 * espgw_decap_cut() - make packets of an aggregate
 * @p: the aggregate: its skb, skb->data at its IP header, not shared; gone then
 *
 * Receive offload puts UDP datagrams together where a socket or the device asks
 * for that, before any hook. ESP's are packets each for itself.
 *
 * Context: bottom halves off. Return: the packets, a list by their next, each with
 * skb->data at its IP header; NULL: dropped, and counted.
 */
struct sk_buff *espgw_decap_cut(struct espgw_pkt *p)
{
	struct sk_buff *skb = p->skb, *segs = NULL, *seg;
	unsigned int mac_len = 0;

	if (skb_mac_header_was_set(skb))
		mac_len = skb_network_offset(skb) - skb_mac_offset(skb);
	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4) {
		__skb_push(skb, mac_len);
		/* No features: linear, with their checksums filled in. */
		segs = __skb_gso_segment(skb, 0, false);
	}
	if (IS_ERR_OR_NULL(segs)) {
		espgw_pkt_drop(p, ESPGW_STATS_A_DROP_IN_GSO);
		return NULL;
	}
	espgw_count(p->en, ESPGW_STATS_A_IN_GSO);
	consume_skb(skb);
	p->skb = NULL;
	for (seg = segs; seg; seg = seg->next) {
		__skb_pull(seg, mac_len);
		skb_reset_network_header(seg);
		seg->mac_len = mac_len;
	}
	return segs;
}
