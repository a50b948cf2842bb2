#include "srtp.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <string.h>

#include "bytes.h"

enum { RTP_HEADER = 12, RTCP_HEADER = 8, GCM_IV = 12, CM_IV = 16 };
/* Labels of RFC 3711 §4.3.2. */
enum { RTP_KEY = 0, RTP_SALT = 2, RTCP_KEY = 3, RTCP_AUTH = 4, RTCP_SALT = 5 };
static const uint32_t ENCRYPTED = 0x80000000;

size_t srtp_salt_bytes(SrtpProfile profile) { return profile == SRTP_AEAD_GCM_128 ? 12 : 14; }

size_t srtp_tag_bytes(SrtpProfile profile) { return profile == SRTP_AEAD_GCM_128 ? SRTP_GCM_TAG : SRTP_CM_TAG; }

/* AES-CM of the label and the master salt (RFC 3711 §4.3.1 and §4.3.3). A salt of 12 bytes has two zeros behind it (RFC 7714 §11). */
static bool derive(const uint8_t *key, const uint8_t *salt, int label, uint8_t *out, size_t length) {
  static const uint8_t zeros[32];
  uint8_t iv[CM_IV] = {0};
  memcpy(iv, salt, SRTP_LONGEST_SALT);
  iv[7] ^= (uint8_t)label;
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  int written = 0;
  bool ok = cipher != NULL && length <= sizeof zeros && EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
            EVP_EncryptUpdate(cipher, out, &written, zeros, (int)length) == 1;
  EVP_CIPHER_CTX_free(cipher);
  return ok;
}

static EVP_CIPHER_CTX *new_cipher(SrtpProfile profile, const uint8_t *key) {
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  const EVP_CIPHER *kind = profile == SRTP_AEAD_GCM_128 ? EVP_aes_128_gcm() : EVP_aes_128_ctr();
  if (cipher != NULL && EVP_EncryptInit_ex(cipher, kind, NULL, key, NULL) == 1) return cipher;
  EVP_CIPHER_CTX_free(cipher);
  return NULL;
}

bool srtp_sender_init(SrtpSender *sender, SrtpProfile profile, const uint8_t *master) {
  memset(sender, 0, sizeof *sender);
  sender->profile = profile;
  uint8_t salt[SRTP_LONGEST_SALT] = {0};
  size_t salt_bytes = srtp_salt_bytes(profile);
  memcpy(salt, master + SRTP_MASTER_KEY, salt_bytes);
  uint8_t rtp_key[SRTP_MASTER_KEY];
  uint8_t rtcp_key[SRTP_MASTER_KEY];
  bool ok = derive(master, salt, RTP_KEY, rtp_key, sizeof rtp_key) &&
            derive(master, salt, RTP_SALT, sender->rtp_salt, salt_bytes) &&
            derive(master, salt, RTCP_KEY, rtcp_key, sizeof rtcp_key) &&
            derive(master, salt, RTCP_AUTH, sender->rtcp_auth, sizeof sender->rtcp_auth) &&
            derive(master, salt, RTCP_SALT, sender->rtcp_salt, salt_bytes);
  if (ok) {
    sender->rtp = new_cipher(profile, rtp_key);
    sender->rtcp = new_cipher(profile, rtcp_key);
  }
  OPENSSL_cleanse(rtp_key, sizeof rtp_key);
  OPENSSL_cleanse(rtcp_key, sizeof rtcp_key);
  return ok && sender->rtp != NULL && sender->rtcp != NULL;
}

void srtp_sender_free(SrtpSender *sender) {
  EVP_CIPHER_CTX_free(sender->rtp);
  EVP_CIPHER_CTX_free(sender->rtcp);
  OPENSSL_cleanse(sender, sizeof *sender);
}

/* Encrypts `text` in place; the tag goes to `tag`. */
static bool gcm(EVP_CIPHER_CTX *cipher, const uint8_t *iv, const uint8_t *clear, size_t clear_bytes, const uint8_t *more,
                size_t more_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out, uint8_t *tag) {
  int written = 0;
  return EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, iv) == 1 &&
         EVP_EncryptUpdate(cipher, NULL, &written, clear, (int)clear_bytes) == 1 &&
         (more_bytes == 0 || EVP_EncryptUpdate(cipher, NULL, &written, more, (int)more_bytes) == 1) &&
         (text_bytes == 0 || EVP_EncryptUpdate(cipher, out, &written, text, (int)text_bytes) == 1) &&
         EVP_EncryptFinal_ex(cipher, out + text_bytes, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, SRTP_GCM_TAG, tag) == 1;
}

