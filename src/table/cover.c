// SPDX-License-Identifier: GPL-2.0
/* A quick look: can any policy cover a packet at all? */
#include "table/cover.h"

#include <linux/slab.h>

#include "core/selector.h"

/* @len: bits of the prefix that lie in this part and behind it; may be negative. */
static void set_part(unsigned long *bits, u16 value, int len)
{
	if (len <= 0)
		bitmap_fill(bits, ESPGW_COVER_BITS);
	else if (len < 16)
		bitmap_set(bits, value, 1 << (16 - len));
	else
		set_bit(value, bits);
}

static void set_prefix(unsigned long (*bits)[BITS_TO_LONGS(ESPGW_COVER_BITS)],
		       const struct espgw_addr *addr, u8 family, int len)
{
	u32 a = ntohl(addr->a[0]);

	if (family == 4) {
		set_part(bits[ESPGW_COVER_4], a >> 16, len);
		return;
	}
	set_part(bits[ESPGW_COVER_6], a >> 16, len);
	set_part(bits[ESPGW_COVER_6_NEXT], a & 0xffff, len - 16);
}

/**
 * espgw_cover_set() - cover what a policy does
 * @c: where
 * @s: the policy's selector
 */
void espgw_cover_set(struct espgw_cover *c, const struct espgw_selector *s)
{
	set_prefix(c->src, &s->src, s->family, s->src_len);
	set_prefix(c->dst, &s->dst, s->family, s->dst_len);
}

static struct espgw_cover *current_of(struct espgw_net *en)
{
	return rcu_dereference_protected(en->cover,
					 lockdep_is_held(&en->lock));
}

/**
 * espgw_cover_add() - a policy is about to come into force
 * @en: namespace
 * @s: its selector
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -ENOMEM.
 */
int espgw_cover_add(struct espgw_net *en, const struct espgw_selector *s)
{
	struct espgw_cover *c = current_of(en);

	if (!c) {
		c = kvzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
		if (!c)
			return -ENOMEM;
		espgw_cover_set(c, s);
		rcu_assign_pointer(en->cover, c);
		return 0;
	}
	/* Readers may see some of the bits of a policy that is not there yet. */
	espgw_cover_set(c, s);
	return 0;
}

/**
 * espgw_cover_is_stale() - a policy is not in force any more
 * @en: namespace
 *
 * Context: caller holds espgw_net.lock. Return: true if it is time for
 * espgw_cover_renew().
 */
bool espgw_cover_is_stale(struct espgw_net *en)
{
	return xa_empty(&en->policies) || ++en->cover_stale >= en->cover_until;
}

/**
 * espgw_cover_new() - begin anew
 *
 * Return: it, to be given all policies and then to espgw_cover_renew(); NULL
 * without memory.
 */
struct espgw_cover *espgw_cover_new(void)
{
	return kvzalloc(sizeof(struct espgw_cover),
			GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

/**
 * espgw_cover_renew() - end what espgw_cover_new() began
 * @en: namespace
 * @c: the new one; NULL: there are no policies
 * @policies: how many it was given
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_cover_renew(struct espgw_net *en, struct espgw_cover *c,
		       unsigned int policies)
{
	struct espgw_cover *old = current_of(en);

	en->cover_stale = 0;
	en->cover_until = policies;
	rcu_assign_pointer(en->cover, c);
	kvfree_rcu(old, rcu);
}

/**
 * espgw_cover_exit() - the end of it
 * @en: namespace, without policies
 */
void espgw_cover_exit(struct espgw_net *en)
{
	kvfree(rcu_dereference_protected(en->cover, true));
	RCU_INIT_POINTER(en->cover, NULL);
}
