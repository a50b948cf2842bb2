#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "lines.h"
#include "viewer.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/*
 * Many light viewers in one process, a socket each. Commands on stdin, answers on stdout, a JSON object a line; times are ms of the
 * monotonic clock. Arguments: address to bind to, and `gro` to take segments together. Ends with its input.
 */

enum { VIEWERS_MOST = 128, BATCH = 32, TICK_MS = 10, SMALL = 2048, WITH_GRO = 65536 };

typedef struct {
  Viewer *viewers[VIEWERS_MOST];
  ViewerState told[VIEWERS_MOST];
  DtlsIdentity identity;
  struct in_addr address;
  bool takes_gro;
  int poll;
  uint8_t *buffers;
  size_t buffer_bytes;
} Receivers;

/* In epoll, beside the numbers of viewers. */
enum { FROM_INPUT = VIEWERS_MOST, FROM_TIMER };

static double milliseconds(int64_t us) { return (double)us / 1000; }

static bool watch(const Receivers *receivers, int file, uint32_t number) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
  return epoll_ctl(receivers->poll, EPOLL_CTL_ADD, file, &event) == 0;
}

static int refuse(const char *what) {
  fprintf(stderr, "receivers: %s\n", what);
  return 1;
}

static Viewer *viewer_in(const Receivers *receivers, const char *line) {
  long number = -1;
  if (!line_number(line, "viewer", &number) || number < 0 || number >= VIEWERS_MOST) return NULL;
  return receivers->viewers[number];
}

static bool add(Receivers *receivers, const char *line) {
  long number = -1;
  if (!line_number(line, "viewer", &number) || number < 0 || number >= VIEWERS_MOST) return false;
  if (receivers->viewers[number] != NULL) return false;
  Viewer *viewer = malloc(sizeof *viewer);
  if (viewer == NULL) return false;
  if (!viewer_init(viewer, (int)number, receivers->address, line_true(line, "plain"), receivers->takes_gro) ||
      !watch(receivers, viewer->socket, (uint32_t)number)) {
    viewer_free(viewer);
    free(viewer);
    return false;
  }
  viewer->keeps_stamps = line_true(line, "stamps");
  receivers->viewers[number] = viewer;
  receivers->told[number] = viewer->state;
  printf("{\"event\":\"added\",\"viewer\":%ld,\"ufrag\":\"%s\",\"password\":\"%s\",\"fingerprint\":\"%s\",\"port\":%d}\n",
         number, viewer->local.ufrag, viewer->local.password, receivers->identity.fingerprint,
         ntohs(viewer->address.sin_port));
  return true;
}

static bool connect_viewer(Receivers *receivers, const char *line, int64_t now) {
  Viewer *viewer = viewer_in(receivers, line);
  char address[INET_ADDRSTRLEN];
  long port = 0;
  RemoteSide remote = {.is_controlling = line_true(line, "controlling"),
                       .is_client = line_true(line, "client"),
                       .address.sin_family = AF_INET};
  if (viewer == NULL || !line_text(line, "ufrag", remote.credentials.ufrag, CREDENTIAL_MOST) ||
      !line_text(line, "password", remote.credentials.password, CREDENTIAL_MOST) ||
      !line_text(line, "fingerprint", remote.fingerprint, sizeof remote.fingerprint) ||
      !line_text(line, "address", address, sizeof address) || !line_number(line, "port", &port) || port < 1 ||
      port > 65535 || inet_pton(AF_INET, address, &remote.address.sin_addr) != 1)
    return false;
  remote.address.sin_port = htons((uint16_t)port);
  return viewer_connect(viewer, &receivers->identity, &remote, now);
}

static bool remove_viewer(Receivers *receivers, const char *line) {
  Viewer *viewer = viewer_in(receivers, line);
  if (viewer == NULL) return false;
  receivers->viewers[viewer->number] = NULL;
  viewer_free(viewer);
  free(viewer);
  return true;
}

