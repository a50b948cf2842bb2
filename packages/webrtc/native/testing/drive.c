// Drives the parts of the addon that need no Node, under sanitizers: `drive SECONDS SEED`. The kernel's batch calls are played by this
// file, so that it can refuse and lie, and so is its clock (sanitize.ts: -Dsendmmsg=fake_sendmmsg and so on).
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../fanout.h"

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);   \
      abort();                                                                  \
    }                                                                           \
  } while (0)

// ---- The clock.

static atomic_long clock_seconds = 1;

int fake_clock_gettime(clockid_t clock, struct timespec *now);
int fake_clock_gettime(clockid_t clock, struct timespec *now) {
  CHECK(clock == CLOCK_MONOTONIC);
  *now = (struct timespec){.tv_sec = clock_seconds};
  return 0;
}

/** The real time. */
static double real_seconds(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** Of one thread each. */
typedef struct {
  uint64_t state;
} Random;

static uint32_t draw(Random *random, uint32_t below) {
  random->state ^= random->state << 13;
  random->state ^= random->state >> 7;
  random->state ^= random->state << 17;
  return (uint32_t)(random->state >> 16) % below;
}

static void fill(Random *random, uint8_t *bytes, size_t length) {
  for (size_t at = 0; at < length; at += 1) bytes[at] = (uint8_t)draw(random, 256);
}

// ---- The kernel, sending. Each viewer's address and SSRC are its handle, so that what is sent to the wrong one shows.

/** What the kernel does. */
typedef enum { ACCEPT, NO_SEGMENTS, NARROW, FULL, AT_RANDOM } Kernel;
static atomic_int kernel;
static atomic_uint segmented_tries;
/** Only the sending thread has these. */
static Random kernel_random = {88172645463325252};
#define SEEN (1u << 20)
static struct {
  uint64_t key, hash;
} *seen;

static uint64_t hash_of(const uint8_t *data, size_t length) {
  uint64_t hash = 14695981039346656037u;
  for (size_t at = 0; at < length; at += 1) hash = (hash ^ data[at]) * 1099511628211u;
  return hash;
}

/** A number is only ever used for one packet. */
static void check_datagram(const uint8_t *data, size_t length, uint32_t handle) {
  CHECK(length >= 20 + SRTP_OVERHEAD && data[0] == 0x90);
  uint32_t ssrc = 0;
  memcpy(&ssrc, data + 8, sizeof ssrc);
  ssrc = ntohl(ssrc);
  CHECK((ssrc & 0x7fffffff) == handle);
  const uint64_t key = ((uint64_t)ssrc << 16 | data[2] << 8 | data[3]) + 1, hash = hash_of(data, length);
  for (uint64_t at = (key * 0x9e3779b97f4a7c15u) >> 44;; at = (at + 1) % SEEN) {
    if (seen[at].key == 0) {
      seen[at].key = key;
      seen[at].hash = hash;
      return;
    }
    if (seen[at].key != key) continue;
    CHECK(seen[at].hash == hash);
    return;
  }
}

static size_t segment_of(const struct msghdr *header) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
       part = CMSG_NXTHDR((struct msghdr *)(uintptr_t)header, part)) {
    if (part->cmsg_level != IPPROTO_UDP) continue;
    uint16_t size = 0;
    memcpy(&size, CMSG_DATA(part), sizeof size);
    return size;
  }
  return 0;
}

/** What the kernel says to one message: 0 or an errno. */
static int answer_to(size_t length, size_t segment) {
  const size_t largest = segment == 0 ? length : segment;
  switch (kernel) {
    case NO_SEGMENTS:
      return segment == 0 ? 0 : EINVAL;
    case NARROW:
      return largest <= 1300 ? 0 : segment == 0 ? EMSGSIZE : EINVAL;
    case FULL:
      return EAGAIN;
    case AT_RANDOM: {
      static const int errors[] = {EAGAIN, EINTR, ENOBUFS, EIO, EMSGSIZE, ENETUNREACH, EPERM};
      const uint32_t at = draw(&kernel_random, 40);
      return at < sizeof errors / sizeof *errors ? errors[at] : 0;
    }
    default:
      return 0;
  }
}

