#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/udp.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../receivers/bytes.h"
#include "../receivers/clock.h"
#include "../receivers/srtp.h"
#include "clip.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/*
 * Sends a clip at its rate to each address, over and over. `plain`: RTP as it is, to feed others. `sendto` and `segment`: the floors,
 * encrypted for each address with AES-128-GCM, and sent packet by packet, or each frame in as few calls as UDP_SEGMENT allows.
 * Arguments: the kind, the clip's file, fps, address:port...  Ends with its input.
 */

typedef enum { PLAIN, SENDTO, SEGMENT } Kind;

enum { RECEIVERS_MOST = 128, SEGMENTS_MOST = 64, RUN_BYTES_MOST = 65000, SEND_BUFFER = 8 << 20, CLOCK_RATE = 90000 };
enum { SLOT = PACKET_MOST + SRTP_GCM_TAG };

typedef struct {
  struct sockaddr_in address;
  SrtpSender srtp;
} Receiver;

typedef struct {
  Kind kind;
  int socket;
  Receiver receivers[RECEIVERS_MOST];
  size_t receiver_count;
  /* Of the next packet, with rollovers. */
  uint32_t sequence;
} Sender;

/* Packets of one frame for one receiver, one behind the other. */
typedef struct {
  uint8_t bytes[FRAME_PACKETS_MOST * SLOT];
  size_t lengths[FRAME_PACKETS_MOST];
  size_t count;
} Encrypted;

static int refuse(const char *what) {
  fprintf(stderr, "sender: %s\n", what);
  return 1;
}

static bool parse_address(const char *text, struct sockaddr_in *out) {
  char address[INET_ADDRSTRLEN];
  const char *colon = strchr(text, ':');
  if (colon == NULL || (size_t)(colon - text) >= sizeof address) return false;
  memcpy(address, text, (size_t)(colon - text));
  address[colon - text] = '\0';
  int port = atoi(colon + 1);
  *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  return port > 0 && port < 65536 && inet_pton(AF_INET, address, &out->sin_addr) == 1;
}

static bool add_receiver(Sender *sender, const char *text) {
  if (sender->receiver_count == RECEIVERS_MOST) return false;
  Receiver *receiver = &sender->receivers[sender->receiver_count++];
  uint8_t master[SRTP_LONGEST_MASTER];
  return parse_address(text, &receiver->address) && RAND_bytes(master, sizeof master) == 1 &&
         srtp_sender_init(&receiver->srtp, SRTP_AEAD_GCM_128, master);
}

static bool encrypt(Sender *sender, Receiver *receiver, const Frame *frame, Encrypted *out) {
  size_t at = 0;
  out->count = frame->count;
  for (size_t index = 0; index < frame->count; index += 1) {
    const Packet *packet = &frame->packets[index];
    uint32_t rollovers = (sender->sequence + (uint32_t)index) >> 16;
    size_t length = srtp_protect_rtp(&receiver->srtp, rollovers, packet->bytes, packet->length, out->bytes + at);
    if (length == 0) return false;
    out->lengths[index] = length;
    at += length;
  }
  return true;
}

static void send_one_by_one(int file, const struct sockaddr_in *to, const uint8_t *bytes, size_t length) {
  // What a full socket refuses is lost, and counted as such by the receiver.
  (void)!sendto(file, bytes, length, MSG_DONTWAIT, (const struct sockaddr *)to, sizeof *to);
}

/* The packets from `first` on that one segmented datagram can take: all as long as the first, and the last perhaps shorter. */
static size_t run_from(const Encrypted *frame, size_t first) {
  size_t segment = frame->lengths[first];
  size_t bytes = segment;
  size_t count = 1;
  while (first + count < frame->count && count < SEGMENTS_MOST) {
    size_t next = frame->lengths[first + count];
    if (next > segment || bytes + next > RUN_BYTES_MOST) break;
    bytes += next;
    count += 1;
    if (next < segment) break;
  }
  return count;
}

typedef union {
  struct cmsghdr aligned;
  uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
} SegmentControl;

