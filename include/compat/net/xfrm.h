/* SPDX-License-Identifier: GPL-2.0 */
/*
 * States for one processor came in 6.13, and to distributions' kernels before:
 * told by what came with them.
 */
#ifndef ESPGW_COMPAT_NET_XFRM_H
#define ESPGW_COMPAT_NET_XFRM_H

#include_next <net/xfrm.h>
#include <linux/version.h>

#define ESPGW_COMPAT_XFRM_PER_CPU					\
	(!__builtin_types_compatible_p(typeof(xfrm_find_acq),		\
		struct xfrm_state *(struct net *,			\
				    const struct xfrm_mark *, u8, u32,	\
				    u32, u8, const xfrm_address_t *,	\
				    const xfrm_address_t *, int,	\
				    unsigned short)))

static const struct {
	u32 pcpu_num;
} espgw_compat_xfrm_any_cpu __maybe_unused = { U32_MAX };

/* The processor that a state is for; U32_MAX: any. */
#define xfrm_state_pcpu_num(x)						\
	(__builtin_choose_expr(ESPGW_COMPAT_XFRM_PER_CPU, (x),		\
			       &espgw_compat_xfrm_any_cpu)->pcpu_num)

/* Since 6.2 a device may have policies. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define xfrm_policy_is_offloaded(xp)	((xp)->xdo.dev)
#else
#define xfrm_policy_is_offloaded(xp)	((void)(xp), false)
#endif

#endif