int fake_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);
int fake_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags) {
  CHECK(fd >= 0 && flags == MSG_DONTWAIT && count > 0 && count <= UDP_MESSAGES_OUT);
  unsigned sent = 0;
  for (; sent < count; sent += 1) {
    const struct msghdr *header = &headers[sent].msg_hdr;
    const uint8_t *data = header->msg_iov->iov_base;
    const size_t length = header->msg_iov->iov_len, segment = segment_of(header);
    CHECK(header->msg_iovlen == 1 && length > 0 && length <= UDP_PAYLOAD_MOST);
    CHECK(segment == 0 || (length > segment && length <= segment * UDP_SEGMENTS_MOST));
    if (segment != 0) segmented_tries += 1;
    const int error = answer_to(length, segment);
    if (error != 0) {
      errno = error;
      break;
    }
    const struct sockaddr_in *to = header->msg_name;
    const size_t step = segment == 0 ? length : segment;
    for (size_t at = 0; at < length; at += step)
      check_datagram(data + at, length - at < step ? length - at : step, ntohl(to->sin_addr.s_addr));
  }
  return sent == 0 ? -1 : (int)sent;
}

// ---- The kernel, receiving.

static Random inbox_random = {1234567};

int fake_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *limit);
int fake_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *limit) {
  CHECK(fd >= 0 && flags == MSG_DONTWAIT && limit == NULL);
  for (unsigned at = 0; at < count; at += 1) {
    struct msghdr *header = &headers[at].msg_hdr;
    const uint32_t kind = draw(&inbox_random, 8);
    headers[at].msg_len = draw(&inbox_random, kind == 0 ? 3 : kind == 1 ? UDP_MESSAGE_MOST + 1 : 3000);
    header->msg_flags = kind == 2 ? MSG_TRUNC : 0;
    memset(header->msg_name, 0, header->msg_namelen);
    ((struct sockaddr *)header->msg_name)->sa_family = kind == 3 ? AF_INET6 : AF_INET;
    memset(header->msg_iov->iov_base, (int)at, headers[at].msg_len);
    // Any size from nothing to more than the message, and control data cut off anywhere.
    struct cmsghdr *part = CMSG_FIRSTHDR(header);
    part->cmsg_level = IPPROTO_UDP;
    part->cmsg_type = 104;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    const int size = (int)draw(&inbox_random, kind == 4 ? 2 : 1500) - (kind == 5);
    memcpy(CMSG_DATA(part), &size, sizeof size);
    header->msg_controllen = kind == 6 ? draw(&inbox_random, 24) : CMSG_SPACE(sizeof(int));
  }
  return (int)draw(&inbox_random, count + 1);
}

// ---- The scenes.

typedef struct {
  Fanout *fanout;
  UdpSocket *socket;
  Random random;
  atomic_uint notified;
} Stage;

static void notify(void *stage) { ((Stage *)stage)->notified += 1; }

static void open_stage(Stage *stage, uint64_t seed) {
  stage->random.state = seed * 2654435761u + 1;
  stage->notified = 0;
  CHECK(udp_open("127.0.0.1", 0, NULL, &stage->socket) == 0);
  stage->fanout = fanout_create(stage->socket, notify, stage);
  CHECK(stage->fanout != NULL);
}

static void close_stage(Stage *stage) {
  fanout_destroy(stage->fanout);
  udp_release(stage->socket);
}

static uint32_t add_viewer(Stage *stage) {
  uint8_t master[2][SRTP_MASTER_MOST];
  fill(&stage->random, master[0], sizeof master[0]);
  fill(&stage->random, master[1], sizeof master[1]);
  SrtpSession *session = srtp_create((SrtpProfile)draw(&stage->random, 2), master[0], master[1]);
  Address to, none = {0};
  CHECK(session != NULL && address_parse("10.0.0.1", 9, &to));
  const uint32_t handle = fanout_add(stage->fanout, session, &to, &none);
  srtp_release(session);
  if (handle == 0) return 0;
  to.v4.sin_addr.s_addr = htonl(handle);
  CHECK(fanout_set_path(stage->fanout, handle, &to, &none));
  return handle;
}

static Packets *make_packets(Random *random, size_t count, size_t size) {
  uint8_t packet[FANOUT_PACKET_MOST];
  Packets *packets = packets_create(count, count * size);
  CHECK(packets != NULL);
  for (size_t at = 0; at < count; at += 1) {
    fill(random, packet, size < 64 ? size : 64);
    memset(packet + 64, (int)at, sizeof packet - 64);
    packet[0] = 0x90;
    memcpy(packet + 12, "\xbe\xde\0\1", 4);
    CHECK(packets_add(packets, packet, size - draw(random, 3) % (size - 19)));
  }
  return packets;
}

