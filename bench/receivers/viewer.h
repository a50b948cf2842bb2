#ifndef VIEWER_H
#define VIEWER_H

#include <netinet/in.h>

#include "dtls.h"
#include "rtcp.h"
#include "sequence.h"
#include "stun.h"

/* One viewer: ICE, DTLS, counting, reports. All datagrams of its connected socket come here. */

enum { STREAMS_MOST = 4, STAMPS_MOST = 8192, CREDENTIAL_MOST = 64 };

/* The last packet of a frame has come. */
typedef struct {
  uint32_t rtp_timestamp;
  int64_t at;
} Stamp;

typedef enum {
  /* The other side is not known yet. */
  VIEWER_NEW,
  VIEWER_CHECKING,
  VIEWER_HANDSHAKING,
  VIEWER_CONNECTED,
  /* Counts whatever comes from anyone: for senders without ICE and DTLS. */
  VIEWER_PLAIN,
  VIEWER_FAILED,
} ViewerState;

typedef struct {
  char ufrag[CREDENTIAL_MOST];
  char password[CREDENTIAL_MOST];
} Credentials;

typedef struct {
  Credentials credentials;
  char fingerprint[DTLS_FINGERPRINT];
  struct sockaddr_in address;
  bool is_controlling;
  bool is_client;
} RemoteSide;

typedef struct {
  int number;
  int socket;
  struct sockaddr_in address;
  ViewerState state;
  Credentials local;
  RemoteSide remote;
  uint64_t tie_breaker;
  uint8_t transaction[STUN_TRANSACTION];
  int64_t connecting_since;
  int64_t check_at;
  int checks;
  int64_t answered_at;
  Dtls dtls;
  SrtpSender srtp;
  int64_t report_at;
  SequenceState streams[STREAMS_MOST];
  size_t stream_count;
  /* RTP only, without the tag. */
  uint64_t packets;
  uint64_t bytes;
  uint64_t frames;
  size_t tag;
  int64_t first_at;
  bool keeps_stamps;
  Stamp *stamps;
  size_t stamp_count;
  const char *failure;
} Viewer;

/* Binds to this address, any port. */
bool viewer_init(Viewer *viewer, int number, struct in_addr address, bool is_plain, bool takes_gro);
void viewer_free(Viewer *viewer);

/* Once. */
bool viewer_connect(Viewer *viewer, const DtlsIdentity *identity, const RemoteSide *remote, int64_t now);
void viewer_receive(Viewer *viewer, const uint8_t *datagram, size_t length, int64_t now);
/* Every 10 ms or so. */
void viewer_tick(Viewer *viewer, int64_t now);

#endif
