/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Generated from Documentation/netlink/specs/espgw.yaml by tools/gen/netlink:
 * change that, and run "make generate".
 *
 * Configuration of espgw, an IPsec gateway datapath at netfilter egress -
 * attached devices, security associations (SAs), policies, path MTUs, virtual
 * fragment reassembly (VFR) and counters of one network namespace, and the
 * events of all these.
 *
 * All commands need CAP_NET_ADMIN in the user namespace that owns the network
 * namespace, since even what they only show says who talks to whom; and so does
 * listening to the multicast groups.
 *
 * Units are in the names or given beside each attribute. Unless said otherwise
 * integers are in host byte order. Addresses are 4 (IPv4) or 16 (IPv6) bytes in
 * network byte order, their length says the family.
 */
#ifndef _UAPI_LINUX_ESPGW_H
#define _UAPI_LINUX_ESPGW_H

#define ESPGW_GENL_NAME			"espgw"
#define ESPGW_GENL_VERSION		2

/* Multicast groups. */
#define ESPGW_MCGRP_SA			"sa"
#define ESPGW_MCGRP_POLICY		"policy"
#define ESPGW_MCGRP_PMTU		"pmtu"
#define ESPGW_MCGRP_ACQUIRE		"acquire"
#define ESPGW_MCGRP_ALERT		"alert"
#define ESPGW_MCGRP_VFR			"vfr"
#define ESPGW_MCGRP_DEV			"dev"
#define ESPGW_MCGRP_DROP		"drop"

#define ESPGW_IFNAME_MAX		15	/* bytes of a device's name, at most */
#define ESPGW_NAME_MAX			31	/* bytes of the name of an SA or policy, at most */
#define ESPGW_COMMENT_MAX		127	/* bytes of what is said of one, at most */
#define ESPGW_REPLAY_WINDOW_MAX		4096	/* packets */
#define ESPGW_SPI_MIN			256	/* RFC 4303 2.1: 1-255 are reserved */
#define ESPGW_KEY_MAX			128	/* bytes, encryption and authentication alike */
#define ESPGW_ALG_NAME_MAX		64	/* bytes with the terminating NUL */
#define ESPGW_PMTU_HARD_MIN		68	/* bytes, RFC 791 */
#define ESPGW_MTU_MAX			65535	/* bytes */
#define ESPGW_KEEPALIVE_MAX		3600	/* seconds */
#define ESPGW_VFR_REASSEMBLIES_MAX	1024	/* datagrams */
#define ESPGW_VFR_FRAGMENTS_MAX		8192	/* as many as one datagram can have */
#define ESPGW_VFR_TIMEOUT_MAX		64	/* seconds */
#define ESPGW_VFR_BYTES_MIN		65536	/* bytes */
#define ESPGW_VFR_BYTES_MAX		1073741824	/* bytes */
#define ESPGW_COPY			255	/* "copy" for ESPGW_SA_A_DSCP */
#define ESPGW_MSS_OFF			0	/* do not adjust it */
#define ESPGW_MSS_AUTO			1	/* from the live path MTU */
#define ESPGW_MSS_MIN			88	/* bytes */
#define ESPGW_MSS_MAX			65495	/* bytes */
#define ESPGW_AGE_INFINITE		4294967295U	/* seconds: for ever */
#define ESPGW_CAP_NONE			0	/* no upper bound */

/**
 * enum espgw_dir - which way an SA works
 * @ESPGW_DIR_IN: decrypts what arrives
 * @ESPGW_DIR_OUT: encrypts what leaves
 */
enum espgw_dir {
	ESPGW_DIR_IN = 1,
	ESPGW_DIR_OUT,
};

/**
 * enum espgw_df - the outer header's DF bit
 * @ESPGW_DF_COPY: from the inner header
 * @ESPGW_DF_SET: always 1
 * @ESPGW_DF_CLEAR: always 0
 */
enum espgw_df {
	ESPGW_DF_COPY,
	ESPGW_DF_SET,
	ESPGW_DF_CLEAR,
};

/**
 * enum espgw_frag - where the gateway fragments what would be too big
 * @ESPGW_FRAG_BEFORE: before encryption (lookahead)
 * @ESPGW_FRAG_AFTER: after encryption
 * @ESPGW_FRAG_OFF: nowhere
 */
enum espgw_frag {
	ESPGW_FRAG_BEFORE,
	ESPGW_FRAG_AFTER,
	ESPGW_FRAG_OFF,
};

/**
 * enum espgw_split - the pieces that lookahead fragmentation makes
 * @ESPGW_SPLIT_EQUAL: as few as possible, of equal size
 * @ESPGW_SPLIT_MAX: each as large as fits, a remainder last
 * @ESPGW_SPLIT_TCP: TCP segments instead of IP fragments where that can be,
 *	else as EQUAL; refused with EOPNOTSUPP by versions without it
 */
enum espgw_split {
	ESPGW_SPLIT_EQUAL,
	ESPGW_SPLIT_MAX,
	ESPGW_SPLIT_TCP,
};

/**
 * enum espgw_inner_df - what the inner header's DF bit means
 * @ESPGW_INNER_DF_HONOR: do not fragment, answer the sender
 * @ESPGW_INNER_DF_CLEAR: fragment all the same
 */
enum espgw_inner_df {
	ESPGW_INNER_DF_HONOR,
	ESPGW_INNER_DF_CLEAR,
};

/**
 * enum espgw_sa_state - how an SA is
 * @ESPGW_SA_VALID: usable
 * @ESPGW_SA_EXPIRING: usable, past a soft limit
 * @ESPGW_SA_DEAD: past a hard limit, or out of sequence numbers
 */
enum espgw_sa_state {
	ESPGW_SA_VALID = 1,
	ESPGW_SA_EXPIRING,
	ESPGW_SA_DEAD,
};

/**
 * enum espgw_sa_event - what an ESPGW_CMD_SA_NTF tells
 * @ESPGW_SA_EVENT_ADD: added
 * @ESPGW_SA_EVENT_REPLACE: replaced
 * @ESPGW_SA_EVENT_SET: changed by ESPGW_CMD_SA_SET
 * @ESPGW_SA_EVENT_DEL: deleted
 * @ESPGW_SA_EVENT_SOFT: passed a soft limit
 * @ESPGW_SA_EVENT_HARD: passed a hard limit, is dead
 * @ESPGW_SA_EVENT_SEQ: used up its sequence numbers, is dead
 * @ESPGW_SA_EVENT_MAPPING: authenticated packets of the peer come from another
 *	address or port than before; what this outbound SA sends goes there
 */
enum espgw_sa_event {
	ESPGW_SA_EVENT_ADD = 1,
	ESPGW_SA_EVENT_REPLACE,
	ESPGW_SA_EVENT_SET,
	ESPGW_SA_EVENT_DEL,
	ESPGW_SA_EVENT_SOFT,
	ESPGW_SA_EVENT_HARD,
	ESPGW_SA_EVENT_SEQ,
	ESPGW_SA_EVENT_MAPPING,
};

/**
 * enum espgw_action - what a policy does
 * @ESPGW_ACTION_PROTECT: encrypt; drop where that cannot be done
 * @ESPGW_ACTION_BYPASS: let pass as it is
 * @ESPGW_ACTION_DISCARD: drop
 */
enum espgw_action {
	ESPGW_ACTION_PROTECT = 1,
	ESPGW_ACTION_BYPASS,
	ESPGW_ACTION_DISCARD,
};

/**
 * enum espgw_policy_event - what an ESPGW_CMD_POLICY_NTF tells
 * @ESPGW_POLICY_EVENT_ADD: added
 * @ESPGW_POLICY_EVENT_REPLACE: replaced
 * @ESPGW_POLICY_EVENT_DEL: deleted
 */
enum espgw_policy_event {
	ESPGW_POLICY_EVENT_ADD = 1,
	ESPGW_POLICY_EVENT_REPLACE,
	ESPGW_POLICY_EVENT_DEL,
};

/**
 * enum espgw_pmtu_source - where a path MTU comes from
 * @ESPGW_PMTU_DEFAULT: nothing is known but the configured cap
 * @ESPGW_PMTU_DEVICE: the outer route's or device's MTU
 * @ESPGW_PMTU_ICMP: a validated ICMP message
 * @ESPGW_PMTU_STATIC: set by hand
 * @ESPGW_PMTU_PROBE: found by a probe
 * @ESPGW_PMTU_MSS: bounded by the MSS of a TCP connection between the gateways
 */
enum espgw_pmtu_source {
	ESPGW_PMTU_DEFAULT,
	ESPGW_PMTU_DEVICE,
	ESPGW_PMTU_ICMP,
	ESPGW_PMTU_STATIC,
	ESPGW_PMTU_PROBE,
	ESPGW_PMTU_MSS,
};

/**
 * enum espgw_pmtu_event - what an ESPGW_CMD_PMTU_NTF tells
 * @ESPGW_PMTU_EVENT_LOWERED: a message, or a TCP MSS, lowered the path MTU
 * @ESPGW_PMTU_EVENT_RAISED: it was raised
 * @ESPGW_PMTU_EVENT_SET: set by hand
 * @ESPGW_PMTU_EVENT_DEL: forgotten by hand
 * @ESPGW_PMTU_EVENT_EXPIRED: aged out
 * @ESPGW_PMTU_EVENT_REROUTED: forgotten: the outer packets go another way now
 * @ESPGW_PMTU_EVENT_DEVICE: the MTU of the device that they leave by changed
 * @ESPGW_PMTU_EVENT_PROBED: a search by probes has ended, and changed nothing
 * @ESPGW_PMTU_EVENT_NO_ANSWER: not even small probes were answered
 */
enum espgw_pmtu_event {
	ESPGW_PMTU_EVENT_LOWERED = 1,
	ESPGW_PMTU_EVENT_RAISED,
	ESPGW_PMTU_EVENT_SET,
	ESPGW_PMTU_EVENT_DEL,
	ESPGW_PMTU_EVENT_EXPIRED,
	ESPGW_PMTU_EVENT_REROUTED,
	ESPGW_PMTU_EVENT_DEVICE,
	ESPGW_PMTU_EVENT_PROBED,
	ESPGW_PMTU_EVENT_NO_ANSWER,
};

/**
 * enum espgw_probe_when - when the path MTU is searched by probes
 * @ESPGW_PROBE_OFF: when somebody asks
 * @ESPGW_PROBE_ON: always; nothing larger leaves than what probes have
 *	confirmed
 * @ESPGW_PROBE_SUSPECT: once TCP through the path stands still as in a black
 *	hole, or nothing says that other large packets arrive
 */
enum espgw_probe_when {
	ESPGW_PROBE_OFF,
	ESPGW_PROBE_ON,
	ESPGW_PROBE_SUSPECT,
};

/**
 * enum espgw_probing - how far the search by probes is (RFC 8899 5.2)
 * @ESPGW_PROBING_OFF: there is none
 * @ESPGW_PROBING_WAITING: it cannot begin: no address is known to probe from or
 *	to, or there is no route
 * @ESPGW_PROBING_BASE: is the peer's address reached at all
 * @ESPGW_PROBING_SEARCHING: larger sizes are tried
 * @ESPGW_PROBING_COMPLETE: the path MTU is found
 * @ESPGW_PROBING_ERROR: not even small probes are answered
 */
enum espgw_probing {
	ESPGW_PROBING_OFF,
	ESPGW_PROBING_WAITING,
	ESPGW_PROBING_BASE,
	ESPGW_PROBING_SEARCHING,
	ESPGW_PROBING_COMPLETE,
	ESPGW_PROBING_ERROR,
};

/**
 * enum espgw_alert_kind - what happened
 * @ESPGW_ALERT_CLEARTEXT: clear text arrived that should have been protected
 * @ESPGW_ALERT_INTEGRITY: packets arrive whose ICV is wrong
 * @ESPGW_ALERT_REPLAY: packets arrive again or far too late
 * @ESPGW_ALERT_SEQ: an SA used up its sequence numbers
 * @ESPGW_ALERT_RECURSIVE_ROUTING: an SA's packets came round to it again: the
 *	route to its peer leads through the tunnel; it rests for 10 s
 * @ESPGW_ALERT_TINY_FRAGMENTS: VFR: a first fragment shows too little of the
 *	upper header, or a TCP fragment begins within it (RFC 1858, RFC 3128)
 * @ESPGW_ALERT_NO_UPPER_HEADER: VFR: an IPv6 first fragment without the upper
 *	header (RFC 7112)
 * @ESPGW_ALERT_INVALID_FRAG_LENGTH: VFR: a fragment's length is 0, or no
 *	multiple of 8 although more follow
 * @ESPGW_ALERT_OVERSIZE_DATAGRAM: VFR: a fragment ends beyond 65535 bytes
 * @ESPGW_ALERT_OVERLAP_FRAGMENTS: VFR: a fragment overlaps another (RFC 5722)
 * @ESPGW_ALERT_TWO_LAST_FRAGMENTS: VFR: a datagram has two ends
 * @ESPGW_ALERT_TOO_MANY_FRAGMENTS: VFR: a datagram has more than max-fragments
 * @ESPGW_ALERT_FRAG_TABLE_OVERFLOW: VFR: no room for one more datagram
 * @ESPGW_ALERT_GUARDED: what a protect policy covers was about to leave by a
 *	device that is not attached; it is encrypted and leaves by the outer
 *	route
 * @ESPGW_ALERT_NAT: NAT gave a packet addresses that no policy covers, but a
 *	protect policy covered it before; it is dropped. Exempt such flows from
 *	NAT
 */
