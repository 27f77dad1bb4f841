// SPDX-License-Identifier: GPL-2.0
/*
 * dev - attached devices, and the namespace's defaults
 */
#include <string.h>

#include "attr.h"
#include "batch.h"
#include "dev.h"
#include "say.h"

static int take_mtu_words(struct espgw_args *args, struct espgw_mtu *mtu)
{
	while (espgw_args_left(args)) {
		if (!espgw_mtu_is_word(espgw_args_peek(args)))
			return espgw_args_unknown(espgw_args_peek(args));
		if (espgw_mtu_take(args, mtu))
			return -1;
	}
	return espgw_mtu_check(mtu);
}

static int take_dev(struct espgw_args *args, struct espgw_dev *dev)
{
	memset(dev, 0, sizeof(*dev));
	if (!espgw_args_left(args))
		return espgw_say_error("a device's name is missing");
	return espgw_args_device(args, "DEV", &dev->ifindex);
}

/**
 * espgw_dev_parse_attach - parse "dev attach"
 * @args: the words
 * @dev: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_dev_parse_attach(struct espgw_args *args, struct espgw_dev *dev)
{
	return take_dev(args, dev) || take_mtu_words(args, &dev->mtu) ? -1 : 0;
}

/**
 * espgw_dev_parse_set - parse "dev set"
 * @args: the words
 * @dev: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_dev_parse_set(struct espgw_args *args, struct espgw_dev *dev)
{
	if (espgw_dev_parse_attach(args, dev))
		return -1;
	return dev->mtu.has ? 0 : espgw_say_error("nothing to set is given");
}

/**
 * espgw_dev_parse_detach - parse "dev detach"
 * @args: the words
 * @dev: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_dev_parse_detach(struct espgw_args *args, struct espgw_dev *dev)
{
	return take_dev(args, dev) || espgw_args_none_left(args) ? -1 : 0;
}

/**
 * espgw_dev_parse_show - parse "dev show"
 * @args: the words
 * @dev: receives what to show
 *
 * Return: 0, or -1 (said).
 */
int espgw_dev_parse_show(struct espgw_args *args, struct espgw_dev *dev)
{
	if (espgw_args_left(args))
		return espgw_dev_parse_detach(args, dev);
	memset(dev, 0, sizeof(*dev));
	return 0;
}

/**
 * espgw_dev_put - add a device and what to set for it to a message
 * @nlh: the message
 * @dev: the device
 */
void espgw_dev_put(struct nlmsghdr *nlh, const struct espgw_dev *dev)
{
	mnl_attr_put_u32(nlh, ESPGW_DEV_A_IFINDEX, dev->ifindex);
	espgw_mtu_put(nlh, ESPGW_DEV_A_MTU, &dev->mtu);
}

/**
 * espgw_dev_get - read a device from a message
 * @nlh: the message
 * @dev: receives it
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_dev_get(const struct nlmsghdr *nlh, struct espgw_dev *dev)
{
	struct espgw_attrs attrs;

	memset(dev, 0, sizeof(*dev));
	if (espgw_attr_read(nlh, &espgw_dev_set, &attrs) ||
	    espgw_mtu_get(attrs.tb[ESPGW_DEV_A_MTU], &dev->mtu))
		return -1;
	if (attrs.tb[ESPGW_DEV_A_IFINDEX])
		dev->ifindex = mnl_attr_get_u32(attrs.tb[ESPGW_DEV_A_IFINDEX]);
	if (attrs.tb[ESPGW_DEV_A_DEV_MTU])
		dev->dev_mtu = mnl_attr_get_u32(attrs.tb[ESPGW_DEV_A_DEV_MTU]);
	if (!attrs.tb[ESPGW_DEV_A_IFNAME])
		return 0;
	if (mnl_attr_get_payload_len(attrs.tb[ESPGW_DEV_A_IFNAME]) > sizeof(dev->ifname))
		return -1;
	strcpy(dev->ifname, mnl_attr_get_str(attrs.tb[ESPGW_DEV_A_IFNAME]));
	return 0;
}

/**
 * espgw_dev_match - whether a device is one to be shown
 * @dev: the device
 * @filter: what was asked for
 *
 * Return: true if so.
 */
