// SPDX-License-Identifier: GPL-2.0
/* A look at all of xfrm's states and policies, and what can be adopted of them. */
#include <linux/jhash.h>
#include <linux/rtnetlink.h>
#include <net/xfrm.h>

#include "control/xfrm_row.h"

/* So many policies are read before others have RTNL. */
#define RTNL_BATCH	64

/* -- rows */

static void row_free(struct rcu_head *rcu)
{
	struct espgw_xfrm_row *row = container_of(rcu, struct espgw_xfrm_row,
						  rcu);

	if (row->x)
		xfrm_state_put(row->x);
	if (row->xp)
		xfrm_pol_put(row->xp);
	kfree(row);
}

/**
 * espgw_xfrm_row_drop() - forget a state or a policy
 * @xf: adoption
 * @row: it; it is not adopted
 *
 * Context: process context, caller holds espgw_xfrm.lock.
 */
void espgw_xfrm_row_drop(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	if (row->x)
		hash_del_rcu(&row->node);
	else
		xa_erase(&xf->policies, row->xp->index);
	xf->generation++;
	call_rcu(&row->rcu, row_free);
}

static struct espgw_xfrm_row *row_new(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_row *row = kzalloc(sizeof(*row), GFP_KERNEL_ACCOUNT);

	if (row) {
		row->heard = atomic_read(&xf->heard) ?
			     READ_ONCE(xf->heard_at) : ktime_get();
		row->reason = ESPGW_XFRM_REASON_WAITING;
		xf->generation++;
	}
	return row;
}

static struct espgw_xfrm_row *state_row(struct espgw_xfrm *xf,
					struct xfrm_state *x)
{
	u32 spi = (__force u32)x->id.spi;
	struct espgw_xfrm_row *row;

	hash_for_each_possible(xf->states, row, node, spi)
		if (row->x == x)
			return row;
	row = row_new(xf);
	if (!row)
		return NULL;
	xfrm_state_hold(x);
	row->x = x;
	hash_add_rcu(xf->states, &row->node, spi);
	return row;
}

/* One that takes another one's place has its index. */
static struct espgw_xfrm_row *policy_row(struct espgw_xfrm *xf,
					 struct xfrm_policy *xp)
{
	struct espgw_xfrm_row *row = xa_load(&xf->policies, xp->index);

	if (!row) {
		row = row_new(xf);
		if (!row)
			return NULL;
		if (xa_err(xa_store(&xf->policies, xp->index, row,
				    GFP_KERNEL_ACCOUNT))) {
			kfree(row);
			return NULL;
		}
	}
	if (row->xp != xp) {
		if (row->xp)
			xfrm_pol_put(row->xp);
		xfrm_pol_hold(xp);
		row->xp = xp;
	}
	return row;
}

/* -- a look at all that there is */

static int take_policy(struct xfrm_policy *xp, int dir, int n, void *data)
{
	struct espgw_xfrm *xf = data;
	struct espgw_xfrm_batch *b = &xf->batch;

	/* Sockets' are theirs. */
	if (dir >= XFRM_POLICY_MAX)
		return 0;
	if (b->n == ESPGW_XFRM_BATCH)
		return -ENOBUFS;
	if (dir == XFRM_POLICY_OUT ? xp->type != XFRM_POLICY_TYPE_MAIN :
				     !espgw_xfrm_inbound_wants(xf, xp))
		return 0;
	xfrm_pol_hold(xp);
	b->of[b->n++] = xp;
	return 0;
}

static int take_state(struct xfrm_state *x, int n, void *data)
{
	struct espgw_xfrm_batch *b = data;

	if (x->km.state == XFRM_STATE_ACQ)
		return 0;
	if (b->n == ESPGW_XFRM_BATCH)
		return -ENOBUFS;
	xfrm_state_hold(x);
	b->of[b->n++] = x;
	return 0;
}

/* False: there was no memory. */
static bool note_policy(struct espgw_xfrm *xf, struct xfrm_policy *xp)
{
	struct espgw_xfrm_row *row = policy_row(xf, xp);

	if (row)
		row->seen = xf->look;
	return row;
}

