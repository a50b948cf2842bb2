// DTLS 1.2 for one connection, without I/O: datagrams in, a transcript of what happened out (datagrams to send among it). The clock
// of the retransmission timer is OpenSSL's own. dtls/dtls.ts is the only caller.
#include "common.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define MAX_PEM 16384
#define MAX_DATAGRAM 65535
#define MAX_DATA 16384
/** A flight of ours is below 4 KB and a call handles one datagram: what exceeds this is dropped, and the connection ends. */
#define MAX_TRANSCRIPT 262144
/** More than the records that fit into a datagram. */
#define MAX_READS 8192
/** The chain of a peer; browsers send one self-signed certificate. */
#define MAX_CERTIFICATES 16384
/** Of the retransmission timer, which doubles. */
#define MAX_TIMEOUT_US 3000000u
#define MAX_DIGEST 64

#define CIPHERS                                                                                      \
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"       \
  "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"
#define SIGNATURES "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384"
#define SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80"
#define SRTP_LABEL "EXTRACTOR-dtls_srtp"

/** The kinds of entries in a transcript: a byte, then 3 bytes of length, then the content. dtls/transcript.ts reads them. */
enum { ENTRY_SEND = 1, ENTRY_DATA, ENTRY_CONNECTED, ENTRY_CLOSED, ENTRY_TIMER };
/** The first byte of ENTRY_CLOSED; a text follows. */
enum { CLOSED_BY_PEER = 0, CLOSED_FINGERPRINT, CLOSED_TIMEOUT, CLOSED_ALERT, CLOSED_PROTOCOL };

typedef struct {
  uint8_t *data;
  size_t used;
  size_t capacity;
  bool overflowed;
} Transcript;

typedef enum { HANDSHAKE, CONNECTED, CLOSED } State;

typedef struct {
  SSL *ssl;
  State state;
  bool is_server;
  bool wrong_fingerprint;
  unsigned first_timeout_us;
  int mtu;
  size_t fingerprint_length;
  uint8_t fingerprint[MAX_DIGEST];
  /** Both only during a call. */
  Bytes input;
  Transcript *transcript;
} Dtls;

static const napi_type_tag CONTEXT_TAG = {0x6d4f0d7c1a9b4c02, 0x9a6e15c2b7d84f31};
static const napi_type_tag DTLS_TAG = {0x2f9c6f0be1d347a8, 0xb05a7d9316ce4e77};

// The transcript

static void add(Transcript *transcript, uint8_t kind, const void *data, size_t length) {
  size_t needed = transcript->used + 4 + length;
  if (length > MAX_DATAGRAM || needed > MAX_TRANSCRIPT) {
    transcript->overflowed = true;
    return;
  }
  if (needed > transcript->capacity) {
    size_t capacity = needed < 2048 ? 4096 : needed * 2;
    uint8_t *grown = realloc(transcript->data, capacity);
    if (grown == NULL) {
      transcript->overflowed = true;
      return;
    }
    transcript->data = grown;
    transcript->capacity = capacity;
  }
  uint8_t *at = transcript->data + transcript->used;
  at[0] = kind;
  at[1] = (uint8_t)(length >> 16);
  at[2] = (uint8_t)(length >> 8);
  at[3] = (uint8_t)length;
  if (length > 0) memcpy(at + 4, data, length);
  transcript->used = needed;
}

static void close_with(Dtls *dtls, uint8_t reason, const char *detail) {
  if (dtls->state == CLOSED) return;
  dtls->state = CLOSED;
  uint8_t entry[256];
  size_t length = strlen(detail);
  if (length > sizeof entry - 1) length = sizeof entry - 1;
  entry[0] = reason;
  memcpy(entry + 1, detail, length);
  add(dtls->transcript, ENTRY_CLOSED, entry, length + 1);
}

// The BIO that OpenSSL reads from and writes to: a write is a datagram, a read takes the one that a call brought.

static pthread_once_t bio_once = PTHREAD_ONCE_INIT;
/** Written once, under `bio_once`. */
static BIO_METHOD *bio_method;

static int bio_write(BIO *bio, const char *data, int length) {
  Dtls *dtls = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (dtls == NULL || length <= 0) return -1;
  if (dtls->transcript != NULL) add(dtls->transcript, ENTRY_SEND, data, (size_t)length);
  return length;
}

