#include "dtls.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { MTU = 1200, YEAR_SECONDS = 31536000 };
static const char PROFILES[] = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
static const char EXPORTER[] = "EXTRACTOR-dtls_srtp";

static int bio_write(BIO *bio, const char *bytes, int length) {
  Dtls *dtls = BIO_get_data(bio);
  // What the socket refuses is lost, as on any network.
  (void)!send(dtls->socket, bytes, (size_t)length, MSG_DONTWAIT);
  return length;
}

static int bio_read(BIO *bio, char *out, int room) {
  Dtls *dtls = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (dtls->datagram == NULL || room < 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  size_t length = dtls->datagram_bytes < (size_t)room ? dtls->datagram_bytes : (size_t)room;
  memcpy(out, dtls->datagram, length);
  dtls->datagram = NULL;
  return (int)length;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *datagram_method(void) {
  static BIO_METHOD *method;
  if (method != NULL) return method;
  method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "datagrams");
  if (method == NULL) return NULL;
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_control);
  return method;
}

/* The fingerprint decides, after the handshake. */
static int accept_certificate(int is_valid, X509_STORE_CTX *store) {
  (void)is_valid;
  (void)store;
  return 1;
}

static bool fingerprint_of(const X509 *certificate, char *out) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1 || length != 32) return false;
  for (unsigned at = 0; at < length; at += 1) snprintf(out + 3 * at, 4, at + 1 < length ? "%02X:" : "%02X", digest[at]);
  return true;
}

static X509 *create_certificate(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  if (certificate == NULL) return NULL;
  X509_NAME *name = X509_get_subject_name(certificate);
  bool ok = X509_set_version(certificate, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
            X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
            X509_gmtime_adj(X509_getm_notAfter(certificate), YEAR_SECONDS) != NULL &&
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"bench", -1, -1, 0) == 1 &&
            X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
            X509_sign(certificate, key, EVP_sha256()) > 0;
  if (ok) return certificate;
  X509_free(certificate);
  return NULL;
}

bool dtls_identity_init(DtlsIdentity *identity) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = key == NULL ? NULL : create_certificate(key);
  SSL_CTX *context = SSL_CTX_new(DTLS_method());
  bool ok = certificate != NULL && context != NULL && fingerprint_of(certificate, identity->fingerprint) &&
            SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
            SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
            SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1 &&
            // Zero is success here.
            SSL_CTX_set_tlsext_use_srtp(context, PROFILES) == 0;
  if (ok) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_certificate);
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    identity->context = context;
  } else {
    SSL_CTX_free(context);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  return ok;
}

bool dtls_init(Dtls *dtls, const DtlsIdentity *identity, int socket, bool is_client, const char *remote_fingerprint) {
  memset(dtls, 0, sizeof *dtls);
  dtls->socket = socket;
  if (strlen(remote_fingerprint) >= sizeof dtls->remote_fingerprint) return false;
  strcpy(dtls->remote_fingerprint, remote_fingerprint);
  BIO_METHOD *method = datagram_method();
  BIO *bio = method == NULL ? NULL : BIO_new(method);
  dtls->ssl = SSL_new(identity->context);
  if (bio == NULL || dtls->ssl == NULL) {
    BIO_free(bio);
    return false;
  }
  BIO_set_data(bio, dtls);
  BIO_set_init(bio, 1);
  SSL_set_bio(dtls->ssl, bio, bio);
  SSL_set_mtu(dtls->ssl, MTU);
  if (is_client) SSL_set_connect_state(dtls->ssl);
  else SSL_set_accept_state(dtls->ssl);
  return true;
}

void dtls_free(Dtls *dtls) {
  SSL_free(dtls->ssl);
  dtls->ssl = NULL;
}

static void end(Dtls *dtls, const char *reason) {
  dtls->state = DTLS_ENDED;
  dtls->reason = reason;
}

static bool is_expected_peer(const Dtls *dtls) {
  X509 *certificate = SSL_get0_peer_certificate(dtls->ssl);
  char fingerprint[DTLS_FINGERPRINT];
  return certificate != NULL && fingerprint_of(certificate, fingerprint) &&
         strcmp(fingerprint, dtls->remote_fingerprint) == 0;
}

static void conclude(Dtls *dtls, int result) {
  int error = SSL_get_error(dtls->ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  end(dtls, error == SSL_ERROR_ZERO_RETURN ? "the other side closed DTLS" : "DTLS failed");
}

static void handshake(Dtls *dtls) {
  ERR_clear_error();
  int result = SSL_do_handshake(dtls->ssl);
  if (result != 1) conclude(dtls, result);
  else if (!is_expected_peer(dtls)) end(dtls, "the certificate has a different fingerprint");
  else if (SSL_get_selected_srtp_profile(dtls->ssl) == NULL) end(dtls, "no SRTP profile in common");
  else dtls->state = DTLS_CONNECTED;
}

void dtls_start(Dtls *dtls) { handshake(dtls); }

void dtls_receive(Dtls *dtls, const uint8_t *datagram, size_t length) {
  if (dtls->state == DTLS_ENDED) return;
  dtls->datagram = datagram;
  dtls->datagram_bytes = length;
  if (dtls->state == DTLS_HANDSHAKING) handshake(dtls);
  if (dtls->state == DTLS_CONNECTED) {
    // Data channels are not used: what they send is read and forgotten.
    uint8_t data[2048];
    ERR_clear_error();
    int result = SSL_read(dtls->ssl, data, sizeof data);
    if (result <= 0) conclude(dtls, result);
  }
  dtls->datagram = NULL;
}

void dtls_tick(Dtls *dtls) {
  if (dtls->state == DTLS_HANDSHAKING && DTLSv1_handle_timeout(dtls->ssl) < 0) end(dtls, "DTLS took too long");
}

void dtls_close(Dtls *dtls) {
  if (dtls->state == DTLS_CONNECTED) SSL_shutdown(dtls->ssl);
}

bool dtls_srtp_sender(Dtls *dtls, bool is_client, SrtpSender *sender) {
  SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(dtls->ssl);
  if (chosen == NULL) return false;
  SrtpProfile profile = chosen->id == SRTP_AEAD_AES_128_GCM ? SRTP_AEAD_GCM_128 : SRTP_CM_SHA1_80;
  size_t salt = srtp_salt_bytes(profile);
  // Client key, server key, client salt, server salt (RFC 5764 §4.2).
  uint8_t exported[2 * SRTP_LONGEST_MASTER];
  if (SSL_export_keying_material(dtls->ssl, exported, 2 * (SRTP_MASTER_KEY + salt), EXPORTER, sizeof EXPORTER - 1, NULL,
                                 0, 0) != 1)
    return false;
  uint8_t master[SRTP_LONGEST_MASTER];
  memcpy(master, exported + (is_client ? 0 : SRTP_MASTER_KEY), SRTP_MASTER_KEY);
  memcpy(master + SRTP_MASTER_KEY, exported + 2 * SRTP_MASTER_KEY + (is_client ? 0 : salt), salt);
  return srtp_sender_init(sender, profile, master);
}
