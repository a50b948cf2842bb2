// SRTP and SRTCP of one viewer (RFC 3711, RFC 7714): what we send is RTP and RTCP, what we receive is RTCP. No Node-API here.
#ifndef MOONSHARE_WEBRTC_SRTP_H
#define MOONSHARE_WEBRTC_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { AEAD_AES_128_GCM, AEAD_AES_256_GCM, AES128_CM_SHA1_80 } SrtpProfile;

/** The most that protecting adds to a packet of RTP, and to one of RTCP. */
#define SRTP_OVERHEAD 16
#define SRTCP_OVERHEAD 20
/** Master key and salt, at most. */
#define SRTP_MASTER_MOST 44
/** The fixed header of an RTCP packet with its sender, which stays in the clear. */
#define RTCP_HEADER 8
/** That of an RTP packet without sources and extension. */
#define RTP_HEADER 12

typedef struct SrtpSession SrtpSession;

/** Bytes of a master key with the salt after it. */
size_t srtp_master_bytes(SrtpProfile profile);
/** NULL: out of memory, or OpenSSL refuses. The caller has the first reference. */
SrtpSession *srtp_create(SrtpProfile profile, const uint8_t *local, const uint8_t *remote);
/** From any thread. The last one wipes the keys. */
void srtp_retain(SrtpSession *session);
void srtp_release(SrtpSession *session);

/**
 * Takes `count` indices of a stream for packets never sent before, the first of which has this sequence number. False: an index
 * would be used twice, the stream has used all its indices, or the session has too many streams. From one thread only.
 */
bool srtp_take_indices(SrtpSession *session, uint32_t ssrc, uint16_t sequence, size_t count, uint64_t *index);

/** Only one thread at a time may protect RTP: it holds the lock for as many packets as it likes. */
void srtp_lock(SrtpSession *session);
void srtp_unlock(SrtpSession *session);
/**
 * Encrypts `payload` behind `header`, which is in the clear in `out` already. `index`: rollover counter and sequence number. `out`
 * has room for SRTP_OVERHEAD more. Returns the size of the packet; 0: OpenSSL refuses.
 */
size_t srtp_protect(SrtpSession *session, uint32_t ssrc, uint64_t index, uint8_t *out, size_t header,
                    const uint8_t *payload, size_t length);

/**
 * A whole packet with its final header, never sent before. `out` has room for SRTP_OVERHEAD more. 0: malformed, or an index would be used
 * twice. From the thread that takes indices.
 */
size_t srtp_protect_packet(SrtpSession *session, const uint8_t *packet, size_t length, uint8_t *out);

/** `out` has room for SRTCP_OVERHEAD more. 0: malformed, or no index is left. */
size_t srtcp_protect(SrtpSession *session, const uint8_t *packet, size_t length, uint8_t *out);
/** `out` has room for `length`. 0: malformed, forged, or received before. */
size_t srtcp_unprotect(SrtpSession *session, const uint8_t *packet, size_t length, uint8_t *out);

#endif
