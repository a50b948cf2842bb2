#ifndef SRTP_H
#define SRTP_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One direction of SRTP and SRTCP (RFC 3711, RFC 7714): encrypts only, because the bench never decrypts. */

typedef enum { SRTP_AEAD_GCM_128, SRTP_CM_SHA1_80 } SrtpProfile;

enum { SRTP_MASTER_KEY = 16, SRTP_LONGEST_SALT = 14, SRTP_LONGEST_MASTER = SRTP_MASTER_KEY + SRTP_LONGEST_SALT };
/* What encryption adds at most: tag and, for RTCP, index. */
enum { SRTP_GCM_TAG = 16, SRTP_CM_TAG = 10, SRTCP_INDEX = 4, SRTP_LONGEST_TRAILER = SRTP_GCM_TAG + SRTCP_INDEX };

typedef struct {
  SrtpProfile profile;
  EVP_CIPHER_CTX *rtp;
  EVP_CIPHER_CTX *rtcp;
  uint8_t rtp_salt[SRTP_LONGEST_SALT];
  uint8_t rtcp_salt[SRTP_LONGEST_SALT];
  uint8_t rtcp_auth[20];
  uint32_t rtcp_index;
} SrtpSender;

size_t srtp_salt_bytes(SrtpProfile profile);
size_t srtp_tag_bytes(SrtpProfile profile);

/* `master`: SRTP_MASTER_KEY bytes and the salt of the profile. False: OpenSSL refused; free it all the same. */
bool srtp_sender_init(SrtpSender *sender, SrtpProfile profile, const uint8_t *master);
void srtp_sender_free(SrtpSender *sender);

/* Encrypts in place; `packet` has room for SRTP_LONGEST_TRAILER more. Returns the new length; 0: not an RTCP packet. */
size_t srtp_protect_rtcp(SrtpSender *sender, uint8_t *packet, size_t length);

/* AEAD_AES_128_GCM only. `out` has room for SRTP_GCM_TAG more than `length`. Returns the new length; 0: not an RTP packet. */
size_t srtp_protect_rtp(SrtpSender *sender, uint32_t rollovers, const uint8_t *packet, size_t length, uint8_t *out);

/* Of an RTP packet with its extension; 0: it is not one, or is cut short. */
size_t rtp_header_bytes(const uint8_t *packet, size_t length);

#endif
