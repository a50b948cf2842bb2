#include "udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/** What the kernel is asked for; it gives up to net.core.rmem_max and wmem_max. A key frame of several megabytes may come at once. */
#define RECEIVE_BUFFER_BYTES (8 * 1024 * 1024)
#define SEND_BUFFER_BYTES (4 * 1024 * 1024)
/** Ports tried until one is free in both families. */
#define PORT_TRIES 32
/** The address, and the size of segments. */
#define CONTROL_BYTES (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)))

struct UdpInbox {
  uint8_t *slab;
  struct mmsghdr headers[UDP_MESSAGES_IN];
  struct iovec parts[UDP_MESSAGES_IN];
  Address from[UDP_MESSAGES_IN];
  _Alignas(struct cmsghdr) uint8_t control[UDP_MESSAGES_IN][CONTROL_BYTES];
  /** The message that is being taken apart, its datagrams' size and own address, and how far it is done. */
  int received, at;
  Address to;
  size_t segment, done;
};

bool address_parse(const char *text, uint16_t port, Address *address) {
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    return true;
  }
  if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) != 1) return false;
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons(port);
  return true;
}

int address_family(const Address *address) { return address->any.sa_family == AF_INET6 ? UDP_V6 : UDP_V4; }

static socklen_t address_bytes(const Address *address) {
  return address_family(address) == UDP_V6 ? sizeof address->v6 : sizeof address->v4;
}

static bool set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/** Returns the descriptor, or -1 with errno. Writes the port that it has got. `peer` NULL: not connected. */
static int open_one(Address *address, const Address *peer) {
  const bool is_v6 = address_family(address) == UDP_V6;
  const int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  socklen_t length = address_bytes(address);
  // Datagrams are never fragmented: what is too large is refused, and the sender is told.
  const bool is_ready = (is_v6 ? set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
                                     set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO)
                               : set(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
                                     set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)) &&
                        bind(fd, &address->any, length) == 0 &&
                        (peer == NULL || connect(fd, &peer->any, address_bytes(peer)) == 0) &&
                        getsockname(fd, &address->any, &length) == 0;
  if (is_ready) {
    set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
    set(fd, IPPROTO_UDP, UDP_GRO, 1);
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static bool is_missing_family(int error) { return error == EAFNOSUPPORT || error == EADDRNOTAVAIL; }

/** Both families on one port. */
static int open_both(uint16_t port, int fd[UDP_FAMILIES], uint16_t *got) {
  int error = 0;
  for (int tries = 0; tries < PORT_TRIES; tries += 1) {
    Address v4, v6;
    address_parse("0.0.0.0", port, &v4);
    fd[UDP_V4] = open_one(&v4, NULL);
    if (fd[UDP_V4] < 0) return errno;
    *got = ntohs(v4.v4.sin_port);
    address_parse("::", *got, &v6);
    fd[UDP_V6] = open_one(&v6, NULL);
    if (fd[UDP_V6] >= 0 || is_missing_family(errno)) return 0;
    error = errno;
    close(fd[UDP_V4]);
    fd[UDP_V4] = -1;
    if (port != 0 || error != EADDRINUSE) break;
  }
  return error;
}

int udp_open(const char *text, uint16_t port, const Address *peer, UdpSocket **result) {
  Address address;
  if (!address_parse(text, port, &address)) return EINVAL;
  if (peer != NULL && address_family(peer) != address_family(&address)) return EAFNOSUPPORT;
  int fd[UDP_FAMILIES] = {-1, -1};
  const bool is_both = peer == NULL && address_family(&address) == UDP_V6 && IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr);
  int error = 0;
  if (is_both) {
    error = open_both(port, fd, &port);
  } else {
    const int opened = open_one(&address, peer);
    error = opened < 0 ? errno : 0;
    fd[address_family(&address)] = opened;
    // The port is in the same place in both.
    port = ntohs(address.v4.sin_port);
  }
  if (error != 0) return error;
  UdpSocket *socket = calloc(1, sizeof *socket);
  if (socket == NULL) {
    for (int family = 0; family < UDP_FAMILIES; family += 1)
      if (fd[family] >= 0) close(fd[family]);
    return ENOMEM;
  }
  socket->references = 1;
  memcpy(socket->fd, fd, sizeof fd);
  socket->port = port;
  *result = socket;
  return 0;
}

void udp_retain(UdpSocket *socket) { atomic_fetch_add(&socket->references, 1); }

void udp_release(UdpSocket *socket) {
  if (socket == NULL || atomic_fetch_sub(&socket->references, 1) != 1) return;
  for (int family = 0; family < UDP_FAMILIES; family += 1)
    if (socket->fd[family] >= 0) close(socket->fd[family]);
  free(socket);
}

