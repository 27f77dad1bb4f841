/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wireshark - SAs as Wireshark takes them
 */
#ifndef ESPGW_WIRESHARK_H
#define ESPGW_WIRESHARK_H

struct espgw_context;
struct espgw_request;

int espgw_wireshark_run(struct espgw_context *ctx, struct espgw_request *req);

#endif