static void print_counters(const Receivers *receivers, int64_t now) {
  printf("{\"event\":\"counters\",\"at\":%.3f,\"viewers\":[", milliseconds(now));
  const char *separator = "";
  for (int number = 0; number < VIEWERS_MOST; number += 1) {
    const Viewer *viewer = receivers->viewers[number];
    if (viewer == NULL) continue;
    uint64_t expected = 0, nacked = 0, recovered = 0;
    int64_t lost = 0;
    for (size_t index = 0; index < viewer->stream_count; index += 1) {
      const SequenceState *stream = &viewer->streams[index];
      expected += sequence_expected(stream);
      lost += sequence_lost(stream);
      nacked += stream->nacked;
      recovered += stream->recovered;
    }
    printf("%s{\"viewer\":%d,\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"frames\":%" PRIu64 ",\"expected\":%" PRIu64
           ",\"lost\":%" PRId64 ",\"nacked\":%" PRIu64 ",\"recovered\":%" PRIu64 ",\"firstAt\":%.3f}",
           separator, number, viewer->packets, viewer->bytes, viewer->frames, expected, lost, nacked, recovered,
           milliseconds(viewer->first_at));
    separator = ",";
  }
  printf("]}\n");
}

static void print_stamps(const Receivers *receivers) {
  printf("{\"event\":\"stamps\",\"viewers\":[");
  const char *separator = "";
  for (int number = 0; number < VIEWERS_MOST; number += 1) {
    Viewer *viewer = receivers->viewers[number];
    if (viewer == NULL || !viewer->keeps_stamps) continue;
    printf("%s{\"viewer\":%d,\"frames\":[", separator, number);
    for (size_t index = 0; index < viewer->stamp_count; index += 1)
      printf("%s[%" PRIu32 ",%.3f]", index == 0 ? "" : ",", viewer->stamps[index].rtp_timestamp,
             milliseconds(viewer->stamps[index].at));
    printf("]}");
    viewer->stamp_count = 0;
    separator = ",";
  }
  printf("]}\n");
}

static bool obey(Receivers *receivers, const char *line, int64_t now) {
  char command[32];
  if (!line_text(line, "do", command, sizeof command)) return false;
  if (strcmp(command, "add") == 0) return add(receivers, line);
  if (strcmp(command, "connect") == 0) return connect_viewer(receivers, line, now);
  if (strcmp(command, "remove") == 0) return remove_viewer(receivers, line);
  if (strcmp(command, "counters") == 0) print_counters(receivers, now);
  else if (strcmp(command, "stamps") == 0) print_stamps(receivers);
  else return false;
  return true;
}

/* Says what has changed since it was last said. */
static void tell(Receivers *receivers, Viewer *viewer, int64_t now) {
  if (receivers->told[viewer->number] == viewer->state) return;
  receivers->told[viewer->number] = viewer->state;
  if (viewer->state == VIEWER_CONNECTED)
    printf("{\"event\":\"connected\",\"viewer\":%d,\"at\":%.3f,\"profile\":\"%s\"}\n", viewer->number, milliseconds(now),
           viewer->srtp.profile == SRTP_AEAD_GCM_128 ? "AEAD_AES_128_GCM" : "AES128_CM_SHA1_80");
  if (viewer->state == VIEWER_FAILED)
    printf("{\"event\":\"failed\",\"viewer\":%d,\"reason\":\"%s\"}\n", viewer->number, viewer->failure);
}

/* Bytes of each datagram in what came together; the whole if it came alone. */
static size_t segment_bytes(struct msghdr *header, size_t length) {
  for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL; control = CMSG_NXTHDR(header, control)) {
    if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO || control->cmsg_len < CMSG_LEN(sizeof(int)))
      continue;
    int size = 0;
    memcpy(&size, CMSG_DATA(control), sizeof size);
    if (size > 0 && (size_t)size < length) return (size_t)size;
  }
  return length;
}