enum espgw_alert_kind {
	ESPGW_ALERT_CLEARTEXT = 1,
	ESPGW_ALERT_INTEGRITY,
	ESPGW_ALERT_REPLAY,
	ESPGW_ALERT_SEQ,
	ESPGW_ALERT_RECURSIVE_ROUTING,
	ESPGW_ALERT_TINY_FRAGMENTS,
	ESPGW_ALERT_NO_UPPER_HEADER,
	ESPGW_ALERT_INVALID_FRAG_LENGTH,
	ESPGW_ALERT_OVERSIZE_DATAGRAM,
	ESPGW_ALERT_OVERLAP_FRAGMENTS,
	ESPGW_ALERT_TWO_LAST_FRAGMENTS,
	ESPGW_ALERT_TOO_MANY_FRAGMENTS,
	ESPGW_ALERT_FRAG_TABLE_OVERFLOW,
	ESPGW_ALERT_GUARDED,
	ESPGW_ALERT_NAT,

	/* private: */
	__ESPGW_ALERT_MAX,
	ESPGW_ALERT_MAX = __ESPGW_ALERT_MAX - 1
};

/**
 * enum espgw_vfr_mode - whether fragments are followed
 * @ESPGW_VFR_AUTO: while a feature needs it
 * @ESPGW_VFR_OFF: never
 * @ESPGW_VFR_ON: always
 */
enum espgw_vfr_mode {
	ESPGW_VFR_AUTO,
	ESPGW_VFR_OFF,
	ESPGW_VFR_ON,
};

/**
 * enum espgw_vfr_event - what an ESPGW_CMD_VFR_NTF tells
 * @ESPGW_VFR_EVENT_ENABLED: fragments are followed from now on
 * @ESPGW_VFR_EVENT_DISABLED: they are not any more
 * @ESPGW_VFR_EVENT_SET: changed by ESPGW_CMD_VFR_SET
 */
enum espgw_vfr_event {
	ESPGW_VFR_EVENT_ENABLED = 1,
	ESPGW_VFR_EVENT_DISABLED,
	ESPGW_VFR_EVENT_SET,
};

/**
 * enum espgw_dev_event - what an ESPGW_CMD_DEV_NTF or ESPGW_CMD_DEFAULT_NTF
 *	tells
 * @ESPGW_DEV_EVENT_ATTACH: a device was attached
 * @ESPGW_DEV_EVENT_DETACH: it was detached; so was the name
 * @ESPGW_DEV_EVENT_SET: its MTU policy, or the default, was changed
 * @ESPGW_DEV_EVENT_LOSS: it went away, or has another name now; its name stays
 *	attached
 * @ESPGW_DEV_EVENT_RETURN: a device of an attached name has come; it is
 *	attached
 */
enum espgw_dev_event {
	ESPGW_DEV_EVENT_ATTACH = 1,
	ESPGW_DEV_EVENT_DETACH,
	ESPGW_DEV_EVENT_SET,
	ESPGW_DEV_EVENT_LOSS,
	ESPGW_DEV_EVENT_RETURN,
};

/**
 * enum espgw_dev_state - whether there is a device of an attached name
 * @ESPGW_DEV_STATE_ATTACHED: there is; of a pattern, at least one
 * @ESPGW_DEV_STATE_WAITING: there is none
 */
enum espgw_dev_state {
	ESPGW_DEV_STATE_ATTACHED = 1,
	ESPGW_DEV_STATE_WAITING,
};

/**
 * enum espgw_owner - who keeps an SA or a policy
 * @ESPGW_OWNER_HAND: requests of this family
 * @ESPGW_OWNER_XFRM: the kernel's IPsec, which a key daemon or an administrator
 *	tells; here it can only be shown, but for the MTU policy of an SA
 */
enum espgw_owner {
	ESPGW_OWNER_HAND,
	ESPGW_OWNER_XFRM,
};

/**
 * enum espgw_xfrm_mode - which of xfrm's states and policies are adopted
 * @ESPGW_XFRM_MODE_ANY: those of xfrm interfaces, and those of none
 * @ESPGW_XFRM_MODE_INTERFACE: only those with an interface ID: of xfrm
 *	interfaces, into which packets are routed
 * @ESPGW_XFRM_MODE_POLICY: only those without: xfrm's policies say what is
 *	protected
 */
enum espgw_xfrm_mode {
	ESPGW_XFRM_MODE_ANY,
	ESPGW_XFRM_MODE_INTERFACE,
	ESPGW_XFRM_MODE_POLICY,
};

/**
 * enum espgw_xfrm_kind - what a row is about
 * @ESPGW_XFRM_KIND_STATE: an SA
 * @ESPGW_XFRM_KIND_POLICY: a policy
 */
enum espgw_xfrm_kind {
	ESPGW_XFRM_KIND_STATE = 1,
	ESPGW_XFRM_KIND_POLICY,
};

/**
 * enum espgw_xfrm_reason - why a state or policy of xfrm's has not been adopted
 * @ESPGW_XFRM_REASON_NONE: it has been
 * @ESPGW_XFRM_REASON_WAITING: it is about to be
 * @ESPGW_XFRM_REASON_NOT_ASKED: another mode or another interface ID was asked
 *	for
 * @ESPGW_XFRM_REASON_NO_POLICY: no adopted policy leads to this state
 * @ESPGW_XFRM_REASON_PROTOCOL: it is not ESP
 * @ESPGW_XFRM_REASON_TRANSPORT: it is not for a tunnel
 * @ESPGW_XFRM_REASON_SEVERAL: the policy asks for several transforms, or for
 *	one that may be left out
 * @ESPGW_XFRM_REASON_OFFLOAD: a device does the work
 * @ESPGW_XFRM_REASON_GRO: ESP is decrypted before any hook sees it, since
 *	esp4_offload or esp6_offload is loaded
 * @ESPGW_XFRM_REASON_PER_CPU: it is for one processor
 * @ESPGW_XFRM_REASON_MARK: it is looked up by a mark
 * @ESPGW_XFRM_REASON_ENCAP: it is encapsulated otherwise than in UDP (RFC 3948)
 * @ESPGW_XFRM_REASON_ALGORITHM: an algorithm, or a key of a length, that this
 *	module does not have
 * @ESPGW_XFRM_REASON_ZERO_KEY: its key is all zero: nobody's, or hidden by the
 *	kernel
 * @ESPGW_XFRM_REASON_ADDRESS: neither of its ends is an address of this host
 * @ESPGW_XFRM_REASON_DEVICE: no xfrm interface of this namespace has its
 *	interface ID
 * @ESPGW_XFRM_REASON_SELECTOR: its selector has what policies here do not: a
 *	device, or a mask of ports that is no range, or types of ICMP
 * @ESPGW_XFRM_REASON_NAME_TAKEN: an SA or policy of that name was made by hand
 * @ESPGW_XFRM_REASON_MEMORY: there was no memory; it is tried again
 * @ESPGW_XFRM_REASON_DEAD: it has expired or is being deleted
 * @ESPGW_XFRM_REASON_WINDOW: its receive window is larger than any that there
 *	are here
 * @ESPGW_XFRM_REASON_OPTION: it has an option or a security context that this
 *	module does not know
 * @ESPGW_XFRM_REASON_PRECEDED: a policy that comes before it, and may cover the
 *	same, is not adopted
 */
enum espgw_xfrm_reason {
	ESPGW_XFRM_REASON_NONE,
	ESPGW_XFRM_REASON_WAITING,
	ESPGW_XFRM_REASON_NOT_ASKED,
	ESPGW_XFRM_REASON_NO_POLICY,
	ESPGW_XFRM_REASON_PROTOCOL,
	ESPGW_XFRM_REASON_TRANSPORT,
	ESPGW_XFRM_REASON_SEVERAL,
	ESPGW_XFRM_REASON_OFFLOAD,
	ESPGW_XFRM_REASON_GRO,
	ESPGW_XFRM_REASON_PER_CPU,
	ESPGW_XFRM_REASON_MARK,
	ESPGW_XFRM_REASON_ENCAP,
	ESPGW_XFRM_REASON_ALGORITHM,
	ESPGW_XFRM_REASON_ZERO_KEY,
	ESPGW_XFRM_REASON_ADDRESS,
	ESPGW_XFRM_REASON_DEVICE,
	ESPGW_XFRM_REASON_SELECTOR,
	ESPGW_XFRM_REASON_NAME_TAKEN,
	ESPGW_XFRM_REASON_MEMORY,
	ESPGW_XFRM_REASON_DEAD,
	ESPGW_XFRM_REASON_WINDOW,
	ESPGW_XFRM_REASON_OPTION,
	ESPGW_XFRM_REASON_PRECEDED,
};

/**
 * enum espgw_explain_place - whose device a packet that is explained meets
 * @ESPGW_EXPLAIN_PLACE_OTHER: nobody's, nothing looks at the packet there
 * @ESPGW_EXPLAIN_PLACE_ATTACHED: it is attached
 * @ESPGW_EXPLAIN_PLACE_WATCHED: it is not attached, but watched
 */
enum espgw_explain_place {
	ESPGW_EXPLAIN_PLACE_OTHER,
	ESPGW_EXPLAIN_PLACE_ATTACHED,
	ESPGW_EXPLAIN_PLACE_WATCHED,
};

/**
 * enum espgw_explain_verdict - what becomes of a packet that is explained
 * @ESPGW_EXPLAIN_VERDICT_PASS: it goes on as it is
 * @ESPGW_EXPLAIN_VERDICT_ENCRYPT: it leaves in ESP
 * @ESPGW_EXPLAIN_VERDICT_DROP: it is dropped
 * @ESPGW_EXPLAIN_VERDICT_XFRM: it is left to the kernel's IPsec
 */
enum espgw_explain_verdict {
	ESPGW_EXPLAIN_VERDICT_PASS,
	ESPGW_EXPLAIN_VERDICT_ENCRYPT,
	ESPGW_EXPLAIN_VERDICT_DROP,
	ESPGW_EXPLAIN_VERDICT_XFRM,
};

/**
 * enum espgw_explain_plan - what is done with a packet so that it fits
 * @ESPGW_EXPLAIN_PLAN_ENCRYPT: nothing, it fits
 * @ESPGW_EXPLAIN_PLAN_BEFORE: it is fragmented before encryption
 * @ESPGW_EXPLAIN_PLAN_AFTER: it is fragmented after encryption
 * @ESPGW_EXPLAIN_PLAN_WHOLE: it is sent whole, for routers to fragment
 * @ESPGW_EXPLAIN_PLAN_SEGMENTS: it is cut into TCP segments
 * @ESPGW_EXPLAIN_PLAN_DROP: it is dropped
 */
enum espgw_explain_plan {
	ESPGW_EXPLAIN_PLAN_ENCRYPT,
	ESPGW_EXPLAIN_PLAN_BEFORE,
	ESPGW_EXPLAIN_PLAN_AFTER,
	ESPGW_EXPLAIN_PLAN_WHOLE,
	ESPGW_EXPLAIN_PLAN_SEGMENTS,
	ESPGW_EXPLAIN_PLAN_DROP,
};

/**
 * enum espgw_mtu_attr - MTU policy, nested in a device, default or SA; absent
 *	means "as the next wider one says": SA, device, default
 * @ESPGW_MTU_A_UNSPEC: unused
 * @ESPGW_MTU_A_DF: u8, enum espgw_df, the outer DF bit
 * @ESPGW_MTU_A_FRAG: u8, enum espgw_frag, where to fragment what would be too
 *	big
 * @ESPGW_MTU_A_SPLIT: u8, enum espgw_split, the pieces that lookahead
 *	fragmentation makes
 * @ESPGW_MTU_A_INNER_DF: u8, enum espgw_inner_df, what the inner DF bit means
 * @ESPGW_MTU_A_ICMP_ANSWER: u8, 0 or 1: answer the sender of what is too big
 * @ESPGW_MTU_A_MTU_CAP: u32, bytes: upper bound of the path MTU; 68-65535, or
 *	ESPGW_CAP_NONE
 * @ESPGW_MTU_A_MIN_PMTU: u32, bytes: floor of what is learned, 68-65535
 * @ESPGW_MTU_A_PMTU_AGE: u32, seconds that a learned value is kept, 1-86400, or
 *	ESPGW_AGE_INFINITE
 * @ESPGW_MTU_A_PMTU_LEARN: u8, 0 or 1: learn from ICMP
 * @ESPGW_MTU_A_MSS: u32, ESPGW_MSS_OFF, ESPGW_MSS_AUTO, or 88-65495 bytes
 * @ESPGW_MTU_A_PROBE: u8, enum espgw_probe_when, when the path MTU is searched
 *	by probes
 * @ESPGW_MTU_A_INHERIT: u32, bit n: the value of attribute n is to be unset, so
 *	that what the next wider policy says, or the built-in default, holds
 *	again; requests only
 */