static int bio_read(BIO *bio, char *data, int length) {
  Dtls *dtls = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (dtls == NULL || length <= 0) return -1;
  if (dtls->input.data == NULL) {
    BIO_set_retry_read(bio);
    return -1;
  }
  // As with a socket, what does not fit is cut off.
  size_t taken = dtls->input.length < (size_t)length ? dtls->input.length : (size_t)length;
  memcpy(data, dtls->input.data, taken);
  dtls->input.data = NULL;
  return (int)taken;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
  (void)number;
  (void)pointer;
  Dtls *dtls = BIO_get_data(bio);
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return dtls == NULL ? 0 : dtls->mtu;
    default:
      return 0;
  }
}

static int bio_create(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

static void make_bio_method(void) {
  int type = BIO_get_new_index();
  BIO_METHOD *method = type == -1 ? NULL : BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "datagrams of a call");
  if (method == NULL) return;
  if (BIO_meth_set_write(method, bio_write) && BIO_meth_set_read(method, bio_read) &&
      BIO_meth_set_ctrl(method, bio_control) && BIO_meth_set_create(method, bio_create))
    bio_method = method;
  else
    BIO_meth_free(method);
}

// What OpenSSL asks

/** The peer's certificate must be the one that signalling announced; who signed it and until when does not matter (RFC 8122). */
static int verify_fingerprint(X509_STORE_CTX *store, void *unused) {
  (void)unused;
  SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  Dtls *dtls = ssl == NULL ? NULL : SSL_get_app_data(ssl);
  X509 *certificate = X509_STORE_CTX_get0_cert(store);
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (dtls != NULL && certificate != NULL) {
    const EVP_MD *algorithm = dtls->fingerprint_length == 32   ? EVP_sha256()
                              : dtls->fingerprint_length == 48 ? EVP_sha384()
                                                               : EVP_sha512();
    if (X509_digest(certificate, algorithm, digest, &length) == 1 && length == dtls->fingerprint_length &&
        CRYPTO_memcmp(digest, dtls->fingerprint, length) == 0)
      return 1;
    dtls->wrong_fingerprint = true;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

/** The next duration of the retransmission timer; 0 before the first. */
static unsigned next_timeout(SSL *ssl, unsigned previous_us) {
  Dtls *dtls = SSL_get_app_data(ssl);
  unsigned first = dtls == NULL ? 1000000u : dtls->first_timeout_us;
  if (previous_us == 0) return first;
  return previous_us > MAX_TIMEOUT_US / 2 ? MAX_TIMEOUT_US : previous_us * 2;
}

// The connection

static void add_keys(Dtls *dtls) {
  // The profile's identifier (RFC 5764), then for us and for the peer a key followed by its salt. Without SRTP it is empty.
  uint8_t entry[2 + 2 * (32 + 14)], exported[2 * (32 + 14)];
  const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(dtls->ssl);
  if (profile == NULL) {
    add(dtls->transcript, ENTRY_CONNECTED, NULL, 0);
    return;
  }
  size_t key = profile->id == SRTP_AEAD_AES_256_GCM ? 32 : 16;
  size_t salt = profile->id == SRTP_AES128_CM_SHA1_80 ? 14 : 12;
  size_t length = 2 * (key + salt);
  if (SSL_export_keying_material(dtls->ssl, exported, length, SRTP_LABEL, strlen(SRTP_LABEL), NULL, 0, 0) != 1) {
    close_with(dtls, CLOSED_PROTOCOL, "no key could be derived");
    return;
  }
  entry[0] = (uint8_t)(profile->id >> 8);
  entry[1] = (uint8_t)profile->id;
  // Exported are the client's and the server's key, then the client's and the server's salt.
  for (size_t peer = 0; peer < 2; peer++) {
    size_t from = peer ^ (dtls->is_server ? 1 : 0);
    uint8_t *to = entry + 2 + peer * (key + salt);
    memcpy(to, exported + from * key, key);
    memcpy(to + key, exported + 2 * key + from * salt, salt);
  }
  add(dtls->transcript, ENTRY_CONNECTED, entry, 2 + length);
  OPENSSL_cleanse(exported, sizeof exported);
  OPENSSL_cleanse(entry, sizeof entry);
}

/** After a call of OpenSSL that did not succeed. */
static void take_failure(Dtls *dtls, int result) {
  switch (SSL_get_error(dtls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return;
    case SSL_ERROR_ZERO_RETURN:
      SSL_shutdown(dtls->ssl);
      close_with(dtls, CLOSED_BY_PEER, "");
      return;
    default:
      break;
  }
  unsigned long error = ERR_peek_error();
  const char *detail = ERR_reason_error_string(error);
  int reason = ERR_GET_REASON(error);
  if (detail == NULL) detail = "unknown error";
  if (dtls->wrong_fingerprint)
    close_with(dtls, CLOSED_FINGERPRINT, "the certificate is not the one that was announced");
  else if (reason == SSL_R_READ_TIMEOUT_EXPIRED)
    close_with(dtls, CLOSED_TIMEOUT, detail);
  else if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
    close_with(dtls, CLOSED_ALERT, detail);
  else
    close_with(dtls, CLOSED_PROTOCOL, detail);
}

/** Goes on with the handshake, then reads what there is. */
static void carry_on(Dtls *dtls) {
  uint8_t data[MAX_DATA];
  if (dtls->state == HANDSHAKE) {
    int result = SSL_do_handshake(dtls->ssl);
    if (result != 1) {
      take_failure(dtls, result);
      return;
    }
    dtls->state = CONNECTED;
    add_keys(dtls);
  }
  for (int reads = 0; dtls->state == CONNECTED && reads < MAX_READS; reads++) {
    int length = SSL_read(dtls->ssl, data, sizeof data);
    if (length <= 0) {
      take_failure(dtls, length);
      return;
    }
    add(dtls->transcript, ENTRY_DATA, data, (size_t)length);
  }
}

// What JavaScript calls

static bool begin(napi_env env, napi_callback_info info, size_t count, napi_value *arguments, Dtls **dtls,
                  Transcript *transcript) {
  if (!get_arguments(env, info, count, arguments)) return false;
  *dtls = unwrap_pointer(env, arguments[0], &DTLS_TAG);
  if (*dtls == NULL) return false;
  if ((*dtls)->ssl == NULL || (*dtls)->state == CLOSED) {
    throw_error(env, "ERR_DTLS_CLOSED", "the connection is closed");
    return false;
  }
  memset(transcript, 0, sizeof *transcript);
  (*dtls)->transcript = transcript;
  ERR_clear_error();
  return true;
}

static napi_value end(napi_env env, Dtls *dtls) {
  Transcript *transcript = dtls->transcript;
  dtls->input.data = NULL;
  if (transcript->overflowed && dtls->state != CLOSED) {
    transcript->used = 0;
    close_with(dtls, CLOSED_PROTOCOL, "too much at once");
  }
  struct timeval left;
  if (dtls->state != CLOSED && DTLSv1_get_timeout(dtls->ssl, &left) == 1) {
    // Rounded up, so that the timer has run out when it is asked.
    uint32_t ms = (uint32_t)left.tv_sec * 1000 + (uint32_t)(left.tv_usec + 999) / 1000;
    uint8_t entry[4] = {(uint8_t)(ms >> 24), (uint8_t)(ms >> 16), (uint8_t)(ms >> 8), (uint8_t)ms};
    add(transcript, ENTRY_TIMER, entry, sizeof entry);
  }
  ERR_clear_error();
  dtls->transcript = NULL;
  if (dtls->state == CLOSED) {
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
  }
  napi_value result = copy_bytes(env, transcript->data, transcript->used);
  if (transcript->data != NULL) OPENSSL_cleanse(transcript->data, transcript->used);
  free(transcript->data);
  return result;
}

/** dtlsStart(dtls): a client sends its first flight. */
static napi_value start(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Dtls *dtls;
  Transcript transcript;
  if (!begin(env, info, 1, arguments, &dtls, &transcript)) return NULL;
  carry_on(dtls);
  return end(env, dtls);
}

/** dtlsReceive(dtls, datagram) */
static napi_value receive(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Dtls *dtls;
  Transcript transcript;
  Bytes datagram;
  if (!begin(env, info, 2, arguments, &dtls, &transcript)) return NULL;
  if (!get_bytes(env, arguments[1], 1, MAX_DATAGRAM, &datagram)) {
    dtls->transcript = NULL;
    return NULL;
  }
  dtls->input = datagram;
  carry_on(dtls);
  return end(env, dtls);
}

/** dtlsSend(dtls, data): one record, which is one datagram. */
static napi_value send_data(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Dtls *dtls;
  Transcript transcript;
  Bytes data;
  if (!begin(env, info, 2, arguments, &dtls, &transcript)) return NULL;
  if (!get_bytes(env, arguments[1], 1, MAX_DATA, &data)) {
    dtls->transcript = NULL;
    return NULL;
  }
  if (dtls->state == CONNECTED) {
    int result = SSL_write(dtls->ssl, data.data, (int)data.length);
    if (result <= 0) take_failure(dtls, result);
  }
  return end(env, dtls);
}

/** dtlsTimeout(dtls): sends the last flight again if the timer has run out. */
static napi_value handle_timeout(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Dtls *dtls;
  Transcript transcript;
  if (!begin(env, info, 1, arguments, &dtls, &transcript)) return NULL;
  if (DTLSv1_handle_timeout(dtls->ssl) < 0) take_failure(dtls, -1);
  return end(env, dtls);
}

/** dtlsClose(dtls): tells the peer, if there is a connection; nothing can be called after it. */
static napi_value close_connection(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Dtls *dtls;
  Transcript transcript;
  if (!begin(env, info, 1, arguments, &dtls, &transcript)) return NULL;
  if (dtls->state == CONNECTED) SSL_shutdown(dtls->ssl);
  dtls->state = CLOSED;
  return end(env, dtls);
}

static void free_dtls(napi_env env, void *pointer, void *hint) {
  (void)env;
  (void)hint;
  Dtls *dtls = pointer;
  SSL_free(dtls->ssl);
  free(dtls);
}

static bool set_up(Dtls *dtls, SSL_CTX *context) {
  dtls->ssl = SSL_new(context);
  BIO *bio = dtls->ssl == NULL ? NULL : BIO_new(bio_method);
  if (bio == NULL) return false;
  BIO_set_data(bio, dtls);
  SSL_set_bio(dtls->ssl, bio, bio);
  if (SSL_set_app_data(dtls->ssl, dtls) != 1 || SSL_set_mtu(dtls->ssl, dtls->mtu) <= 0) return false;
  DTLS_set_timer_cb(dtls->ssl, next_timeout);
  if (dtls->is_server)
    SSL_set_accept_state(dtls->ssl);
  else
    SSL_set_connect_state(dtls->ssl);
  return true;
}

/** dtlsCreate(context, isServer, fingerprint, mtu, firstTimeoutMs): a connection. The digest's length says which SHA-2 it is. */
static napi_value create(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  int64_t is_server, mtu, first_timeout;
  Bytes fingerprint;
  if (!get_arguments(env, info, 5, arguments)) return NULL;
  SSL_CTX *context = unwrap_pointer(env, arguments[0], &CONTEXT_TAG);
  if (context == NULL || !get_integer(env, arguments[1], 0, 1, &is_server) ||
      !get_bytes(env, arguments[2], 32, MAX_DIGEST, &fingerprint) || !get_integer(env, arguments[3], 256, 16384, &mtu) ||
      !get_integer(env, arguments[4], 20, 3000, &first_timeout))
    return NULL;
  if (fingerprint.length != 32 && fingerprint.length != 48 && fingerprint.length != 64)
    return throw_error(env, "ERR_INVALID_ARG_VALUE", "the fingerprint is none of SHA-256, SHA-384 and SHA-512");
  Dtls *dtls = calloc(1, sizeof *dtls);
  if (dtls == NULL) return throw_error(env, "ERR_MEMORY", "out of memory");
  dtls->is_server = is_server == 1;
  dtls->mtu = (int)mtu;
  dtls->first_timeout_us = (unsigned)first_timeout * 1000u;
  dtls->fingerprint_length = fingerprint.length;
  memcpy(dtls->fingerprint, fingerprint.data, fingerprint.length);
  ERR_clear_error();
  bool is_set_up = set_up(dtls, context);
  ERR_clear_error();
  napi_value object = is_set_up ? wrap_pointer(env, dtls, free_dtls, &DTLS_TAG) : NULL;
  if (object == NULL) {
    free_dtls(env, dtls, NULL);
    return throw_error(env, "ERR_DTLS", "OpenSSL could not make a connection");
  }
  return object;
}

static bool use_certificate(SSL_CTX *context, const char *certificate_pem, const char *key_pem) {
  BIO *certificate_bio = BIO_new_mem_buf(certificate_pem, -1), *key_bio = BIO_new_mem_buf(key_pem, -1);
  X509 *certificate = certificate_bio == NULL ? NULL : PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
  // An encrypted key must not make OpenSSL ask for a passphrase at the terminal.
  EVP_PKEY *key = key_bio == NULL ? NULL : PEM_read_bio_PrivateKey(key_bio, NULL, NULL, (void *)"");
  bool is_used = certificate != NULL && key != NULL && SSL_CTX_use_certificate(context, certificate) == 1 &&
                 // Refuses a key that is not the certificate's.
                 SSL_CTX_use_PrivateKey(context, key) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_bio);
  BIO_free(key_bio);
  return is_used;
}

static bool configure(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_send_fragment(context, 4096);
  SSL_CTX_set_max_cert_list(context, MAX_CERTIFICATES);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback(context, verify_fingerprint, NULL);
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(context, CIPHERS) == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
         SSL_CTX_set1_sigalgs_list(context, SIGNATURES) == 1 &&
         // This one answers 0 for success.
         SSL_CTX_set_tlsext_use_srtp(context, SRTP_PROFILES) == 0;
}

static void free_context(napi_env env, void *pointer, void *hint) {
  (void)env;
  (void)hint;
  SSL_CTX_free(pointer);
}

/** dtlsContext(certificate, privateKey): what all connections with one certificate share, which is most of their memory. PEM. */
static napi_value create_context(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char *certificate = NULL, *key = NULL;
  if (!get_arguments(env, info, 2, arguments)) return NULL;
  if (!get_string(env, arguments[0], MAX_PEM, &certificate)) return NULL;
  if (!get_string(env, arguments[1], MAX_PEM, &key)) {
    free(certificate);
    return NULL;
  }
  ERR_clear_error();
  SSL_CTX *context = SSL_CTX_new(DTLS_method());
  bool is_configured = context != NULL && configure(context);
  bool has_certificate = is_configured && use_certificate(context, certificate, key);
  ERR_clear_error();
  OPENSSL_cleanse(key, strlen(key));
  free(key);
  free(certificate);
  napi_value object = has_certificate ? wrap_pointer(env, context, free_context, &CONTEXT_TAG) : NULL;
  if (object != NULL) return object;
  SSL_CTX_free(context);
  return is_configured ? throw_error(env, "ERR_DTLS_CERTIFICATE", "the certificate or its key cannot be used")
                       : throw_error(env, "ERR_DTLS", "this OpenSSL lacks something that DTLS for WebRTC needs");
}

bool register_dtls(napi_env env, napi_value exports) {
  pthread_once(&bio_once, make_bio_method);
  if (bio_method == NULL) {
    throw_error(env, "ERR_DTLS", "OpenSSL has no room for another BIO");
    return false;
  }
  // A trial, so that an OpenSSL without an algorithm refuses now.
  ERR_clear_error();
  SSL_CTX *trial = SSL_CTX_new(DTLS_method());
  bool is_able = trial != NULL && configure(trial);
  SSL_CTX_free(trial);
  ERR_clear_error();
  if (!is_able) {
    throw_error(env, "ERR_DTLS", "this OpenSSL lacks something that DTLS for WebRTC needs");
    return false;
  }
  return set_function(env, exports, "dtlsContext", create_context) && set_function(env, exports, "dtlsCreate", create) &&
         set_function(env, exports, "dtlsStart", start) && set_function(env, exports, "dtlsReceive", receive) &&
         set_function(env, exports, "dtlsSend", send_data) && set_function(env, exports, "dtlsTimeout", handle_timeout) &&
         set_function(env, exports, "dtlsClose", close_connection);
}