static size_t send_to(Stage *stage, const uint32_t *handles, size_t viewers, uint16_t sequence, size_t count, size_t size) {
  FanoutViewer viewer[FANOUT_SLOTS];
  for (size_t at = 0; at < viewers; at += 1)
    viewer[at] = (FanoutViewer){.handle = handles[at], .ssrc = handles[at], .sequence = sequence, .payload_type = 96,
                                .extension = 1, .twcc_extension = handles[at] % 2 == 0 ? 0 : 2, .twcc = sequence};
  Packets *packets = make_packets(&stage->random, count, size);
  const size_t sent = fanout_send(stage->fanout, packets, viewer, viewers, true);
  packets_release(packets);
  return sent;
}

/** Until the thread has dealt with this many packets in all. */
static FanoutStats settle(Stage *stage, uint64_t packets) {
  FanoutStats stats;
  do {
    usleep(200);
    fanout_stats(stage->fanout, &stats);
  } while (stats.packets + stats.full + stats.too_large + stats.unreachable + stats.stale < packets);
  return stats;
}

static void take_report(Stage *stage, uint32_t handle, FanoutReport *report) {
  FanoutReport reports[4];
  CHECK(fanout_reports(stage->fanout, reports, 4) == 1 && reports[0].handle == handle);
  *report = reports[0];
}

static void play_refusals(void) {
  Stage stage;
  FanoutReport report;
  open_stage(&stage, 7);
  const uint32_t handle = add_viewer(&stage);
  kernel = NO_SEGMENTS;
  CHECK(send_to(&stage, &handle, 1, 0, 40, 900) == 1);
  FanoutStats stats = settle(&stage, 40);
  CHECK(stats.packets == 40 && stats.segmented == 0 && segmented_tries > 0 && stage.notified == 0);
  segmented_tries = 0;
  CHECK(send_to(&stage, &handle, 1, 40, 40, 900) == 1);
  settle(&stage, 80);
  CHECK(segmented_tries == 0);
  // Another path is tried anew. Of a size that does not fit, the small ones still go, and it is not held against segments.
  const uint32_t other = add_viewer(&stage);
  kernel = NARROW;
  CHECK(send_to(&stage, &other, 1, 0, 10, 1400) == 1);
  stats = settle(&stage, 90);
  CHECK(stats.too_large == 10);
  // It is told after it was counted.
  while (stage.notified == 0) usleep(200);
  take_report(&stage, other, &report);
  CHECK(report.too_large == 10 && report.full == 0 && report.unreachable == 0);
  segmented_tries = 0;
  CHECK(send_to(&stage, &other, 1, 10, 10, 1000) == 1);
  stats = settle(&stage, 100);
  CHECK(stats.packets == 90 && segmented_tries > 0);
  kernel = FULL;
  CHECK(send_to(&stage, &handle, 1, 80, 100, 1000) == 1);
  stats = settle(&stage, 200);
  CHECK(stats.full == 100);
  take_report(&stage, handle, &report);
  CHECK(report.full == 100);
  // Once it is gone, nobody is told.
  CHECK(send_to(&stage, &handle, 1, 180, 1, 1000) == 1);
  settle(&stage, 201);
  CHECK(fanout_remove(stage.fanout, handle));
  FanoutReport none;
  CHECK(fanout_reports(stage.fanout, &none, 1) == 0);
  kernel = ACCEPT;
  close_stage(&stage);
}

static void play_overflow(void) {
  Stage stage;
  open_stage(&stage, 8);
  uint32_t handles[200];
  for (size_t at = 0; at < 200; at += 1) handles[at] = add_viewer(&stage);
  uint16_t sequence = 0;
  FanoutStats stats;
  do {
    send_to(&stage, handles, 200, sequence, 200, 1200);
    sequence += 200;
    fanout_stats(stage.fanout, &stats);
  } while (stats.overflows == 0 && sequence < 60000);
  CHECK(stats.overflows > 0);
  // What waits at the end is freed.
  close_stage(&stage);
}