/* False: there was no memory for all of them. */
static bool look_at_policies(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_batch *b = &xf->batch;
	struct xfrm_policy_walk walk;
	struct xfrm_policy *xp;
	bool all = true;
	unsigned int i;
	int err;

	espgw_xfrm_inbound_forget(xf);
	xfrm_policy_walk_init(&walk, XFRM_POLICY_TYPE_ANY);
	do {
		b->n = 0;
		err = xfrm_policy_walk(xf->en->net, &walk, take_policy, xf);
		for (i = 0; i < b->n; i++) {
			xp = b->of[i];
			if (xfrm_policy_id2dir(xp->index) == XFRM_POLICY_OUT)
				all &= note_policy(xf, xp);
			else
				espgw_xfrm_inbound_note(xf, xp);
			xfrm_pol_put(xp);
		}
	} while (err == -ENOBUFS);
	xfrm_policy_walk_done(&walk, xf->en->net);
	return all;
}

static bool look_at_states(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_batch *b = &xf->batch;
	struct xfrm_state_walk walk;
	struct espgw_xfrm_row *row;
	bool all = true;
	unsigned int i;
	int err;

	xfrm_state_walk_init(&walk, IPSEC_PROTO_ANY, NULL);
	do {
		b->n = 0;
		err = xfrm_state_walk(xf->en->net, &walk, take_state, b);
		for (i = 0; i < b->n; i++) {
			row = state_row(xf, b->of[i]);
			if (row)
				row->seen = xf->look;
			else
				all = false;
			xfrm_state_put(b->of[i]);
		}
	} while (err == -ENOBUFS);
	xfrm_state_walk_done(&walk, xf->en->net);
	return all;
}

/**
 * espgw_xfrm_look() - look at all that there is
 * @xf: adoption
 *
 * Context: process context, caller holds espgw_xfrm.lock. Return: false if there was
 * no memory for all of the policies.
 */
bool espgw_xfrm_look(struct espgw_xfrm *xf)
{
	bool all;

	xf->looked = atomic_read(&xf->heard);
	xf->look++;
	all = look_at_policies(xf);
	xf->missed = !look_at_states(xf) || !all;
	return all;
}

static u32 path_hash(const struct espgw_addr *src, const struct espgw_addr *dst)
{
	return jhash2((const u32 *)src, 4, jhash2((const u32 *)dst, 4, 0));
}

/* As many bits are one of ESPGW_XFRM_LENGTHS. */
static u8 unit_of(u8 family)
{
	return family == 6 ? 16 : 8;
}

/* AF_KEY lets any through. */
static unsigned int length_of(u8 prefix_len, u8 family)
{
	return min(prefix_len / unit_of(family), ESPGW_XFRM_LENGTHS - 1);
}

/**
 * espgw_xfrm_overlap() - may two selectors cover the same packets
 * @a: one
 * @b: the other one
 *
 * Return: true if so, by their prefixes.
 */
bool espgw_xfrm_overlap(const struct espgw_selector *a,
			const struct espgw_selector *b)
{
	return a->family == b->family &&
	       espgw_prefix_match(&a->src, &b->src, a->family,
				  min(a->src_len, b->src_len)) &&
	       espgw_prefix_match(&a->dst, &b->dst, a->family,
				  min(a->dst_len, b->dst_len));
}

/*
 * Among equals xfrm takes the older one, and here the more specific one comes first.
 */
static bool stands_before(const struct espgw_xfrm_row *first,
			  const struct espgw_xfrm_row *row)
{
	const struct espgw_policy_cfg *a = &first->want, *b = &row->want;

	if (first->reason != ESPGW_XFRM_REASON_NONE)
		return a->prio <= b->prio;
	return a->prio == b->prio && first->xp->pos < row->xp->pos &&
	       espgw_selector_specificity(&a->sel) <
	       espgw_selector_specificity(&b->sel) &&
	       (a->action != b->action || a->spi != b->spi ||
		memcmp(&a->path, &b->path, sizeof(a->path)));
}