enum espgw_mtu_attr {
	ESPGW_MTU_A_UNSPEC,
	ESPGW_MTU_A_DF,
	ESPGW_MTU_A_FRAG,
	ESPGW_MTU_A_SPLIT,
	ESPGW_MTU_A_INNER_DF,
	ESPGW_MTU_A_ICMP_ANSWER,
	ESPGW_MTU_A_MTU_CAP,
	ESPGW_MTU_A_MIN_PMTU,
	ESPGW_MTU_A_PMTU_AGE,
	ESPGW_MTU_A_PMTU_LEARN,
	ESPGW_MTU_A_MSS,
	ESPGW_MTU_A_PROBE,
	ESPGW_MTU_A_INHERIT,

	/* private: */
	__ESPGW_MTU_A_MAX,
	ESPGW_MTU_A_MAX = __ESPGW_MTU_A_MAX - 1
};

/**
 * enum espgw_dev_attr - an attached device, or a name that is to be attached
 *	when a device of that name comes
 * @ESPGW_DEV_A_UNSPEC: unused
 * @ESPGW_DEV_A_IFINDEX: u32, index of the device. In requests it stands for the
 *	name that the device has; missing in answers while there is no such
 *	device, and of a pattern
 * @ESPGW_DEV_A_IFNAME: string, name of the device, whether there is one or not.
 *	A "*" at its end makes it a pattern: all devices whose names begin so.
 *	Requests give IFNAME or IFINDEX
 * @ESPGW_DEV_A_MTU: nest, enum espgw_mtu_attr, what was set for this device
 * @ESPGW_DEV_A_DEV_MTU: u32, bytes, only in answers: the device's own MTU
 * @ESPGW_DEV_A_EVENT: u8, enum espgw_dev_event, notifications only
 * @ESPGW_DEV_A_STATE: u8, enum espgw_dev_state, only in answers
 * @ESPGW_DEV_A_PATTERN: string, only in answers: the device was attached by
 *	this pattern
 * @ESPGW_DEV_A_MTU_FOLLOW: u8, 0 or 1: the device's MTU is what fits the SAs of
 *	policies for it
 * @ESPGW_DEV_A_GUARDED: flag, in a DETACH request: also while protect policies
 *	apply to the device, if it is watched from then on (ESPGW_GUARD_A_ON)
 */
enum espgw_dev_attr {
	ESPGW_DEV_A_UNSPEC,
	ESPGW_DEV_A_IFINDEX,
	ESPGW_DEV_A_IFNAME,
	ESPGW_DEV_A_MTU,
	ESPGW_DEV_A_DEV_MTU,
	ESPGW_DEV_A_EVENT,
	ESPGW_DEV_A_STATE,
	ESPGW_DEV_A_PATTERN,
	ESPGW_DEV_A_MTU_FOLLOW,
	ESPGW_DEV_A_GUARDED,

	/* private: */
	__ESPGW_DEV_A_MAX,
	ESPGW_DEV_A_MAX = __ESPGW_DEV_A_MAX - 1
};

/**
 * enum espgw_default_attr - the namespace's defaults
 * @ESPGW_DEFAULT_A_UNSPEC: unused
 * @ESPGW_DEFAULT_A_MTU: nest, enum espgw_mtu_attr, complete in answers, but for
 *	MIN_PMTU as long as it is the family's default
 * @ESPGW_DEFAULT_A_EVENT: u8, enum espgw_dev_event, notifications only; always
 *	ESPGW_DEV_EVENT_SET
 */
enum espgw_default_attr {
	ESPGW_DEFAULT_A_UNSPEC,
	ESPGW_DEFAULT_A_MTU,
	ESPGW_DEFAULT_A_EVENT,

	/* private: */
	__ESPGW_DEFAULT_A_MAX,
	ESPGW_DEFAULT_A_MAX = __ESPGW_DEFAULT_A_MAX - 1
};

/**
 * enum espgw_limit_attr - lifetime limits of an SA; 0 or absent: none
 * @ESPGW_LIMIT_A_UNSPEC: unused
 * @ESPGW_LIMIT_A_SOFT_BYTES: u64, inner bytes
 * @ESPGW_LIMIT_A_HARD_BYTES: u64, inner bytes
 * @ESPGW_LIMIT_A_SOFT_PACKETS: u64, inner packets
 * @ESPGW_LIMIT_A_HARD_PACKETS: u64, inner packets
 * @ESPGW_LIMIT_A_SOFT_SECONDS: u64, since the SA was added
 * @ESPGW_LIMIT_A_HARD_SECONDS: u64, since the SA was added
 * @ESPGW_LIMIT_A_PAD: padding of 64-bit attributes
 *
 * A soft limit causes one event, a hard one ends the SA (RFC 4301 4.4.2.1).
 * ESPGW_CMD_SA_SET leaves a limit that is absent as it was, and removes one
 * that is 0.
 */
enum espgw_limit_attr {
	ESPGW_LIMIT_A_UNSPEC,
	ESPGW_LIMIT_A_SOFT_BYTES,
	ESPGW_LIMIT_A_HARD_BYTES,
	ESPGW_LIMIT_A_SOFT_PACKETS,
	ESPGW_LIMIT_A_HARD_PACKETS,
	ESPGW_LIMIT_A_SOFT_SECONDS,
	ESPGW_LIMIT_A_HARD_SECONDS,
	ESPGW_LIMIT_A_PAD,

	/* private: */
	__ESPGW_LIMIT_A_MAX,
	ESPGW_LIMIT_A_MAX = __ESPGW_LIMIT_A_MAX - 1
};

/**
 * enum espgw_sa_stat_attr - counters of one SA, all u64
 * @ESPGW_SA_STAT_A_UNSPEC: unused
 * @ESPGW_SA_STAT_A_PACKETS: encrypted, or decrypted and delivered
 * @ESPGW_SA_STAT_A_BYTES: of inner packets
 * @ESPGW_SA_STAT_A_REPLAY: dropped by the replay check
 * @ESPGW_SA_STAT_A_INTEGRITY: dropped, ICV wrong
 * @ESPGW_SA_STAT_A_DROPPED: dropped for another reason
 * @ESPGW_SA_STAT_A_PREFRAG: packets fragmented before encryption
 * @ESPGW_SA_STAT_A_POSTFRAG: packets fragmented after encryption
 * @ESPGW_SA_STAT_A_TOO_BIG: packets dropped as too big
 * @ESPGW_SA_STAT_A_ANSWERED: answers sent for packets that were too big
 * @ESPGW_SA_STAT_A_DF_OVERRIDDEN: packets fragmented although their DF was set
 * @ESPGW_SA_STAT_A_PAD: padding of 64-bit attributes
 */
enum espgw_sa_stat_attr {
	ESPGW_SA_STAT_A_UNSPEC,
	ESPGW_SA_STAT_A_PACKETS,
	ESPGW_SA_STAT_A_BYTES,
	ESPGW_SA_STAT_A_REPLAY,
	ESPGW_SA_STAT_A_INTEGRITY,
	ESPGW_SA_STAT_A_DROPPED,
	ESPGW_SA_STAT_A_PREFRAG,
	ESPGW_SA_STAT_A_POSTFRAG,
	ESPGW_SA_STAT_A_TOO_BIG,
	ESPGW_SA_STAT_A_ANSWERED,
	ESPGW_SA_STAT_A_DF_OVERRIDDEN,
	ESPGW_SA_STAT_A_PAD,

	/* private: */
	__ESPGW_SA_STAT_A_MAX,
	ESPGW_SA_STAT_A_MAX = __ESPGW_SA_STAT_A_MAX - 1
};

/**
 * enum espgw_sa_attr - a security association
 * @ESPGW_SA_A_UNSPEC: unused
 * @ESPGW_SA_A_DIR: u8, enum espgw_dir, which way it works
 * @ESPGW_SA_A_SRC: address, outer source
 * @ESPGW_SA_A_DST: address, outer destination
 * @ESPGW_SA_A_SPI: __be32, at least ESPGW_SPI_MIN
 * @ESPGW_SA_A_REQID: u32, ties SAs to policies; 0 by default
 * @ESPGW_SA_A_AEAD: string, combined algorithm as the crypto API names it, e.g.
 *	"rfc4106(gcm(aes))"; excludes ENC and AUTH
 * @ESPGW_SA_A_ENC: string, encryption algorithm, e.g. "cbc(aes)" or
 *	"ecb(cipher_null)"; with AUTH
 * @ESPGW_SA_A_AUTH: string, authentication algorithm, e.g. "hmac(sha256)"
 * @ESPGW_SA_A_KEY: bytes, of AEAD (with its salt) or ENC; in answers only if
 *	ESPGW_SA_A_SHOW_KEYS was asked for
 * @ESPGW_SA_A_AUTH_KEY: bytes, of AUTH; as KEY
 * @ESPGW_SA_A_ICV_BITS: u32, bits of the integrity check value; with AUTH
 *	optional, then the RFC's truncation
 * @ESPGW_SA_A_ESN: flag, extended sequence numbers
 * @ESPGW_SA_A_REPLAY_WINDOW: u32, packets, 0-4096; inbound, default 64
 * @ESPGW_SA_A_SEQ: u64, outbound: the last number used (add: start after it);
 *	inbound: the highest number seen; all up to it count as seen
 * @ESPGW_SA_A_ENCAP_SPORT: __be16, UDP encapsulation (RFC 3948): source port
 * @ESPGW_SA_A_ENCAP_DPORT: __be16, its destination port; both or neither
 * @ESPGW_SA_A_CLASS: u64, bit n set: for packets of DSCP n; absent: for all
 * @ESPGW_SA_A_MARK: u32, skb mark put on outer (out) or inner (in) packets
 * @ESPGW_SA_A_MARK_MASK: u32, the bits of it to change; default all
 * @ESPGW_SA_A_DSCP: u8, 0-63, or ESPGW_COPY (the default)
 * @ESPGW_SA_A_ECN: u8, 0 or 1 (the default): RFC 6040 normal mode
 * @ESPGW_SA_A_TTL: u8, outer TTL or hop limit: 1-255, 0 is copy; absent: the
 *	route's or the namespace's default
 * @ESPGW_SA_A_TFC: u32, bytes: pad inner packets to this length
 * @ESPGW_SA_A_LIMIT: nest, enum espgw_limit_attr, its lifetime
 * @ESPGW_SA_A_MTU: nest, enum espgw_mtu_attr, its MTU policy; outbound
 * @ESPGW_SA_A_SHOW_KEYS: flag, in a GET request
 * @ESPGW_SA_A_STATE: u8, enum espgw_sa_state, answers only
 * @ESPGW_SA_A_AGE_S: u64, seconds since it was added; answers only
 * @ESPGW_SA_A_PMTU: u32, bytes, effective path MTU; answers only, outbound
 * @ESPGW_SA_A_INNER_MTU: u32, bytes; answers only, outbound
 * @ESPGW_SA_A_STATS: nest, enum espgw_sa_stat_attr, answers only
 * @ESPGW_SA_A_EVENT: u8, enum espgw_sa_event, notifications only
 * @ESPGW_SA_A_KEEPALIVE: u32, seconds without a packet of this SA after which a
 *	keepalive is sent (RFC 3948 2.3), 0-3600; 0 (the default): never;
 *	outbound, with UDP encapsulation
 * @ESPGW_SA_A_PEER: address, where the peer's authenticated packets come from,
 *	and what is sent goes to; absent while that and the port are as
 *	configured; answers only, outbound, with UDP encapsulation
 * @ESPGW_SA_A_PEER_PORT: __be16, the peer's UDP port; with PEER
 * @ESPGW_SA_A_PAD: padding of 64-bit attributes
 * @ESPGW_SA_A_INHERIT: u32, bit n: the value of attribute n is to be unset; of
 *	ESPGW_SA_A_TTL only, in ESPGW_CMD_SA_SET
 * @ESPGW_SA_A_OWNER: u8, enum espgw_owner, only in answers; missing:
 *	ESPGW_OWNER_HAND
 * @ESPGW_SA_A_LAST_S: u32, seconds since its last packet was sent (outbound, up
 *	to one second too many) or received; answers only; absent: there was
 *	none
 * @ESPGW_SA_A_NAME: string, what people call it, letters, digits and "-_.:";
 *	several may have one name. In requests "" is none; one that replaces
 *	another keeps its name unless one is given. Absent in answers: it has
 *	none
 * @ESPGW_SA_A_COMMENT: string, what people say of it, UTF-8 without control
 *	characters; else as NAME
 */