UdpInbox *udp_inbox_create(uint8_t *slab) {
  UdpInbox *inbox = calloc(1, sizeof *inbox);
  if (inbox != NULL) inbox->slab = slab;
  return inbox;
}

int udp_receive(UdpInbox *inbox, int fd) {
  for (int at = 0; at < UDP_MESSAGES_IN; at += 1) {
    inbox->parts[at] = (struct iovec){inbox->slab + (size_t)at * UDP_MESSAGE_MOST, UDP_MESSAGE_MOST};
    inbox->headers[at].msg_hdr = (struct msghdr){.msg_name = &inbox->from[at],
                                                 .msg_namelen = sizeof inbox->from[at],
                                                 .msg_iov = &inbox->parts[at],
                                                 .msg_iovlen = 1,
                                                 .msg_control = inbox->control[at],
                                                 .msg_controllen = CONTROL_BYTES};
  }
  inbox->received = recvmmsg(fd, inbox->headers, UDP_MESSAGES_IN, MSG_DONTWAIT, NULL);
  inbox->at = 0;
  inbox->done = inbox->segment = 0;
  return inbox->received;
}

/** Reads what the kernel says about a message: our address, and the size of its datagrams. */
static void read_control(struct msghdr *header, Address *to, size_t *segment) {
  memset(to, 0, sizeof *to);
  *segment = 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
    const size_t bytes = part->cmsg_len - CMSG_LEN(0);
    if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO && bytes >= sizeof(struct in_pktinfo)) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(part), sizeof info);
      to->v4.sin_family = AF_INET;
      to->v4.sin_addr = info.ipi_spec_dst;
    } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO &&
               bytes >= sizeof(struct in6_pktinfo)) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(part), sizeof info);
      to->v6.sin6_family = AF_INET6;
      to->v6.sin6_addr = info.ipi6_addr;
    } else if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO && bytes >= sizeof(int)) {
      int size = 0;
      memcpy(&size, CMSG_DATA(part), sizeof size);
      if (size > 0) *segment = (size_t)size;
    }
  }
}