/* Who may stand before others, or behind. */
static void classify(struct espgw_xfrm *xf)
{
	const struct espgw_selector *sel;
	struct espgw_xfrm_row *row;
	unsigned long index;

	memset(xf->classes, 0, sizeof(xf->classes));
	xa_for_each(&xf->policies, index, row) {
		if (row->reason == ESPGW_XFRM_REASON_DEAD ||
		    row->reason == ESPGW_XFRM_REASON_NOT_ASKED)
			continue;
		sel = &row->want.sel;
		hlist_add_head(&row->by_class, &xf->classes[sel->family == 6]
			       [length_of(sel->src_len, sel->family)]
			       [length_of(sel->dst_len, sel->family)]);
	}
}

static u32 prefix_hash(const struct espgw_xfrm_row *row, unsigned int src,
		       unsigned int dst)
{
	const struct espgw_selector *sel = &row->want.sel;
	u8 unit = unit_of(sel->family);
	struct espgw_addr a, b;

	espgw_addr_mask(&a, &sel->src, sel->family, src * unit);
	espgw_addr_mask(&b, &sel->dst, sel->family, dst * unit);
	return jhash_1word(row->if_id, path_hash(&a, &b));
}

static bool is_preceded(struct espgw_xfrm *xf, const struct espgw_xfrm_row *row,
			u32 hash)
{
	const struct espgw_xfrm_row *first;

	hash_for_each_possible(xf->prefixes, first, by_prefix, hash)
		if (row->if_id == first->if_id && row != first &&
		    espgw_xfrm_overlap(&row->want.sel, &first->want.sel) &&
		    stands_before(first, row))
			return true;
	return false;
}

/*
 * Those of one class, and of another that may stand before them: what overlaps is
 * alike in as much as both have. @src, @dst: that much. Return: true if there were
 * some.
 */
static bool judge_classes(struct espgw_xfrm *xf, struct hlist_head *rows,
			  struct hlist_head *firsts, unsigned int src,
			  unsigned int dst)
{
	struct espgw_xfrm_row *row;
	bool any = false;

	hash_init(xf->prefixes);
	hlist_for_each_entry(row, firsts, by_class)
		hash_add(xf->prefixes, &row->by_prefix,
			 prefix_hash(row, src, dst));
	hlist_for_each_entry(row, rows, by_class)
		if (row->reason == ESPGW_XFRM_REASON_NONE &&
		    is_preceded(xf, row, prefix_hash(row, src, dst))) {
			row->reason = ESPGW_XFRM_REASON_PRECEDED;
			any = true;
		}
	return any;
}

#define FOR_EACH_LENGTH(n) for (n = 0; n < ESPGW_XFRM_LENGTHS; n++)

static bool judge_behind(struct espgw_xfrm *xf, unsigned int family,
			 unsigned int src, unsigned int dst)
{
	struct hlist_head *rows = &xf->classes[family][src][dst], *firsts;
	unsigned int s, d;
	bool any = false;

	if (hlist_empty(rows))
		return false;
	FOR_EACH_LENGTH(s)
		FOR_EACH_LENGTH(d) {
			firsts = &xf->classes[family][s][d];
			if (!hlist_empty(firsts))
				any |= judge_classes(xf, rows, firsts,
						     min(src, s), min(dst, d));
		}
	return any;
}

/* Return: true if there were some. */
static bool judge_order(struct espgw_xfrm *xf)
{
	unsigned int src, dst;
	bool any = false;

	FOR_EACH_LENGTH(src)
		FOR_EACH_LENGTH(dst) {
			any |= judge_behind(xf, 0, src, dst);
			any |= judge_behind(xf, 1, src, dst);
		}
	return any;
}

/**
 * espgw_xfrm_judge_order() - the first policy that covers a packet decides
 * @xf: adoption
 *
 * Where that may be one that is not adopted, those behind it are not either.
 *
 * Context: process context, caller holds espgw_xfrm.lock.
 */
void espgw_xfrm_judge_order(struct espgw_xfrm *xf)
{
	classify(xf);
	while (judge_order(xf))
		;
}

/**
 * espgw_xfrm_judge_policies() - what each policy is to be, and which paths they lead
 * to
 * @xf: adoption
 *
 * Context: process context, caller holds espgw_xfrm.lock, not RTNL.
 */
