// SPDX-License-Identifier: GPL-2.0
/*
 * What the stack is told of decrypted packets: a security path, as behind kernel
 * xfrm. By it the reverse path filter knows that a packet has been authenticated,
 * and the firewall which are.
 *
 * It names states of xfrm, so an inbound SA has one that is in no table of xfrm's
 * and that no packet is looked up by. The path is made once, with the SA, and all
 * its packets share it: nobody changes an extension that others have as well, but
 * copies it first. It is the kernel's, with the state in it, and points to nothing
 * of this module's: packets may keep it longer than there is an SA, or a module.
 */
#include "table/sad.h"

#include <net/xfrm.h>

#if !IS_ENABLED(CONFIG_XFRM)
#error "espgw needs a kernel with CONFIG_XFRM"
#endif

/*
 * On the path of an adopted state's packets: they have been decrypted here and
 * judged, which xfrm's own have not. Where no device has decrypted anything (olen is
 * 0) nobody else looks there.
 */
#define JUDGED	0x67707365

static void to_xfrm(xfrm_address_t *to, const struct espgw_addr *from)
{
	static_assert(sizeof(*to) == sizeof(*from));
	memcpy(to, from, sizeof(*to));
}

static struct xfrm_state *state_make(const struct espgw_sa *sa)
{
	struct xfrm_state *x = xfrm_state_alloc(sa->en->net);

	if (!x)
		return NULL;
	/* It is never in use, and whoever has the last packet may put it. */
	x->km.state = XFRM_STATE_DEAD;
	x->id.proto = IPPROTO_ESP;
	x->id.spi = sa->key.spi;
	to_xfrm(&x->id.daddr, &sa->key.dst);
	to_xfrm(&x->props.saddr, &sa->set.src);
	x->props.family = sa->key.family == 4 ? AF_INET : AF_INET6;
	x->props.reqid = sa->set.reqid;
	/*
	 * Xfrm drops what has been through a tunnel that no policy of its own
	 * asks for, where it leaves a transport alone. Here espgw's policies
	 * have decided.
	 */
	x->props.mode = XFRM_MODE_TRANSPORT;
	/*
	 * Used by a tunnel: what xfrm has made for itself counts as that, and
	 * is not what a policy of xfrm's asks for. Else one for a transport
	 * would take what this SA has decrypted for its own.
	 */
	atomic_set(&x->tunnel_users, 1);
	return x;
}

/**
 * espgw_sa_secpath_init() - make the security path of an SA's packets
 * @sa: inbound SA, with its name and settings
 *
 * Context: process context. Return: 0 or -ENOMEM.
 */
int espgw_sa_secpath_init(struct espgw_sa *sa)
{
	struct sk_buff *skb;
	struct sec_path *sp;

	/* The kernel makes extensions for packets only. */
	skb = alloc_skb(0, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	sp = secpath_set(skb);
	if (!sp)
		goto err;
	/* Where there is a state, xfrm's own policies are to know it. */
	if (sa->x)
		xfrm_state_hold(sa->x);
	sp->xvec[0] = sa->x ?: state_make(sa);
	if (!sp->xvec[0])
		goto err;
	sp->len = 1;
	/* Its packets are judged by their interface's policies before they get there. */
	if (sa->x && sa->x->if_id)
		sp->ovec[0].status = JUDGED;
	sa->secpath = skb->extensions;
	refcount_inc(&sa->secpath->refcnt);
	consume_skb(skb);
	return 0;

err:
	kfree_skb(skb);
	return -ENOMEM;
}

/**
 * espgw_secpath_by() - was a packet decrypted by this gateway, and judged
 * @skb: a packet on its way up
 *
 * Nobody else can say so: marks and control blocks can be written by programs of
 * tc, a security path cannot.
 *
 * Return: by an SA of which owner, in this namespace, enum espgw_owner; or -1. Its
 * security path is as espgw_sa_secpath_init() made it, and xfrm makes none like that.
 * What is xfrm's to judge is none of ours.
 */
int espgw_secpath_by(const struct sk_buff *skb)
{
	const struct sec_path *sp = skb_sec_path(skb);
	struct xfrm_state *x;

	if (!sp || !sp->len)
		return -1;
	x = sp->xvec[sp->len - 1];
	if (!net_eq(xs_net(x), dev_net(skb->dev)))
		return -1;
	if (x->km.state == XFRM_STATE_DEAD && xfrm_state_kern(x))
		return ESPGW_OWNER_HAND;
	return sp->len == 1 && !sp->olen && sp->ovec[0].status == JUDGED ?
	       ESPGW_OWNER_XFRM : -1;
}

/**
 * espgw_secpath_is_xfrm() - was a packet decrypted by a state of xfrm's, here or
 * there
 * @skb: a packet on its way up
 *
 * Whether it was the right one, xfrm's own policies say when the stack asks them.
 *
 * Return: true if so.
 */
bool espgw_secpath_is_xfrm(const struct sk_buff *skb)
{
	const struct sec_path *sp = skb_sec_path(skb);

	return sp && sp->len &&
	       net_eq(xs_net(sp->xvec[sp->len - 1]), dev_net(skb->dev));
}

/**
 * espgw_sa_secpath_exit() - the end of espgw_sa_secpath_init()
 * @sa: an SA; packets may still have its path
 *
 * Context: any; no packet gets the path any more.
 */
void espgw_sa_secpath_exit(struct espgw_sa *sa)
{
	if (sa->secpath)
		__skb_ext_put(sa->secpath);
}
