/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that can become of a packet that is not simply translated. One
 * list makes the enum, the counters and the names of the files in sysfs.
 */
#ifndef _NAT64_REASON_H
#define _NAT64_REASON_H

/*
 * X(name, core, text): stats/drop_<name> counts it, SKB_DROP_REASON_<core> is
 * the nearest reason the core has, and text is for the reader of this list.
 */
#define NAT64_DROP_REASONS(X)						\
	X(malformed, NOT_SPECIFIED,					\
	  "a header is cut short or contradicts itself")		\
	X(unknown_protocol, NOT_SPECIFIED,				\
	  "neither TCP, UDP nor an ICMP message that is translated")	\
	X(icmp_type, NOT_SPECIFIED,					\
	  "an ICMP message that has no counterpart")			\
	X(bad_checksum, ICMP_CSUM,					\
	  "an ICMP error whose checksum is wrong")			\
	X(unrelated_error, NOT_SPECIFIED,				\
	  "an ICMP error about a packet of no session")			\
	X(fragment, NOT_SPECIFIED,					\
	  "a fragment that can not be put together with others")	\
	X(routing_header, IP_INHDR,					\
	  "a routing header that has segments left")			\
	X(bad_source, IP_INADDRERRORS,					\
	  "a source that no packet may have, or one inside pool6")	\
	X(denied_ipv4, IP_INADDRERRORS,					\
	  "to or from an address of denied_ipv4")			\
	X(wkp_non_global, IP_INADDRERRORS,				\
	  "a non-global IPv4 address behind the well-known prefix")	\
	X(udp_zero_checksum, UDP_CSUM,					\
	  "UDP without a checksum, where it needs one")			\
	X(no_pool4, NOT_SPECIFIED,					\
	  "no pool4 entry for this protocol and mark")			\
	X(ports_exhausted, NOT_SPECIFIED,				\
	  "the client's pool4 address has no port left")		\
	X(host_port, NOT_SPECIFIED,					\
	  "a flow whose transport address the box itself uses, or its NAT44") \
	X(host_flow, NETFILTER_DROP,					\
	  "of the box itself or its NAT44: a session has the transport address") \
	X(draining, NOT_SPECIFIED,					\
	  "a new flow while enabled is drain")				\
	X(session_limit, NOT_SPECIFIED,					\
	  "limits/sessions is reached")					\
	X(client_limit, NOT_SPECIFIED,					\
	  "limits/ for a client are reached: *_per_client")		\
	X(no_memory, NOMEM,						\
	  "no memory for the state or the headers")			\
	X(no_binding, NOT_SPECIFIED,					\
	  "from IPv4, and no binding for that transport address")	\
	X(unanswered_syn, NOT_SPECIFIED,				\
	  "a stored SYN that no client met in time")			\
	X(repeated_syn, NOT_SPECIFIED,					\
	  "a SYN that is stored already")				\
	X(simultaneous_open, NOT_SPECIFIED,				\
	  "a stored SYN that a client met: its own opens the connection") \
	X(syn_limit, NOT_SPECIFIED,					\
	  "limits/stored_syns is reached")				\
	X(filtered, NOT_SPECIFIED,					\
	  "filtering/address_dependent: a stranger to the binding")	\
	X(external_tcp, NOT_SPECIFIED,					\
	  "filtering/drop_external_tcp: a connection begun from IPv4")	\
	X(icmp_info, NOT_SPECIFIED,					\
	  "filtering/drop_icmp_info: an echo")				\
	X(no_session, NOT_SPECIFIED,					\
	  "not a packet that may begin a session")			\
	X(bad_route, IP_INNOROUTES,					\
	  "the IPv4 source fails the kernel's route checks")		\
	X(no_route, IP_INNOROUTES,					\
	  "no route to the translated destination")			\
	X(hop_limit, IP_INHDR,						\
	  "hop limit or TTL spent")					\
	X(too_big, PKT_TOO_BIG,						\
	  "larger than the next link, and not to be fragmented")	\
	X(source_route, IP_INHDR,					\
	  "an unexpired source route")					\
	X(xfrm_policy, XFRM_POLICY,					\
	  "refused by an IPsec policy")					\
	X(gso, NOT_SPECIFIED,						\
	  "a super-packet that can not be segmented")			\
	X(lro, NOT_SPECIFIED,						\
	  "merged by LRO, which loses what forwarding needs")		\
	X(forward_denied, NETFILTER_DROP,				\
	  "refused by the rules of the translated family")

/*
 * What became of a packet. NAT64_OK: carry on; also the end of a translated
 * packet. NAT64_GIVE_BACK: not ours, the kernel goes on with it untouched.
 * NAT64_STORED: what is needed of it is kept. All others: it ends here.
 */
enum nat64_reason {
	NAT64_OK,
	NAT64_GIVE_BACK,
	NAT64_STORED,
#define X(name, core, text) NAT64_DROP_##name,
	NAT64_DROP_REASONS(X)
#undef X
	NAT64_REASONS
};

#endif
