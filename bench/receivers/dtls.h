#ifndef DTLS_H
#define DTLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "srtp.h"

/* DTLS 1.2 with use_srtp (RFC 5764) on a connected UDP socket: one datagram in, OpenSSL's own datagrams out. */

enum { DTLS_FINGERPRINT = 32 * 3 };

/* A certificate made at the start, the same for all viewers. */
typedef struct {
  SSL_CTX *context;
  /* SHA-256 as in SDP: `AB:CD:...` */
  char fingerprint[DTLS_FINGERPRINT];
} DtlsIdentity;

typedef enum { DTLS_HANDSHAKING, DTLS_CONNECTED, DTLS_ENDED } DtlsState;

typedef struct {
  SSL *ssl;
  int socket;
  DtlsState state;
  /* The datagram that OpenSSL may read now. */
  const uint8_t *datagram;
  size_t datagram_bytes;
  char remote_fingerprint[DTLS_FINGERPRINT];
  /* Why it ended. */
  const char *reason;
} Dtls;

bool dtls_identity_init(DtlsIdentity *identity);

/* The address must stay as it is. `remote_fingerprint`: upper case, SHA-256. */
bool dtls_init(Dtls *dtls, const DtlsIdentity *identity, int socket, bool is_client, const char *remote_fingerprint);
void dtls_free(Dtls *dtls);

/* Each goes on as far as it can; look at `state` afterwards. */
void dtls_start(Dtls *dtls);
void dtls_receive(Dtls *dtls, const uint8_t *datagram, size_t length);
/* Resends what was lost, when that is due. */
void dtls_tick(Dtls *dtls);
/* Says goodbye. */
void dtls_close(Dtls *dtls);

/* Once connected: the keys for what this side sends. */
bool dtls_srtp_sender(Dtls *dtls, bool is_client, SrtpSender *sender);

#endif