static void receive(Receivers *receivers, Viewer *viewer) {
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  union {
    struct cmsghdr aligned;
    uint8_t bytes[CMSG_SPACE(sizeof(int))];
  } controls[BATCH];
  int received = BATCH;
  while (received == BATCH) {
    for (int index = 0; index < BATCH; index += 1) {
      parts[index] = (struct iovec){.iov_base = receivers->buffers + (size_t)index * receivers->buffer_bytes,
                                    .iov_len = receivers->buffer_bytes};
      messages[index] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[index], .msg_iovlen = 1}};
      if (!receivers->takes_gro) continue;
      messages[index].msg_hdr.msg_control = &controls[index];
      messages[index].msg_hdr.msg_controllen = sizeof controls[index];
    }
    received = recvmmsg(viewer->socket, messages, BATCH, MSG_DONTWAIT, NULL);
    int64_t now = now_us();
    for (int index = 0; index < received; index += 1) {
      size_t length = messages[index].msg_len;
      size_t segment = segment_bytes(&messages[index].msg_hdr, length);
      const uint8_t *bytes = parts[index].iov_base;
      for (size_t at = 0; at < length; at += segment)
        viewer_receive(viewer, bytes + at, length - at < segment ? length - at : segment, now);
    }
    tell(receivers, viewer, now);
  }
}

static void tick(Receivers *receivers, int timer) {
  uint64_t expirations;
  (void)!read(timer, &expirations, sizeof expirations);
  int64_t now = now_us();
  for (int number = 0; number < VIEWERS_MOST; number += 1) {
    Viewer *viewer = receivers->viewers[number];
    if (viewer == NULL) continue;
    viewer_tick(viewer, now);
    tell(receivers, viewer, now);
  }
}

/* False: the parent is gone. */
static bool read_commands(Receivers *receivers, LineReader *reader) {
  char line[LINE_MOST];
  if (!lines_read(reader, STDIN_FILENO)) return false;
  while (lines_next(reader, line) != NULL)
    if (!obey(receivers, line, now_us())) printf("{\"event\":\"refused\",\"line\":%s}\n", line);
  return true;
}

static int open_timer(void) {
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  struct timespec each = {.tv_nsec = TICK_MS * 1000000};
  struct itimerspec every = {.it_interval = each, .it_value = each};
  if (timer >= 0) timerfd_settime(timer, 0, &every, NULL);
  return timer;
}

int main(int count, char **arguments) {
  static Receivers receivers;
  static LineReader reader;
  if (count < 2 || inet_pton(AF_INET, arguments[1], &receivers.address) != 1) return refuse("the first argument is an IPv4 address");
  receivers.takes_gro = count > 2 && strcmp(arguments[2], "gro") == 0;
  receivers.buffer_bytes = receivers.takes_gro ? WITH_GRO : SMALL;
  receivers.buffers = malloc(BATCH * receivers.buffer_bytes);
  receivers.poll = epoll_create1(EPOLL_CLOEXEC);
  int timer = open_timer();
  if (receivers.buffers == NULL || receivers.poll < 0 || timer < 0) return refuse("out of memory or files");
  if (!dtls_identity_init(&receivers.identity)) return refuse("OpenSSL makes no certificate");
  if (!watch(&receivers, STDIN_FILENO, FROM_INPUT) || !watch(&receivers, timer, FROM_TIMER)) return refuse("epoll failed");
  signal(SIGPIPE, SIG_IGN);
  for (;;) {
    struct epoll_event events[VIEWERS_MOST + 2];
    int ready = epoll_wait(receivers.poll, events, VIEWERS_MOST + 2, -1);
    for (int index = 0; index < ready; index += 1) {
      uint32_t number = events[index].data.u32;
      if (number == FROM_TIMER) tick(&receivers, timer);
      else if (number == FROM_INPUT && !read_commands(&receivers, &reader)) return 0;
      // A command just before may have removed it.
      else if (number < VIEWERS_MOST && receivers.viewers[number] != NULL) receive(&receivers, receivers.viewers[number]);
    }
    fflush(stdout);
  }
}
