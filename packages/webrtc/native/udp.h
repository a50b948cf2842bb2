// UDP for many peers on one port, IPv4 and IPv6: batches in, segmented batches out. No Node-API here.
#ifndef MOONSHARE_WEBRTC_UDP_H
#define MOONSHARE_WEBRTC_UDP_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A message received can be many datagrams, joined by the kernel. */
#define UDP_MESSAGE_MOST 65536
#define UDP_MESSAGES_IN 32
/** Messages to send at once, and datagrams in one of them. */
#define UDP_MESSAGES_OUT 64
#define UDP_SEGMENTS_MOST 64
/** With the headers, what fits into one IP packet. */
#define UDP_PAYLOAD_MOST 65000

/** `any.sa_family` AF_UNSPEC: none. */
typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

/** The families of a socket, and where they are in it. */
enum { UDP_V4, UDP_V6, UDP_FAMILIES };

/** Shared by threads; the last to release it closes it. `fd` -1: not of this family. */
typedef struct {
  atomic_uint references;
  int fd[UDP_FAMILIES];
  uint16_t port;
} UdpSocket;

typedef struct {
  Address from;
  /** The address of ours that it was sent to, without port. */
  Address to;
  size_t offset;
  size_t length;
} UdpDatagram;

/** Datagrams for one peer, behind each other in memory. */
typedef struct {
  Address to;
  /** The address of ours to send from, without port; or none. */
  Address from;
  const uint8_t *data;
  size_t length;
  /** What each datagram has, except that the last may be smaller. */
  size_t segment;
  unsigned datagrams;
  /** What became of the datagrams: taken by the kernel; no room; larger than the way allows; no way. */
  unsigned sent, full, too_large, unreachable;
  /** They had to be sent one by one. */
  bool refuses_segments;
} UdpMessage;

/** False: not an IP address. */
bool address_parse(const char *text, uint16_t port, Address *address);
/** UDP_V4 or UDP_V6. */
int address_family(const Address *address);

/**
 * "::" is all addresses of both families. With a `peer` (NULL: none) it is of one family, and the kernel drops what comes from
 * elsewhere, except what came before it knew the peer. Returns 0 or an errno.
 */
int udp_open(const char *text, uint16_t port, const Address *peer, UdpSocket **socket);
void udp_retain(UdpSocket *socket);
void udp_release(UdpSocket *socket);

/** Receives up to UDP_MESSAGES_IN messages to UDP_MESSAGE_MOST bytes each of `slab`. -1: there are none, or a peer's port is closed. */
typedef struct UdpInbox UdpInbox;
UdpInbox *udp_inbox_create(uint8_t *slab);
int udp_receive(UdpInbox *inbox, int fd);
/** The next datagram of what was received; false: that was all. */
bool udp_next(UdpInbox *inbox, UdpDatagram *datagram);

/** Sends one datagram. Returns 0 or an errno. */
int udp_send(const UdpSocket *socket, const uint8_t *data, size_t length, const Address *to, const Address *from);
/**
 * Sends up to UDP_MESSAGES_OUT messages, all of one family, and writes what became of each. Waits for a full socket, but no longer
 * than `patience_ns`, from which that is taken.
 */
void udp_send_messages(const UdpSocket *socket, UdpMessage *messages, size_t count, int64_t *patience_ns);

#endif
