#include "srtp.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GCM_TAG 16
#define GCM_IV 12
#define SHA1_TAG 10
#define SHA1_KEY 20
#define SHA1_BYTES 20
#define SALT_MOST 14
#define KEY_MOST 32
#define COUNTER_IV 16
/** The index of RTCP with the E bit before it. */
#define INDEX_BYTES 4
#define ENCRYPTED 0x80000000u
#define LAST_RTP_INDEX ((UINT64_C(1) << 48) - 1)
/** Streams of ours, and senders of reports in the browser, that a session keeps account of: it may take new ones as it renegotiates. */
#define STREAMS 8
#define REPORTERS 32
#define WINDOW 64

/** The keys for one direction of RTP or RTCP, with ciphers that live as long. `mac` is NULL with GCM. */
typedef struct {
  EVP_CIPHER_CTX *cipher;
  EVP_MAC_CTX *mac;
  uint8_t salt[SALT_MOST];
} Keys;

/** A stream of ours. `last`: the highest index in use. */
typedef struct {
  uint32_t ssrc;
  uint64_t last;
} Stream;

/** Who reports to us. Bit n of `seen`: the index `last - n` was received. */
typedef struct {
  uint32_t ssrc;
  uint32_t last;
  uint64_t seen;
} Reporter;

struct SrtpSession {
  atomic_uint references;
  SrtpProfile profile;
  pthread_mutex_t lock;
  Keys rtp_out, rtcp_out, rtcp_in;
  size_t streams;
  Stream stream[STREAMS];
  uint32_t next_rtcp;
  size_t reporters;
  Reporter reporter[REPORTERS];
};

static size_t key_bytes(SrtpProfile profile) { return profile == AEAD_AES_256_GCM ? 32 : 16; }
static size_t salt_bytes(SrtpProfile profile) { return profile == AES128_CM_SHA1_80 ? 14 : 12; }
static bool is_gcm(SrtpProfile profile) { return profile != AES128_CM_SHA1_80; }
size_t srtp_master_bytes(SrtpProfile profile) { return key_bytes(profile) + salt_bytes(profile); }

static void write_u32(uint8_t *to, uint32_t value) {
  for (int at = 0; at < 4; at += 1) to[at] = (uint8_t)(value >> (24 - 8 * at));
}

