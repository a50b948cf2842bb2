#include "rtcp.h"

#include <string.h>

#include "bytes.h"

enum { RECEIVER_REPORT = 201, TRANSPORT_FEEDBACK = 205, GENERIC_NACK = 1, BLOCK = 24 };

static void header(uint8_t *out, uint8_t count, uint8_t type, size_t length) {
  out[0] = 0x80 | count;
  out[1] = type;
  write16(out + 2, (uint16_t)(length / 4 - 1));
}

static void block(SequenceState *stream, uint8_t *out) {
  uint64_t expected = sequence_expected(stream) - stream->reported_expected;
  uint64_t received = stream->received - stream->reported_received;
  stream->reported_expected += expected;
  stream->reported_received += received;
  uint64_t lost = expected > received ? expected - received : 0;
  int64_t total = sequence_lost(stream);
  write32(out, stream->ssrc);
  write32(out + 4, (uint32_t)total & 0xffffff);
  out[4] = expected == 0 ? 0 : (uint8_t)(lost * 255 / expected);
  write32(out + 8, stream->highest);
  // Jitter and the last sender report, which would have to be decrypted.
  memset(out + 12, 0, 12);
}

size_t rtcp_receiver_report(uint32_t own_ssrc, SequenceState *const *streams, size_t count, uint8_t *out) {
  if (count > RTCP_BLOCKS_MOST) count = RTCP_BLOCKS_MOST;
  size_t length = 8 + BLOCK * count;
  header(out, (uint8_t)count, RECEIVER_REPORT, length);
  write32(out + 4, own_ssrc);
  for (size_t index = 0; index < count; index += 1) block(streams[index], out + 8 + BLOCK * index);
  return length;
}

size_t rtcp_nack(uint32_t own_ssrc, uint32_t ssrc, const uint16_t *sequences, size_t count, uint8_t *out) {
  size_t length = 12;
  if (count > RTCP_SEQUENCES_MOST) count = RTCP_SEQUENCES_MOST;
  for (size_t index = 0; index < count;) {
    uint16_t first = sequences[index];
    uint16_t following = 0;
    for (index += 1; index < count; index += 1) {
      uint16_t distance = (uint16_t)(sequences[index] - first);
      if (distance == 0 || distance > 16) break;
      following |= (uint16_t)(1u << (distance - 1));
    }
    write16(out + length, first);
    write16(out + length + 2, following);
    length += 4;
  }
  header(out, GENERIC_NACK, TRANSPORT_FEEDBACK, length);
  write32(out + 4, own_ssrc);
  write32(out + 8, ssrc);
  return length;
}