static void send_segmented(int file, struct sockaddr_in *to, Encrypted *frame) {
  static struct mmsghdr messages[FRAME_PACKETS_MOST];
  static struct iovec parts[FRAME_PACKETS_MOST];
  static SegmentControl controls[FRAME_PACKETS_MOST];
  unsigned runs = 0;
  size_t at = 0;
  for (size_t index = 0; index < frame->count; runs += 1) {
    size_t count = run_from(frame, index);
    size_t bytes = 0;
    for (size_t each = 0; each < count; each += 1) bytes += frame->lengths[index + each];
    parts[runs] = (struct iovec){.iov_base = frame->bytes + at, .iov_len = bytes};
    messages[runs] = (struct mmsghdr){
        .msg_hdr = {.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &parts[runs], .msg_iovlen = 1}};
    if (count > 1) {
      messages[runs].msg_hdr.msg_control = &controls[runs];
      messages[runs].msg_hdr.msg_controllen = sizeof controls[runs];
      struct cmsghdr *control = CMSG_FIRSTHDR(&messages[runs].msg_hdr);
      uint16_t segment = (uint16_t)frame->lengths[index];
      control->cmsg_level = IPPROTO_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof segment);
      memcpy(CMSG_DATA(control), &segment, sizeof segment);
    }
    at += bytes;
    index += count;
  }
  int sent = sendmmsg(file, messages, runs, MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN && errno != ECONNREFUSED) perror("sender: sendmmsg");
}

static bool send_frame(Sender *sender, const Frame *frame, uint32_t timestamp) {
  static Encrypted encrypted;
  for (size_t index = 0; index < frame->count; index += 1) {
    write16(frame->packets[index].bytes + 2, (uint16_t)(sender->sequence + index));
    write32(frame->packets[index].bytes + 4, timestamp);
  }
  for (size_t number = 0; number < sender->receiver_count; number += 1) {
    Receiver *receiver = &sender->receivers[number];
    if (sender->kind == PLAIN) {
      for (size_t index = 0; index < frame->count; index += 1)
        send_one_by_one(sender->socket, &receiver->address, frame->packets[index].bytes, frame->packets[index].length);
      continue;
    }
    if (!encrypt(sender, receiver, frame, &encrypted)) return false;
    if (sender->kind == SEGMENT) {
      send_segmented(sender->socket, &receiver->address, &encrypted);
      continue;
    }
    size_t at = 0;
    for (size_t index = 0; index < encrypted.count; at += encrypted.lengths[index], index += 1)
      send_one_by_one(sender->socket, &receiver->address, encrypted.bytes + at, encrypted.lengths[index]);
  }
  sender->sequence += (uint32_t)frame->count;
  return true;
}

/* False: the parent is gone. */
static bool wait_until(int64_t due) {
  for (;;) {
    int64_t left = due - now_us();
    if (left <= 0) return true;
    struct timespec timeout = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    uint8_t ignored[64];
    if (ppoll(&input, 1, &timeout, NULL) > 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return false;
  }
}

int main(int count, char **arguments) {
  static Sender sender;
  static Clip clip;
  if (count < 4) return refuse("usage: sender plain|sendto|segment CLIP FPS address:port...");
  if (strcmp(arguments[1], "plain") == 0) sender.kind = PLAIN;
  else if (strcmp(arguments[1], "sendto") == 0) sender.kind = SENDTO;
  else if (strcmp(arguments[1], "segment") == 0) sender.kind = SEGMENT;
  else return refuse("the kind is plain, sendto or segment");
  int fps = atoi(arguments[3]);
  if (fps < 1 || fps > 240) return refuse("fps are 1 to 240");
  if (!clip_read(arguments[2], &clip)) return refuse("the clip cannot be read");
  for (int at = 4; at < count; at += 1)
    if (!add_receiver(&sender, arguments[at])) return refuse("not an address, or too many");
  sender.socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sender.socket < 0) return refuse("no socket");
  int size = SEND_BUFFER;
  if (setsockopt(sender.socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
    setsockopt(sender.socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  int64_t start = now_us();
  for (uint64_t frame = 0;; frame += 1) {
    if (!wait_until(start + (int64_t)(frame * 1000000 / (uint64_t)fps))) return 0;
    // After the key frame, the recording goes round from its second frame.
    size_t index = frame < clip.count || clip.count == 1 ? frame % clip.count : 1 + (frame - 1) % (clip.count - 1);
    if (!send_frame(&sender, &clip.frames[index], (uint32_t)(frame * CLOCK_RATE / (uint64_t)fps)))
      return refuse("OpenSSL does not encrypt");
  }
}