enum espgw_sa_attr {
	ESPGW_SA_A_UNSPEC,
	ESPGW_SA_A_DIR,
	ESPGW_SA_A_SRC,
	ESPGW_SA_A_DST,
	ESPGW_SA_A_SPI,
	ESPGW_SA_A_REQID,
	ESPGW_SA_A_AEAD,
	ESPGW_SA_A_ENC,
	ESPGW_SA_A_AUTH,
	ESPGW_SA_A_KEY,
	ESPGW_SA_A_AUTH_KEY,
	ESPGW_SA_A_ICV_BITS,
	ESPGW_SA_A_ESN,
	ESPGW_SA_A_REPLAY_WINDOW,
	ESPGW_SA_A_SEQ,
	ESPGW_SA_A_ENCAP_SPORT,
	ESPGW_SA_A_ENCAP_DPORT,
	ESPGW_SA_A_CLASS,
	ESPGW_SA_A_MARK,
	ESPGW_SA_A_MARK_MASK,
	ESPGW_SA_A_DSCP,
	ESPGW_SA_A_ECN,
	ESPGW_SA_A_TTL,
	ESPGW_SA_A_TFC,
	ESPGW_SA_A_LIMIT,
	ESPGW_SA_A_MTU,
	ESPGW_SA_A_SHOW_KEYS,
	ESPGW_SA_A_STATE,
	ESPGW_SA_A_AGE_S,
	ESPGW_SA_A_PMTU,
	ESPGW_SA_A_INNER_MTU,
	ESPGW_SA_A_STATS,
	ESPGW_SA_A_EVENT,
	ESPGW_SA_A_KEEPALIVE,
	ESPGW_SA_A_PEER,
	ESPGW_SA_A_PEER_PORT,
	ESPGW_SA_A_PAD,
	ESPGW_SA_A_INHERIT,
	ESPGW_SA_A_OWNER,
	ESPGW_SA_A_LAST_S,
	ESPGW_SA_A_NAME,
	ESPGW_SA_A_COMMENT,

	/* private: */
	__ESPGW_SA_A_MAX,
	ESPGW_SA_A_MAX = __ESPGW_SA_A_MAX - 1
};

/**
 * enum espgw_policy_attr - a policy: selector and action (RFC 4301 4.4.1)
 * @ESPGW_POLICY_A_UNSPEC: unused
 * @ESPGW_POLICY_A_PRIO: u32, the lowest is looked at first; default 0
 * @ESPGW_POLICY_A_IFINDEX: u32, only for this device; absent: for all attached
 * @ESPGW_POLICY_A_IFNAME: string, name of the device, whether there is one at
 *	the moment or not. Requests give IFNAME or IFINDEX
 * @ESPGW_POLICY_A_SRC: address, of the packet's source
 * @ESPGW_POLICY_A_SRC_LEN: u8, prefix length
 * @ESPGW_POLICY_A_DST: address, of the packet's destination; of SRC's family
 * @ESPGW_POLICY_A_DST_LEN: u8, prefix length
 * @ESPGW_POLICY_A_PROTO: u8, IP protocol; absent: any
 * @ESPGW_POLICY_A_SPORT_MIN: u16, first source port
 * @ESPGW_POLICY_A_SPORT_MAX: u16, last source port; both or neither; ports go
 *	with TCP, UDP, SCTP, DCCP and UDP-Lite only
 * @ESPGW_POLICY_A_DPORT_MIN: u16, first destination port
 * @ESPGW_POLICY_A_DPORT_MAX: u16, last destination port
 * @ESPGW_POLICY_A_DSCP: u8, 0-63; absent: any
 * @ESPGW_POLICY_A_ACTION: u8, enum espgw_action, what it does
 * @ESPGW_POLICY_A_REQID: u32, protect: which SAs
 * @ESPGW_POLICY_A_TUNNEL_SRC: address, outer source, protect
 * @ESPGW_POLICY_A_TUNNEL_DST: address, outer destination, protect
 * @ESPGW_POLICY_A_PACKETS: u64, outbound matches; answers only
 * @ESPGW_POLICY_A_BYTES: u64, of outbound matches; answers only
 * @ESPGW_POLICY_A_EVENT: u8, enum espgw_policy_event, notifications only
 * @ESPGW_POLICY_A_PAD: padding of 64-bit attributes
 * @ESPGW_POLICY_A_MARK: u32, of the packet, as it leaves; absent: any. Of what
 *	arrives, a protect policy covers any
 * @ESPGW_POLICY_A_MARK_MASK: u32, bits of the mark that count; absent: all
 * @ESPGW_POLICY_A_OWNER: u8, enum espgw_owner, only in answers; missing:
 *	ESPGW_OWNER_HAND
 * @ESPGW_POLICY_A_SPI: __be32, only in answers, the SPI of the SA that it
 *	takes; missing: the newest
 * @ESPGW_POLICY_A_NAME: string, what people call it, letters, digits and
 *	"-_.:"; several may have one name. Absent, or "": it has none
 * @ESPGW_POLICY_A_COMMENT: string, what people say of it, UTF-8 without control
 *	characters; absent, or "": nothing
 */
enum espgw_policy_attr {
	ESPGW_POLICY_A_UNSPEC,
	ESPGW_POLICY_A_PRIO,
	ESPGW_POLICY_A_IFINDEX,
	ESPGW_POLICY_A_IFNAME,
	ESPGW_POLICY_A_SRC,
	ESPGW_POLICY_A_SRC_LEN,
	ESPGW_POLICY_A_DST,
	ESPGW_POLICY_A_DST_LEN,
	ESPGW_POLICY_A_PROTO,
	ESPGW_POLICY_A_SPORT_MIN,
	ESPGW_POLICY_A_SPORT_MAX,
	ESPGW_POLICY_A_DPORT_MIN,
	ESPGW_POLICY_A_DPORT_MAX,
	ESPGW_POLICY_A_DSCP,
	ESPGW_POLICY_A_ACTION,
	ESPGW_POLICY_A_REQID,
	ESPGW_POLICY_A_TUNNEL_SRC,
	ESPGW_POLICY_A_TUNNEL_DST,
	ESPGW_POLICY_A_PACKETS,
	ESPGW_POLICY_A_BYTES,
	ESPGW_POLICY_A_EVENT,
	ESPGW_POLICY_A_PAD,
	ESPGW_POLICY_A_MARK,
	ESPGW_POLICY_A_MARK_MASK,
	ESPGW_POLICY_A_OWNER,
	ESPGW_POLICY_A_SPI,
	ESPGW_POLICY_A_NAME,
	ESPGW_POLICY_A_COMMENT,

	/* private: */
	__ESPGW_POLICY_A_MAX,
	ESPGW_POLICY_A_MAX = __ESPGW_POLICY_A_MAX - 1
};

/**
 * enum espgw_pmtu_attr - a row of the path-MTU table: one outbound SA
 * @ESPGW_PMTU_A_UNSPEC: unused
 * @ESPGW_PMTU_A_SPI: __be32, SPI of the outbound security association
 * @ESPGW_PMTU_A_DST: address, outer destination
 * @ESPGW_PMTU_A_SRC: address, outer source
 * @ESPGW_PMTU_A_REQID: u32, the SA's
 * @ESPGW_PMTU_A_PMTU: u32, bytes, effective
 * @ESPGW_PMTU_A_INNER_MTU: u32, bytes: the largest inner packet
 * @ESPGW_PMTU_A_SOURCE: u8, enum espgw_pmtu_source, where the path MTU comes
 *	from
 * @ESPGW_PMTU_A_EXPIRES_S: u32, seconds left; absent: never
 * @ESPGW_PMTU_A_LEARNED_S: u32, seconds since; absent: not learned
 * @ESPGW_PMTU_A_LOCKED: u8, 0 or 1
 * @ESPGW_PMTU_A_FLOOR: u32, bytes
 * @ESPGW_PMTU_A_CAP: u32, bytes; ESPGW_CAP_NONE: none
 * @ESPGW_PMTU_A_ACCEPTED: u64, messages
 * @ESPGW_PMTU_A_REJECTED: u64, messages
 * @ESPGW_PMTU_A_MTU: u32, bytes, 68-65535: PMTU_SET; in answers what was set by
 *	hand to stay, also while what was learned is in force
 * @ESPGW_PMTU_A_LOCK: flag, PMTU_SET, nothing that is learned changes it
 * @ESPGW_PMTU_A_AGE_S: u32, seconds: PMTU_SET; default infinite
 * @ESPGW_PMTU_A_EVENT: u8, enum espgw_pmtu_event, notifications only
 * @ESPGW_PMTU_A_ECHO: address, PMTU_PROBE: whom to ask, an address behind the
 *	peer; in answers who is asked; absent: nobody is known
 * @ESPGW_PMTU_A_PROBE_STATE: u8, enum espgw_probing, how far the search by
 *	probes is
 * @ESPGW_PMTU_A_PROBE_SIZE: u32, bytes: under test now; absent: none
 * @ESPGW_PMTU_A_PROBE_CONFIRMED: u32, bytes: the largest that was answered;
 *	absent: none was
 * @ESPGW_PMTU_A_PROBE_FAILED: u32, bytes: the smallest that was not; absent:
 *	all were
 * @ESPGW_PMTU_A_PROBES_SENT: u64, probes sent
 * @ESPGW_PMTU_A_PROBES_ANSWERED: u64, of them, those that were answered
 * @ESPGW_PMTU_A_PROBES_LOST: u64, of them, those that were not in time
 * @ESPGW_PMTU_A_BLACK_HOLES: u64, times that a size no longer passed which had
 * @ESPGW_PMTU_A_RAISED_BY: u8, enum espgw_pmtu_source, what raised the path MTU
 *	last; absent: nothing did
 * @ESPGW_PMTU_A_RAISED_S: u32, seconds since
 * @ESPGW_PMTU_A_LOWERED_BY: u8, enum espgw_pmtu_source, what lowered it last;
 *	absent: nothing did
 * @ESPGW_PMTU_A_LOWERED_S: u32, seconds since
 * @ESPGW_PMTU_A_BOUND: flag, PMTU_SET, MTU is what the TCP MSS between the
 *	gateways allows: lowers only, not below the floor, ages as what is
 *	learned; refused where learning is off or the path MTU is locked
 * @ESPGW_PMTU_A_PAD: padding of 64-bit attributes
 * @ESPGW_PMTU_A_OWNER: u8, enum espgw_owner, the SA's, only in answers;
 *	missing: ESPGW_OWNER_HAND
 * @ESPGW_PMTU_A_NAME: string, the SA's, only in answers; absent: it has none
 */
enum espgw_pmtu_attr {
	ESPGW_PMTU_A_UNSPEC,
	ESPGW_PMTU_A_SPI,
	ESPGW_PMTU_A_DST,
	ESPGW_PMTU_A_SRC,
	ESPGW_PMTU_A_REQID,
	ESPGW_PMTU_A_PMTU,
	ESPGW_PMTU_A_INNER_MTU,
	ESPGW_PMTU_A_SOURCE,
	ESPGW_PMTU_A_EXPIRES_S,
	ESPGW_PMTU_A_LEARNED_S,
	ESPGW_PMTU_A_LOCKED,
	ESPGW_PMTU_A_FLOOR,
	ESPGW_PMTU_A_CAP,
	ESPGW_PMTU_A_ACCEPTED,
	ESPGW_PMTU_A_REJECTED,
	ESPGW_PMTU_A_MTU,
	ESPGW_PMTU_A_LOCK,
	ESPGW_PMTU_A_AGE_S,
	ESPGW_PMTU_A_EVENT,
	ESPGW_PMTU_A_ECHO,
	ESPGW_PMTU_A_PROBE_STATE,
	ESPGW_PMTU_A_PROBE_SIZE,
	ESPGW_PMTU_A_PROBE_CONFIRMED,
	ESPGW_PMTU_A_PROBE_FAILED,
	ESPGW_PMTU_A_PROBES_SENT,
	ESPGW_PMTU_A_PROBES_ANSWERED,
	ESPGW_PMTU_A_PROBES_LOST,
	ESPGW_PMTU_A_BLACK_HOLES,
	ESPGW_PMTU_A_RAISED_BY,
	ESPGW_PMTU_A_RAISED_S,
	ESPGW_PMTU_A_LOWERED_BY,
	ESPGW_PMTU_A_LOWERED_S,
	ESPGW_PMTU_A_BOUND,
	ESPGW_PMTU_A_PAD,
	ESPGW_PMTU_A_OWNER,
	ESPGW_PMTU_A_NAME,

	/* private: */
	__ESPGW_PMTU_A_MAX,
	ESPGW_PMTU_A_MAX = __ESPGW_PMTU_A_MAX - 1
};

