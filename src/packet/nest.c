// SPDX-License-Identifier: GPL-2.0
/*
 * SAs around SAs, and packets that come round again.
 *
 * An SA's packets may be routed into a tunnel device whose packets another SA
 * carries, and so on; that is nesting, and works. If the way to the peer leads
 * through the tunnel itself, that is recursive routing: the packet would come
 * round until it is too big. Whether it does is told from the packet: its
 * headers name the SA that made it, behind those of tunnel devices in between,
 * and its sequence number there. What is inside of that is encrypted, so it was
 * noted with that number (packet/sent).
 */
#include "packet/nest.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/esp.h>

#include "core/tunnel.h"
#include "packet/sent.h"
#include "table/fit.h"
#include "table/natt.h"

/* The beginning of a packet in a tunnel that is looked at, bytes. */
#define HEADERS_MAX	128

#define VXLAN_HDR	8

static struct espgw_sa *find_esp(struct espgw_pkt *p, const struct espgw_view *v,
				 const struct ip_esp_hdr *esph)
{
	struct espgw_sa_key key = {
		.dst = v->dst,
		.spi = esph->spi,
		.family = v->family,
		.dir = ESPGW_DIR_OUT,
	};

	return espgw_sa_find(p->en, &key);
}

/* A peer behind a NAT may have moved: then its SA has another name. */
static struct espgw_sa *find_natt(struct espgw_pkt *p,
				  const struct espgw_view *v,
				  const struct ip_esp_hdr *esph)
{
	struct espgw_natt *natt = espgw_natt(p->en);
	struct espgw_sa *sa;

	if (!natt || !esph->spi)
		return NULL;
	hlist_for_each_entry_rcu(sa, espgw_natt_at(natt, &v->dst,
						   htons(v->dport)), on_natt)
		if (sa->key.spi == esph->spi && sa->key.family == v->family)
			return sa;
	return NULL;
}

/* The outbound SA of ours that made a packet, or what is in its tunnels; @seq. */
static struct espgw_sa *made_by(struct espgw_pkt *p, u32 *seq)
{
	unsigned int off = p->nh + p->view.hdr_len, len, n;
	struct espgw_view v = p->view;
	struct ip_esp_hdr esph;
	u8 buf[HEADERS_MAX];
	struct espgw_sa *sa;
	int skip;

	for (n = 0; n <= ESPGW_TUNNELS_MAX; n++) {
		/* What is in later fragments is the first one's. */
		if (v.frag_off)
			return NULL;
		len = v.proto == IPPROTO_UDP ? sizeof(struct udphdr) : 0;
		if (v.proto == IPPROTO_UDP || v.proto == IPPROTO_ESP) {
			if (skb_copy_bits(p->skb, off + len, &esph,
					  sizeof(esph)))
				return NULL;
			*seq = ntohl(esph.seq_no);
		}
		switch (v.proto) {
		case IPPROTO_ESP:
			return find_esp(p, &v, &esph);
		case IPPROTO_UDP:
			sa = find_natt(p, &v, &esph);
			if (sa)
				return sa;
			if (v.dport != ESPGW_VXLAN_PORT)
				return NULL;
			off += sizeof(struct udphdr) + VXLAN_HDR + ETH_HLEN;
			break;
		default:
			if (off >= p->skb->len)
				return NULL;
			len = min_t(unsigned int, p->skb->len - off,
				    sizeof(buf));
			if (skb_copy_bits(p->skb, off, buf, len))
				return NULL;
			skip = espgw_tunnel_skip(v.proto, buf, len);
			if (skip < 0)
				return NULL;
			off += skip;
		}
		if (off >= p->skb->len)
			return NULL;
		len = min_t(unsigned int, p->skb->len - off, sizeof(buf));
		if (skb_copy_bits(p->skb, off, buf, len) ||
		    espgw_view(&v, buf, len, ESPGW_MTU_MAX + ESPGW_IP6_HDR) !=
		    ESPGW_VIEW_OK)
			return NULL;
		off += v.hdr_len;
	}
	return NULL;
}

static bool been_through(const struct espgw_inside *in, u32 id)
{
	u32 i;

	for (i = 0; i < in->count; i++)
		if (in->id[i] == id)
			return true;
	return false;
}

/**
 * espgw_nest_check() - may an SA carry a packet that may be ESP already
 * @p: the packet, and the SA that it is to take; its inside is empty, and is set
 *
 * Context: under RCU, bottom halves off. Return: 0, or the reason to drop it.
 */
int espgw_nest_check(struct espgw_pkt *p)
{
	struct espgw_inside *in = &p->inside;
	struct espgw_sa *made;
	u32 seq;

	/* Only what this host has made: others could make it look so. */
	if (!espgw_is_local(p->en, p->skb->dev, &p->view.src, p->view.family))
		return 0;
	made = made_by(p, &seq);
	if (!made)
		return 0;
	espgw_sent_inside(made, seq, in);
	if (made == p->sa || been_through(in, p->sa->id)) {
		/*
		 * It rests for a while, so that a routing protocol which
		 * learned that route through it can lose it again.
		 */
		espgw_sa_hold(p->sa);
		return ESPGW_STATS_A_DROP_OUT_LOOP;
	}
	if (in->count == ARRAY_SIZE(in->id))
		return ESPGW_STATS_A_DROP_OUT_LOOP;
	in->id[in->count++] = made->id;
	return 0;
}