static uint32_t read_u32(const uint8_t *from) {
  return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/** RFC 3711 §4.3.3 with a key derivation rate of zero. A salt of 96 bits counts as the first of 112 (RFC 7714 §11). */
static bool derive(SrtpProfile profile, const uint8_t *master, uint8_t label, uint8_t *out, size_t length) {
  static const uint8_t zeros[KEY_MOST];
  uint8_t iv[COUNTER_IV] = {0};
  memcpy(iv, master + key_bytes(profile), salt_bytes(profile));
  iv[7] ^= label;
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  int written = 0;
  bool is_done = cipher != NULL && length <= KEY_MOST &&
                 EVP_EncryptInit_ex(cipher, key_bytes(profile) == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(), NULL,
                                    master, iv) == 1 &&
                 EVP_EncryptUpdate(cipher, out, &written, zeros, (int)length) == 1 && written == (int)length;
  EVP_CIPHER_CTX_free(cipher);
  return is_done;
}

static EVP_MAC_CTX *create_mac(const uint8_t *key) {
  EVP_MAC *hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
  EVP_MAC_CTX *mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
  EVP_MAC_free(hmac);
  char digest[] = "SHA1";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (mac != NULL && EVP_MAC_init(mac, key, SHA1_KEY, parameters) == 1) return mac;
  EVP_MAC_CTX_free(mac);
  return NULL;
}

/** `label`: of the encryption key; those of authentication key and salt follow it. */
static bool open_keys(Keys *keys, SrtpProfile profile, const uint8_t *master, uint8_t label, bool encrypts) {
  uint8_t key[KEY_MOST], mac_key[SHA1_KEY];
  const EVP_CIPHER *cipher = profile == AEAD_AES_128_GCM   ? EVP_aes_128_gcm()
                             : profile == AEAD_AES_256_GCM ? EVP_aes_256_gcm()
                                                           : EVP_aes_128_ctr();
  bool is_done = derive(profile, master, label, key, key_bytes(profile)) &&
                 derive(profile, master, label + 2, keys->salt, salt_bytes(profile)) &&
                 (keys->cipher = EVP_CIPHER_CTX_new()) != NULL &&
                 EVP_CipherInit_ex(keys->cipher, cipher, NULL, key, NULL, encrypts) == 1;
  if (is_done && !is_gcm(profile))
    is_done = derive(profile, master, label + 1, mac_key, SHA1_KEY) && (keys->mac = create_mac(mac_key)) != NULL;
  OPENSSL_cleanse(key, sizeof key);
  OPENSSL_cleanse(mac_key, sizeof mac_key);
  return is_done;
}

static void close_keys(Keys *keys) {
  EVP_CIPHER_CTX_free(keys->cipher);
  EVP_MAC_CTX_free(keys->mac);
}

SrtpSession *srtp_create(SrtpProfile profile, const uint8_t *local, const uint8_t *remote) {
  SrtpSession *session = calloc(1, sizeof *session);
  if (session == NULL) return NULL;
  if (pthread_mutex_init(&session->lock, NULL) != 0) {
    free(session);
    return NULL;
  }
  session->references = 1;
  session->profile = profile;
  if (open_keys(&session->rtp_out, profile, local, 0, true) && open_keys(&session->rtcp_out, profile, local, 3, true) &&
      open_keys(&session->rtcp_in, profile, remote, 3, false))
    return session;
  srtp_release(session);
  return NULL;
}

void srtp_retain(SrtpSession *session) { atomic_fetch_add(&session->references, 1); }

void srtp_release(SrtpSession *session) {
  if (session == NULL || atomic_fetch_sub(&session->references, 1) != 1) return;
  close_keys(&session->rtp_out);
  close_keys(&session->rtcp_out);
  close_keys(&session->rtcp_in);
  pthread_mutex_destroy(&session->lock);
  OPENSSL_cleanse(session, sizeof *session);
  free(session);
}

void srtp_lock(SrtpSession *session) { pthread_mutex_lock(&session->lock); }
void srtp_unlock(SrtpSession *session) { pthread_mutex_unlock(&session->lock); }

static Stream *find_stream(SrtpSession *session, uint32_t ssrc) {
  for (size_t at = 0; at < session->streams; at += 1)
    if (session->stream[at].ssrc == ssrc) return &session->stream[at];
  return NULL;
}

bool srtp_take_indices(SrtpSession *session, uint32_t ssrc, uint16_t sequence, size_t count, uint64_t *index) {
  if (count == 0 || count >= 0x8000) return false;
  Stream *stream = find_stream(session, ssrc);
  uint64_t first = sequence;
  if (stream != NULL) {
    // As the receiver will (RFC 3711 §3.3.1): less than half the numbers ahead is ahead, anything else is behind.
    const uint16_t ahead = (uint16_t)(sequence - (uint16_t)stream->last);
    if (ahead == 0 || ahead >= 0x8000) return false;
    first = stream->last + ahead;
  }
  if (first + count - 1 > LAST_RTP_INDEX) return false;
  if (stream == NULL) {
    if (session->streams == STREAMS) return false;
    stream = &session->stream[session->streams++];
    stream->ssrc = ssrc;
  }
  stream->last = first + count - 1;
  *index = first;
  return true;
}

/** RFC 7714 §8.1 and §9.1 have the same layout; for RTCP the upper 16 bits of the index are zero. */
static void gcm_iv(const Keys *keys, uint32_t ssrc, uint64_t index, uint8_t *iv) {
  iv[0] = iv[1] = 0;
  write_u32(iv + 2, ssrc);
  iv[6] = (uint8_t)(index >> 40);
  iv[7] = (uint8_t)(index >> 32);
  write_u32(iv + 8, (uint32_t)index);
  for (size_t at = 0; at < GCM_IV; at += 1) iv[at] ^= keys->salt[at];
}

/** RFC 3711 §4.1.1. */
static void counter_iv(const Keys *keys, uint32_t ssrc, uint64_t index, uint8_t *iv) {
  memset(iv, 0, COUNTER_IV);
  write_u32(iv + 4, ssrc);
  iv[8] = (uint8_t)(index >> 40);
  iv[9] = (uint8_t)(index >> 32);
  write_u32(iv + 10, (uint32_t)index);
  for (size_t at = 0; at < SALT_MOST; at += 1) iv[at] ^= keys->salt[at];
}

/** Encrypts or decrypts `in` without its tag, as the keys are made for. */
static bool run_cipher(const Keys *keys, const uint8_t *iv, const uint8_t *in, size_t length, uint8_t *out) {
  int written = 0;
  if (EVP_CipherInit_ex(keys->cipher, NULL, NULL, NULL, iv, -1) != 1) return false;
  return length == 0 ||
         (EVP_CipherUpdate(keys->cipher, out, &written, in, (int)length) == 1 && written == (int)length);
}

/** Begins a packet of GCM: what is authenticated but not encrypted comes first. */
static bool gcm_begin(const Keys *keys, const uint8_t *iv, const uint8_t *first, size_t first_length,
                      const uint8_t *second, size_t second_length) {
  int written = 0;
  return EVP_CipherInit_ex(keys->cipher, NULL, NULL, NULL, iv, -1) == 1 &&
         EVP_CipherUpdate(keys->cipher, NULL, &written, first, (int)first_length) == 1 &&
         (second_length == 0 || EVP_CipherUpdate(keys->cipher, NULL, &written, second, (int)second_length) == 1);
}

/** Encrypts, and writes the tag behind. */
static bool gcm_seal(const Keys *keys, const uint8_t *in, size_t length, uint8_t *out) {
  int written = 0, rest = 0;
  if (length > 0 && (EVP_EncryptUpdate(keys->cipher, out, &written, in, (int)length) != 1 || written != (int)length))
    return false;
  return EVP_EncryptFinal_ex(keys->cipher, out + length, &rest) == 1 && rest == 0 &&
         EVP_CIPHER_CTX_ctrl(keys->cipher, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, out + length) == 1;
}

/** Decrypts, and checks the tag that follows `in`. */
static bool gcm_open(const Keys *keys, const uint8_t *in, size_t length, uint8_t *out) {
  int written = 0, rest = 0;
  uint8_t tag[GCM_TAG], none[GCM_TAG];
  memcpy(tag, in + length, GCM_TAG);
  if (length > 0 && (EVP_DecryptUpdate(keys->cipher, out, &written, in, (int)length) != 1 || written != (int)length))
    return false;
  return EVP_CIPHER_CTX_ctrl(keys->cipher, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) == 1 &&
         EVP_DecryptFinal_ex(keys->cipher, none, &rest) == 1;
}

/** The tag of RFC 3711 §4.2 over a packet and what follows it; `tag` has room for SHA1_BYTES. */
static bool sha1_tag(const Keys *keys, const uint8_t *packet, size_t length, const uint8_t *end, size_t end_length,
                     uint8_t *tag) {
  size_t written = 0;
  return EVP_MAC_init(keys->mac, NULL, 0, NULL) == 1 && EVP_MAC_update(keys->mac, packet, length) == 1 &&
         (end_length == 0 || EVP_MAC_update(keys->mac, end, end_length) == 1) &&
         EVP_MAC_final(keys->mac, tag, &written, SHA1_BYTES) == 1 && written == SHA1_BYTES;
}

size_t srtp_protect(SrtpSession *session, uint32_t ssrc, uint64_t index, uint8_t *out, size_t header,
                    const uint8_t *payload, size_t length) {
  const Keys *keys = &session->rtp_out;
  uint8_t *body = out + header;
  uint8_t iv[COUNTER_IV];
  if (is_gcm(session->profile)) {
    gcm_iv(keys, ssrc, index, iv);
    const bool is_done = gcm_begin(keys, iv, out, header, NULL, 0) && gcm_seal(keys, payload, length, body);
    return is_done ? header + length + GCM_TAG : 0;
  }
  uint8_t rollover[4], tag[SHA1_BYTES];
  counter_iv(keys, ssrc, index, iv);
  write_u32(rollover, (uint32_t)(index >> 16));
  if (!run_cipher(keys, iv, payload, length, body) ||
      !sha1_tag(keys, out, header + length, rollover, sizeof rollover, tag))
    return 0;
  memcpy(body + length, tag, SHA1_TAG);
  return header + length + SHA1_TAG;
}

/** 0: no RTP. */
static size_t rtp_header(const uint8_t *packet, size_t length) {
  if (length < RTP_HEADER || packet[0] >> 6 != 2) return 0;
  size_t header = RTP_HEADER + 4 * (size_t)(packet[0] & 0x0f);
  if ((packet[0] & 0x10) == 0) return header <= length ? header : 0;
  if (header + 4 > length) return 0;
  header += 4 + 4 * ((size_t)packet[header + 2] << 8 | packet[header + 3]);
  return header <= length ? header : 0;
}

size_t srtp_protect_packet(SrtpSession *session, const uint8_t *packet, size_t length, uint8_t *out) {
  const size_t header = rtp_header(packet, length);
  if (header == 0) return 0;
  const uint32_t ssrc = read_u32(packet + 8);
  uint64_t index = 0;
  if (!srtp_take_indices(session, ssrc, (uint16_t)(packet[2] << 8 | packet[3]), 1, &index)) return 0;
  memcpy(out, packet, header);
  srtp_lock(session);
  const size_t size = srtp_protect(session, ssrc, index, out, header, packet + header, length - header);
  srtp_unlock(session);
  return size;
}

size_t srtcp_protect(SrtpSession *session, const uint8_t *packet, size_t length, uint8_t *out) {
  if (length < RTCP_HEADER || session->next_rtcp >= ENCRYPTED) return 0;
  const Keys *keys = &session->rtcp_out;
  const uint32_t ssrc = read_u32(packet + 4);
  // One count for all senders: no index is used twice, and receivers take gaps.
  const uint32_t index = session->next_rtcp++;
  const size_t body = length - RTCP_HEADER;
  uint8_t iv[COUNTER_IV], trailer[INDEX_BYTES];
  write_u32(trailer, ENCRYPTED | index);
  memcpy(out, packet, RTCP_HEADER);
  if (is_gcm(session->profile)) {
    gcm_iv(keys, ssrc, index, iv);
    if (!gcm_begin(keys, iv, out, RTCP_HEADER, trailer, INDEX_BYTES) ||
        !gcm_seal(keys, packet + RTCP_HEADER, body, out + RTCP_HEADER))
      return 0;
    memcpy(out + length + GCM_TAG, trailer, INDEX_BYTES);
    return length + GCM_TAG + INDEX_BYTES;
  }
  uint8_t tag[SHA1_BYTES];
  counter_iv(keys, ssrc, index, iv);
  if (!run_cipher(keys, iv, packet + RTCP_HEADER, body, out + RTCP_HEADER)) return 0;
  memcpy(out + length, trailer, INDEX_BYTES);
  if (!sha1_tag(keys, out, length + INDEX_BYTES, NULL, 0, tag)) return 0;
  memcpy(out + length + INDEX_BYTES, tag, SHA1_TAG);
  return length + INDEX_BYTES + SHA1_TAG;
}

static Reporter *find_reporter(SrtpSession *session, uint32_t ssrc) {
  for (size_t at = 0; at < session->reporters; at += 1)
    if (session->reporter[at].ssrc == ssrc) return &session->reporter[at];
  return NULL;
}

static bool is_replayed(const Reporter *reporter, uint32_t index) {
  if (reporter == NULL || index > reporter->last) return false;
  const uint32_t back = reporter->last - index;
  return back >= WINDOW || (reporter->seen >> back & 1) != 0;
}

/** Only for packets that are authentic. False: too many senders. */
static bool note_received(SrtpSession *session, Reporter *reporter, uint32_t ssrc, uint32_t index) {
  if (reporter == NULL) {
    if (session->reporters == REPORTERS) return false;
    reporter = &session->reporter[session->reporters++];
    *reporter = (Reporter){.ssrc = ssrc, .last = index};
  }
  if (index > reporter->last) {
    const uint32_t ahead = index - reporter->last;
    reporter->seen = ahead >= WINDOW ? 0 : reporter->seen << ahead;
    reporter->last = index;
  }
  reporter->seen |= UINT64_C(1) << (reporter->last - index);
  return true;
}

size_t srtcp_unprotect(SrtpSession *session, const uint8_t *packet, size_t length, uint8_t *out) {
  const bool gcm = is_gcm(session->profile);
  const size_t overhead = INDEX_BYTES + (gcm ? GCM_TAG : SHA1_TAG);
  if (length < RTCP_HEADER + overhead || packet[0] >> 6 != 2) return 0;
  const Keys *keys = &session->rtcp_in;
  const size_t plain = length - overhead, body = plain - RTCP_HEADER;
  const uint8_t *trailer = packet + (gcm ? length - INDEX_BYTES : plain);
  const uint32_t ssrc = read_u32(packet + 4), word = read_u32(trailer), index = word & ~ENCRYPTED;
  Reporter *reporter = find_reporter(session, ssrc);
  if ((word & ENCRYPTED) == 0 || is_replayed(reporter, index)) return 0;
  uint8_t iv[COUNTER_IV];
  if (gcm) {
    gcm_iv(keys, ssrc, index, iv);
    if (!gcm_begin(keys, iv, packet, RTCP_HEADER, trailer, INDEX_BYTES) ||
        !gcm_open(keys, packet + RTCP_HEADER, body, out + RTCP_HEADER))
      return 0;
  } else {
    uint8_t tag[SHA1_BYTES];
    if (!sha1_tag(keys, packet, plain + INDEX_BYTES, NULL, 0, tag) ||
        CRYPTO_memcmp(tag, packet + plain + INDEX_BYTES, SHA1_TAG) != 0)
      return 0;
    counter_iv(keys, ssrc, index, iv);
    if (!run_cipher(keys, iv, packet + RTCP_HEADER, body, out + RTCP_HEADER)) return 0;
  }
  memcpy(out, packet, RTCP_HEADER);
  return note_received(session, reporter, ssrc, index) ? plain : 0;
}