bool espgw_dev_match(const struct espgw_dev *dev, const struct espgw_dev *filter)
{
	return !filter->ifindex || dev->ifindex == filter->ifindex;
}

/**
 * espgw_dev_show - print a device as the values of one row
 * @out: where to; the caller begins and ends the row
 * @dev: the device
 */
void espgw_dev_show(struct espgw_out *out, const struct espgw_dev *dev)
{
	espgw_out_str(out, "dev", "dev", dev->ifname, ESPGW_DEVICE);
	espgw_out_num(out, "ifindex", NULL, dev->ifindex, NULL);
	espgw_out_num(out, "dev_mtu", "mtu", dev->dev_mtu, "bytes");
	if (dev->mtu.has) {
		espgw_out_break(out);
		espgw_mtu_show(out, &dev->mtu);
	}
}

/**
 * espgw_dev_save - write a device as the command that attaches it
 * @to: stream
 * @dev: the device
 */
void espgw_dev_save(FILE *to, const struct espgw_dev *dev)
{
	fputs("dev attach ", to);
	espgw_batch_quote(to, dev->ifname);
	espgw_mtu_save(to, &dev->mtu);
	fputc('\n', to);
}

/**
 * espgw_default_parse_set - parse "default set"
 * @args: the words
 * @mtu: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_default_parse_set(struct espgw_args *args, struct espgw_mtu *mtu)
{
	memset(mtu, 0, sizeof(*mtu));
	if (take_mtu_words(args, mtu))
		return -1;
	return mtu->has ? 0 : espgw_say_error("nothing to set is given");
}

/**
 * espgw_default_parse_show - parse "default show"
 * @args: the words
 * @mtu: left empty
 *
 * Return: 0, or -1 (said).
 */
int espgw_default_parse_show(struct espgw_args *args, struct espgw_mtu *mtu)
{
	memset(mtu, 0, sizeof(*mtu));
	return espgw_args_none_left(args);
}

/**
 * espgw_default_put - add the defaults to set to a message
 * @nlh: the message
 * @mtu: only what it has is added
 */
void espgw_default_put(struct nlmsghdr *nlh, const struct espgw_mtu *mtu)
{
	espgw_mtu_put(nlh, ESPGW_DEFAULT_A_MTU, mtu);
}

/**
 * espgw_default_get - read the defaults from a message
 * @nlh: the message
 * @mtu: receives them
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_default_get(const struct nlmsghdr *nlh, struct espgw_mtu *mtu)
{
	struct espgw_attrs attrs;

	if (espgw_attr_read(nlh, &espgw_default_set, &attrs))
		return -1;
	return espgw_mtu_get(attrs.tb[ESPGW_DEFAULT_A_MTU], mtu);
}

/**
 * espgw_default_show - print the defaults as the values of one row
 * @out: where to; the caller begins and ends the row
 * @mtu: the defaults
 */
void espgw_default_show(struct espgw_out *out, const struct espgw_mtu *mtu)
{
	espgw_out_label(out, "default", ESPGW_PLAIN);
	espgw_out_break(out);
	espgw_mtu_show(out, mtu);
}

/**
 * espgw_default_save - write the defaults as the command that sets them
 * @to: stream
 * @mtu: the defaults; what the module does anyway is taken out of it
 */
void espgw_default_save(FILE *to, struct espgw_mtu *mtu)
{
	espgw_mtu_drop_builtin(mtu);
	if (!mtu->has)
		return;
	fputs("default set", to);
	espgw_mtu_save(to, mtu);
	fputc('\n', to);
}