static size_t protect_rtcp_gcm(SrtpSender *sender, uint8_t *packet, size_t length, const uint8_t *index) {
  uint8_t iv[GCM_IV] = {0};
  memcpy(iv + 2, packet + 4, 4);
  write32(iv + 8, sender->rtcp_index);
  for (int at = 0; at < GCM_IV; at += 1) iv[at] ^= sender->rtcp_salt[at];
  if (!gcm(sender->rtcp, iv, packet, RTCP_HEADER, index, SRTCP_INDEX, packet + RTCP_HEADER, length - RTCP_HEADER,
           packet + RTCP_HEADER, packet + length))
    return 0;
  memcpy(packet + length + SRTP_GCM_TAG, index, SRTCP_INDEX);
  return length + SRTP_GCM_TAG + SRTCP_INDEX;
}

static size_t protect_rtcp_cm(SrtpSender *sender, uint8_t *packet, size_t length, const uint8_t *index) {
  uint8_t iv[CM_IV] = {0};
  memcpy(iv, sender->rtcp_salt, SRTP_LONGEST_SALT);
  uint8_t index_only[4];
  write32(index_only, sender->rtcp_index);
  for (int at = 0; at < 4; at += 1) {
    iv[4 + at] ^= packet[4 + at];
    iv[10 + at] ^= index_only[at];
  }
  int written = 0;
  uint8_t *text = packet + RTCP_HEADER;
  if (EVP_EncryptInit_ex(sender->rtcp, NULL, NULL, NULL, iv) != 1 ||
      (length > RTCP_HEADER &&
       EVP_EncryptUpdate(sender->rtcp, text, &written, text, (int)(length - RTCP_HEADER)) != 1))
    return 0;
  memcpy(packet + length, index, SRTCP_INDEX);
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned digest_bytes = 0;
  if (HMAC(EVP_sha1(), sender->rtcp_auth, sizeof sender->rtcp_auth, packet, length + SRTCP_INDEX, digest,
           &digest_bytes) == NULL)
    return 0;
  memcpy(packet + length + SRTCP_INDEX, digest, SRTP_CM_TAG);
  return length + SRTCP_INDEX + SRTP_CM_TAG;
}

size_t srtp_protect_rtcp(SrtpSender *sender, uint8_t *packet, size_t length) {
  if (length < RTCP_HEADER) return 0;
  uint8_t index[SRTCP_INDEX];
  sender->rtcp_index = (sender->rtcp_index + 1) & ~ENCRYPTED;
  write32(index, sender->rtcp_index | ENCRYPTED);
  return sender->profile == SRTP_AEAD_GCM_128 ? protect_rtcp_gcm(sender, packet, length, index)
                                              : protect_rtcp_cm(sender, packet, length, index);
}

size_t rtp_header_bytes(const uint8_t *packet, size_t length) {
  if (length < RTP_HEADER || packet[0] >> 6 != 2) return 0;
  size_t header = RTP_HEADER + 4u * (packet[0] & 0xf);
  if ((packet[0] & 0x10) != 0) {
    if (length < header + 4) return 0;
    header += 4 + 4u * read16(packet + header + 2);
  }
  return header <= length ? header : 0;
}

size_t srtp_protect_rtp(SrtpSender *sender, uint32_t rollovers, const uint8_t *packet, size_t length, uint8_t *out) {
  size_t header = rtp_header_bytes(packet, length);
  if (header == 0 || sender->profile != SRTP_AEAD_GCM_128) return 0;
  uint8_t iv[GCM_IV] = {0};
  memcpy(iv + 2, packet + 8, 4);
  write32(iv + 6, rollovers);
  memcpy(iv + 10, packet + 2, 2);
  for (int at = 0; at < GCM_IV; at += 1) iv[at] ^= sender->rtp_salt[at];
  memcpy(out, packet, header);
  if (!gcm(sender->rtp, iv, packet, header, NULL, 0, packet + header, length - header, out + header, out + length))
    return 0;
  return length + SRTP_GCM_TAG;
}
