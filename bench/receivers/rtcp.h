#ifndef RTCP_H
#define RTCP_H

#include "sequence.h"

/* Receiver reports (RFC 3550 §6.4.2) and NACKs (RFC 4585 §6.2.1), before encryption. */

enum { RTCP_BLOCKS_MOST = 8, RTCP_SEQUENCES_MOST = 128 };
/* One of each, if every sequence needs an entry of its own. */
enum { RTCP_LONGEST = 8 + 24 * RTCP_BLOCKS_MOST + 12 + 4 * RTCP_SEQUENCES_MOST };

/* One block for each stream, at most RTCP_BLOCKS_MOST. Returns the length. */
size_t rtcp_receiver_report(uint32_t own_ssrc, SequenceState *const *streams, size_t count, uint8_t *out);

/* `sequences` in order, at most RTCP_SEQUENCES_MOST. Returns the length. */
size_t rtcp_nack(uint32_t own_ssrc, uint32_t ssrc, const uint16_t *sequences, size_t count, uint8_t *out);

#endif