/** What is no longer kept is not resent, whatever lies in its place. */
static void play_history(void) {
  Stage stage;
  open_stage(&stage, 9);
  const uint32_t handle = add_viewer(&stage);
  const uint16_t sequences[] = {0, 1};
  CHECK(send_to(&stage, &handle, 1, 0, 1, 100) == 1);
  for (int call = 0; call < 8190; call += 1) CHECK(send_to(&stage, NULL, 0, 0, 1, 100) == 0);
  CHECK(send_to(&stage, &handle, 1, 1, 1, 100) == 1);
  CHECK(fanout_resend(stage.fanout, handle, handle, sequences, 2, NULL) == 2);
  CHECK(send_to(&stage, NULL, 0, 0, 1, 100) == 0);
  CHECK(fanout_resend(stage.fanout, handle, handle, sequences, 2, NULL) == 1);
  // 32,768 packets are the limit too.
  CHECK(send_to(&stage, NULL, 0, 0, 8192, 21) == 0 && send_to(&stage, NULL, 0, 0, 8192, 21) == 0);
  CHECK(fanout_resend(stage.fanout, handle, handle, sequences + 1, 1, NULL) == 1);
  CHECK(send_to(&stage, NULL, 0, 0, 8192, 21) == 0 && send_to(&stage, NULL, 0, 0, 8192, 21) == 0);
  CHECK(fanout_resend(stage.fanout, handle, handle, sequences + 1, 1, NULL) == 0);
  // And two seconds.
  CHECK(send_to(&stage, &handle, 1, 2, 1, 100) == 1);
  const uint16_t last = 2;
  clock_seconds += 2;
  CHECK(send_to(&stage, NULL, 0, 0, 1, 100) == 0);
  CHECK(fanout_resend(stage.fanout, handle, handle, &last, 1, NULL) == 1);
  clock_seconds += 1;
  CHECK(send_to(&stage, NULL, 0, 0, 1, 100) == 0);
  CHECK(fanout_resend(stage.fanout, handle, handle, &last, 1, NULL) == 0);
  settle(&stage, 8);
  close_stage(&stage);
}

/** Takes all places but a few, so that those are soon given away again. */
static void crowd(Stage *stage) {
  const uint8_t master[SRTP_MASTER_MOST] = {0};
  SrtpSession *session = srtp_create(AEAD_AES_128_GCM, master, master);
  Address to, none = {0};
  CHECK(session != NULL && address_parse("10.0.0.1", 9, &to));
  for (int at = 0; at < FANOUT_SLOTS - 25; at += 1) CHECK(fanout_add(stage->fanout, session, &to, &none) != 0);
  srtp_release(session);
}

/** Viewers come, move and go while the thread sends; see check_datagram. */
static void play_rush(double seconds, uint64_t seed) {
  Stage stage;
  memset(seen, 0, SEEN * sizeof *seen);
  open_stage(&stage, seed);
  crowd(&stage);
  kernel = AT_RANDOM;
  struct {
    uint32_t handle;
    uint16_t next, rtx;
  } viewers[24] = {{0}};
  size_t used = 0;
  const double begin = real_seconds();
  do {
    const uint32_t at = draw(&stage.random, 24), what = draw(&stage.random, 10);
    if (viewers[at].handle == 0) {
      viewers[at].handle = add_viewer(&stage);
      viewers[at].next = viewers[at].rtx = 0;
    } else if (what == 0 || viewers[at].next > 20000) {
      CHECK(fanout_remove(stage.fanout, viewers[at].handle));
      CHECK(!fanout_remove(stage.fanout, viewers[at].handle));
      viewers[at].handle = 0;
    } else if (what < 3) {
      uint16_t sequences[20];
      const FanoutRtx rtx = {.ssrc = viewers[at].handle | 0x80000000, .sequence = viewers[at].rtx, .payload_type = 97};
      for (int number = 0; number < 20; number += 1)
        sequences[number] = (uint16_t)(viewers[at].next - draw(&stage.random, 40));
      const size_t sent = fanout_resend(stage.fanout, viewers[at].handle, viewers[at].handle, sequences, 20,
                                        what == 1 ? &rtx : NULL);
      if (what == 1) viewers[at].rtx += (uint16_t)sent;
      used += sent;
    } else {
      const size_t count = 1 + draw(&stage.random, 30);
      const size_t sent = send_to(&stage, &viewers[at].handle, 1, viewers[at].next, count, 20 + draw(&stage.random, 1300));
      if (sent == 1) viewers[at].next += (uint16_t)count;
      if (sent == 1) used += count;
    }
    FanoutReport reports[8];
    fanout_reports(stage.fanout, reports, 8);
  } while ((real_seconds() - begin < seconds || used < 3000) && used < SEEN / 4);
  const FanoutStats stats = settle(&stage, used);
  printf("rush %lu: %lu packets sent, %lu stale, %lu full, %lu refused calls\n", (unsigned long)seed,
         (unsigned long)stats.packets, (unsigned long)stats.stale, (unsigned long)stats.full,
         (unsigned long)stats.overflows);
  CHECK(stats.reused == 0 && stats.packets > 0);
  kernel = ACCEPT;
  close_stage(&stage);
}

