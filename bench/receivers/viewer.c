#include "viewer.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <netinet/udp.h>

#include "bytes.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { RECEIVE_BUFFER = 8 << 20 };
enum { CHECK_FIRST_US = 50000, CHECK_SLOWEST_US = 500000, CONSENT_US = 5000000, CONSENT_LOST_US = 30000000 };
enum { CONNECT_US = 20000000, REPORT_US = 1000000 };
static const uint8_t MARKER = 0x80;

static void fail(Viewer *viewer, const char *reason) {
  viewer->state = VIEWER_FAILED;
  viewer->failure = reason;
}

static void random_text(char *out, size_t characters) {
  static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint8_t bytes[CREDENTIAL_MOST];
  RAND_bytes(bytes, (int)characters);
  for (size_t at = 0; at < characters; at += 1) out[at] = ALPHABET[bytes[at] & 63];
  out[characters] = '\0';
}

bool viewer_init(Viewer *viewer, int number, struct in_addr address, bool is_plain, bool takes_gro) {
  memset(viewer, 0, sizeof *viewer);
  viewer->number = number;
  viewer->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (viewer->socket < 0) return false;
  int size = RECEIVE_BUFFER;
  if (setsockopt(viewer->socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt(viewer->socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  int on = 1;
  if (takes_gro && setsockopt(viewer->socket, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0) return false;
  viewer->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = address};
  socklen_t length = sizeof viewer->address;
  if (bind(viewer->socket, (struct sockaddr *)&viewer->address, length) != 0 ||
      getsockname(viewer->socket, (struct sockaddr *)&viewer->address, &length) != 0)
    return false;
  random_text(viewer->local.ufrag, 8);
  random_text(viewer->local.password, 24);
  RAND_bytes((uint8_t *)&viewer->tie_breaker, sizeof viewer->tie_breaker);
  viewer->state = is_plain ? VIEWER_PLAIN : VIEWER_NEW;
  viewer->tag = SRTP_GCM_TAG;
  return true;
}

void viewer_free(Viewer *viewer) {
  dtls_close(&viewer->dtls);
  dtls_free(&viewer->dtls);
  srtp_sender_free(&viewer->srtp);
  if (viewer->socket >= 0) close(viewer->socket);
  free(viewer->stamps);
}

bool viewer_connect(Viewer *viewer, const DtlsIdentity *identity, const RemoteSide *remote, int64_t now) {
  if (viewer->state != VIEWER_NEW) return false;
  viewer->remote = *remote;
  // Datagrams from elsewhere do not reach us any more.
  if (connect(viewer->socket, (const struct sockaddr *)&remote->address, sizeof remote->address) != 0) return false;
  if (!dtls_init(&viewer->dtls, identity, viewer->socket, remote->is_client, remote->fingerprint)) return false;
  viewer->state = VIEWER_CHECKING;
  viewer->connecting_since = now;
  viewer->check_at = now;
  return true;
}

static void send_datagram(const Viewer *viewer, const uint8_t *datagram, size_t length) {
  // What the socket refuses is lost, as on any network.
  if (length > 0) (void)!send(viewer->socket, datagram, length, MSG_DONTWAIT);
}

static void check(Viewer *viewer, int64_t now) {
  char username[2 * CREDENTIAL_MOST];
  snprintf(username, sizeof username, "%s:%s", viewer->remote.credentials.ufrag, viewer->local.ufrag);
  RAND_bytes(viewer->transaction, sizeof viewer->transaction);
  StunRequest request = {
      .username = username,
      .password = viewer->remote.credentials.password,
      .tie_breaker = viewer->tie_breaker,
      .is_controlling = viewer->remote.is_controlling,
  };
  memcpy(request.transaction, viewer->transaction, sizeof request.transaction);
  uint8_t message[STUN_LONGEST];
  send_datagram(viewer, message, stun_request(&request, message));
  int64_t wait = CHECK_FIRST_US << (viewer->checks < 4 ? viewer->checks : 4);
  if (wait > CHECK_SLOWEST_US) wait = CHECK_SLOWEST_US;
  viewer->checks += 1;
  viewer->check_at = now + wait;
}

static void receive_stun(Viewer *viewer, const uint8_t *datagram, size_t length, int64_t now) {
  bool is_request = stun_is_request(datagram, length);
  const char *password = is_request ? viewer->local.password : viewer->remote.credentials.password;
  StunMessage message;
  if (!stun_parse(datagram, length, viewer->local.ufrag, password, &message)) return;
  if (message.kind == STUN_REQUEST) {
    uint8_t response[STUN_LONGEST];
    send_datagram(viewer, response, stun_success(message.transaction, &viewer->remote.address, viewer->local.password, response));
    return;
  }
  if (message.kind != STUN_SUCCESS || memcmp(message.transaction, viewer->transaction, STUN_TRANSACTION) != 0) return;
  viewer->answered_at = now;
  viewer->checks = 0;
  viewer->check_at = now + CONSENT_US;
  if (viewer->state != VIEWER_CHECKING) return;
  viewer->state = VIEWER_HANDSHAKING;
  if (viewer->remote.is_client) dtls_start(&viewer->dtls);
}

static void look_at_dtls(Viewer *viewer, int64_t now) {
  if (viewer->dtls.state == DTLS_ENDED) {
    fail(viewer, viewer->dtls.reason);
  } else if (viewer->dtls.state == DTLS_CONNECTED && viewer->state != VIEWER_CONNECTED) {
    if (!dtls_srtp_sender(&viewer->dtls, viewer->remote.is_client, &viewer->srtp)) {
      fail(viewer, "no SRTP keys");
      return;
    }
    viewer->state = VIEWER_CONNECTED;
    if (viewer->answered_at == 0) viewer->answered_at = now;
    viewer->tag = srtp_tag_bytes(viewer->srtp.profile);
    viewer->report_at = now;
  }
}

static SequenceState *stream_of(Viewer *viewer, uint32_t ssrc) {
  for (size_t index = 0; index < viewer->stream_count; index += 1)
    if (viewer->streams[index].ssrc == ssrc) return &viewer->streams[index];
  return NULL;
}

static void stamp(Viewer *viewer, uint32_t rtp_timestamp, int64_t now) {
  if (viewer->stamps == NULL) viewer->stamps = malloc(STAMPS_MOST * sizeof *viewer->stamps);
  if (viewer->stamps == NULL || viewer->stamp_count == STAMPS_MOST) return;
  viewer->stamps[viewer->stamp_count++] = (Stamp){.rtp_timestamp = rtp_timestamp, .at = now};
}

static void receive_rtp(Viewer *viewer, const uint8_t *packet, size_t length, int64_t now) {
  if (rtp_header_bytes(packet, length) == 0 || length < viewer->tag) return;
  viewer->packets += 1;
  viewer->bytes += length - viewer->tag;
  if (viewer->first_at == 0) viewer->first_at = now;
  if ((packet[1] & MARKER) != 0) {
    viewer->frames += 1;
    if (viewer->keeps_stamps) stamp(viewer, read32(packet + 4), now);
  }
  uint16_t sequence = read16(packet + 2);
  uint32_t ssrc = read32(packet + 8);
  SequenceState *stream = stream_of(viewer, ssrc);
  if (stream != NULL) sequence_receive(stream, sequence, now);
  else if (viewer->stream_count < STREAMS_MOST)
    sequence_begin(&viewer->streams[viewer->stream_count++], ssrc, sequence);
}

/* By the first byte (RFC 7983); RTCP by its packet type (RFC 5761 §4). */
void viewer_receive(Viewer *viewer, const uint8_t *datagram, size_t length, int64_t now) {
  if (length < 2 || viewer->state == VIEWER_FAILED || viewer->state == VIEWER_NEW) return;
  uint8_t first = datagram[0];
  if (first >= 128 && first <= 191) {
    bool is_rtcp = datagram[1] >= 192 && datagram[1] <= 223;
    if (!is_rtcp) receive_rtp(viewer, datagram, length, now);
  } else if (viewer->state == VIEWER_PLAIN) {
    return;
  } else if (first < 4) {
    receive_stun(viewer, datagram, length, now);
    look_at_dtls(viewer, now);
  } else if (first >= 20 && first <= 63) {
    dtls_receive(&viewer->dtls, datagram, length);
    look_at_dtls(viewer, now);
  }
}

static void send_rtcp(Viewer *viewer, uint8_t *packet, size_t length) {
  send_datagram(viewer, packet, srtp_protect_rtcp(&viewer->srtp, packet, length));
}

static uint32_t own_ssrc(const Viewer *viewer) { return (uint32_t)viewer->number + 1; }

static size_t write_report(Viewer *viewer, uint8_t *packet, int64_t now) {
  SequenceState *streams[STREAMS_MOST];
  for (size_t index = 0; index < viewer->stream_count; index += 1) streams[index] = &viewer->streams[index];
  viewer->report_at = now + REPORT_US;
  return rtcp_receiver_report(own_ssrc(viewer), streams, viewer->stream_count, packet);
}

static void report(Viewer *viewer, int64_t now) {
  uint8_t packet[RTCP_LONGEST + SRTP_LONGEST_TRAILER];
  send_rtcp(viewer, packet, write_report(viewer, packet, now));
}

/* Behind a report: packets of NACKs alone would have to be negotiated (RFC 5506). */
static void ask_again(Viewer *viewer, int64_t now) {
  for (size_t index = 0; index < viewer->stream_count; index += 1) {
    SequenceState *stream = &viewer->streams[index];
    uint16_t sequences[RTCP_SEQUENCES_MOST];
    size_t count = sequence_due(stream, now, sequences, RTCP_SEQUENCES_MOST);
    if (count == 0) continue;
    uint8_t packet[RTCP_LONGEST + SRTP_LONGEST_TRAILER];
    size_t length = write_report(viewer, packet, now);
    length += rtcp_nack(own_ssrc(viewer), stream->ssrc, sequences, count, packet + length);
    send_rtcp(viewer, packet, length);
  }
}

void viewer_tick(Viewer *viewer, int64_t now) {
  if (viewer->state == VIEWER_NEW || viewer->state == VIEWER_PLAIN || viewer->state == VIEWER_FAILED) return;
  if (now >= viewer->check_at) check(viewer, now);
  if (viewer->state != VIEWER_CONNECTED) {
    if (viewer->state == VIEWER_HANDSHAKING) dtls_tick(&viewer->dtls);
    look_at_dtls(viewer, now);
    if (viewer->state != VIEWER_CONNECTED && viewer->state != VIEWER_FAILED && now - viewer->connecting_since > CONNECT_US)
      fail(viewer, viewer->answered_at == 0 ? "ICE had no answer" : "DTLS took too long");
    return;
  }
  if (now - viewer->answered_at > CONSENT_LOST_US) {
    fail(viewer, "ICE lost consent");
    return;
  }
  if (now >= viewer->report_at) report(viewer, now);
  ask_again(viewer, now);
}