/**
 * enum espgw_stats_attr - the namespace's counters, all u64
 * @ESPGW_STATS_A_UNSPEC: unused
 * @ESPGW_STATS_A_OUT_PACKETS: ESP packets made
 * @ESPGW_STATS_A_OUT_BYTES: of inner packets encrypted
 * @ESPGW_STATS_A_IN_PACKETS: inner packets delivered
 * @ESPGW_STATS_A_IN_BYTES: of inner packets delivered
 * @ESPGW_STATS_A_OUT_BYPASS: packets that a bypass policy let pass
 * @ESPGW_STATS_A_OUT_NO_POLICY: packets that no policy matched, passed
 * @ESPGW_STATS_A_OUT_PREFRAG: packets fragmented before encryption
 * @ESPGW_STATS_A_OUT_PREFRAG_PIECES: pieces made of them
 * @ESPGW_STATS_A_OUT_POSTFRAG: packets fragmented after encryption
 * @ESPGW_STATS_A_OUT_GSO: super-packets segmented
 * @ESPGW_STATS_A_OUT_TCP_SPLIT: TCP packets cut into segments that fit, instead
 *	of fragments
 * @ESPGW_STATS_A_MSS_ADJUSTED: SYNs whose maximum segment size was lowered or
 *	put in
 * @ESPGW_STATS_A_OUT_DF_OVERRIDDEN: packets fragmented although DF was set
 * @ESPGW_STATS_A_OUT_ASYNC: encryptions that completed asynchronously
 * @ESPGW_STATS_A_IN_ASYNC: decryptions that completed asynchronously
 * @ESPGW_STATS_A_IN_REASSEMBLED: ESP packets taken after reassembly
 * @ESPGW_STATS_A_IN_GRO: TCP packets handed to receive offload (GRO) after
 *	decryption
 * @ESPGW_STATS_A_IN_DUMMY: dummy packets (next header 59) discarded
 * @ESPGW_STATS_A_ICMP_ANSWERED: answers sent to inner senders
 * @ESPGW_STATS_A_ICMP_SUPPRESSED: answers withheld by the rate limit
 * @ESPGW_STATS_A_ICMP_RELAYED: answers sent because a router on the path
 *	dropped the packet
 * @ESPGW_STATS_A_ACQUIRE: acquire events sent
 * @ESPGW_STATS_A_DROP_OUT_DISCARD: a discard policy matched
 * @ESPGW_STATS_A_DROP_OUT_NO_SA: protect policy, no usable SA
 * @ESPGW_STATS_A_DROP_OUT_NO_ROUTE: no route or neighbour to the peer
 * @ESPGW_STATS_A_DROP_OUT_TOO_BIG: too big; the policy says drop
 * @ESPGW_STATS_A_DROP_OUT_SEQ: sequence numbers used up
 * @ESPGW_STATS_A_DROP_OUT_LIMIT: hard limit reached
 * @ESPGW_STATS_A_DROP_OUT_NOMEM: out of memory
 * @ESPGW_STATS_A_DROP_OUT_CRYPTO: the cipher failed or its queue was full
 * @ESPGW_STATS_A_DROP_OUT_MALFORMED: not a valid IP packet
 * @ESPGW_STATS_A_DROP_OUT_FRAG_PORTS: fragment without ports, policy with ports
 * @ESPGW_STATS_A_DROP_OUT_FRAGMENT: a piece could not be made; rest dropped
 * @ESPGW_STATS_A_DROP_OUT_LOOP: came round again through the same SA
 * @ESPGW_STATS_A_DROP_OUT_HELD: SA rests for 10 s after a loop
 * @ESPGW_STATS_A_DROP_IN_CLEARTEXT: arrived in clear, should have been
 *	protected
 * @ESPGW_STATS_A_DROP_IN_DISCARD: a discard policy matched
 * @ESPGW_STATS_A_DROP_IN_FRAG_PORTS: fragment without ports, policy with ports
 * @ESPGW_STATS_A_DROP_IN_REPLAY: sequence number seen before or too old
 * @ESPGW_STATS_A_DROP_IN_INTEGRITY: ICV wrong
 * @ESPGW_STATS_A_DROP_IN_LENGTH: ESP packet too short or of a wrong length
 * @ESPGW_STATS_A_DROP_IN_PADDING: padding malformed
 * @ESPGW_STATS_A_DROP_IN_NEXT_HEADER: next header neither IPv4 nor IPv6
 * @ESPGW_STATS_A_DROP_IN_INNER: inner packet malformed
 * @ESPGW_STATS_A_DROP_IN_ECN: outer CE on an inner packet without ECT
 * @ESPGW_STATS_A_DROP_IN_SELECTOR: inner packet not what the policy says
 * @ESPGW_STATS_A_DROP_IN_SRC: outer source address not the SA's; not looked at
 *	under UDP encapsulation
 * @ESPGW_STATS_A_DROP_IN_DEAD: SA is dead
 * @ESPGW_STATS_A_DROP_IN_LIMIT: hard limit reached
 * @ESPGW_STATS_A_DROP_IN_NOMEM: out of memory
 * @ESPGW_STATS_A_DROP_IN_BACKLOG: the receive queue was full
 * @ESPGW_STATS_A_DROP_IN_CRYPTO: the cipher failed or its queue was full
 * @ESPGW_STATS_A_DROP_IN_GSO: an aggregated ESP packet that cannot be taken
 * @ESPGW_STATS_A_DROP_IN_MALFORMED: not a valid IP packet
 * @ESPGW_STATS_A_DROP_IN_REASSEMBLY: fragments that cannot be put together
 * @ESPGW_STATS_A_PMTU_ACCEPTED: ICMP messages that lowered a path MTU
 * @ESPGW_STATS_A_PMTU_HINT: NAT-T hints taken
 * @ESPGW_STATS_A_PMTU_REJ_CHECKSUM: checksum wrong
 * @ESPGW_STATS_A_PMTU_REJ_TRUNCATED: quote too short
 * @ESPGW_STATS_A_PMTU_REJ_SPI: no such live outbound SA, or other addresses
 * @ESPGW_STATS_A_PMTU_REJ_SEQ: sequence number was not sent lately
 * @ESPGW_STATS_A_PMTU_REJ_DF: quoted or sent packet had DF=0
 * @ESPGW_STATS_A_PMTU_REJ_LENGTH: quoted length not above the claim
 * @ESPGW_STATS_A_PMTU_REJ_NOT_SENT: quoted length was never sent
 * @ESPGW_STATS_A_PMTU_REJ_NOT_LOWER: claim not below the present value
 * @ESPGW_STATS_A_PMTU_REJ_STALE: older than what is known
 * @ESPGW_STATS_A_PMTU_REJ_LOCKED: entry locked
 * @ESPGW_STATS_A_PMTU_REJ_TOO_SMALL: ICMPv6 claim below 1280
 * @ESPGW_STATS_A_PMTU_REJ_RATE: hints came too fast
 * @ESPGW_STATS_A_PMTU_REJ_OFF: learning switched off
 * @ESPGW_STATS_A_OUT_KEEPALIVE: NAT-T keepalives sent
 * @ESPGW_STATS_A_IN_KEEPALIVE: NAT-T keepalives received
 * @ESPGW_STATS_A_IN_MAPPING: changes of a peer's address or port followed
 * @ESPGW_STATS_A_DROP_OUT_VFR: a fragment that VFR dropped; enum
 *	espgw_vfr_stat_attr says why
 * @ESPGW_STATS_A_DROP_IN_VFR: the same on the way in
 * @ESPGW_STATS_A_OUT_PROBE: path-MTU probes sent
 * @ESPGW_STATS_A_IN_PROBE: answers to them, taken
 * @ESPGW_STATS_A_PROBE_LOST: probes not answered in time
 * @ESPGW_STATS_A_BLACK_HOLE: times that a size no longer passed which had
 * @ESPGW_STATS_A_PAD: padding of 64-bit attributes
 * @ESPGW_STATS_A_DROP_IN_ND: inner neighbour discovery out of a tunnel
 * @ESPGW_STATS_A_DROP_IN_UNREADABLE: an ICMP error in clear whose quoted packet
 *	cannot be read to its end where a policy may cover it
 * @ESPGW_STATS_A_DROP_OUT_UNREADABLE: the same on the way out
 * @ESPGW_STATS_A_EVENT_LOST: events that could not be told
 * @ESPGW_STATS_A_OUT_GUARDED: packets that were about to leave by a device that
 *	is not attached, though a protect policy covers them; they went on to be
 *	encrypted
 * @ESPGW_STATS_A_DROP_OUT_NAT: packets that a protect policy covered before
 *	NAT, and none covers since
 * @ESPGW_STATS_A_IN_GSO: aggregates of UDP datagrams with ESP among them that
 *	were cut before decryption
 * @ESPGW_STATS_A_DROP_IN_DEVICE: inner packets that belong to another device
 *	than their ESP came by, which is down
 * @ESPGW_STATS_A_OUT_XFRM: packets routed into an xfrm interface that were left
 *	to it: it has an SA that is not adopted, or none
 * @ESPGW_STATS_A_DROP_OUT_ENCAP: packets that a route or a flow table had put
 *	into another one, or given a list of segments, though a protect policy
 *	covers them
 */
enum espgw_stats_attr {
	ESPGW_STATS_A_UNSPEC,
	ESPGW_STATS_A_OUT_PACKETS,
	ESPGW_STATS_A_OUT_BYTES,
	ESPGW_STATS_A_IN_PACKETS,
	ESPGW_STATS_A_IN_BYTES,
	ESPGW_STATS_A_OUT_BYPASS,
	ESPGW_STATS_A_OUT_NO_POLICY,
	ESPGW_STATS_A_OUT_PREFRAG,
	ESPGW_STATS_A_OUT_PREFRAG_PIECES,
	ESPGW_STATS_A_OUT_POSTFRAG,
	ESPGW_STATS_A_OUT_GSO,
	ESPGW_STATS_A_OUT_TCP_SPLIT,
	ESPGW_STATS_A_MSS_ADJUSTED,
	ESPGW_STATS_A_OUT_DF_OVERRIDDEN,
	ESPGW_STATS_A_OUT_ASYNC,
	ESPGW_STATS_A_IN_ASYNC,
	ESPGW_STATS_A_IN_REASSEMBLED,
	ESPGW_STATS_A_IN_GRO,
	ESPGW_STATS_A_IN_DUMMY,
	ESPGW_STATS_A_ICMP_ANSWERED,
	ESPGW_STATS_A_ICMP_SUPPRESSED,
	ESPGW_STATS_A_ICMP_RELAYED,
	ESPGW_STATS_A_ACQUIRE,
	ESPGW_STATS_A_DROP_OUT_DISCARD,
	ESPGW_STATS_A_DROP_OUT_NO_SA,
	ESPGW_STATS_A_DROP_OUT_NO_ROUTE,
	ESPGW_STATS_A_DROP_OUT_TOO_BIG,
	ESPGW_STATS_A_DROP_OUT_SEQ,
	ESPGW_STATS_A_DROP_OUT_LIMIT,
	ESPGW_STATS_A_DROP_OUT_NOMEM,
	ESPGW_STATS_A_DROP_OUT_CRYPTO,
	ESPGW_STATS_A_DROP_OUT_MALFORMED,
	ESPGW_STATS_A_DROP_OUT_FRAG_PORTS,
	ESPGW_STATS_A_DROP_OUT_FRAGMENT,
	ESPGW_STATS_A_DROP_OUT_LOOP,
	ESPGW_STATS_A_DROP_OUT_HELD,
	ESPGW_STATS_A_DROP_IN_CLEARTEXT,
	ESPGW_STATS_A_DROP_IN_DISCARD,
	ESPGW_STATS_A_DROP_IN_FRAG_PORTS,
	ESPGW_STATS_A_DROP_IN_REPLAY,
	ESPGW_STATS_A_DROP_IN_INTEGRITY,
	ESPGW_STATS_A_DROP_IN_LENGTH,
	ESPGW_STATS_A_DROP_IN_PADDING,
	ESPGW_STATS_A_DROP_IN_NEXT_HEADER,
	ESPGW_STATS_A_DROP_IN_INNER,
	ESPGW_STATS_A_DROP_IN_ECN,
	ESPGW_STATS_A_DROP_IN_SELECTOR,
	ESPGW_STATS_A_DROP_IN_SRC,
	ESPGW_STATS_A_DROP_IN_DEAD,
	ESPGW_STATS_A_DROP_IN_LIMIT,
	ESPGW_STATS_A_DROP_IN_NOMEM,
	ESPGW_STATS_A_DROP_IN_BACKLOG,
	ESPGW_STATS_A_DROP_IN_CRYPTO,
	ESPGW_STATS_A_DROP_IN_GSO,
	ESPGW_STATS_A_DROP_IN_MALFORMED,
	ESPGW_STATS_A_DROP_IN_REASSEMBLY,
	ESPGW_STATS_A_PMTU_ACCEPTED,
	ESPGW_STATS_A_PMTU_HINT,
	ESPGW_STATS_A_PMTU_REJ_CHECKSUM,
	ESPGW_STATS_A_PMTU_REJ_TRUNCATED,
	ESPGW_STATS_A_PMTU_REJ_SPI,
	ESPGW_STATS_A_PMTU_REJ_SEQ,
	ESPGW_STATS_A_PMTU_REJ_DF,
	ESPGW_STATS_A_PMTU_REJ_LENGTH,
	ESPGW_STATS_A_PMTU_REJ_NOT_SENT,
	ESPGW_STATS_A_PMTU_REJ_NOT_LOWER,
	ESPGW_STATS_A_PMTU_REJ_STALE,
	ESPGW_STATS_A_PMTU_REJ_LOCKED,
	ESPGW_STATS_A_PMTU_REJ_TOO_SMALL,
	ESPGW_STATS_A_PMTU_REJ_RATE,
	ESPGW_STATS_A_PMTU_REJ_OFF,
	ESPGW_STATS_A_OUT_KEEPALIVE,
	ESPGW_STATS_A_IN_KEEPALIVE,
	ESPGW_STATS_A_IN_MAPPING,
	ESPGW_STATS_A_DROP_OUT_VFR,
	ESPGW_STATS_A_DROP_IN_VFR,
	ESPGW_STATS_A_OUT_PROBE,
	ESPGW_STATS_A_IN_PROBE,
	ESPGW_STATS_A_PROBE_LOST,
	ESPGW_STATS_A_BLACK_HOLE,
	ESPGW_STATS_A_PAD,
	ESPGW_STATS_A_DROP_IN_ND,
	ESPGW_STATS_A_DROP_IN_UNREADABLE,
	ESPGW_STATS_A_DROP_OUT_UNREADABLE,
	ESPGW_STATS_A_EVENT_LOST,
	ESPGW_STATS_A_OUT_GUARDED,
	ESPGW_STATS_A_DROP_OUT_NAT,
	ESPGW_STATS_A_IN_GSO,
	ESPGW_STATS_A_DROP_IN_DEVICE,
	ESPGW_STATS_A_OUT_XFRM,
	ESPGW_STATS_A_DROP_OUT_ENCAP,