void espgw_xfrm_judge_policies(struct espgw_xfrm *xf)
{
	struct espgw_path_key *path;
	struct espgw_xfrm_row *row;
	unsigned int count = 0;
	unsigned long index;

	hash_init(xf->paths);
	rtnl_lock();
	xa_for_each(&xf->policies, index, row) {
		row->if_id = row->xp->if_id;
		row->reason = espgw_xfrm_policy_read(xf, row->xp, &row->want);
		if (row->seen != xf->look)
			row->reason = ESPGW_XFRM_REASON_DEAD;
		/* A device that comes or goes meanwhile is heard of. */
		if (++count % RTNL_BATCH)
			continue;
		rtnl_unlock();
		cond_resched();
		rtnl_lock();
	}
	rtnl_unlock();
	espgw_xfrm_judge_order(xf);
	xa_for_each(&xf->policies, index, row) {
		if (row->reason != ESPGW_XFRM_REASON_NONE ||
		    row->want.action != ESPGW_ACTION_PROTECT)
			continue;
		path = &row->want.path;
		hash_add(xf->paths, &row->by_path,
			 path_hash(&path->src, &path->dst));
	}
}

/**
 * espgw_xfrm_is_led_to() - does a policy lead to a state
 * @xf: adoption
 * @state: the state; its reqid becomes that policy's. Of an inbound state, whose reqid
 *	may be another than the outbound ones': the one that policies between its ends
 *	have, if they agree
 *
 * Context: process context, caller holds espgw_xfrm.lock. Return: true if so.
 */
bool espgw_xfrm_is_led_to(struct espgw_xfrm *xf, struct espgw_xfrm_row *state)
{
	bool in = state->key.dir == ESPGW_DIR_IN, other = false, agree = true;
	const struct espgw_addr *src, *dst;
	const struct espgw_path_key *path;
	struct espgw_sa_request req = { .key = state->key };
	struct espgw_xfrm_row *row;
	u32 others = 0;

	espgw_xfrm_state_read(state->x, &req);
	src = in ? &state->key.dst : &req.set.src;
	dst = in ? &req.set.src : &state->key.dst;
	hash_for_each_possible(xf->paths, row, by_path, path_hash(src, dst)) {
		path = &row->want.path;
		if (row->reason != ESPGW_XFRM_REASON_NONE ||
		    path->family != state->key.family ||
		    row->if_id != state->if_id ||
		    !espgw_addr_equal(&path->src, src) ||
		    !espgw_addr_equal(&path->dst, dst))
			continue;
		if (path->reqid == req.set.reqid) {
			state->reqid = path->reqid;
			return true;
		}
		agree &= !other || path->reqid == others;
		others = path->reqid;
		other = true;
	}
	state->reqid = others;
	return in && other && agree;
}

/**
 * espgw_xfrm_judge_states() - which states can be adopted, and which way they work
 * @xf: adoption
 *
 * Context: process context, caller holds espgw_xfrm.lock.
 */
void espgw_xfrm_judge_states(struct espgw_xfrm *xf)
{
	struct espgw_sa_key key;
	struct espgw_xfrm_row *row;
	unsigned int i;
	u8 reason;

	hash_for_each(xf->states, i, row, node) {
		row->if_id = row->x->if_id;
		reason = espgw_xfrm_state_judge(xf, row->x, &key);
		if (row->seen != xf->look)
			reason = ESPGW_XFRM_REASON_DEAD;
		/* It is found by its name; and an address may come later, or go. */
		if (!row->adopted)
			row->key = key;
		else if (reason == ESPGW_XFRM_REASON_ADDRESS)
			reason = ESPGW_XFRM_REASON_NONE;
		if (reason == ESPGW_XFRM_REASON_NONE &&
		    !espgw_xfrm_is_led_to(xf, row))
			reason = ESPGW_XFRM_REASON_NO_POLICY;
		if (reason == ESPGW_XFRM_REASON_DEAD && !row->gone_at)
			row->gone_at = jiffies ?: 1;
		row->reason = reason;
	}
}