bool udp_next(UdpInbox *inbox, UdpDatagram *datagram) {
  while (inbox->at < inbox->received) {
    struct mmsghdr *header = &inbox->headers[inbox->at];
    const size_t length = header->msg_len;
    const bool is_new = inbox->done == 0;
    if (is_new) {
      read_control(&header->msg_hdr, &inbox->to, &inbox->segment);
      if (inbox->segment == 0) inbox->segment = length;
    }
    // A datagram without content is no datagram of any protocol here, and one cut off cannot be trusted.
    if (inbox->done >= length || (header->msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      inbox->at += 1;
      inbox->done = 0;
      continue;
    }
    const size_t left = length - inbox->done;
    datagram->from = inbox->from[inbox->at];
    datagram->to = inbox->to;
    datagram->offset = (size_t)inbox->at * UDP_MESSAGE_MOST + inbox->done;
    datagram->length = left < inbox->segment ? left : inbox->segment;
    inbox->done += datagram->length;
    return true;
  }
  return false;
}

/** Appends what `sendmsg` is told beside the data. */
static void add_control(struct msghdr *header, uint8_t *control, int level, int type, const void *data, size_t bytes) {
  const size_t at = header->msg_controllen;
  header->msg_control = control;
  header->msg_controllen = at + CMSG_SPACE(bytes);
  memset(control + at, 0, CMSG_SPACE(bytes));
  struct cmsghdr *part = (struct cmsghdr *)(void *)(control + at);
  part->cmsg_level = level;
  part->cmsg_type = type;
  part->cmsg_len = CMSG_LEN(bytes);
  memcpy(CMSG_DATA(part), data, bytes);
}

static void add_source(struct msghdr *header, uint8_t *control, const Address *from) {
  if (from->any.sa_family == AF_INET) {
    const struct in_pktinfo info = {.ipi_spec_dst = from->v4.sin_addr};
    add_control(header, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  } else if (from->any.sa_family == AF_INET6) {
    const struct in6_pktinfo info = {.ipi6_addr = from->v6.sin6_addr};
    add_control(header, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
}

int udp_send(const UdpSocket *socket, const uint8_t *data, size_t length, const Address *to, const Address *from) {
  _Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
  const int fd = socket->fd[address_family(to)];
  if (fd < 0) return EAFNOSUPPORT;
  struct iovec part = {(void *)(uintptr_t)data, length};
  struct msghdr header = {.msg_name = (void *)(uintptr_t)to,
                          .msg_namelen = address_bytes(to),
                          .msg_iov = &part,
                          .msg_iovlen = 1};
  add_source(&header, control, from);
  while (sendmsg(fd, &header, MSG_DONTWAIT) < 0)
    if (errno != EINTR) return errno;
  return 0;
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/** False: there is no patience left. */
static bool wait_for_room(int fd, int64_t *patience_ns) {
  if (*patience_ns <= 0) return false;
  const int64_t begin = now_ns();
  const struct timespec limit = {.tv_sec = *patience_ns / 1000000000, .tv_nsec = *patience_ns % 1000000000};
  struct pollfd wanted = {.fd = fd, .events = POLLOUT};
  const int ready = ppoll(&wanted, 1, &limit, NULL);
  // At least something, so that a socket that claims to have room and then has none does not hold us for ever.
  const int64_t taken = now_ns() - begin;
  *patience_ns -= taken > 1000 ? taken : 1000;
  return ready > 0;
}

static bool is_full(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM; }

/** Whether the kernel, the interface or the size of the segments can be to blame. */
static bool may_be_segmentation(int error) {
  return error == EINVAL || error == EIO || error == EOPNOTSUPP || error == ENOPROTOOPT || error == EMSGSIZE;
}

static void send_all(int fd, UdpMessage *messages, size_t count, int64_t *patience_ns);

/** Sends the datagrams of a message one by one. */
static void send_apart(int fd, UdpMessage *message, int64_t *patience_ns) {
  UdpMessage single[UDP_SEGMENTS_MOST];
  for (unsigned at = 0; at < message->datagrams; at += 1) {
    const size_t offset = at * message->segment, left = message->length - offset;
    single[at] = (UdpMessage){.to = message->to,
                              .from = message->from,
                              .data = message->data + offset,
                              .length = left < message->segment ? left : message->segment,
                              .segment = message->segment,
                              .datagrams = 1};
  }
  send_all(fd, single, message->datagrams, patience_ns);
  for (unsigned at = 0; at < message->datagrams; at += 1) {
    message->sent += single[at].sent;
    message->full += single[at].full;
    message->too_large += single[at].too_large;
    message->unreachable += single[at].unreachable;
  }
}

/** `count` is at most UDP_MESSAGES_OUT. */
static void send_all(int fd, UdpMessage *messages, size_t count, int64_t *patience_ns) {
  struct mmsghdr headers[UDP_MESSAGES_OUT];
  struct iovec parts[UDP_MESSAGES_OUT];
  _Alignas(struct cmsghdr) uint8_t control[UDP_MESSAGES_OUT][CONTROL_BYTES];
  for (size_t at = 0; at < count; at += 1) {
    UdpMessage *message = &messages[at];
    parts[at] = (struct iovec){(void *)(uintptr_t)message->data, message->length};
    headers[at] = (struct mmsghdr){.msg_hdr = {.msg_name = &message->to,
                                               .msg_namelen = address_bytes(&message->to),
                                               .msg_iov = &parts[at],
                                               .msg_iovlen = 1}};
    add_source(&headers[at].msg_hdr, control[at], &message->from);
    const uint16_t segment = (uint16_t)message->segment;
    if (message->datagrams > 1)
      add_control(&headers[at].msg_hdr, control[at], IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
  }
  size_t at = 0;
  while (at < count) {
    const int sent = sendmmsg(fd, headers + at, (unsigned)(count - at), MSG_DONTWAIT);
    const int error = errno;
    for (int done = 0; done < sent; done += 1, at += 1) messages[at].sent = messages[at].datagrams;
    if (sent > 0 || error == EINTR) continue;
    if (error == EAGAIN && wait_for_room(fd, patience_ns)) continue;
    UdpMessage *message = &messages[at++];
    if (is_full(error)) {
      message->full = message->datagrams;
    } else if (message->datagrams > 1 && may_be_segmentation(error)) {
      send_apart(fd, message, patience_ns);
      // If the size was to blame, single datagrams were refused too.
      message->refuses_segments = error != EMSGSIZE && message->too_large == 0 && message->sent > 0;
    } else if (error == EMSGSIZE) {
      message->too_large = message->datagrams;
    } else {
      message->unreachable = message->datagrams;
    }
  }
}

void udp_send_messages(const UdpSocket *socket, UdpMessage *messages, size_t count, int64_t *patience_ns) {
  if (count == 0) return;
  const int fd = socket->fd[address_family(&messages[0].to)];
  if (fd >= 0) {
    send_all(fd, messages, count, patience_ns);
    return;
  }
  for (size_t at = 0; at < count; at += 1) messages[at].unreachable = messages[at].datagrams;
}