	/* private: */
	__ESPGW_STATS_A_MAX,
	ESPGW_STATS_A_MAX = __ESPGW_STATS_A_MAX - 1
};

/**
 * enum espgw_guard_attr - whether devices that are not attached are watched
 * @ESPGW_GUARD_A_UNSPEC: unused
 * @ESPGW_GUARD_A_ON: u8, 1: while there are protect policies, what they cover
 *	does not leave in clear by any device, attached or not; 0: by attached
 *	ones only
 * @ESPGW_GUARD_A_DEVICES: u32, only in answers, how many are watched now
 */
enum espgw_guard_attr {
	ESPGW_GUARD_A_UNSPEC,
	ESPGW_GUARD_A_ON,
	ESPGW_GUARD_A_DEVICES,

	/* private: */
	__ESPGW_GUARD_A_MAX,
	ESPGW_GUARD_A_MAX = __ESPGW_GUARD_A_MAX - 1
};

/**
 * enum espgw_xfrm_attr - whether states and policies of the kernel's IPsec are
 *	adopted
 * @ESPGW_XFRM_A_UNSPEC: unused
 * @ESPGW_XFRM_A_ON: u8, 0 or 1: with 0, what was adopted goes back
 * @ESPGW_XFRM_A_MODE: u8, enum espgw_xfrm_mode, default any
 * @ESPGW_XFRM_A_IF_ID: u32, only those of this interface ID; 0, the default: of
 *	any
 * @ESPGW_XFRM_A_DEFAULT: flag, it is about namespaces that are made from now
 *	on. That takes CAP_NET_ADMIN in the initial user namespace
 * @ESPGW_XFRM_A_SAS: u32, only in answers, how many states are adopted now
 * @ESPGW_XFRM_A_POLICIES: u32, only in answers, how many policies are adopted
 *	now
 */
enum espgw_xfrm_attr {
	ESPGW_XFRM_A_UNSPEC,
	ESPGW_XFRM_A_ON,
	ESPGW_XFRM_A_MODE,
	ESPGW_XFRM_A_IF_ID,
	ESPGW_XFRM_A_DEFAULT,
	ESPGW_XFRM_A_SAS,
	ESPGW_XFRM_A_POLICIES,

	/* private: */
	__ESPGW_XFRM_A_MAX,
	ESPGW_XFRM_A_MAX = __ESPGW_XFRM_A_MAX - 1
};

/**
 * enum espgw_xfrm_row_attr - a state, or an outbound policy, of the kernel's
 *	IPsec, adopted or not; only in answers
 * @ESPGW_XFRM_ROW_A_UNSPEC: unused
 * @ESPGW_XFRM_ROW_A_KIND: u8, enum espgw_xfrm_kind, what it is
 * @ESPGW_XFRM_ROW_A_REASON: u8, enum espgw_xfrm_reason, why it has not been
 *	adopted; ESPGW_XFRM_REASON_NONE, it has been
 * @ESPGW_XFRM_ROW_A_DIR: u8, enum espgw_dir, which way a state works, as far as
 *	that is known
 * @ESPGW_XFRM_ROW_A_SRC: address, of a state, its outer source; of a policy,
 *	that of what it covers
 * @ESPGW_XFRM_ROW_A_SRC_LEN: u8, of a policy, the prefix length of SRC
 * @ESPGW_XFRM_ROW_A_DST: address, of a state, its outer destination; of a
 *	policy, that of what it covers
 * @ESPGW_XFRM_ROW_A_DST_LEN: u8, of a policy, the prefix length of DST
 * @ESPGW_XFRM_ROW_A_SPI: __be32, of a state; or of the one that a policy asks
 *	for, if it does
 * @ESPGW_XFRM_ROW_A_REQID: u32, of a state, or of a policy's template
 * @ESPGW_XFRM_ROW_A_IF_ID: u32, interface ID; missing: it has none
 * @ESPGW_XFRM_ROW_A_IFNAME: string, the xfrm interface of that ID
 * @ESPGW_XFRM_ROW_A_PRIO: u32, of a policy
 * @ESPGW_XFRM_ROW_A_ACTION: u8, enum espgw_action, of a policy
 * @ESPGW_XFRM_ROW_A_SEQ: u64, of an adopted outbound state, the last sequence
 *	number that was used
 * @ESPGW_XFRM_ROW_A_LEASE: u64, of an adopted outbound state, the last number
 *	that may be used before more are taken from xfrm's own counter; xfrm
 *	would go on behind it
 * @ESPGW_XFRM_ROW_A_DELAY_US: u32, microseconds from when it was heard of until
 *	it was adopted
 * @ESPGW_XFRM_ROW_A_PAD: padding of 64-bit attributes
 */
enum espgw_xfrm_row_attr {
	ESPGW_XFRM_ROW_A_UNSPEC,
	ESPGW_XFRM_ROW_A_KIND,
	ESPGW_XFRM_ROW_A_REASON,
	ESPGW_XFRM_ROW_A_DIR,
	ESPGW_XFRM_ROW_A_SRC,
	ESPGW_XFRM_ROW_A_SRC_LEN,
	ESPGW_XFRM_ROW_A_DST,
	ESPGW_XFRM_ROW_A_DST_LEN,
	ESPGW_XFRM_ROW_A_SPI,
	ESPGW_XFRM_ROW_A_REQID,
	ESPGW_XFRM_ROW_A_IF_ID,
	ESPGW_XFRM_ROW_A_IFNAME,
	ESPGW_XFRM_ROW_A_PRIO,
	ESPGW_XFRM_ROW_A_ACTION,
	ESPGW_XFRM_ROW_A_SEQ,
	ESPGW_XFRM_ROW_A_LEASE,
	ESPGW_XFRM_ROW_A_DELAY_US,
	ESPGW_XFRM_ROW_A_PAD,

	/* private: */
	__ESPGW_XFRM_ROW_A_MAX,
	ESPGW_XFRM_ROW_A_MAX = __ESPGW_XFRM_ROW_A_MAX - 1
};

/**
 * enum espgw_acquire_attr - an outbound packet that wants an SA
 * @ESPGW_ACQUIRE_A_UNSPEC: unused
 * @ESPGW_ACQUIRE_A_SRC: address, the packet's source
 * @ESPGW_ACQUIRE_A_DST: address, the packet's destination
 * @ESPGW_ACQUIRE_A_PROTO: u8, the packet's IP protocol
 * @ESPGW_ACQUIRE_A_SPORT: u16, 0 where there is none
 * @ESPGW_ACQUIRE_A_DPORT: u16, 0 where there is none
 * @ESPGW_ACQUIRE_A_DSCP: u8, the packet's DSCP
 * @ESPGW_ACQUIRE_A_REQID: u32, the policy's
 * @ESPGW_ACQUIRE_A_TUNNEL_SRC: address, the policy's outer source
 * @ESPGW_ACQUIRE_A_TUNNEL_DST: address, the policy's outer destination
 * @ESPGW_ACQUIRE_A_PRIO: u32, the policy's
 * @ESPGW_ACQUIRE_A_NAME: string, the policy's; absent: it has none
 */
enum espgw_acquire_attr {
	ESPGW_ACQUIRE_A_UNSPEC,
	ESPGW_ACQUIRE_A_SRC,
	ESPGW_ACQUIRE_A_DST,
	ESPGW_ACQUIRE_A_PROTO,
	ESPGW_ACQUIRE_A_SPORT,
	ESPGW_ACQUIRE_A_DPORT,
	ESPGW_ACQUIRE_A_DSCP,
	ESPGW_ACQUIRE_A_REQID,
	ESPGW_ACQUIRE_A_TUNNEL_SRC,
	ESPGW_ACQUIRE_A_TUNNEL_DST,
	ESPGW_ACQUIRE_A_PRIO,
	ESPGW_ACQUIRE_A_NAME,

	/* private: */
	__ESPGW_ACQUIRE_A_MAX,
	ESPGW_ACQUIRE_A_MAX = __ESPGW_ACQUIRE_A_MAX - 1
};

/**
 * enum espgw_alert_attr - an alert, at most one a second of a kind
 * @ESPGW_ALERT_A_UNSPEC: unused
 * @ESPGW_ALERT_A_KIND: u8, enum espgw_alert_kind, what happened
 * @ESPGW_ALERT_A_SPI: __be32, if an SA is concerned
 * @ESPGW_ALERT_A_SRC: address, source of the packet
 * @ESPGW_ALERT_A_DST: address, destination of the packet or SA
 * @ESPGW_ALERT_A_IFNAME: string, the device, of VFR's alerts, CLEARTEXT,
 *	GUARDED and NAT
 * @ESPGW_ALERT_A_DIR: u8, enum espgw_dir, which way, of VFR's alerts
 */
enum espgw_alert_attr {
	ESPGW_ALERT_A_UNSPEC,
	ESPGW_ALERT_A_KIND,
	ESPGW_ALERT_A_SPI,
	ESPGW_ALERT_A_SRC,
	ESPGW_ALERT_A_DST,
	ESPGW_ALERT_A_IFNAME,
	ESPGW_ALERT_A_DIR,

	/* private: */
	__ESPGW_ALERT_A_MAX,
	ESPGW_ALERT_A_MAX = __ESPGW_ALERT_A_MAX - 1
};

/**
 * enum espgw_vfr_stat_attr - virtual fragment reassembly's counters of a device
 *	and direction, all u64
 * @ESPGW_VFR_STAT_A_UNSPEC: unused
 * @ESPGW_VFR_STAT_A_REASS_FRAGS: fragments looked at
 * @ESPGW_VFR_STAT_A_REASS_REQDS: datagrams followed
 * @ESPGW_VFR_STAT_A_REASS_OKS: of them, those that came whole
 * @ESPGW_VFR_STAT_A_REASS_HELD: fragments held until their first one came
 * @ESPGW_VFR_STAT_A_REASS_DROP: fragments dropped since there was no room for
 *	one more datagram
 * @ESPGW_VFR_STAT_A_REASS_SOURCE_DROP: of these, those whose source had its
 *	share
 * @ESPGW_VFR_STAT_A_REASS_BYTES_DROP: fragments dropped since max-bytes, or
 *	their source's share of it, was reached
 * @ESPGW_VFR_STAT_A_REASS_TOO_MANY_FRAGS: fragments that were one more than
 *	max-fragments of a datagram
 * @ESPGW_VFR_STAT_A_REASS_TIMEOUT: datagrams that did not come whole in time
 * @ESPGW_VFR_STAT_A_REASS_TINY: first fragments with too little of the upper
 *	header, and TCP fragments that begin within it
 * @ESPGW_VFR_STAT_A_REASS_NO_HEADER: IPv6 first fragments without upper header
 * @ESPGW_VFR_STAT_A_REASS_LENGTH: fragments of an impossible length
 * @ESPGW_VFR_STAT_A_REASS_OVERSIZE: fragments that end beyond 65535 bytes
 * @ESPGW_VFR_STAT_A_REASS_OVERLAP: fragments that overlap another
 * @ESPGW_VFR_STAT_A_REASS_TWO_ENDS: fragments that contradict where the
 *	datagram ends
 * @ESPGW_VFR_STAT_A_REASS_DUPLICATE: fragments that came before, dropped alone
 * @ESPGW_VFR_STAT_A_REASS_DEAD: fragments of datagrams that were given up
 * @ESPGW_VFR_STAT_A_REASS_PURGED: held fragments dropped with their datagram:
 *	attack, time, or end of VFR
 * @ESPGW_VFR_STAT_A_REASS_REFUSED: fragments dropped by drop-fragments
 * @ESPGW_VFR_STAT_A_REASS_NOMEM: fragments dropped for want of memory
 * @ESPGW_VFR_STAT_A_PAD: padding of 64-bit attributes
 *
 * Each dropped fragment is also in ESPGW_STATS_A_DROP_OUT_VFR or
 * ESPGW_STATS_A_DROP_IN_VFR.
 */