/** Reports from the wire: real ones with changes, and noise. */
static void fuzz_reports(size_t rounds, uint64_t seed) {
  Random random = {seed * 88172645463325252u + 1};
  for (int profile = AEAD_AES_128_GCM; profile <= AES128_CM_SHA1_80; profile += 1) {
    uint8_t master[SRTP_MASTER_MOST], plain[512], sealed[512 + SRTCP_OVERHEAD], opened[512 + SRTCP_OVERHEAD];
    fill(&random, master, sizeof master);
    SrtpSession *session = srtp_create((SrtpProfile)profile, master, master);
    CHECK(session != NULL);
    for (size_t round = 0; round < rounds; round += 1) {
      size_t length = draw(&random, 400);
      fill(&random, plain, length);
      if (length > 0) plain[0] = 0x80;
      memset(plain + 4, (int)draw(&random, 4), 4);
      size_t size = srtcp_protect(session, plain, length, sealed);
      CHECK((size == 0) == (length < RTCP_HEADER));
      const uint32_t kind = draw(&random, 4);
      if (kind == 0) {
        size = draw(&random, 64);
        fill(&random, sealed, size);
      } else if (size > 0 && kind == 1) {
        sealed[draw(&random, (uint32_t)size)] ^= (uint8_t)(1 + draw(&random, 255));
      } else if (size > 0 && kind == 2) {
        size = draw(&random, (uint32_t)size);
      }
      // Of exactly the size, so that reading past it shows.
      uint8_t *exact = malloc(size + (size == 0)), *out = malloc(size + (size == 0));
      CHECK(exact != NULL && out != NULL);
      memcpy(exact, sealed, size);
      const size_t result = srtcp_unprotect(session, exact, size, out);
      CHECK(kind == 3 && size > 0 ? result == length && memcmp(out, plain, length) == 0 : result == 0);
      CHECK(srtcp_unprotect(session, exact, size, opened) == 0);
      free(exact);
      free(out);
    }
    srtp_release(session);
  }
}

static void fuzz_inbox(size_t rounds) {
  uint8_t *slab = malloc(UDP_MESSAGES_IN * UDP_MESSAGE_MOST);
  UdpInbox *inbox = udp_inbox_create(slab);
  CHECK(slab != NULL && inbox != NULL);
  for (size_t round = 0; round < rounds; round += 1) {
    UdpDatagram datagram;
    size_t end = 0;
    const int received = udp_receive(inbox, 0);
    while (udp_next(inbox, &datagram)) {
      CHECK(datagram.length > 0 && datagram.offset >= end);
      end = datagram.offset + datagram.length;
      CHECK(end <= (size_t)received * UDP_MESSAGE_MOST);
      CHECK(slab[datagram.offset] == datagram.offset / UDP_MESSAGE_MOST && slab[end - 1] == slab[datagram.offset]);
    }
  }
  free(inbox);
  free(slab);
}

int main(int count, char **arguments) {
  const double seconds = count > 1 ? atof(arguments[1]) : 1;
  const uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
  seen = calloc(SEEN, sizeof *seen);
  CHECK(seen != NULL);
  inbox_random.state += seed;
  kernel_random.state += seed;
  play_refusals();
  memset(seen, 0, SEEN * sizeof *seen);
  play_overflow();
  memset(seen, 0, SEEN * sizeof *seen);
  play_history();
  const double begin = real_seconds();
  uint64_t round = seed;
  do {
    fuzz_reports(200, round);
    fuzz_inbox(50);
    play_rush(seconds < 2 ? seconds / 2 : 2, round);
    round += 1;
  } while (real_seconds() - begin < seconds);
  free(seen);
  return 0;
}
