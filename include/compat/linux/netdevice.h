/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.8 a device may leave its counters to the stack, and say of which kind they are.
 * Classifiers have had another place since 6.6.
 */
#ifndef ESPGW_COMPAT_LINUX_NETDEVICE_H
#define ESPGW_COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>
#include <linux/version.h>

/**
 * espgw_dev_has_tstats() - is dev->tstats what a device counts by
 * @dev: the device
 *
 * Return: true if so; else those are not there, or of another kind.
 */
static inline bool espgw_dev_has_tstats(const struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	if (dev->pcpu_stat_type != NETDEV_PCPU_STAT_NONE)
		return dev->pcpu_stat_type == NETDEV_PCPU_STAT_TSTATS;
#endif
	return dev->netdev_ops->ndo_get_stats64 == dev_get_tstats64 &&
	       dev->tstats;
}

/**
 * espgw_dev_has_classifier() - do classifiers look at what arrives by a device
 * @dev: the device
 *
 * Return: true if so.
 */
static inline bool espgw_dev_has_classifier(const struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return rcu_access_pointer(dev->tcx_ingress);
#else
	return rcu_access_pointer(dev->miniq_ingress);
#endif
}

#endif