enum espgw_vfr_stat_attr {
	ESPGW_VFR_STAT_A_UNSPEC,
	ESPGW_VFR_STAT_A_REASS_FRAGS,
	ESPGW_VFR_STAT_A_REASS_REQDS,
	ESPGW_VFR_STAT_A_REASS_OKS,
	ESPGW_VFR_STAT_A_REASS_HELD,
	ESPGW_VFR_STAT_A_REASS_DROP,
	ESPGW_VFR_STAT_A_REASS_SOURCE_DROP,
	ESPGW_VFR_STAT_A_REASS_BYTES_DROP,
	ESPGW_VFR_STAT_A_REASS_TOO_MANY_FRAGS,
	ESPGW_VFR_STAT_A_REASS_TIMEOUT,
	ESPGW_VFR_STAT_A_REASS_TINY,
	ESPGW_VFR_STAT_A_REASS_NO_HEADER,
	ESPGW_VFR_STAT_A_REASS_LENGTH,
	ESPGW_VFR_STAT_A_REASS_OVERSIZE,
	ESPGW_VFR_STAT_A_REASS_OVERLAP,
	ESPGW_VFR_STAT_A_REASS_TWO_ENDS,
	ESPGW_VFR_STAT_A_REASS_DUPLICATE,
	ESPGW_VFR_STAT_A_REASS_DEAD,
	ESPGW_VFR_STAT_A_REASS_PURGED,
	ESPGW_VFR_STAT_A_REASS_REFUSED,
	ESPGW_VFR_STAT_A_REASS_NOMEM,
	ESPGW_VFR_STAT_A_PAD,

	/* private: */
	__ESPGW_VFR_STAT_A_MAX,
	ESPGW_VFR_STAT_A_MAX = __ESPGW_VFR_STAT_A_MAX - 1
};

/**
 * enum espgw_vfr_attr - virtual fragment reassembly (VFR) on a device, one way
 * @ESPGW_VFR_A_UNSPEC: unused
 * @ESPGW_VFR_A_IFINDEX: u32, an attached device
 * @ESPGW_VFR_A_IFNAME: string, its name, or the pattern by which such devices
 *	are attached. Requests give IFNAME or IFINDEX
 * @ESPGW_VFR_A_DIR: u8, enum espgw_dir, which way
 * @ESPGW_VFR_A_MODE: u8, enum espgw_vfr_mode, whether fragments are followed
 * @ESPGW_VFR_A_MAX_REASSEMBLIES: u32, datagrams followed at once, 1-1024
 * @ESPGW_VFR_A_MAX_FRAGMENTS: u32, fragments of a datagram, 1-8192
 * @ESPGW_VFR_A_TIMEOUT_S: u32, seconds from a datagram's first fragment to come
 *	until it is given up, 1-64
 * @ESPGW_VFR_A_DROP_FRAGMENTS: u8, 0 or 1: drop all fragments, and look at all
 *	for that unless the mode is ESPGW_VFR_OFF
 * @ESPGW_VFR_A_MAX_BYTES: u32, memory for held fragments and what is known of
 *	datagrams, 65536-1073741824 bytes
 * @ESPGW_VFR_A_BY_HAND: u32, bit n: attribute n was set by hand; only in
 *	answers
 * @ESPGW_VFR_A_ENABLED: u8, 0 or 1: fragments are followed; only in answers
 * @ESPGW_VFR_A_USERS_PORTS: u32, policies with ports that need it; only in
 *	answers; of these four, absent means none
 * @ESPGW_VFR_A_USERS_ESP: u32, inbound SAs; only in answers
 * @ESPGW_VFR_A_USERS_NATT: u32, inbound SAs in UDP; only in answers
 * @ESPGW_VFR_A_USERS_GRE: u32, policies for GRE; only in answers
 * @ESPGW_VFR_A_REASSEMBLIES: u32, datagrams followed now; only in answers
 * @ESPGW_VFR_A_HELD: u32, fragments held now; only in answers
 * @ESPGW_VFR_A_BYTES: u32, memory taken now; only in answers
 * @ESPGW_VFR_A_STATS: nest, enum espgw_vfr_stat_attr, only in answers
 * @ESPGW_VFR_A_EVENT: u8, enum espgw_vfr_event, notifications only
 * @ESPGW_VFR_A_DEFAULT: u32, bit n: the value of attribute n is to be unset, so
 *	that the built-in default holds again; requests only
 * @ESPGW_VFR_A_USERS_ENDS: u32, policies that cover the ends of their own
 *	tunnel, which need UDP fragments to be followed; only in answers,
 *	absent: none
 */
enum espgw_vfr_attr {
	ESPGW_VFR_A_UNSPEC,
	ESPGW_VFR_A_IFINDEX,
	ESPGW_VFR_A_IFNAME,
	ESPGW_VFR_A_DIR,
	ESPGW_VFR_A_MODE,
	ESPGW_VFR_A_MAX_REASSEMBLIES,
	ESPGW_VFR_A_MAX_FRAGMENTS,
	ESPGW_VFR_A_TIMEOUT_S,
	ESPGW_VFR_A_DROP_FRAGMENTS,
	ESPGW_VFR_A_MAX_BYTES,
	ESPGW_VFR_A_BY_HAND,
	ESPGW_VFR_A_ENABLED,
	ESPGW_VFR_A_USERS_PORTS,
	ESPGW_VFR_A_USERS_ESP,
	ESPGW_VFR_A_USERS_NATT,
	ESPGW_VFR_A_USERS_GRE,
	ESPGW_VFR_A_REASSEMBLIES,
	ESPGW_VFR_A_HELD,
	ESPGW_VFR_A_BYTES,
	ESPGW_VFR_A_STATS,
	ESPGW_VFR_A_EVENT,
	ESPGW_VFR_A_DEFAULT,
	ESPGW_VFR_A_USERS_ENDS,

	/* private: */
	__ESPGW_VFR_A_MAX,
	ESPGW_VFR_A_MAX = __ESPGW_VFR_A_MAX - 1
};

/**
 * enum espgw_xfrm_conn_attr - what is remembered of a connection of the
 *	kernel's IPsec, over all the SAs that it has one after the other
 * @ESPGW_XFRM_CONN_A_UNSPEC: unused
 * @ESPGW_XFRM_CONN_A_IF_ID: u32, the interface ID that names it
 * @ESPGW_XFRM_CONN_A_REQID: u32, the request ID that names it, where its SAs
 *	have no interface ID
 * @ESPGW_XFRM_CONN_A_MTU: nest, enum espgw_mtu_attr, MTU policy of its outbound
 *	SAs
 * @ESPGW_XFRM_CONN_A_NAME: string, what people call its SAs and the policies
 *	that lead to them, letters, digits and "-_.:". In requests "" is none.
 *	Absent in answers: they have none
 * @ESPGW_XFRM_CONN_A_COMMENT: string, what people say of them, UTF-8 without
 *	control characters; else as NAME
 */
enum espgw_xfrm_conn_attr {
	ESPGW_XFRM_CONN_A_UNSPEC,
	ESPGW_XFRM_CONN_A_IF_ID,
	ESPGW_XFRM_CONN_A_REQID,
	ESPGW_XFRM_CONN_A_MTU,
	ESPGW_XFRM_CONN_A_NAME,
	ESPGW_XFRM_CONN_A_COMMENT,

	/* private: */
	__ESPGW_XFRM_CONN_A_MAX,
	ESPGW_XFRM_CONN_A_MAX = __ESPGW_XFRM_CONN_A_MAX - 1
};

/**
 * enum espgw_explain_attr - a packet that is not sent, and what would become of
 *	it
 * @ESPGW_EXPLAIN_A_UNSPEC: unused
 * @ESPGW_EXPLAIN_A_DIR: u8, enum espgw_dir, which way it goes
 * @ESPGW_EXPLAIN_A_IFINDEX: u32, the device that it leaves or has come by; in a
 *	request absent: the one that it is routed by
 * @ESPGW_EXPLAIN_A_IFNAME: string, its name. Requests give IFNAME or IFINDEX,
 *	or neither
 * @ESPGW_EXPLAIN_A_SRC: address, source of the packet
 * @ESPGW_EXPLAIN_A_DST: address, destination of the packet
 * @ESPGW_EXPLAIN_A_PROTO: u8, IP protocol; in a request absent: ICMP or ICMPv6,
 *	an echo request
 * @ESPGW_EXPLAIN_A_SPORT: u16, source port; in a request absent: 0
 * @ESPGW_EXPLAIN_A_DPORT: u16, destination port; in a request absent: 0
 * @ESPGW_EXPLAIN_A_LEN: u32, length of the IP packet, bytes; in a request
 *	absent: its headers and nothing more
 * @ESPGW_EXPLAIN_A_DF: flag, DF is set (IPv4)
 * @ESPGW_EXPLAIN_A_DSCP: u8, 0-63; in a request absent: 0
 * @ESPGW_EXPLAIN_A_MARK: u32, its mark; in a request absent: 0
 * @ESPGW_EXPLAIN_A_SPI: __be32, of the SA that it takes, or came by; in a
 *	request: it came by this inbound SA
 * @ESPGW_EXPLAIN_A_SA_DST: address, destination of that SA; in a request
 *	absent: of the only inbound one with this SPI
 * @ESPGW_EXPLAIN_A_PLACE: u8, enum espgw_explain_place, only in answers, as all
 *	that follow: whose device it meets
 * @ESPGW_EXPLAIN_A_POLICY: nest, enum espgw_policy_attr, the policy that it
 *	meets; absent: none
 * @ESPGW_EXPLAIN_A_ADMIT: u8, enum espgw_explain_verdict, what the policies
 *	say; absent: they were not asked
 * @ESPGW_EXPLAIN_A_REQID: u32, the SA's
 * @ESPGW_EXPLAIN_A_STATE: u8, enum espgw_sa_state, the SA's
 * @ESPGW_EXPLAIN_A_PATH_MTU: u32, what the SA's path carries, bytes
 * @ESPGW_EXPLAIN_A_INNER_MTU: u32, the largest inner packet that fits, bytes;
 *	to senders of IPv6 at least 1280
 * @ESPGW_EXPLAIN_A_DEV_MTU: u32, of the device of the outer route, bytes
 * @ESPGW_EXPLAIN_A_ROUTE_MTU: u32, of the outer route; absent: none is
 *	configured
 * @ESPGW_EXPLAIN_A_LEARNED: u32, what was learned, probed or set by hand of the
 *	path; absent: nothing
 * @ESPGW_EXPLAIN_A_CAP: u32, the upper bound that is configured; absent: none
 * @ESPGW_EXPLAIN_A_PLAN: u8, enum espgw_explain_plan, what is done with it so
 *	that it fits
 * @ESPGW_EXPLAIN_A_DF_OVERRIDDEN: flag, it is fragmented although DF is set
 * @ESPGW_EXPLAIN_A_OUTER_SRC: address, source of what leaves
 * @ESPGW_EXPLAIN_A_OUTER_DST: address, destination of what leaves
 * @ESPGW_EXPLAIN_A_OUTER_SPORT: __be16, in UDP, source port
 * @ESPGW_EXPLAIN_A_OUTER_DPORT: __be16, in UDP, destination port
 * @ESPGW_EXPLAIN_A_OUTER_IFNAME: string, the device that it leaves by
 * @ESPGW_EXPLAIN_A_OUTER_DF: flag, DF of what leaves is set (IPv4)
 * @ESPGW_EXPLAIN_A_PACKETS: u32, how many leave
 * @ESPGW_EXPLAIN_A_LEAVES: bytes, lengths of what leaves, in this order, each
 *	as two u32: how many packets, and how many bytes each of them has
 * @ESPGW_EXPLAIN_A_ANSWER_TYPE: u8, ICMP type of what the sender is told;
 *	absent: it is told nothing
 * @ESPGW_EXPLAIN_A_ANSWER_CODE: u8, ICMP code of that
 * @ESPGW_EXPLAIN_A_ANSWER_MTU: u32, MTU in that, bytes
 * @ESPGW_EXPLAIN_A_ANSWER_HELD: flag, it would be withheld now, by the rate
 *	limit
 * @ESPGW_EXPLAIN_A_VERDICT: u8, enum espgw_explain_verdict, what becomes of it
 * @ESPGW_EXPLAIN_A_COUNTER: u32, if it is dropped, the reason, enum
 *	espgw_stats_attr
 * @ESPGW_EXPLAIN_A_SA_NAME: string, of the SA, what people call it; absent: it
 *	has none
 */
enum espgw_explain_attr {
	ESPGW_EXPLAIN_A_UNSPEC,
	ESPGW_EXPLAIN_A_DIR,
	ESPGW_EXPLAIN_A_IFINDEX,
	ESPGW_EXPLAIN_A_IFNAME,
	ESPGW_EXPLAIN_A_SRC,
	ESPGW_EXPLAIN_A_DST,
	ESPGW_EXPLAIN_A_PROTO,
	ESPGW_EXPLAIN_A_SPORT,
	ESPGW_EXPLAIN_A_DPORT,
	ESPGW_EXPLAIN_A_LEN,
	ESPGW_EXPLAIN_A_DF,
	ESPGW_EXPLAIN_A_DSCP,
	ESPGW_EXPLAIN_A_MARK,
	ESPGW_EXPLAIN_A_SPI,
	ESPGW_EXPLAIN_A_SA_DST,
	ESPGW_EXPLAIN_A_PLACE,
	ESPGW_EXPLAIN_A_POLICY,
	ESPGW_EXPLAIN_A_ADMIT,
	ESPGW_EXPLAIN_A_REQID,
	ESPGW_EXPLAIN_A_STATE,
	ESPGW_EXPLAIN_A_PATH_MTU,
	ESPGW_EXPLAIN_A_INNER_MTU,
	ESPGW_EXPLAIN_A_DEV_MTU,
	ESPGW_EXPLAIN_A_ROUTE_MTU,
	ESPGW_EXPLAIN_A_LEARNED,
	ESPGW_EXPLAIN_A_CAP,
	ESPGW_EXPLAIN_A_PLAN,
	ESPGW_EXPLAIN_A_DF_OVERRIDDEN,
	ESPGW_EXPLAIN_A_OUTER_SRC,
	ESPGW_EXPLAIN_A_OUTER_DST,
	ESPGW_EXPLAIN_A_OUTER_SPORT,
	ESPGW_EXPLAIN_A_OUTER_DPORT,
	ESPGW_EXPLAIN_A_OUTER_IFNAME,
	ESPGW_EXPLAIN_A_OUTER_DF,
	ESPGW_EXPLAIN_A_PACKETS,
	ESPGW_EXPLAIN_A_LEAVES,
	ESPGW_EXPLAIN_A_ANSWER_TYPE,
	ESPGW_EXPLAIN_A_ANSWER_CODE,
	ESPGW_EXPLAIN_A_ANSWER_MTU,
	ESPGW_EXPLAIN_A_ANSWER_HELD,
	ESPGW_EXPLAIN_A_VERDICT,
	ESPGW_EXPLAIN_A_COUNTER,
	ESPGW_EXPLAIN_A_SA_NAME,

	/* private: */
	__ESPGW_EXPLAIN_A_MAX,
	ESPGW_EXPLAIN_A_MAX = __ESPGW_EXPLAIN_A_MAX - 1
};

/**
 * enum espgw_drop_attr - a packet that was dropped. Of many only some are told,
 *	10 for one reason in a tenth of a second
 * @ESPGW_DROP_A_UNSPEC: unused
 * @ESPGW_DROP_A_COUNTER: u32, why it was dropped, enum espgw_stats_attr
 * @ESPGW_DROP_A_COUNT: u64, what that counter says by now; where it is more
 *	than one above the last event, packets between were not told of
 * @ESPGW_DROP_A_PAD: padding of 64-bit attributes
 * @ESPGW_DROP_A_IFNAME: string, the device that it met, or was about to leave
 *	by; absent: none
 * @ESPGW_DROP_A_SRC: address, the packet's source; absent, with all that
 *	follows: it cannot be read
 * @ESPGW_DROP_A_DST: address, the packet's destination
 * @ESPGW_DROP_A_PROTO: u8, the packet's IP protocol
 * @ESPGW_DROP_A_SPORT: u16, absent where there is none
 * @ESPGW_DROP_A_DPORT: u16, absent where there is none
 * @ESPGW_DROP_A_LEN: u32, the packet's length, bytes
 * @ESPGW_DROP_A_DSCP: u8, the packet's DSCP
 * @ESPGW_DROP_A_SPI: __be32, of ESP that is not in UDP, its SPI
 */
enum espgw_drop_attr {
	ESPGW_DROP_A_UNSPEC,
	ESPGW_DROP_A_COUNTER,
	ESPGW_DROP_A_COUNT,
	ESPGW_DROP_A_PAD,
	ESPGW_DROP_A_IFNAME,
	ESPGW_DROP_A_SRC,
	ESPGW_DROP_A_DST,
	ESPGW_DROP_A_PROTO,
	ESPGW_DROP_A_SPORT,
	ESPGW_DROP_A_DPORT,
	ESPGW_DROP_A_LEN,
	ESPGW_DROP_A_DSCP,
	ESPGW_DROP_A_SPI,

	/* private: */
	__ESPGW_DROP_A_MAX,
	ESPGW_DROP_A_MAX = __ESPGW_DROP_A_MAX - 1
};

/**
 * enum espgw_cmd - commands and events
 * @ESPGW_CMD_UNSPEC: unused
 * @ESPGW_CMD_DEV_ATTACH: hook a device, now or as soon as there is one of that
 *	name; an MTU policy if wanted
 * @ESPGW_CMD_DEV_SET: change an attached device's MTU policy, or whether its
 *	MTU follows
 * @ESPGW_CMD_DEV_DETACH: unhook a device, and forget its name
 * @ESPGW_CMD_DEV_GET: one attached device (do), or all (dump)
 * @ESPGW_CMD_DEFAULT_SET: change the namespace's MTU policy
 * @ESPGW_CMD_DEFAULT_GET: the namespace's MTU policy (do)
 * @ESPGW_CMD_SA_ADD: add a security association
 * @ESPGW_CMD_SA_REPLACE: add a security association, or replace the one of the
 *	same DST, SPI and DIR, keeping its path MTU, counters, and unless they
 *	are given, name and comment
 * @ESPGW_CMD_SA_SET: change what can be changed of an existing SA: encap ports,
 *	keepalive, class, mark, dscp, ecn, ttl, tfc, limits, MTU policy, name,
 *	comment; seq only upward
 * @ESPGW_CMD_SA_DEL: delete a security association, by DST, SPI and optionally
 *	DIR
 * @ESPGW_CMD_SA_GET: one security association, by DST, SPI and optionally DIR
 *	(do), or all, or those of DST, SPI, DIR where given (dump)
 * @ESPGW_CMD_SA_FLUSH: delete all security associations, or those of DIR
 * @ESPGW_CMD_POLICY_ADD: add a policy
 * @ESPGW_CMD_POLICY_REPLACE: add a policy, or replace the one of the same
 *	priority, device, mark and selector; if only NAME and COMMENT differ,
 *	its counters stay
 * @ESPGW_CMD_POLICY_DEL: delete a policy by priority, device, mark and selector
 * @ESPGW_CMD_POLICY_GET: one policy, by priority, device, mark and selector
 *	(do), or all (dump)
 * @ESPGW_CMD_POLICY_FLUSH: delete all policies
 * @ESPGW_CMD_PMTU_GET: one row of the path-MTU table, an outbound SA's, by SPI
 *	and DST (do), or all, or those of SPI and DST where given (dump)
 * @ESPGW_CMD_PMTU_SET: set a path MTU by hand: SPI, DST, MTU, [LOCK], [AGE_S];
 *	or bound it: SPI, DST, MTU, BOUND
 * @ESPGW_CMD_PMTU_DEL: forget what was learned or set: SPI, DST
 * @ESPGW_CMD_PMTU_FLUSH: forget all that was learned or set
 * @ESPGW_CMD_STATS_GET: the namespace's counters (do)
 * @ESPGW_CMD_STATS_RESET: set the namespace's counters to zero, and those of
 *	virtual fragment reassembly
 * @ESPGW_CMD_SA_NTF: a security association was added, changed or deleted, or
 *	came to an end: EVENT says which
 * @ESPGW_CMD_POLICY_NTF: a policy was added, replaced or deleted: EVENT says
 *	which
 * @ESPGW_CMD_PMTU_NTF: a path MTU changed: EVENT says how
 * @ESPGW_CMD_ACQUIRE_NTF: a packet met a protect policy without a usable
 *	security association
 * @ESPGW_CMD_ALERT_NTF: something an administrator should look at
 * @ESPGW_CMD_VFR_SET: change how fragments are followed: IFINDEX, DIR, and what
 *	to change
 * @ESPGW_CMD_VFR_GET: how fragments are followed: on one device, one way, by
 *	IFINDEX and DIR (do), or one row for each attached device and direction,
 *	of IFINDEX and DIR where given (dump)
 * @ESPGW_CMD_VFR_NTF: virtual fragment reassembly was enabled, disabled or
 *	changed: EVENT says which
 * @ESPGW_CMD_PMTU_PROBE: search the path MTU by probes now: SPI, DST, [ECHO]
 * @ESPGW_CMD_DEV_NTF: a device was attached, changed or detached, went away or
 *	came: EVENT says which
 * @ESPGW_CMD_DEFAULT_NTF: the namespace's MTU policy was changed
 * @ESPGW_CMD_GUARD_SET: watch devices that are not attached, or do not
 * @ESPGW_CMD_GUARD_GET: whether devices that are not attached are watched (do)
 * @ESPGW_CMD_GUARD_NTF: devices that are not attached are watched from now on,
 *	or no more
 * @ESPGW_CMD_XFRM_SET: adopt states and policies of the kernel's IPsec, or give
 *	them back. What is not given is as by default
 * @ESPGW_CMD_XFRM_GET: whether they are adopted (do), with DEFAULT in
 *	namespaces to come
 * @ESPGW_CMD_XFRM_NTF: they are adopted from now on, or no more
 * @ESPGW_CMD_XFRM_ROW_GET: one row for each state and each outbound policy of
 *	the kernel's IPsec, adopted or not (dump)
 * @ESPGW_CMD_XFRM_CONN_SET: change the MTU policy of the outbound SAs that a
 *	connection of the kernel's IPsec has and will have, and what people call
 *	all of its SAs and the policies that lead to them: IF_ID or REQID; MTU,
 *	NAME or COMMENT
 * @ESPGW_CMD_XFRM_CONN_GET: one row for each connection of which there is
 *	anything to remember (dump)
 * @ESPGW_CMD_EXPLAIN_GET: what would become of a packet, by the decisions that
 *	packets meet; nothing is sent or counted (do)
 * @ESPGW_CMD_DROP_NTF: a packet was dropped
 */
enum espgw_cmd {
	ESPGW_CMD_UNSPEC,
	ESPGW_CMD_DEV_ATTACH,
	ESPGW_CMD_DEV_SET,
	ESPGW_CMD_DEV_DETACH,
	ESPGW_CMD_DEV_GET,
	ESPGW_CMD_DEFAULT_SET,
	ESPGW_CMD_DEFAULT_GET,
	ESPGW_CMD_SA_ADD,
	ESPGW_CMD_SA_REPLACE,
	ESPGW_CMD_SA_SET,
	ESPGW_CMD_SA_DEL,
	ESPGW_CMD_SA_GET,
	ESPGW_CMD_SA_FLUSH,
	ESPGW_CMD_POLICY_ADD,
	ESPGW_CMD_POLICY_REPLACE,
	ESPGW_CMD_POLICY_DEL,
	ESPGW_CMD_POLICY_GET,
	ESPGW_CMD_POLICY_FLUSH,
	ESPGW_CMD_PMTU_GET,
	ESPGW_CMD_PMTU_SET,
	ESPGW_CMD_PMTU_DEL,
	ESPGW_CMD_PMTU_FLUSH,
	ESPGW_CMD_STATS_GET,
	ESPGW_CMD_STATS_RESET,
	ESPGW_CMD_SA_NTF,
	ESPGW_CMD_POLICY_NTF,
	ESPGW_CMD_PMTU_NTF,
	ESPGW_CMD_ACQUIRE_NTF,
	ESPGW_CMD_ALERT_NTF,
	ESPGW_CMD_VFR_SET,
	ESPGW_CMD_VFR_GET,
	ESPGW_CMD_VFR_NTF,
	ESPGW_CMD_PMTU_PROBE,
	ESPGW_CMD_DEV_NTF,
	ESPGW_CMD_DEFAULT_NTF,
	ESPGW_CMD_GUARD_SET,
	ESPGW_CMD_GUARD_GET,
	ESPGW_CMD_GUARD_NTF,
	ESPGW_CMD_XFRM_SET,
	ESPGW_CMD_XFRM_GET,
	ESPGW_CMD_XFRM_NTF,
	ESPGW_CMD_XFRM_ROW_GET,
	ESPGW_CMD_XFRM_CONN_SET,
	ESPGW_CMD_XFRM_CONN_GET,
	ESPGW_CMD_EXPLAIN_GET,
	ESPGW_CMD_DROP_NTF,

	/* private: */
	__ESPGW_CMD_MAX,
	ESPGW_CMD_MAX = __ESPGW_CMD_MAX - 1
};

#endif
